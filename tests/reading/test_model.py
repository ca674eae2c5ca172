"""The words of a text as grams, and the weights that were learned for them."""

import zlib
from array import array
from itertools import product
from string import ascii_lowercase

import pytest

from responder.reading.model import DAMP, Model, grams

SIZE = 1 << 18


def model_of(weights: dict[str, int]) -> Model:
    places, marks = array("b", bytes(SIZE)), array("B", bytes(SIZE))
    for gram, weight in weights.items():
        told = zlib.crc32(gram.encode())
        places[told % SIZE], marks[told % SIZE] = weight, told >> 24
    return Model(places, marks, scale=0.5, bias=-1.0)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("we chose 2", {"we", "chose", "0", "^ we", "we chose", "chose 0"}),
        ("interviews", {"interviews", "^ interviews", "inter~"}),
        ("不採用", {"不", "採", "用", "不採", "採用", "不採用"}),
        ("mr 王 an", {"mr", "^ mr", "王", "an", "^ an"}),
        ("hr部", {"h", "r", "部", "hr", "r部", "hr部"}),
        ("", set()),
    ],
)
def test_grams(text: str, found: set[str]) -> None:
    assert set(grams(text)) == found


def test_the_score_is_the_damped_sum_of_what_was_learned() -> None:
    model = model_of({"chose": 10, "we chose": -4})
    assert model.score("we chose") == pytest.approx(-1.0 + 0.5 * 6 / (4 + DAMP) ** 0.5)
    assert model.score("") == pytest.approx(-1.0)


def test_a_gram_that_was_never_seen_counts_for_nothing_though_its_place_is_taken() -> None:
    model = model_of({"chose": 100})
    place = zlib.crc32(b"chose") % SIZE
    other = next(
        word for word in map("".join, product(ascii_lowercase, repeat=5)) if zlib.crc32(word.encode()) % SIZE == place
    )
    assert model.score(other) == pytest.approx(-1.0)
