"""Makes the weights by which the company of a mail is told: knowledge/company.toml.

    python benchmarks/train_company.py CORPUS_DIR [--written FOLDER] [--write]     (needs numpy and scipy, which the program does not)

Each mail is a choice between the forms that reading/company.py finds in it and none; the weights of their traits are those of a
conditional logit with L2, fitted on the right form (or on none, where no form is right). Cross-validated by writer: mails of one
corpus or file are never on both sides. The blind part of each corpus (see evaluate.py) is never looked at.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import tomllib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import numpy as np
from evaluate import HOME, Case, is_blind, load_cases, load_mails, load_own, same
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from responder.reading.company import candidates, choose
from responder.reading.facts import scene_of
from responder.reading.judge import judge
from responder.reading.knowledge import Knowledge, load
from responder.reading.message import Me, read

FILE = Path(__file__).resolve().parent.parent / "responder" / "knowledge" / "company.toml"
FIRM = 0.6  # strength of L2
RARE = 6  # a trait seen in fewer mails is left out
FAINT = 0.04  # and a weight below it
LOOSE = {
    "client.whole.client",
    "whole.label",
    "whole.employer",
    "team.edge",
}  # what decides where it is there, and is seldom there
HEAD = """# What each trait (reading/traits.py) speaks for or against a form that may name the company, in log-odds.
# Made by benchmarks/train_company.py; not to be written by hand.

