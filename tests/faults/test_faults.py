"""A sample of the sweep, every kind in it; `make faults` plays all of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from servers import ServerMissingError

from faults.stage import Theatre
from faults.sweep import Tally, catalogue, measure, play, sample, together

pytestmark = pytest.mark.server
SAMPLE = 28


@pytest.fixture(scope="module")
def theatre() -> Iterator[Theatre]:
    try:
        with Theatre.open() as opened:
            yield opened
    except ServerMissingError as missing:
        pytest.skip(str(missing))


def test_a_sample_of_all_faults(theatre: Theatre) -> None:
    tally = Tally()
    injections = catalogue(measure(theatre, {"drafts": (1,), "sending": (3,)}))
    for group in together(sample(injections, SAMPLE, seed=7)):
        play(theatre, group, tally)
    assert not tally.wrong, "\n".join(tally.wrong)
    assert sum(count > 0 for count in tally.injected.values()) >= 15
