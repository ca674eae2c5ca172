"""What commands print with: text from mails made harmless for a terminal, 80 columns, one JSON object a line."""

from __future__ import annotations

import json
import os
import sys
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

WIDTH = 79


def printable(text: str) -> str:
    """Without control characters but line breaks: an escape sequence in a mail must not reach the terminal."""
    return "".join(char if char.isprintable() or char == "\n" else " " for char in text)


def say(text: str = "") -> None:
    """A line of the result."""
    print(printable(text))


def remark(text: str) -> None:
    """A line for the person, beside the result."""
    print(printable(text), file=sys.stderr)


def put(value: Mapping[str, Any]) -> None:
    """One JSON object on a line; lone surrogates come out escaped."""
    line = json.dumps(value, ensure_ascii=False)
    print(line if line.isprintable() else json.dumps(value))


def wrapped(text: str, indent: str = "  ", first: str | None = None) -> str:
    """The text in lines of at most 79 characters, each indented; line breaks stay."""
    lines: list[str] = []
    for number, line in enumerate(printable(text).splitlines() or [""]):
        start = first if first is not None and number == 0 else indent
        lines += textwrap.wrap(line, WIDTH, initial_indent=start, subsequent_indent=indent, break_on_hyphens=False) or [
            start.rstrip()
        ]
    return "\n".join(lines)


def field(name: str, value: str | None) -> None:
    """A named line of a report; nothing where the value is not known."""
    if value:
        say(wrapped(value, " " * 16, f"  {name + ':':<14}"))


def headline(text: str) -> None:
    """A heading; bold on a terminal that has colours."""
    plain = printable(text)
    print(f"\033[1m{plain}\033[0m" if fancy(sys.stdout) else plain)


def fancy(stream: Any) -> bool:
    """Whether escape sequences are welcome there."""
    return stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def moment(time: datetime | None) -> str:
    """A time as the user's clock shows it: "Tue 3 Nov, 14:05"."""
    if time is None:
        return ""
    local = time.astimezone()
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"


class Progress:
    """A counter on a terminal's standard error; nothing in a pipe."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._count = 0
        self._shown = sys.stderr.isatty()

    def step(self) -> None:
        """One more is done."""
        self._count += 1
        if self._shown and self._count % 10 == 0:
            print(f"\r{self._count} {self._what}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Wipe the line."""
        if self._shown and self._count >= 10:
            print("\r" + " " * WIDTH + "\r", end="", file=sys.stderr, flush=True)
