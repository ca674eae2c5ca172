"""Makes the weights by which the post of a mail is chosen: knowledge/roles.json.

    python benchmarks/train_roles.py CORPUS_DIR [--written DIR] [--check] [--write]     (needs numpy and scipy, which the program does not)

It learns from the rejections of the corpora, of tests/mails, tests/reading and benchmarks/mails, and from mails that are put
together from benchmarks/posts: sentences and subjects in which HR people name a post, each with many posts. The blind part of
each corpus (see evaluate.py) is never looked at. A mail's runs of words compete with one another and with "none"; of the right
ones it is enough that one wins. --check cross-validates: written mails by file, the corpora by fifths.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import numpy as np
from evaluate import HOME, Case, is_blind, load_cases, load_mails, load_own, same
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from written import WHOLE

sys.path.insert(0, str(HOME))
from responder.reading.facts import gather
from responder.reading.judge import Verdict, judge
from responder.reading.knowledge import load
from responder.reading.layout import lay_out
from responder.reading.message import Me, Message, read
from responder.reading.role import Weights, choose, role_spans
from responder.reading.spans import Span
from responder.reading.vocabulary import vocabulary_of

ME = Me("", frozenset({"me@mailbox.example"}))
OUT = HOME / "responder" / "knowledge" / "roles.json"
POSTS = Path(__file__).resolve().parent / "posts"
RARE = 4  # what is seen in fewer mails is left out
HOLD = 3.0  # how firmly weights are held at nothing
FAINT = 0.02  # and a weight below this is left out
LEAST = 0.25  # see Weights.least
COMPOSED = 200  # mails in each language
COUNTS = {"corpus": 1.0, "written": 2.0, "mails": 4.0, "composed": 0.5}
FIRMS = (
    "Brindlewick",
    "Norvane GmbH",
    "Tarnlund",
    "Kesselmark",
    "Maison Clairval",
    "Grupo Albera",
    "Studio Ferrante",
    "Vellinga BV",
)
DENSE_FIRMS = ("青葉商事", "星河科技", "株式会社白樺", "远山集团")
NUMBERS = ("REQ-4821", "2024/117", "4711-B", "Ref. 88213", "JR10233", "Nr. 20")


@dataclass(frozen=True, slots=True)
class Sample:
    """The runs of words of one mail, and which of them are the post."""

    kind: str  # a key of COUNTS
    group: str  # what is left out together
    truths: tuple[str, ...]
    spans: tuple[Span, ...]
    right: tuple[bool, ...]


def sample(kind: str, group: str, case: Case) -> Sample | None:
    """One rejection, as the program reads it."""
    message = read(case.raw)
    if not isinstance(message, Message) or not case.rejection or "role" not in case.truth:
        return None
    knowledge = load()
    verdict = judge(message, ME, knowledge)
    facts = gather(Verdict(True, 1.0, (), verdict.language, None, None, verdict.message), ME, knowledge)
    vocabulary = vocabulary_of(knowledge)
    names = tuple(name for name in (facts.company, *facts.company_aliases) if name)
    titles = tuple(signer.title for signer in facts.signers if signer.title)
    layout = lay_out(verdict.message.text, vocabulary)
    spans = role_spans(verdict.message, layout, names, titles, verdict.language, (), vocabulary)
    truths = tuple(one for one in (case.truth["role"], *case.also.get("role", ())) if one)
    right = tuple(bool(truths) and same("role", span.text, truths) for span in spans)
    return Sample(kind, group, truths, tuple(spans), right)


def cases_of(corpus: Path, written: Sequence[Path]) -> Iterator[tuple[str, str, Case]]:
    """Kind, group and case of all mails that are learned from."""
    with tempfile.TemporaryDirectory() as folder:
        for file in sorted(corpus.glob("*.jsonl")):
            if "stories" in file.stem or "real" in file.stem:
                continue
            cases = load_cases(file, Path(folder))
            blind = is_blind(case.id for case in cases)
            yield from (
                ("corpus", f"corpus-{number % 5}", case) for number, case in enumerate(cases) if case.id not in blind
            )
    yield from (("mails", "mails", case) for case in load_mails(HOME / "tests" / "mails"))
    yield from (("mails", "mails", case) for case in table_cases())
    for place in (WHOLE, *written):
        yield from (("written", f"written-{case.id.rpartition('-')[0]}", case) for case in load_own(place))
    yield from (("composed", "composed", case) for file in sorted(POSTS.glob("*.txt")) for case in compose(file))


def table_cases() -> Iterator[Case]:
    """The mails of tests/reading/facts_cases.toml."""
    table = tomllib.loads((HOME / "tests" / "reading" / "facts_cases.toml").read_text("utf-8"))
    for case in table["mail"]:
        if "role" in case:
            raw = mail(case["from"], case["subject"], case["body"])
            yield Case(
                case["name"], case["language"], True, raw, {"role": case["role"]}, {"role": case.get("role_also", ())}
            )


def mail(sender: str, subject: str, text: str) -> bytes:
    """A mail of these parts."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"], made["Message-ID"] = (
        sender,
        "me@mailbox.example",
        subject,
        "<1@composed.example>",
    )
    made.set_content(text.strip() + "\n")
    return made.as_bytes()


