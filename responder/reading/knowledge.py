"""Loads and checks knowledge/: languages, ATS, names. Patterns are compiled once; a file that does not load is an error with file and key."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Knowledge:
    """Everything that is known, compiled."""


def load() -> Knowledge:
    """The package's knowledge; loaded once and shared."""
    raise NotImplementedError
