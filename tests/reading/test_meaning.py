"""What meets in a sentence, and that every language has words for the same concepts."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import pytest

from responder.reading.knowledge import load
from responder.reading.meaning import DAMP, WHOLE, Concepts, Meaning, find_features

WORDS = Concepts(
    {
        "neg": "not no_longer",
        "choose": "choos* chose",
        "you": "you",
        "job": "post posts",
        "if": "if",
        "home": "flat",
        "fill": "taken*_over",
    },
    "xx",
    spaced=True,
)
SIGNS = Concepts({"neg": "ません", "hire": "採用", "job": "採用 職"}, "xx", spaced=False)


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("we did not choose you", [(2, {"neg"}), (3, {"choose"}), (4, {"you"})]),
        ("we didn't choose you", [(2, {"neg"}), (3, {"choose"}), (4, {"you"})]),
        ("the post is no longer free", [(1, {"job"}), (3, {"neg"})]),
        ("a postman and his choice", []),
        ("takenly over 12 posts?", [(0, {"fill"}), (2, {"num"}), (3, {"job"}), (4, {"ask"})]),
    ],
)
def test_words_stems_and_phrases(text: str, tags: list[tuple[int, set[str]]]) -> None:
    assert WORDS.tags(text) == tags


def test_signs_are_found_without_blanks() -> None:
    assert SIGNS.tags("採用できません") == [(0, {"hire", "job"}), (2, {"neg"})]


@pytest.mark.parametrize(
    ("code", "text", "place"),
    [("en", "we need a welder here", 3), ("de", "eine andere krankenpflegerin", 2), ("ja", "経理担当", 0)],
)
def test_the_occupations_of_a_language_are_a_concept(code: str, text: str, place: int) -> None:
    words = Concepts({"neg": "zzz"}, code, spaced=code != "ja")
    assert place in [where for where, concepts in words.tags(text) if "trade" in concepts]


def test_the_longest_stem_of_a_word_counts() -> None:
    words = Concepts({"one": "app*", "two": "applic*", "three": "application"}, "xx", spaced=True)
    assert words.tags("application") == [(0, {"two", "three"})]
    assert words.tags("apply") == [(0, {"one"})]


def test_what_meets_in_a_sentence() -> None:
    found = find_features(["your post", "we did not choose you"], [WORDS])
    assert {"neg|you", "choose|neg", "choose>you", "choose|neg|you"} <= found.keys()
    assert found["choose|neg|you"] == 1
    assert found["s:job"] == 0
    assert found["d:jobs1"] == WHOLE


def test_words_far_apart_do_not_meet() -> None:
    far = "not " + "and " * 12 + "choose"
    assert "choose|neg" not in find_features(["", far], [WORDS])
    assert "choose|neg" not in find_features(["", "not.", "choose"], [WORDS])


def test_a_condition_makes_it_other_evidence() -> None:
    found = find_features(["", "if we do not choose you"], [WORDS])
    assert "c:choose|neg" in found
    assert "choose|neg" not in found


def test_another_matter_is_told_beside_the_signs_of_a_post() -> None:
    assert "d:home&0" in find_features(["", "the flat is gone"], [WORDS])
    assert "d:home&1" in find_features(["", "the flat comes with the post"], [WORDS])


def test_what_the_sentences_add_counts_by_the_language() -> None:
    meaning = Meaning.of({"bias": -1.0, "times": {"": 0.5, "en": 0.25}, "weights": {"choose|neg": 400, "s:job": -100}})
    found = find_features(["post", "we did not choose you"], [WORDS])
    sums = meaning.weigh(found, "de")
    assert meaning.base("de") + sum(sums.values()) == pytest.approx(0.5 * (-1.0 + 3.0 / (len(found) + DAMP) ** 0.5))
    assert sums[0] < 0 < sums[1]
    assert meaning.base("en") == meaning.base("de") / 2
    assert meaning.weigh(found, "en") == {number: weight / 2 for number, weight in sums.items()}


def test_a_long_sentence_takes_no_longer_than_its_words() -> None:
    assert len(find_features(["", "not choose you " * 5000], [WORDS])) < 50


def test_every_language_has_the_same_concepts() -> None:
    languages = load().languages
    for code, language in languages.items():
        assert language.concepts.names == languages["en"].concepts.names, code


def test_the_weights_are_about_known_concepts() -> None:
    told = json.loads((files("responder") / "knowledge" / "meaning.json").read_text("utf-8"))
    known = {*load().languages["en"].concepts.names, "ask", "num", "trade"}
    for feature in told["weights"]:
        names = re.split(r"[|>]", re.sub(r"^[sc]:", "", feature))
        assert feature.startswith("d:") or known.issuperset(names), feature
