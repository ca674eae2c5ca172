"""What is wrong with the letters that are written, over all rejections at hand: `make letters CORPUS=file`, or this file.

The project's own samples and, if named, the rejections of a corpus (those that evaluate.py's default measures). Each gets its
letter, whatever speaks against one. Counted are gaps, doubled spaces and sentences, greetings that the truth does not know, and
findings of the manners checker; then how alike the letters of one language and stage are, and how alike a second letter to the
same company is, which is written with the first one at hand.
"""

from __future__ import annotations

import argparse
import itertools
import re
import statistics
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from evaluate import HOME, Case, is_blind, load_cases, load_mails

from responder.dossier import Dossier, Rules, decide, recognise
from responder.reading.greeting import same_person
from responder.reading.knowledge import load
from responder.reading.message import Me, Unreadable, read
from responder.writing.letter import ALIKE, compose, similarity
from responder.writing.manners import Context, check

GAP = re.compile(r" {2}| [,.;:!?](?!\w)|\(\s*\)|\b(?:None|null|undefined)\b|\{\{|\{%|,,|\.\.|^[,.;]", re.MULTILINE)
SENTENCE = re.compile(r"(?<=[.!?。！？])\s*")


@dataclass(frozen=True, slots=True)
class Written:
    """A letter with what it was written for."""

    case: Case
    dossier: Dossier
    body: str


def write(case: Case, knowledge: Any) -> Written | None:
    """The letter of one rejection; None where the mail cannot be read."""
    message = read(case.raw)
    if isinstance(message, Unreadable):
        return None
    to = message.to[0] if message.to else None
    me = Me((to.name if to else "") or "Ana Souza", frozenset({to.address.lower() if to else "ana@letterbox.example"}))
    received = message.date or datetime(2026, 3, 2, 9, tzinfo=UTC)
    dossier = recognise(case.raw, me, knowledge, Rules(), received=received, forced=True)
    if dossier.facts is None:
        return None
    decided = decide(dossier, None, me, Rules(), now=received + timedelta(hours=1), forced=True)
    return Written(case, decided, decided.letter.body) if decided.letter else None


def faults(one: Written) -> list[str]:
    """What is wrong with a letter, in words."""
    brief, truth, body = one.dossier.brief, one.case.truth, one.body
    assert brief is not None
    found = [f"gap {match.group()!r}" for match in GAP.finditer(body)]
    sentences = [text.strip() for text in SENTENCE.split(body) if len(text.strip()) > 12]
    found += [f"twice {text!r}" for text in {text for text in sentences if sentences.count(text) > 1}]
    right = [truth.get("signer"), *one.case.also.get("signer", ())]
    known = [person for person in right if person]
    names = brief.greeting_full_names  # two may have signed, of whom the truth names one
    if names and known and not any(_may_be(name, person) for name in names for person in known):
        found.append(f"greets {names[0]!r}, signed {known[0]!r}")
    context = Context(
        company=brief.company,
        role=brief.role,
        greeting_names=(*brief.greeting_names, *brief.greeting_full_names),
        people=(*brief.people_met, brief.me_name),
        days=tuple(day for day in (brief.heard_on, brief.today, brief.interviewed_on) if day),
        someone_hired=brief.someone_hired,
        reached=brief.reached,
    )
    language = one.dossier.letter.language if one.dossier.letter else None
    found += [f"{finding.kind}: {finding.words!r}" for finding in check(body, context, language)]
    return found


def _may_be(name: str, person: str) -> bool:
    """The same person, or one of two who signed ("Emily & Kevin")."""
    words = set(re.findall(r"\w+", person.casefold()))
    return same_person(name, person) or bool(words & set(re.findall(r"\w+", name.casefold()))) or name in person


def alike(letters: list[Written]) -> None:
    """How alike letters of one language and stage are."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in letters:
        assert one.dossier.letter is not None
        groups[one.dossier.letter.language, str(one.dossier.stage)].append(one.body)
    print("how alike letters of one language and stage are (median, most; of how many)")
    for (language, stage), bodies in sorted(groups.items()):
        pairs = [similarity(one, other) for one, other in itertools.combinations(bodies, 2)]
        if pairs:
            print(f"  {language} {stage:12} {statistics.median(pairs):.2f}  {max(pairs):.2f}  {len(bodies)}")


def seconds(letters: list[Written]) -> int:
    """A second letter to each company, the first one at hand: how many are still too alike."""
    worst, bad = 0.0, 0
    for one in letters:
        brief = one.dossier.brief
        assert brief is not None
        second = compose(replace(brief, seed=f"{brief.seed} second", earlier=(one.body,))).body
        likeness = similarity(one.body, second)
        worst, bad = max(worst, likeness), bad + (likeness >= ALIKE)
        if likeness >= ALIKE:
            print(f"  {one.case.id}: {likeness:.2f}")
    print(f"second letters to one company: most alike {worst:.2f} (under {ALIKE}); too alike: {bad} of {len(letters)}")
    return bad


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="*", type=Path, help="files of rejections with the truth about them")
    parser.add_argument("--print", action="store_true", dest="shown", help="print each letter")
    arguments = parser.parse_args()
    cases = [case for case in load_mails(HOME / "tests" / "mails") if case.rejection]
    with tempfile.TemporaryDirectory() as workshop:
        for file in arguments.corpus:
            rows = load_cases(file, Path(workshop))
            blind = is_blind(case.id for case in rows)
            cases += [case for case in rows if case.rejection and case.id not in blind]
    knowledge = load()
    letters = [one for case in cases if (one := write(case, knowledge)) is not None]
    bad = 0
    for one in letters:
        found = faults(one)
        bad += bool(found)
        for fault in found:
            print(f"{one.case.id}: {fault}")
        if arguments.shown:
            print(f"--- {one.case.id}\n{one.body}")
    print(f"{len(letters)} letters of {len(cases)} rejections; with a fault: {bad}")
    alike(letters)
    return 1 if seconds(letters) or bad else 0


if __name__ == "__main__":
    sys.exit(main())
