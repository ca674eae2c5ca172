"""The words of a mail as grams, and the weights that were learned for them."""

import zlib
from array import array
from collections.abc import Iterator
from itertools import product
from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.reading.knowledge import load
from responder.reading.model import DAMP, Model, Wording, hashes, places

SIZE = 1 << 18


def grams_of(text: str, subject: str = "") -> set[int]:
    return hashes(Wording.of(subject, text))


def word_of(word: str) -> int:
    return zlib.crc32(word.encode())


def model_of(weights: dict[int, int]) -> Model:
    """Each weight in the first of its two places that is free."""
    placed, marks = array("b", bytes(SIZE)), array("B", bytes(SIZE))
    for gram, weight in weights.items():
        place = next(place for place in places(gram, SIZE - 1) if not placed[place])
        placed[place], marks[place] = weight, gram >> 24
    return Model(placed, marks, scale=0.5, bias=-1.0)


def neighbours(word: str) -> Iterator[str]:
    """Other words whose first place is that of `word`."""
    words = map("".join, product(ascii_lowercase, repeat=5))
    return (other for other in words if (word_of(other) - word_of(word)) % SIZE == 0 and other != word)


@pytest.mark.parametrize(
    ("text", "like", "unlike"),
    [
        ("We chose Tom. He starts soon", "yes. he starts", "yes he starts"),  # the beginning of a sentence
        ("see you\nNo luck", "ok. no luck", "ok no luck"),  # of a line
        ("he has the job now", "has the job", "has the, and the job"),  # three words
        ("interviewer", "interviewee", "overviewee"),  # the beginning of a long word
        ("12 of 30", "7 of 9", "seven of nine"),  # figures are alike
        ("不採用とします", "不採用です", "採不用です"),
        ("結果は不採用", "不採用", "不採用の"),  # the end of a run of characters
    ],
)
def test_what_two_texts_share(text: str, like: str, unlike: str) -> None:
    assert len(grams_of(text) & grams_of(like)) > len(grams_of(text) & grams_of(unlike))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("chosen you", "you chosen"),
        ("it is over. now", "it is over now"),
        ("3.5 x", "3. 5 x"),
        ("mr 王 an", "mr an 王"),
    ],
)
def test_what_sets_two_texts_apart(first: str, second: str) -> None:
    assert grams_of(first) != grams_of(second)


def test_the_subject_counts_for_itself() -> None:
    below, above = grams_of("decision"), grams_of("", subject="decision")
    assert word_of("decision") in below & above
    assert above - below


def test_the_score_is_the_damped_sum_of_what_was_learned() -> None:
    text = Wording.of("", "we chose")
    model = model_of({word_of("chose"): 10, word_of("we"): -4, word_of("elsewhere"): 90})
    assert model.score(text) == pytest.approx(-1.0 + 0.5 * 6 / (len(hashes(text)) + DAMP) ** 0.5)
    assert model.score_words(text) == pytest.approx(0.5 * 6 / (2 + DAMP) ** 0.5)
    assert model.score(Wording.of("", "")) == pytest.approx(-1.0)


def test_a_gram_that_was_never_seen_counts_for_nothing_though_its_place_is_taken() -> None:
    other = next(neighbours("chose"))
    assert model_of({word_of("chose"): 100}).score(Wording.of("", other)) == pytest.approx(-1.0)


def test_two_grams_with_one_first_place_both_count() -> None:
    other = next(one for one in neighbours("chose") if word_of(one) >> 24 != word_of("chose") >> 24)
    model = model_of({word_of("chose"): 10, word_of(other): 30})
    assert model.score_words(Wording.of("", "chose")) == pytest.approx(0.5 * 10 / (1 + DAMP) ** 0.5)
    assert model.score_words(Wording.of("", other)) == pytest.approx(0.5 * 30 / (1 + DAMP) ** 0.5)


@given(st.integers(0, 2**32 - 1), st.integers(1, 20))
def test_both_places_are_places(gram: int, bits: int) -> None:
    assert all(0 <= place < 1 << bits for place in places(gram, (1 << bits) - 1))


def test_the_shipped_table_has_a_mark_for_each_place_and_as_many_as_its_hashes_reach() -> None:
    model = load().model
    assert model is not None
    assert len(model.weights) == len(model.marks)
    assert len(model.weights).bit_count() == 1
