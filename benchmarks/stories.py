"""Measures what the mailbox teaches about a rejection, over a folder of stories (one folder each, with story.json).

    python benchmarks/stories.py DIR [--stand-in] [--recognised] [--verbose] [--only ID ...]

A story is a mailbox of folders with mails and the truth about one rejection in it. The queries are answered as a
server would answer them. --stand-in takes verdict and facts from the truth, to look at history alone.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from responder.dossier import answers
from responder.reading import facts as facts_module
from responder.reading.facts import Facts, Person, Recipient, Source
from responder.reading.history import Found, History, ask, learn
from responder.reading.judge import Reached, Verdict, judge
from responder.reading.knowledge import load
from responder.reading.message import Me, Message, Unreadable, read

FIGURES = (
    "recipient",
    "should_write",
    "company",
    "role",
    "stage",
    "greeting_name",
    "impressed_by",
    "people_met",
    "phone",
)


def fold(text: str | None) -> str:
    stripped = unicodedata.normalize("NFKC", text or "").replace("’", "'").casefold()
    return re.sub(r"\s+", " ", stripped).strip(" .!,。")


def mailbox(folder: Path, skip: Path) -> list[Found]:
    found = []
    for path in sorted(folder.glob("*/*.eml")):
        message = read(path.read_bytes())
        if path == skip or isinstance(message, Unreadable):
            continue
        found.append(Found(path.parent.name.lower(), message.date or datetime.now(UTC), message))
    return found


def stand_in(message: Message, expect: dict[str, object], lang: str) -> tuple[Verdict, Facts]:
    """Verdict and facts as the truth has them."""
    stage = str(expect["stage"] or "application")
    message = message.forwarded[0] if message.forwarded else message
    reached = Reached.APPLICATION
    tail = "\n".join(message.text.strip().splitlines()[-7:])
    names = [str(name) for name in (expect["recipient_name"], *expect["people_met"]) if name]  # type: ignore[misc]
    signer = next((Person(name) for name in names if name in tail), None)
    role = expect["role"] if fold(str(expect["role"])) in fold(f"{message.subject}\n{message.text}") else None
    sender = message.from_[0].address
    recipient = Recipient(sender, names[0], Source.SIGNER) if names and sender == expect["recipient"] else None
    verdict = Verdict(True, 1.0, (), lang, reached, False if stage == "closed" else None, message)
    aliases = tuple(str(one) for one in expect.get("company_aliases", ()))  # type: ignore[attr-defined]
    known = Facts(
        str(expect["company"]),
        False,
        str(role) if role else None,
        (signer,) if signer else (),
        recipient,
        None,
        None,
        None,
        (),
        None,
        aliases,
    )
    return verdict, known


def run(folder: Path, arguments: argparse.Namespace) -> dict[str, object]:
    story = json.loads((folder / "story.json").read_text("utf-8"))
    expect = story["expect"]
    me = Me(story["me"]["name"], frozenset({story["me"]["email"].lower()}))
    path = folder / story["rejection_path"]
    message = read(path.read_bytes())
    assert not isinstance(message, Unreadable)
    knowledge = load()
    if arguments.stand_in:
        verdict, facts = stand_in(message, expect, story["lang"])
    else:
        verdict = judge(message, me, knowledge)
        if not verdict.rejection and arguments.recognised:
            inner = message.forwarded[0] if message.forwarded else message
            verdict = replace(
                verdict,
                rejection=True,
                reached=verdict.reached or Reached.APPLICATION,
                language=verdict.language or story["lang"],
                message=inner,
            )
        if not verdict.rejection:
            return {"rejection": False, "should_write": False}
        facts = facts_module.gather(verdict, me, knowledge)
    mails = mailbox(folder, path)
    received = message.date or datetime.now(UTC)
    query = ask(verdict, facts, me, received)
    have: list[Found] = []
    while True:
        have += [mail for mail in mails if answers(query, mail) and mail not in have]
        learnt = learn(verdict, facts, me, received, query, have, knowledge)
        if isinstance(learnt, History):
            break
        query = learnt
    return summary(verdict, facts, learnt, have)


def summary(verdict: Verdict, facts: Facts, history: History, have: list[Found]) -> dict[str, object]:
    stage = "closed" if verdict.someone_hired is False else str(history.reached)
    nobody = history.recipient is None and history.reached is Reached.APPLICATION
    reason = facts.suspicious or history.reason_not_to_write or ("nobody to thank" if nobody else None)
    return {
        "rejection": True,
        "should_write": reason is None,
        "reason": reason,
        "recipient": history.recipient.address if history.recipient else None,
        "company": history.company or facts.company,
        "role": history.role or facts.role,
        "stage": stage,
        "greeting_name": history.greeting_name,
        "impressed_by": history.impressed_by,
        "people_met": history.people_met,
        "phone": history.recipient_phone,
        "interviewed_on": history.interviewed_on,
        "language": history.language,
        "formal": history.formal,
        "mails": len(have),
    }


def grade(got: dict[str, object], expect: dict[str, object]) -> dict[str, bool]:
    """Which figures are right; names, greeting and number count only where a letter is to be written."""
    right = {"should_write": got["should_write"] == expect["should_write"]}
    write = expect["should_write"]

    def alike(key: str, *also: str) -> bool:
        wanted = [expect.get(key), *(one for other in also for one in expect.get(other, ()))]  # type: ignore[attr-defined]
        return fold(str(got.get(key) or "")) in [fold(str(one or "")) for one in wanted]

    right["recipient"] = (not write and not got["should_write"]) or fold(str(got.get("recipient") or "")) == fold(
        str(expect["recipient"] or "")
    )
    right["company"] = alike("company", "company_aliases")
    right["role"] = alike("role", "role_aliases")
    right["stage"] = got.get("stage") == expect["stage"] or (expect["stage"] is None and not got["rejection"])
    right["greeting_name"] = not write or alike("greeting_name", "greeting_also")
    right["impressed_by"] = not write or alike("impressed_by")
    right["people_met"] = {fold(str(one)) for one in got.get("people_met", ())} == {
        fold(str(one)) for one in expect["people_met"]
    }  # type: ignore[attr-defined]
    digits = re.sub(r"\D", "", str(got.get("phone") or ""))
    right["phone"] = not write or digits == re.sub(r"\D", "", str(expect["phone"] or ""))
    return right


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--stand-in", action="store_true")
    parser.add_argument("--recognised", action="store_true", help="go on where the rejection was not recognised")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--only", nargs="*", default=())
    arguments = parser.parse_args()
    stories = sorted(path.parent for path in arguments.folder.glob("*/story.json"))
    stories = [story for story in stories if not arguments.only or story.name in arguments.only]
    totals = dict.fromkeys(FIGURES, 0)
    wrong_recipients = 0
    for story in stories:
        expect = json.loads((story / "story.json").read_text("utf-8"))["expect"]
        got = run(story, arguments)
        right = grade(got, expect)
        for figure in FIGURES:
            totals[figure] += right[figure]
        wrong_recipients += bool(got["should_write"] and got.get("recipient") and not right["recipient"])
        for figure in FIGURES:
            if not right[figure]:
                print(
                    f"{story.name} {figure}: got {got.get(figure)!r}, expected {expect.get(figure)!r} [{got.get('reason')}]"
                )
        if arguments.verbose:
            print(f"{story.name} {got}")
    print(
        {figure: f"{count}/{len(stories)}" for figure, count in totals.items()}, "wrong recipients:", wrong_recipients
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
