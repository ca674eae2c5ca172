"""Where the weights of grams lie: as many as can find a place, the foremost first."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from responder.reading.model import places

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return __import__("table")


def find_room(gram: int, holders: dict[int, int], size: int, tried: set[int]) -> bool:
    """Whether a gram finds a place if those that hold one may move (an augmenting path)."""
    for place in places(gram, size - 1):
        if place not in tried:
            tried.add(place)
            if place not in holders or find_room(holders[place], holders, size, tried):
                holders[place] = gram
                return True
    return False


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 2**32 - 1), unique=True, max_size=40), st.sampled_from([1, 2, 8, 32]))
def test_each_gram_that_can_have_a_place_beside_those_before_it_has_one(table, grams: list[int], size: int) -> None:
    holders: dict[int, int] = {}
    placed = {gram for gram in grams if find_room(gram, holders, size, set())}
    found = table.assign_places(grams, size)
    assert set(found) == placed
    assert len(set(found.values())) == len(found)
    assert all(place in places(gram, size - 1) for gram, place in found.items())
