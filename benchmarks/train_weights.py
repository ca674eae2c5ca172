"""Makes the weights of the judgement: the figures in knowledge/rules.toml, meaning.json and model.*.

    python benchmarks/train_weights.py CORPUS_DIR [HAM_DIR] [--write]     (needs numpy, scipy and scikit-learn, which the program does not)

It learns from the corpora, from tests/mails and from the sentences and short mails in benchmarks. The blind part of each corpus (see
evaluate.py) is never looked at. The models are cross-validated by template and mailbox: mails that share a run of thirty words,
or belong to one story, are never on both sides. What a mail gets from the models while the rules' weights are fitted is what
models said that had not seen its group. Rules keep the sign that they have, and are held near what the author of a rule would
give it: their phrases were written with the corpora at hand, so that there they look better than they are.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar

import numpy as np
from composed import compose, letters, whole
from evaluate import HOME, Case, is_blind, load_cases, load_mails
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from table import assign_places
from written import goes_on, is_hard

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from responder.reading import judge as judging
from responder.reading.knowledge import Knowledge, load
from responder.reading.meaning import DAMP as MEANING_DAMP
from responder.reading.message import Message, read
from responder.reading.model import BOUND, hashes
from responder.reading.model import DAMP as WORDING_DAMP
from responder.reading.phrases import fold

KNOWLEDGE = Path(__file__).resolve().parent.parent / "responder" / "knowledge"
FIRM = 40.0  # how firmly the rules' weights are held
# What a mail without a word of a decision or regret lacks besides: of the written mails as many as not are rejections that hold
# none; in a mailbox nearly all that hold none are other mail
SILENCE = 0.4
SIZE = 1 << 20  # places for the weights of grams
MEANING_STRENGTH, WORDING_STRENGTH = 12.0, 100.0  # C of the logistic regressions
MEANING_RARITY, WORDING_RARITY = 0.5, 2.0  # powers of the inverse document frequency: how freely rare ones are learned
RARE, RARE_GRAM = 5, 2  # a feature, a gram of fewer mails is left out
FAINT = 60  # and the weight of a feature below so many hundredths
# How much a mail counts: one corpus is hard on purpose, one is not about jobs, composed mails are short and many
SHARES = {"dev_more": 0.6, "ham": 1.0, "composed": 0.5, "whole": 1.0, "letters": 0.8}
# And a mail of the files that go on with the corpora (of 1,700 such mails, unseen, more are told apart so), and of everyday mail
GOING_ON, ORDINARY = 2.0, 2.0
# How much a mail that was made hard counts where the rules are weighed: half of those are near-misses with a rejection's very
# words, so that a plain decision would look as if it meant nothing
HARD = 0.5
WELL_KNOWN = "en"  # of so many mails that their words tell more, and what they mean less, than in the other languages
PULL = {
    "decision": 1.0,
    "closed": 1.2,
    "status": 1.2,
    "link": 6.0,
    "regret": 0.2,
    "soft": 0.2,
    "receipt": -0.3,
    "topic": -0.3,
    "what": -1.5,
    "plain": 1.0,
    "told": 0.1,
    "guard": -1.2,
    "guard.applicant": -2.0,
    "guard.thanks-reply": -2.0,  # what these say undoes a decision that stands beside them
    "guard.reversal": -2.0,
    "guard.withdrawal": -2.0,
    "guard.reserve": -1.8,
}
# At least this: nine of ten hard mails are written so that these say little, in a mailbox they say most
LEAST = {"told": 0.1, "decision": 0.2, "plain.decision": 1.2, "plain.short": 3.5, "plain.stock": 2.0}
# How much of a rule's weight is left when all is weighed: on mails that no author of a phrase had seen, rules tell less than the
# words do; except where there is little else to go by
TRUST = 0.4
TRUSTED = ("link.rejected", "plain.short", "plain.stock")
ALARM = 1.5  # a false alarm is worse than a miss
Folds = Sequence[tuple[np.ndarray, np.ndarray]]
Name = TypeVar("Name", int, str)
FREE = ("reached", "hired", "condition")  # read, not summed


def gather_mails(corpus: Path, ham: Path | None) -> tuple[list[Message], np.ndarray, list[str]]:
    """Messages, labels and groups of the part that is not blind."""
    found: list[tuple[Message, bool, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        for file in sorted(corpus.glob("*.jsonl")):
            if "stories" in file.stem:
                found += _stories(file)
                continue
            cases = load_cases(file, Path(folder))
            blind = is_blind(case.id for case in cases)
            found += _read([case for case in cases if case.id not in blind], file.stem)
    found += _read(load_mails(HOME / "tests" / "mails"), "written")
    found += [(mail, label, f"composed-{number}") for number, (mail, label) in enumerate(compose())]
    found += [(mail, label, f"whole-{group}") for mail, label, group in whole()]
    found += [(mail, False, f"letters-{language}") for mail, language in letters()]
    for file in sorted(ham.rglob("*")) if ham else ():
        message = read(file.read_bytes()) if file.is_file() else None
        if isinstance(message, Message) and judging.has_cues(message, load()):
            found.append((message, False, f"ham-{len(found) % 50}"))
    mails = [message for message, _, _ in found]
    labels = np.array([label for _, label, _ in found])
    return mails, labels, _join_templates(mails, [group for _, _, group in found])


def _read(cases: Sequence[Case], corpus: str) -> list[tuple[Message, bool, str]]:
    messages = ((case, read(case.raw)) for case in cases)
    return [
        (_inner(case.rejection, message), case.rejection, f"{corpus}-{case.id}")
        for case, message in messages
        if isinstance(message, Message)
    ]


def _stories(file: Path) -> list[tuple[Message, bool, str]]:
    """The mails of whole mailboxes, by plain text alone; the user's own are left out, as the judge knows them by their sender."""
    stories = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
    blind = is_blind(story["id"] for story in stories)
    found = []
    for story in stories:
        for number, told in enumerate(story["messages"]):
            mail = EmailMessage()
            mail["From"], mail["Subject"] = told["headers"]["From"], told["headers"].get("Subject", "")
            mail.set_content(told["text"])
            message = read(mail.as_bytes())
            mine = story["me"]["email"] in told["headers"]["From"]
            if story["id"] in blind or mine or not isinstance(message, Message):
                continue
            rejection = number == story["rejection"] or told.get("label") == "rejection"
            found.append((_inner(rejection, message), rejection, f"stories-{story['id']}"))
    return found