def compose(file: Path) -> Iterator[Case]:
    """Mails in one language, put together from the file's subjects, sentences and posts; a tenth names no post."""
    parts: dict[str, list[str]] = defaultdict(list)
    for line in file.read_text("utf-8").splitlines():
        name, _, rest = line.partition(": ")
        parts[name] += [rest] if name in {"subject", "text", "other"} else rest.split(", ")
    draw, code = random.Random(file.stem), file.stem
    named = [one for one in parts["subject"] if "{role}" in one]
    silent = [one for one in parts["subject"] if "{role}" not in one]
    for number in range(COMPOSED):
        role, luck = draw.choice(parts["roles"]), draw.random()
        subject = draw.choice(silent if luck < 0.35 else named)
        texts = draw.sample(parts["text"], 0 if luck < 0.1 or 0.35 <= luck < 0.5 else 1)
        texts += draw.sample(parts["other"], 2)
        small = role[0].lower() + role[1:] if code != "de" and not role[:2].isupper() and draw.random() < 0.5 else role
        values = {name: draw.choice(parts[name]) for name in ("places", "units", "hours")}
        firm = draw.choice(DENSE_FIRMS if code in {"ja", "zh"} else FIRMS)
        slots = {"company": firm, "number": draw.choice(NUMBERS), "place": values["places"], "unit": values["units"]}
        slots |= {"hours": values["hours"], "a": "an" if role[0].lower() in "aeio" else "a"}
        text = (
            ("\n" if draw.random() < 0.5 else "" if code in {"ja", "zh"} else " ")
            .join(texts)
            .format(role=small, **slots)
        )
        raw = mail(f"{firm} <hr@firm.example>", subject.format(role=role, **slots), text)
        also = (f"{role}職",) if code == "ja" else ()
        yield Case(
            f"{code}-{number}",
            code,
            True,
            raw,
            {"role": None if luck < 0.1 else role},
            {"role": also if luck >= 0.1 else ()},
        )


def fit(samples: Sequence[Sample]) -> Weights:
    """The weights under which the right runs are likeliest."""
    mails = Counter(what for one in samples for what in {what for span in one.spans for what in span.seen})
    known = {what: number for number, what in enumerate(sorted(what for what, times in mails.items() if times >= RARE))}
    columns, ends, owner, right, none = [], [0], [], [], []
    for number, one in enumerate(samples):
        for span, good in zip((*one.spans, None), (*one.right, not any(one.right)), strict=True):
            columns += [known[what] for what in set(span.seen) if what in known] if span else []
            ends.append(len(columns))
            owner.append(number)
            right.append(good)
            none.append(span is None)
    matrix = csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(owner), len(known)))
    of, good, empty = np.array(owner), np.array(right, dtype=float), np.array(none, dtype=float)
    count = np.array([COUNTS[one.kind] for one in samples])

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        scores = matrix @ values[:-1] + values[-1] * empty
        top = np.full(len(samples), -np.inf)
        np.maximum.at(top, of, scores)
        odds = np.exp(scores - top[of])
        share = odds / np.bincount(of, odds)[of]
        hit = np.bincount(of, share * good) + 1e-12
        pull = (share - share * good / hit[of]) * count[of]
        cost = -(count * np.log(hit)).sum() + HOLD / 2 * (values[:-1] @ values[:-1])
        return cost, np.append(matrix.T @ pull + HOLD * values[:-1], (pull * empty).sum())

    found = minimize(loss, np.zeros(len(known) + 1), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    seen = {what: round(float(found[at]), 2) for what, at in known.items() if abs(found[at]) >= FAINT}
    return Weights(seen, round(float(found[-1]), 2), LEAST)


def outcome(one: Sample, weights: Weights) -> str:
    """right, wrong, missing or invented."""
    got = choose(one.spans, weights)
    if not one.truths or got is None:
        return "invented" if got else "missing" if one.truths else "right"
    return "right" if same("role", got, one.truths) else "wrong"


def tell(results: Mapping[str, Counter[str]]) -> None:
    """The shares, by group."""
    for group, counts in sorted(results.items()):
        parts = "  ".join(f"{kind} {counts[kind]:3}" for kind in ("right", "wrong", "missing", "invented"))
        print(f"  {group:20} {counts['right'] / counts.total():.3f}  {parts}")


def check(samples: Sequence[Sample], folds: int = 6) -> None:
    """What comes out for mails whose group was not learned from."""
    groups = sorted({one.group for one in samples if one.kind in {"corpus", "written"}})
    results: dict[str, Counter[str]] = defaultdict(Counter)
    for number in range(folds):
        left = set(groups[number::folds])
        weights = fit([one for one in samples if one.group not in left])
        for one in samples:
            if one.group in left:
                for name in (one.group, f"all {one.kind}"):
                    results[name][outcome(one, weights)] += 1
    tell(results)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("corpus", type=Path, help="the folder with the corpora")
    parser.add_argument(
        "--written", type=Path, action="append", default=[], help="a further folder of files like benchmarks/mails"
    )
    parser.add_argument("--check", action="store_true", help="cross-validate")
    parser.add_argument("--write", action="store_true", help="write knowledge/roles.json")
    options = parser.parse_args(argv)
    made = (sample(*told) for told in cases_of(options.corpus, options.written))
    samples = [one for one in made if one is not None]
    if options.check:
        check(samples)
    weights = fit(samples)
    results: dict[str, Counter[str]] = defaultdict(Counter)
    for one in samples:
        results[one.kind][outcome(one, weights)] += 1
    print(f"{len(weights.seen)} weights; where learned:")
    tell(results)
    if options.write:
        told = {"least": weights.least, "none": weights.none, "seen": weights.seen}
        OUT.write_text(json.dumps(told, ensure_ascii=False, indent=0) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
