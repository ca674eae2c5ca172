"""Makes the weights of the judgement: the figures in knowledge/rules.toml and knowledge/model.json.

    python benchmarks/train_weights.py CORPUS_DIR [HAM_DIR] [--write]     (needs numpy and scikit-learn, which the program does not)

The blind part of each corpus (see evaluate.py) is never looked at. The model is cross-validated by template: mails that
share a run of thirty words are never on both sides. What a mail gets from the model while the rules' weights are fitted is
what a model said that had not seen its group. Rules keep the sign that they have.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from evaluate import HOME, Case, is_blind, load_cases, load_mails
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from responder.reading import judge as judging
from responder.reading.knowledge import Knowledge, load
from responder.reading.message import Message, read
from responder.reading.model import bucket, grams
from responder.reading.phrases import fold

KNOWLEDGE = Path(__file__).resolve().parent.parent / "responder" / "knowledge"
FIRM = 40.0  # how firmly weights that stand for plain words are held: the corpora are full of traps, mailboxes are not
LIMIT = 3.0  # see Model.weigh
MARGIN = 0.6  # taken off the bias: thanking somebody for a rejection that was none is worse than missing one
SIZE = 1 << 17  # buckets
SHARES = {"dev_more": 0.6, "ham": 0.3}  # how much a mail counts: one corpus is hard on purpose, one is not about jobs
PULL = {
    "decision": 2.0,
    "closed": 2.0,
    "status": 2.0,
    "link": 5.0,
    "regret": 0.5,
    "soft": 0.5,
    "receipt": -0.5,
    "topic": -0.5,
    "what": -2.5,
    "guard": -2.0,
}
FREE = ("reached", "hired", "condition")  # read, not summed


def gather_mails(corpus: Path, ham: Path | None) -> tuple[list[Message], np.ndarray, list[str]]:
    """Messages, labels and groups of the part that is not blind."""
    mails, labels, groups = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        for file in sorted(corpus.glob("*.jsonl")):
            if "stories" in file.stem:
                continue
            cases = load_cases(file, Path(folder))
            blind = is_blind(case.id for case in cases)
            for case in cases:
                message = read(case.raw)
                if case.id not in blind and isinstance(message, Message):
                    mails.append(_inner(case, message))
                    labels.append(case.rejection)
                    groups.append(_group(case, file.stem))
    for case in load_mails(HOME / "tests" / "mails"):
        message = read(case.raw)
        if isinstance(message, Message):
            mails.append(_inner(case, message))
            labels.append(case.rejection)
            groups.append(f"written-{case.id}")
    for file in sorted(ham.rglob("*")) if ham else ():
        message = read(file.read_bytes()) if file.is_file() else None
        if isinstance(message, Message) and judging.has_cues(message, load()):
            mails.append(message)
            labels.append(False)
            groups.append(f"ham-{len(mails) % 50}")
    return mails, np.array(labels), _join_templates(mails, groups)


def _inner(case: Case, message: Message) -> Message:
    return message.forwarded[0] if case.rejection and len(message.forwarded) == 1 else message


def _group(case: Case, corpus: str) -> str:
    return f"{corpus}-{case.id}"


def _join_templates(mails: Sequence[Message], groups: list[str]) -> list[str]:
    """Mails that share a run of thirty words get into one group."""
    first: dict[tuple[str, ...], str] = {}
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.get(name, name) != name:
            name = parent[name]
        return name

    for mail, group in zip(mails, groups, strict=True):
        if group.startswith("ham"):
            continue  # mailing lists share their footers
        words = fold(mail.text[:3000]).split()
        for start in range(max(0, len(words) - 29)):
            run = tuple(words[start : start + 30])
            other = first.setdefault(run, group)
            if root(other) != root(group):
                parent[root(group)] = root(other)
    return [root(group) for group in groups]


def hashed(mails: Sequence[Message]) -> csr_matrix:
    """Damped counts by bucket, L2-normalised: what Model.score computes."""
    rows, columns, values = [], [], []
    for row, mail in enumerate(mails):
        counts = Counter(bucket(gram, SIZE) for gram in grams(judging.wording(mail)))
        damped = {place: 1.0 + np.log(count) for place, count in counts.items()}
        norm = np.sqrt(sum(value * value for value in damped.values())) or 1.0
        rows += [row] * len(damped)
        columns += damped.keys()
        values += [value / norm for value in damped.values()]
    return csr_matrix((values, (rows, columns)), shape=(len(mails), SIZE))


def rule_matrix(mails: Sequence[Message], knowledge: Knowledge, rules: Sequence[str]) -> np.ndarray:
    found = [judging.find_evidence(mail, knowledge) for mail in mails]
    return np.array([[1.0 if rule in one else 0.0 for rule in rules] for one in found])


def fit_rules(
    features: np.ndarray, labels: np.ndarray, shares: np.ndarray, start: np.ndarray, bounds: list[tuple[float, float]]
) -> np.ndarray:
    """Logistic regression with a sign for each weight, drawn towards `start`."""
    sides = np.where(labels, 1.0, -1.0)
    strength = np.where(np.abs(start) >= 0.7, FIRM, 0.5)
    cost = shares * np.where(labels, 1.0, 1.4)  # a false alarm is worse than a miss

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        sums = sides * (features @ weights[1:] + weights[0])
        pull = weights[1:] - start
        gradient = -sides * cost / (1 + np.exp(sums))
        value = (cost * np.logaddexp(0, -sums)).sum() + 0.5 * (strength * pull**2).sum()
        return value, np.concatenate([[gradient.sum()], features.T @ gradient + strength * pull])

    found = minimize(loss, np.zeros(len(start) + 1), jac=True, bounds=[(-8, 8), *bounds], method="L-BFGS-B")
    return np.asarray(found.x)


def classifier() -> LogisticRegression:
    return LogisticRegression(C=30.0, max_iter=2000, solver="liblinear")


def show(name: str, sums: np.ndarray, labels: np.ndarray) -> None:
    for level in (-0.5, 0.0, 0.5, 1.0):
        said = sums > level
        hits = (said & labels).sum()
        print(
            f"  {name} above {level:+.1f}: precision {hits / max(1, said.sum()):.3f} recall {hits / labels.sum():.3f}"
        )


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", type=Path)
    parser.add_argument("ham", type=Path, nargs="?")
    parser.add_argument("--show", type=int, default=0, help="so many of the worst mistakes on unseen groups")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    knowledge = load()
    mails, labels, groups = gather_mails(options.corpus, options.ham)
    print(f"{len(mails)} mails, {labels.sum()} rejections, {len(set(groups))} groups")
    rules = [rule for rule in knowledge.rules if not rule.startswith(FREE)]
    held = rule_matrix(mails, knowledge, rules)
    words = hashed(mails)
    unseen = np.zeros(len(mails))
    folds = list(GroupKFold(5).split(words, labels, groups))
    for train, test in folds:
        unseen[test] = classifier().fit(words[train], labels[train]).decision_function(words[test])
    show("model alone, unseen", unseen, labels)
    for name, pick in (("rejections", labels), ("others", ~labels)):
        shares = " ".join(
            f"{level:+.1f}:{(unseen[pick] < level).mean():.3f}" for level in (-4, -3.5, -3, -2.5, -2, -1.5)
        )
        print(f"  {name} whose unseen score is below {shares}")
    shares = np.array(
        [next((share for name, share in SHARES.items() if group.startswith(name)), 1.0) for group in groups]
    )
    start = np.array([PULL.get(rule.partition(".")[0], -1.5) for rule in rules] + [0.7])
    bounds = [(0.0, 6.0) if weight > 0 else (-6.0, 0.0) for weight in start]
    features = np.column_stack([held, np.clip(unseen, -LIMIT, LIMIT)])
    sums = np.zeros(len(mails))
    for train, test in folds:
        weights = fit_rules(features[train], labels[train], shares[train], start, bounds)
        sums[test] = features[test] @ weights[1:] + weights[0]
    show("together, unseen", sums, labels)
    seen = features @ (weights_all := fit_rules(features, labels, shares, start, bounds))[1:] + weights_all[0]
    show("together, seen", seen, labels)
    for part in ("dev-", "dev_more", "real"):
        pick = np.array([group.startswith(part) for group in groups])
        show(f"  unseen {part}", sums[pick], labels[pick])
    weights = fit_rules(features, labels, shares, start, bounds)
    for rule, weight, column in zip(rules, weights[1:], held.T, strict=False):
        print(
            f"  {rule:28} {weight:+.2f}  rejections {int(column[labels].sum()):4} others {int(column[~labels].sum()):4}"
        )
    print(f"  {'model':28} x{weights[-1]:.2f}   bias {weights[0]:+.2f}")
    if options.show:
        for index in np.argsort(-sums * np.where(labels, -1, 1))[: options.show]:
            hits = " ".join(rule for rule, one in zip(rules, held[index], strict=False) if one)
            kind = "missed" if labels[index] else "alarm"
            print(
                f"  {kind} {sums[index]:+.1f} model {unseen[index]:+.1f} {groups[index]} {mails[index].subject[:60]!r}: {hits}"
            )
    if options.write:
        whole = classifier().fit(words, labels)
        write(whole, rules, weights)
    return 0


def write(whole: LogisticRegression, rules: Sequence[str], weights: np.ndarray) -> None:
    """rules.toml with its weights replaced, model.json as signed bytes."""
    place = KNOWLEDGE / "rules.toml"
    text = re.sub(r"^bias = .*$", f"bias = {weights[0] - MARGIN:.2f}", place.read_text("utf-8"), flags=re.MULTILINE)
    for rule, weight in zip(rules, weights[1:], strict=False):
        pattern = rf'(\[rule\."{re.escape(rule)}"\][^\n]*\nweight = )\S+'
        text = re.sub(pattern, lambda match, weight=weight: f"{match[1]}{weight:.2f}", text)
    place.write_text(text, "utf-8")
    coefficients = whole.coef_[0]
    scale = float(np.quantile(np.abs(coefficients), 0.9999)) / 127
    small = np.clip(np.round(coefficients / scale), -127, 127).astype(np.int8)
    small[np.abs(small) < 2] = 0  # noise, and it packs better
    packed = base64.b64encode(zlib.compress(small.tobytes(), 9)).decode()
    model = {"scale": scale, "bias": float(whole.intercept_[0]), "times": float(weights[-1]), "weights": packed}
    (KNOWLEDGE / "model.json").write_text(json.dumps(model) + "\n", "utf-8")
    print(f"model.json: {len(packed) / 1024:.0f} KB")


if __name__ == "__main__":
    sys.exit(main())