def _inner(rejection: bool, message: Message) -> Message:
    return message.forwarded[0] if rejection and len(message.forwarded) == 1 else message


def _join_templates(mails: Sequence[Message], groups: list[str]) -> list[str]:
    """Mails that share a run of thirty words get into one group."""
    first: dict[tuple[str, ...], str] = {}
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.get(name, name) != name:
            name = parent[name]
        return name

    for mail, group in zip(mails, groups, strict=True):
        if group.startswith(("ham", "composed", "letters")):
            continue  # mailing lists share their footers
        words = fold(mail.text[:3000]).split()
        for start in range(max(0, len(words) - 29)):
            run = tuple(words[start : start + 30])
            other = first.setdefault(run, group)
            if root(other) != root(group):
                parent[root(group)] = root(other)
    return [root(group) for group in groups]


def hashed(mails: Sequence[Message], damp: float = WORDING_DAMP, rare: int = RARE_GRAM) -> tuple[csr_matrix, list[int]]:
    """What Model.score computes: the grams of each mail, over the root of their number; and their hashes."""
    found = [hashes(judging.wording(mail)) for mail in mails]
    return _matrix(found, damp, rare)


def meant(mails: Sequence[Message], knowledge: Knowledge) -> tuple[csr_matrix, list[str]]:
    """What Meaning.score computes: the features of each mail, over the root of their number; and their names."""
    return _matrix([judging.meant(mail, knowledge) for mail in mails], MEANING_DAMP, RARE)


