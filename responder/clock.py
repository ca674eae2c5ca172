"""The only place that knows the time. Everything else is told: aware, UTC."""

from __future__ import annotations

import time
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import tzlocal


class Clock:
    """Wall and monotonic time; tests and the demo hand in a subclass of their own."""

    def now(self) -> datetime:
        """The wall clock, aware and UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some moment; does not jump, but stands still while the machine sleeps (Linux, macOS)."""
        return time.monotonic()


def zone(name: str = "") -> tzinfo:
    """A time zone by its IANA name, or the system's for ""; UTC where the system does not say (a broken TZ)."""
    if name:
        return ZoneInfo(name)
    try:
        return tzlocal.get_localzone()
    except (KeyError, ValueError, OSError):
        return UTC
