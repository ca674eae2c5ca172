"""The only place that knows the time. Everything else is told: aware, UTC."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """Wall and monotonic time; tests and the demo hand in a subclass of their own."""

    def now(self) -> datetime:
        """The wall clock, aware and UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some moment; does not jump, but stands still while the machine sleeps (Linux, macOS)."""
        return time.monotonic()