def _matrix(found: Sequence[Collection[Name]], damp: float, rare: int) -> tuple[csr_matrix, list[Name]]:
    often = Counter(name for features in found for name in features)
    names = sorted(name for name, count in often.items() if count >= rare)
    places = {name: place for place, name in enumerate(names)}
    rows, columns, values = [], [], []
    for row, features in enumerate(found):
        known = [places[name] for name in features if name in places]
        rows += [row] * len(known)
        columns += known
        values += [1 / np.sqrt(len(features) + damp)] * len(known)
    return csr_matrix((values, (rows, columns)), shape=(len(found), len(names))), names


def rarity(features: csr_matrix, power: float) -> np.ndarray:
    """By what each column is multiplied, so that a weight of something rare is held less firmly."""
    held = np.log((features.shape[0] + 1) / (np.asarray((features > 0).sum(0)).ravel() + 1))
    return (held / held.mean()) ** power


def sway(weights: np.ndarray, features: csr_matrix) -> np.ndarray:
    """By how much the weight of each column moves mails: where there is no room for all, those that move the most are kept."""
    return np.abs(weights) * np.asarray((features > 0).sum(0)).ravel() ** 0.25


def rule_matrix(mails: Sequence[Message], knowledge: Knowledge, rules: Sequence[str]) -> np.ndarray:
    found = [judging.find_evidence(mail, knowledge) for mail in mails]
    return np.array([[1.0 if rule in one else 0.0 for rule in rules] for one in found])


def _by_family(told: Mapping[str, float], rule: str, otherwise: float) -> float:
    return told.get(rule, told.get(rule.partition(".")[0], otherwise))


def _is_hard(group: str) -> bool:
    return group.startswith("whole-") and is_hard(group.removeprefix("whole-"))


def _counts(file: str) -> float:
    return GOING_ON if goes_on(file) else 1.0 if is_hard(file) else ORDINARY


def _is_well_known(mail: Message, knowledge: Knowledge) -> bool:
    return any(language.code == WELL_KNOWN for language in judging.languages_of(mail, knowledge)[:1])


def fit_rules(
    features: np.ndarray,
    labels: np.ndarray,
    shares: np.ndarray,
    start: np.ndarray,
    bounds: list[tuple[float, float]],
    trust: np.ndarray,
) -> np.ndarray:
    """Bias and weights: logistic regression with a sign for each weight, drawn towards `start`; the last three are the models'."""
    strength = np.where(np.abs(start) >= 0.5, FIRM, 2.0)
    strength[-3:] = 2.0
    found = _fit(features, labels, shares, start, strength, bounds)
    rules = found[1:-3] * trust
    fixed = features[:, :-3] @ rules
    models = _fit(features[:, -3:], labels, shares, start[-3:], strength[-3:], bounds[-3:], fixed)
    return np.concatenate([models[:1], rules, models[1:]])


def _fit(
    features: np.ndarray,
    labels: np.ndarray,
    shares: np.ndarray,
    start: np.ndarray,
    strength: np.ndarray,
    bounds: list[tuple[float, float]],
    fixed: np.ndarray | float = 0.0,
) -> np.ndarray:
    """Bias and weights beside what is `fixed` for each mail."""
    sides = np.where(labels, 1.0, -1.0)
    cost = shares * np.where(labels, 1.0, ALARM)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        sums = sides * (features @ weights[1:] + weights[0] + fixed)
        pull = weights[1:] - start
        gradient = -sides * cost / (1 + np.exp(sums))
        value = (cost * np.logaddexp(0, -sums)).sum() + 0.5 * (strength * pull**2).sum()
        return value, np.concatenate([[gradient.sum()], features.T @ gradient + strength * pull])

    found = minimize(loss, np.zeros(len(start) + 1), jac=True, bounds=[(-8, 8), *bounds], method="L-BFGS-B")
    return np.asarray(found.x)