[weights]
"""
TUNED = 0.6  # what a mail counts that the phrases were written with


@dataclass(frozen=True, slots=True)
class Choice:
    """One mail: its forms with their traits, and which of them are right."""

    id: str
    group: str
    lang: str
    share: float
    names: tuple[str, ...]
    traits: tuple[frozenset[str], ...]
    right: tuple[int, ...]
    best: tuple[int, ...]  # those of them that are written as a person would, all if none is
    told: bool  # the mail has a company


def choice_of(case: Case, group: str, share: float, knowledge: Knowledge) -> Choice:
    """The forms of one mail."""
    message = read(case.raw)
    to = message.to[:1]
    me = Me(to[0].name if to else "", frozenset(one.address.lower() for one in to))
    found = candidates(scene_of(judge(message, me, knowledge), me, knowledge))
    truth = case.truth["company"]
    forms = (truth, *case.also.get("company", ())) if truth else ()
    right = [at for at, one in enumerate(found) if forms and same("company", one.name, forms)]
    written = [at for at in right if found[at].name.casefold() in {form.casefold() for form in forms}]
    return Choice(
        case.id,
        group,
        case.lang,
        share,
        tuple(one.name for one in found),
        tuple(one.traits for one in found),
        tuple(right),
        tuple(written or right),
        bool(truth),
    )


def load_table() -> list[Case]:
    """The short mails of tests/reading/facts_cases.toml."""
    told = tomllib.loads((HOME / "tests" / "reading" / "facts_cases.toml").read_text("utf-8"))["mail"]
    return [_of_table(f"table-{number:03}", case) for number, case in enumerate(told) if "company" in case]


def _of_table(identity: str, case: dict[str, Any]) -> Case:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = case["from"], "Nora Beck <nora.beck@postbox.example>", case["subject"]
    mail.set_content(case["body"])
    truth, also = {"company": case["company"] or None}, {"company": tuple(case.get("company_also", ()))}
    return Case(identity, case["language"], True, mail.as_bytes(), truth, also)


def load_choices(corpora: Path, folders: Sequence[Path]) -> list[Choice]:
    """All rejections whose company is told, by who wrote them."""
    knowledge = load()
    sources: list[tuple[str, float, list[Case]]] = [
        ("tests", 1.0, load_mails(HOME / "tests" / "mails")),
        ("table", 1.0, load_table()),
    ]
    with tempfile.TemporaryDirectory() as workshop:
        for file in sorted(corpora.glob("dev*.jsonl")):
            if "stories" not in file.stem:
                cases = load_cases(file, Path(workshop))
                blind = is_blind(case.id for case in cases)
                sources.append((file.stem, TUNED, [case for case in cases if case.id not in blind]))
    for folder in folders:
        by_file = defaultdict(list)
        for case in load_own(folder):
            by_file[case.id.rpartition("-")[0]].append(case)
        sources += [(name, 1.0, cases) for name, cases in by_file.items()]
    return [
        choice_of(case, name, share, knowledge)
        for name, share, cases in sources
        for case in cases
        if case.rejection and "company" in case.truth
    ]


def fit(choices: Sequence[Choice], firm: float = FIRM) -> dict[str, float]:
    """The weights under which the right forms are likeliest."""
    seen = Counter(trait for one in choices for trait in set().union(*one.traits))
    names = ["none", *sorted(trait for trait, count in seen.items() if count >= RARE)]
    place = {name: at for at, name in enumerate(names)}
    rows, columns, starts, right = [], [], [], []
    total = 0
    for one in choices:
        starts.append(total)
        options: list[frozenset[str]] = [frozenset({"none"}), *one.traits]
        for traits in options:
            for trait in traits:
                if trait in place:
                    rows.append(total)
                    columns.append(place[trait])
            total += 1
        right.append([starts[-1] + 1 + at for at in one.best] or [starts[-1]])
    table = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(total, len(names)))
    begin = np.array(starts)
    sizes = np.diff([*starts, total])
    share = np.repeat([one.share for one in choices], sizes)
    correct = np.zeros(total, dtype=bool)
    correct[[at for some in right for at in some]] = True

    held = np.array([firm / 12 if name in LOOSE else firm for name in names])

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores = table @ weights
        scores = scores - np.repeat(np.maximum.reduceat(scores, begin), sizes)
        powers = np.exp(scores)
        every = np.add.reduceat(powers, begin)
        good = np.add.reduceat(np.where(correct, powers, 0.0), begin)
        likely = powers / np.repeat(every, sizes)
        meant = np.where(correct, powers, 0.0) / np.repeat(good, sizes)
        value = -np.sum(np.array([one.share for one in choices]) * np.log(good / every))
        gradient = table.T @ (share * (likely - meant))
        return value + np.sum(held * weights**2) / 2, gradient + held * weights

    done = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", options={"maxiter": 2000})
    return {name: float(weight) for name, weight in zip(names, done.x, strict=True)}


def answer(one: Choice, weights: dict[str, float]) -> int | None:
    """The number of the form that wins, None where none does."""
    scores = [sum(weights.get(trait, 0.0) for trait in traits) for traits in one.traits]
    return choose(one.names, scores, weights["none"])


def outcomes(choices: Sequence[Choice], weights: dict[str, float], *, show: bool) -> Counter[str]:
    """How many answers are right, wrong, missing or invented."""
    out: Counter[str] = Counter()
    for one in choices:
        got = answer(one, weights)
        wrong = "wrong" if one.told else "invented"
        kind = ("missing" if one.told else "right") if got is None else "right" if got in one.right else wrong
        out[kind] += 1
        if show and kind != "right":
            rights = sorted({one.names[at] for at in one.right})
            print(f"  {kind} {one.id}: {one.names[got] if got is not None else None!r} for {rights}")
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--written", type=Path, action="append", default=[])
    parser.add_argument("--check", action="store_true", help="cross-validate")
    parser.add_argument("--show", action="store_true", help="and list what is not right")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    choices = load_choices(options.corpora, options.written or [HOME / "benchmarks" / "mails"])
    if options.check or options.show:
        check(choices, show=options.show)
    weights = fit(choices)
    print(len(weights), "weights")
    if options.write:
        kept = {name: round(weight, 2) for name, weight in weights.items() if abs(weight) >= FAINT or name == "none"}
        FILE.write_text(
            HEAD + "\n".join(f'"{name}" = {weight}' for name, weight in sorted(kept.items())) + "\n", "utf-8"
        )
    return 0


def check(choices: Sequence[Choice], *, show: bool) -> None:
    """Prints what comes out for each writer with the weights that the others give."""
    total: dict[str, Counter[str]] = defaultdict(Counter)
    for group in sorted({one.group for one in choices}):
        weights = fit([one for one in choices if one.group != group])
        here = [one for one in choices if one.group == group]
        found = outcomes(here, weights, show=show)
        there = sum(bool(one.right) or not one.told for one in here)
        print(f"{group:12} {len(here):4} {dict(found)}  to be had {there}")
        total["written" if here[0].share == 1 else "tuned"] += found
    for name, found in total.items():
        size = sum(found.values())
        print(name, size, {kind: round(count / size, 3) for kind, count in found.items()})


if __name__ == "__main__":
    sys.exit(main())
