"""Makes knowledge/stage.json: by which signs how far an application had come is told.

    python benchmarks/train_stage.py CORPUS_DIR [--written FOLDER ...] [--write]     (needs numpy and scikit-learn, which the program does not)

It learns from the rejections of the corpora (never of their blind part), of tests/mails, of tests/reading/verdicts.toml and of
folders of mails as in written.py. What it prints is cross-validated by file: the mails of one hand are never on both sides.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
import tempfile
import tomllib
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import numpy as np
from evaluate import HOME, is_blind, load_cases, load_own
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from train_weights import WORDING_RARITY, hashed, learn, rarity, sway
from written import is_hard

sys.path.insert(0, str(HOME))
from responder.reading import judge
from responder.reading.judge import Stage
from responder.reading.knowledge import load
from responder.reading.message import Message, read
from responder.reading.stage import DAMP

STAGES = [stage.value for stage in Stage]
STRENGTH = 0.3  # C of the logistic regression
RARE, FAINT = 4, 3  # a sign of fewer mails is left out, and one whose weights are all below so many hundredths
RARE_GRAM = 3  # a gram of fewer mails is left out
MOST = 16_000  # grams that are kept: all 200,000 tell hardly more
WORDING = 100.0  # C of the logistic regressions over words
CORPUS = 0.5  # how much a mail of the corpora counts: they are much alike, and the rules were made on them
HARD = 0.1  # of mails that were made hard: half of them come after an interview
HARD_WORDS = 0.5  # the same where the words are learned: what goes with an interview is told in a thousand ways
PLAIN = 4.0  # of the project's own tables: plain mails, of which the written ones have few


@dataclass(frozen=True, slots=True)
class Told:
    """One rejection, with how far it had come."""

    group: str
    stage: str
    raw: bytes
    share: float = 1.0
    ours: bool = True  # and of no corpus


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
                    yield Told(case.id, stage, case.raw, CORPUS, ours=False)
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


def _inner(told: Told) -> Message:
    message = read(told.raw)
    if not isinstance(message, Message):
        raise TypeError(told.group)
    return message.forwarded[0] if len(message.forwarded) == 1 else message


def signs_of(told: Told) -> dict[str, float]:
    """What the program weighs."""
    knowledge, inner = load(), _inner(told)
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
    wording, grams = hashed([_inner(mail) for mail in mails], DAMP, RARE_GRAM)
    groups = [mail.group for mail in mails]
    folds = list(GroupKFold(6).split(features, truth, groups))
    freely = np.maximum(shares, HARD_WORDS)
    by_words = np.zeros((len(mails), len(STAGES)))  # as weights say that had not seen the file
    for train, test in folds:
        by_words[test] = wording[test] @ learn_words(wording[train], truth[train], freely[train]).T
    both = np.hstack([features, by_words])
    said = np.zeros(len(mails), int)
    for train, test in folds:
        model = LogisticRegression(C=STRENGTH, max_iter=2000).fit(both[train], truth[train], shares[train])
        said[test] = model.predict(both[test])
    whole = np.array([mail.ours for mail in mails])
    by_rules = np.array([STAGES.index(one) for one in told])
    for name, pick in (("written here", whole), ("corpora", ~whole)):
        rules, weights = (by_rules == truth)[pick].mean(), (said == truth)[pick].mean()
        print(
            f"{name}: {pick.sum()} mails, right by the rules {rules:.3f}, by weights that had not seen the file {weights:.3f}"
        )
    if options.write:
        model = LogisticRegression(C=STRENGTH, max_iter=2000).fit(both, truth, shares)
        signs, words = model.coef_[:, : len(names)], model.coef_[:, len(names) :]
        write(signs.T, model.intercept_, names, words @ learn_words(wording, truth, freely), grams)
    return 0


def learn_words(wording: csr_matrix, truth: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Weights of the grams for each stage against the others, for those MOST that move most mails; 0 for the rest."""
    by_gram = rarity(wording, WORDING_RARITY)
    known = wording.multiply(by_gram).tocsr()
    weights = np.stack(
        [learn(WORDING, known, truth == place, shares).coef_[0] * by_gram for place in range(len(STAGES))]
    )
    kept = np.argsort(-sway(np.abs(weights).max(0), wording))[:MOST]
    found = np.zeros_like(weights)
    found[:, kept] = weights[:, kept]
    return found


def write(signs: np.ndarray, bias: np.ndarray, names: list[str], words: np.ndarray, grams: list[int]) -> None:
    """stage.json: hundredths for each sign, by stage; the grams in order, and their weights as signed bytes."""
    rows = np.round(signs * 100).astype(int)
    kept = [column for column in np.argsort(grams) if np.abs(words[:, column]).any()]
    scale = float(np.abs(words).max()) / 127
    by_gram = np.round(words[:, kept].T / scale).astype(np.int8)
    data = {
        "stages": STAGES,
        "bias": [round(float(one) * 100) for one in bias],
        "weights": {name: row.tolist() for name, row in zip(names, rows, strict=True) if np.abs(row).max() >= FAINT},
        "scale": scale,
        "grams": _packed(np.array([grams[column] for column in kept], dtype=">u4").tobytes()),
        "by_gram": _packed(by_gram.tobytes()),
    }
    place = HOME / "responder" / "knowledge" / "stage.json"
    place.write_text(json.dumps(data, separators=(",", ":")) + "\n", "utf-8")
    print(f"{place.name}: {len(data['weights'])} signs, {len(kept)} grams, {place.stat().st_size / 1024:.0f} KB")


def _packed(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data, 9)).decode()


if __name__ == "__main__":
    sys.exit(main())
