"""Times of day at which something may happen: "mon-fri 09:00-17:00", "08:00-21:00". Pure; times handed in are local to the policy's zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SHAPE = re.compile(
    r"(?:(?P<days>[a-z]{3}(?:-[a-z]{3})?(?:,[a-z]{3}(?:-[a-z]{3})?)*)\s+)?(?P<start>\d{1,2}:\d{2})\s*-\s*(?P<end>\d{1,2}:\d{2})"
)


@dataclass(frozen=True, slots=True)
class Window:
    """Weekdays (0 = Monday) and a span of the day; the start belongs to it, the end does not; may pass midnight.

    A window that passes midnight belongs to the day on which it starts.
    """

    days: frozenset[int]
    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> Window:
        """`[days] HH:MM-HH:MM`, days as `mon-fri` or `mon,wed-fri`; 24:00 is the end of the day. ValueError otherwise."""
        match = _SHAPE.fullmatch(text.strip().lower())
        if not match:
            raise ValueError(f"{text!r} is no span such as 'mon-fri 09:00-17:00' or '08:00-21:00'")
        return cls(_days(match["days"]), _clock(match["start"]), _clock(match["end"]))

    def contains(self, moment: datetime, zone: tzinfo) -> bool:
        """Whether an aware moment lies in the window as clocks in `zone` show it."""
        local = moment.astimezone(zone)
        now, today = local.time().replace(tzinfo=None), local.weekday()
        if self.start < self.end:
            return today in self.days and self.start <= now < self.end
        return (today in self.days and now >= self.start) or ((today - 1) % 7 in self.days and now < self.end)

    def opens(self, moment: datetime, zone: tzinfo) -> datetime:
        """The first moment (UTC) at or after `moment` that lies in the window; follows DST."""
        if self.contains(moment, zone):
            return moment.astimezone(UTC)
        local = moment.astimezone(zone)
        for offset in range(9):
            day = local.date() + timedelta(days=offset)
            start = datetime.combine(day, self.start, zone).astimezone(UTC)
            # a start that falls into the hour that spring leaves out comes out an hour later: still in the window
            if start >= moment and self.contains(start, zone):
                return start
        raise ValueError("a window without days never opens")

    def closes(self, moment: datetime, zone: tzinfo) -> datetime:
        """The end (UTC, exclusive) of the span that `moment` lies in."""
        local = moment.astimezone(zone)
        day = local.date()
        if self.start >= self.end and local.time().replace(tzinfo=None) >= self.start:
            day += timedelta(days=1)
        return datetime.combine(day, self.end, zone).astimezone(UTC)


def _days(text: str | None) -> frozenset[int]:
    if not text:
        return frozenset(range(7))
    days: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in _DAYS or (last and last not in _DAYS):
            raise ValueError(f"{part!r} is no weekday; allowed are {', '.join(_DAYS)}")
        begin, end = _DAYS.index(first), _DAYS.index(last or first)
        days.update(day % 7 for day in range(begin, end + 1 if end >= begin else end + 8))
    return frozenset(days)


def _clock(text: str) -> time:
    hour, minute = (int(part) for part in text.split(":"))
    if (hour, minute) == (24, 0):
        return time(0, 0)
    if hour > 23 or minute > 59:
        raise ValueError(f"{text!r} is no time of day")
    return time(hour, minute)
