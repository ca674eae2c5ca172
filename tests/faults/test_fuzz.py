"""A short run of both fuzzers, and what longer runs have found; `make fuzz` goes on for as long as it is told to."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(params=["fuzz_answers", "fuzz_reading"])
def fuzzer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return __import__(request.param)


def test_seeds_and_their_changes_break_nothing(fuzzer) -> None:
    seeds = fuzzer.seeds()
    random_ = random.Random(4)  # a choice of inputs, no secret
    changed = [
        one[:1] + fuzzer.change(random_, one[1:], random_.choice(seeds)) for one in random_.choices(seeds, k=150)
    ]
    wrong = [problem for data in [*seeds[:40], *changed] if (problem := fuzzer.problem(data)) is not None]
    assert not wrong
