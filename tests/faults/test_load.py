"""The loads of `make load`, small: many rejections at once, several accounts, one connection for each."""

from __future__ import annotations

from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return __import__("load")


@pytest.mark.parametrize(("kind", "count"), [("at_once", 21), ("accounts", 3)])
def test_all_are_handled_over_one_connection_for_each_account(load, tmp_path: Path, kind: str, count: int) -> None:
    daemon, _ = getattr(load, kind)(tmp_path, count)  # leaves with what was not handled
    assert daemon.most == 1
    assert 0 < daemon.peak < 400
