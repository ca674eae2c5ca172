"""Makes knowledge/stage.json: by which signs how far an application had come is told.

    python benchmarks/train_stage.py CORPUS_DIR [--written FOLDER ...] [--write]     (needs numpy and scikit-learn, which the program does not)

It learns from the rejections of the corpora (never of their blind part), of tests/mails, of tests/reading/verdicts.toml and of
folders of mails as in written.py. What it prints is cross-validated by file: the mails of one hand are never on both sides.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import numpy as np
from evaluate import HOME, is_blind, load_cases, load_own
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from written import is_hard

sys.path.insert(0, str(HOME))
from responder.reading import judge
from responder.reading.judge import Stage
from responder.reading.knowledge import load
from responder.reading.message import Message, read

STAGES = [stage.value for stage in Stage]
STRENGTH = 0.3  # C of the logistic regression
RARE, FAINT = 4, 3  # a sign of fewer mails is left out, and one whose weights are all below so many hundredths
# signs without any of which a stage is not told, however the mail is worded
NEEDS = {
    "screen": ["reached.screen", "reached.tested", "reached.phone", "reached.tried"],
    "interview": [
        "reached.interview",
        "reached.met",
        "reached.spoke",
        "reached.tried",
        "reached.final",
    ],
    "final": ["reached.final", "reached.close"],
    "closed": ["reached.nobody", "closed.cancelled", "hired.nobody"],
}
CORPUS = 0.5  # how much a mail of the corpora counts: they are much alike, and the rules were made on them
HARD = 0.2  # of mails that were made hard: half of them come after an interview
PLAIN = 4.0  # of the project's own tables: plain mails, of which the written ones have few


@dataclass(frozen=True, slots=True)
class Told:
    """One rejection, with how far it had come."""

    group: str
    stage: str
    raw: bytes
    share: float = 1.0


def gather(corpus: Path, written: list[Path]) -> Iterator[Told]:
    """All rejections of which it is known."""
    with tempfile.TemporaryDirectory() as folder:
        for file in sorted(corpus.glob("*.jsonl")):
            if "stories" in file.stem:
                continue
            cases = load_cases(file, Path(folder))
            blind = is_blind(case.id for case in cases)
            for case in cases:
                stage = case.truth.get("stage")
                unsure = "application" in case.also.get("stage", ())
                if case.rejection and stage in STAGES and case.id not in blind and not unsure:
                    yield Told(case.id, stage, case.raw, CORPUS)
    for place in written:
        for case in load_own(place):
            if case.rejection and case.truth["stage"] in STAGES:
                group = case.id.rpartition("-")[0]
                yield Told(group, case.truth["stage"], case.raw, HARD if is_hard(group) else 1.0)
    for truth in sorted((HOME / "tests" / "mails").rglob("*.toml")):
        told = tomllib.loads(truth.read_text("utf-8"))
        if told.get("reached") and truth.with_suffix(".eml").is_file():
            yield Told(truth.stem, _stage(told, "someone_hired"), truth.with_suffix(".eml").read_bytes(), PLAIN)
    verdicts = tomllib.loads((HOME / "tests" / "reading" / "verdicts.toml").read_text("utf-8"))
    for number, told in enumerate(one for found in verdicts.values() for one in found if one.get("reached")):
        mail = EmailMessage()
        mail["From"], mail["Subject"] = "office@firm.example", told.get("subject", "")
        mail.set_content(told["text"])
        yield Told(f"verdict-{number}", _stage(told, "hired"), mail.as_bytes(), PLAIN)


def _stage(told: dict[str, Any], hired: str) -> str:
    return "closed" if told.get(hired) is False else str(told["reached"])


def signs_of(told: Told) -> dict[str, float]:
    """What the program weighs."""
    knowledge = load()
    message = read(told.raw)
    if not isinstance(message, Message):
        raise TypeError(told.group)
    inner = message.forwarded[0] if len(message.forwarded) == 1 else message
    languages = judge.languages_of(inner, knowledge)
    return judge.stage_signs(inner, judge.find_evidence(inner, knowledge, languages), knowledge, languages)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--written", type=Path, action="append", default=[])
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    mails = list(gather(options.corpus, options.written))
    found = [signs_of(mail) for mail in mails]
    often = Counter(sign for one in found for sign in one)
    names = sorted(sign for sign, count in often.items() if count >= RARE)
    features = np.array([[one.get(name, 0.0) for name in names] for one in found])
    truth = np.array([STAGES.index(mail.stage) for mail in mails])
    shares = np.array([mail.share for mail in mails])
    told = np.array([next(sign[5:] for sign in one if sign.startswith("told.")) for one in found])
    said = np.zeros(len(mails), int)
    for train, test in GroupKFold(6).split(features, truth, [mail.group for mail in mails]):
        model = LogisticRegression(C=STRENGTH, max_iter=2000).fit(features[train], truth[train], shares[train])
        sums = model.decision_function(features[test])
        for place, stage in enumerate(STAGES):
            wanted = NEEDS.get(stage, ())
            bare = [bool(wanted) and not any(sign in found[row] for sign in wanted) for row in test]
            sums[bare, place] = -np.inf
        said[test] = sums.argmax(axis=1)
    whole = shares != CORPUS
    by_rules = np.array([STAGES.index(one) for one in told])
    for name, pick in (("written here", whole), ("corpora", ~whole)):
        rules, weights = (by_rules == truth)[pick].mean(), (said == truth)[pick].mean()
        print(
            f"{name}: {pick.sum()} mails, right by the rules {rules:.3f}, by weights that had not seen the file {weights:.3f}"
        )
    if options.write:
        write(LogisticRegression(C=STRENGTH, max_iter=2000).fit(features, truth, shares), names)
    return 0


def write(model: LogisticRegression, names: list[str]) -> None:
    """stage.json: hundredths for each sign, by stage."""
    rows = np.round(model.coef_.T * 100).astype(int)
    data = {
        "stages": STAGES,
        "needs": NEEDS,
        "bias": [round(float(one) * 100) for one in model.intercept_],
        "weights": {name: row.tolist() for name, row in zip(names, rows, strict=True) if np.abs(row).max() >= FAINT},
    }
    place = HOME / "responder" / "knowledge" / "stage.json"
    place.write_text(json.dumps(data, separators=(",", ":")) + "\n", "utf-8")
    print(f"{place.name}: {len(data['weights'])} signs")


if __name__ == "__main__":
    sys.exit(main())
