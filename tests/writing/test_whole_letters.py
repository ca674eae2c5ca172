"""Letters to the project's own rejections, as `make letters` measures them, a part of them each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from responder.reading.knowledge import load

HOME = Path(__file__).parents[2]


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(HOME / "benchmarks"))
    return __import__("letters")


def test_no_letter_has_a_gap_a_doubled_sentence_a_wrong_name_or_a_finding(letters):
    cases = [case for case in letters.load_mails(HOME / "tests" / "mails") if case.rejection][::4]
    written = [one for case in cases if (one := letters.write(case, load())) is not None]
    assert len(written) == len(cases) > 25
    assert {one.case.id: found for one in written if (found := letters.faults(one))} == {}
    assert letters.seconds(written) == 0