def learn(strength: float, features: csr_matrix, labels: np.ndarray, shares: np.ndarray) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=2000, solver="liblinear").fit(features, labels, shares)


def unseen_scores(
    strength: float, features: csr_matrix, labels: np.ndarray, shares: np.ndarray, folds: Folds
) -> np.ndarray:
    """What a model says that has not seen the group of a mail."""
    scores = np.zeros(len(labels))
    for train, test in folds:
        model = learn(strength, features[train], labels[train], shares[train])
        scores[test] = model.decision_function(features[test])
    return scores


def show(name: str, sums: np.ndarray, labels: np.ndarray) -> None:
    for level in (-0.5, 0.0, 0.5, 1.0):
        said = sums > level
        hits = (said & labels).sum()
        print(
            f"  {name} above {level:+.1f}: precision {hits / max(1, said.sum()):.3f} recall {hits / max(1, labels.sum()):.3f}"
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
    shares = np.array(
        [next((share for name, share in SHARES.items() if group.startswith(name)), 1.0) for group in groups]
    )
    shares *= np.array(
        [_counts(group.removeprefix("whole-")) if group.startswith("whole-") else 1.0 for group in groups]
    )
    weighed = shares * np.array([HARD if _is_hard(group) else 1.0 for group in groups])
    wording, grams = hashed(mails)
    meaning, names = meant(mails, knowledge)
    by_gram, by_name = rarity(wording, WORDING_RARITY), rarity(meaning, MEANING_RARITY)
    wording, meaning = wording.multiply(by_gram).tocsr(), meaning.multiply(by_name).tocsr()
    folds = list(GroupKFold(5).split(labels, labels, groups))
    by_wording = unseen_scores(WORDING_STRENGTH, wording, labels, shares, folds)
    by_meaning = unseen_scores(MEANING_STRENGTH, meaning, labels, shares, folds)
    well_known = np.array([_is_well_known(mail, knowledge) for mail in mails])
    by_words = np.clip(by_wording, -BOUND, BOUND)
    features = np.column_stack([held, by_words, by_meaning * ~well_known, by_meaning * well_known])
    pulls = [_by_family(PULL, rule, -1.0) for rule in rules]
    start = np.array([*pulls, 0.5, 1.0, 1.0])
    bounds = [
        (_by_family(LEAST, rule, 0.0), 6.0) if weight > 0 else (-6.0, 0.0)
        for rule, weight in zip(rules, start, strict=False)
    ]
    bounds += [(0.0, 6.0)] * 3
    trust = np.array([1.0 if rule in TRUSTED else TRUST for rule in rules])
    sums = np.zeros(len(mails))
    for train, test in folds:
        weights = fit_rules(features[train], labels[train], weighed[train], start, bounds, trust)
        sums[test] = features[test] @ weights[1:] + weights[0]
    sums -= SILENCE * (1 - held[:, rules.index("told")])
    weights = fit_rules(features, labels, weighed, start, bounds, trust)
    for part in ("dev-", "dev_more", "real", "stories", "written", "whole", "whole-en", "composed", "letters"):
        pick = np.array([group.startswith(part) for group in groups])
        for name, score in (("wording", by_wording), ("meaning", by_meaning), ("together", sums)):
            show(f"unseen {part} {name}", score[pick], labels[pick])
    print(f"  ham above 0: {(sums[[group.startswith('ham') for group in groups]] > 0).sum()}")
    low = " ".join(f"{level:+.1f}:{(by_wording[labels] < level).mean():.3f}" for level in (-4, -3.5, -3, -2.5, -2))
    print(f"  rejections whose unseen wording is below {low}")
    for rule, weight, column in zip(rules, weights[1:], held.T, strict=False):
        print(
            f"  {rule:28} {weight:+.2f}  rejections {int(column[labels].sum()):4} others {int(column[~labels].sum()):4}"
        )
    print(
        f"  wording x{weights[-3]:.2f}   meaning x{weights[-2]:.2f}, {WELL_KNOWN} x{weights[-1]:.2f}   bias {weights[0]:+.2f}"
    )
    for index in np.argsort(-sums * np.where(labels, -1, 1))[: options.show]:
        hits = " ".join(rule for rule, one in zip(rules, held[index], strict=False) if one)
        kind = "missed" if labels[index] else "alarm"
        print(
            f"  {kind} {sums[index]:+.1f} wording {by_wording[index]:+.1f} meaning {by_meaning[index]:+.1f}"
            f" {groups[index]} {mails[index].subject[:60]!r}: {hits}"
        )
    if options.write:
        write_rules(rules, weights)
        model = learn(WORDING_STRENGTH, wording, labels, shares)
        learned = model.coef_[0] * by_gram
        write_wording(learned, sway(learned, wording), grams, float(model.intercept_[0]), float(weights[-3]))
        model = learn(MEANING_STRENGTH, meaning, labels, shares)
        write_meaning(model.coef_[0] * by_name, names, float(model.intercept_[0]), *weights[-2:])
    return 0


def write_rules(rules: Sequence[str], weights: np.ndarray) -> None:
    """rules.toml with its weights replaced."""
    place = KNOWLEDGE / "rules.toml"
    text = re.sub(r"^bias = .*$", f"bias = {weights[0] - SILENCE:.2f}", place.read_text("utf-8"), flags=re.MULTILINE)
    for rule, fitted in zip(rules, weights[1:], strict=False):
        weight = fitted + SILENCE if rule == "told" else fitted
        pattern = rf'(\[rule\."{re.escape(rule)}"\][^\n]*\nweight = )\S+'
        text = re.sub(pattern, lambda match, weight=weight: f"{match[1]}{weight:.2f}", text)
    place.write_text(text, "utf-8")


def write_wording(weights: np.ndarray, swayed: np.ndarray, grams: Sequence[int], bias: float, times: float) -> None:
    """model.weights and model.marks: signed bytes by place, and whose they are; what moves the fewest mails goes without a place."""
    scale = float(np.quantile(np.abs(weights), 0.9999)) / 127
    small = np.clip(np.round(weights / scale), -127, 127).astype(int)
    wanted = [grams[column] for column in np.argsort(-swayed) if small[column]]
    found = assign_places(wanted, SIZE)
    known = dict(zip(grams, small.tolist(), strict=True))
    placed, marks = bytearray(SIZE), bytearray(SIZE)
    for gram, place in found.items():
        placed[place], marks[place] = known[gram] % 256, gram >> 24
    print(f"{len(found)} weights, {len(wanted) - len(found)} left out for want of a place")
    for name, data in (("model.weights", placed), ("model.marks", marks)):
        (KNOWLEDGE / name).write_bytes(zlib.compress(data, 9))
    _write("model.json", {"scale": scale, "bias": bias, "times": times})


def write_meaning(weights: np.ndarray, names: Sequence[str], bias: float, times: float, well_known: float) -> None:
    """meaning.json: hundredths by feature, those near nothing left out."""
    hundredths = np.round(weights * 100).astype(int)
    kept = {name: int(weight) for name, weight in zip(names, hundredths, strict=True) if abs(weight) >= FAINT}
    _write("meaning.json", {"bias": bias, "times": {"": float(times), WELL_KNOWN: float(well_known)}, "weights": kept})


def _write(name: str, data: Mapping[str, object]) -> None:
    text = json.dumps(data, separators=(",", ":")) + "\n"
    (KNOWLEDGE / name).write_text(text, "utf-8")
    print(f"{name}: {len(text) / 1024:.0f} KB")


if __name__ == "__main__":
    sys.exit(main())
