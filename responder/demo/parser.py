"""IMAP command lines -> tokens (RFC 3501 s9), and the few values that tokens hold: sets, dates, names. Pure."""

from __future__ import annotations

import base64
import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence


class Atom(bytes):
    """An unquoted word. Strings, quoted or literal, are plain bytes."""

    __slots__ = ()


Token: TypeAlias = "bytes | tuple[Token, ...]"  # noqa: S105  a word of a command, no secret
Ranges: TypeAlias = "tuple[tuple[int, int | None], ...]"  # (low, high); None as high is "*"


class Bad(Exception):  # noqa: N818  the tagged answer that it becomes (RFC 3501 s7.1.3)
    """The command cannot be understood."""


class No(Exception):  # noqa: N818  the tagged answer that it becomes (RFC 3501 s7.1.2)
    """The command is understood and refused; the text may begin with a response code."""


# A section's brackets belong to its word, blanks and all: BODY[HEADER.FIELDS (FROM TO)]<0.100>; so do those of [Gmail]/Drafts.
_TOKEN: Final = re.compile(
    rb"""(?P<open>\()|(?P<close>\))|"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<atom>(?:[^\x00-\x20()"{\[]|\[[^\]]*\])+)|[ ]+"""
)
_DEPTH: Final = 20
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def tokens(parts: Sequence[bytes]) -> tuple[Token, ...]:
    """The tokens of a command; `parts` are text, literal, text, literal ... as they came. Raises Bad."""
    stack: list[list[Token]] = [[]]
    for index, part in enumerate(parts):
        if index % 2:
            stack[-1].append(part)
        else:
            _scan(part, stack)
    if len(stack) != 1:
        raise Bad("a parenthesis is not closed")
    return tuple(stack[0])


def _scan(text: bytes, stack: list[list[Token]]) -> None:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise Bad("cannot be parsed here: " + repr(text[position : position + 20]))
        position = match.end()
        match match.lastgroup:
            case "open":
                if len(stack) > _DEPTH:
                    raise Bad("nested too deeply")
                stack.append([])
            case "close":
                if len(stack) == 1:
                    raise Bad("a parenthesis was never opened")
                inner = tuple(stack.pop())
                stack[-1].append(inner)
            case "quoted":
                stack[-1].append(re.sub(rb"\\(.)", rb"\1", match["quoted"]))
            case "atom":
                stack[-1].append(Atom(match["atom"]))


def string(token: Token) -> bytes:
    """The token as an astring; Bad for a list."""
    if isinstance(token, tuple):
        raise Bad("a string was expected, not a list")
    return bytes(token)


def word(token: Token) -> str:
    """The token as an upper-case ASCII word."""
    return string(token).decode("ascii", "replace").upper()


def ranges(token: Token) -> Ranges:
    """A sequence set (RFC 3501 s9 sequence-set): "1,3:5,7:*"."""
    found: list[tuple[int, int | None]] = []
    for piece in string(token).split(b","):
        if not re.fullmatch(rb"([1-9]\d{0,9}|\*)(:([1-9]\d{0,9}|\*))?", piece):
            raise Bad("not a sequence set: " + repr(piece[:20]))
        low, _, high = piece.partition(b":")
        ends = [None if end == b"*" else int(end) for end in (low, high or low)]
        match ends:
            case [int(a), int(b)]:
                found.append((min(a, b), max(a, b)))
            case [int(a), None] | [None, int(a)]:
                found.append((a, None))
            case _:
                found.append((0, None))  # "*" alone: whatever is last
    return tuple(found)


def holds(wanted: Ranges, number: int, largest: int, *, last_answers: bool = True) -> bool:
    """Whether the set names this number; "*" is the largest in use, so n:* with n beyond it is the largest."""
    for low, high in wanted:
        if high is None:
            start = largest if low == 0 else (min(low, largest) if last_answers else low)
            if number >= start:
                return True
        elif low <= number <= high:
            return True
    return False


def day(token: Token) -> date:
    """A date as searches have it: 1-Feb-2026."""
    match = re.fullmatch(r"(\d{1,2})-([A-Za-z]{3})-(\d{4})", string(token).decode("ascii", "replace"))
    if not match or match[2].lower() not in _MONTHS:
        raise Bad("not a date, such as 1-Feb-2026")
    try:
        return date(int(match[3]), _MONTHS.index(match[2].lower()) + 1, int(match[1]))
    except ValueError as error:
        raise Bad("no such day") from error


def date_time(token: Token) -> datetime:
    """A date-time as APPEND has it: " 1-Feb-2026 10:00:00 +0100"; the answer is UTC."""
    text = string(token).decode("ascii", "replace").strip()
    match = re.fullmatch(r"(\S+) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)", text)
    if not match:
        raise Bad("not a date-time, such as  1-Feb-2026 10:00:00 +0100")
    offset = timedelta(hours=int(match[6]), minutes=int(match[7])) * (-1 if match[5] == "-" else 1)
    on = day(match[1].encode())
    try:
        hour, minute, second = int(match[2]), int(match[3]), int(match[4])
        return datetime(on.year, on.month, on.day, hour, minute, second, tzinfo=timezone(offset)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Bad("no such time") from error


def internal_date(when: datetime) -> bytes:
    """INTERNALDATE as FETCH answers it, quoted; months are English whatever the locale."""
    when = when.astimezone(UTC)
    return f'"{when.day:2d}-{_MONTHS[when.month - 1].title()}-{when.year:04d} {when:%H:%M:%S} +0000"'.encode()


def quoted(value: bytes) -> bytes:
    """The value as a string: quoted where that is allowed, else a literal."""
    if re.search(rb"[\x00\r\n\x80-\xff]", value) or len(value) > 900:
        return b"{%d}\r\n%s" % (len(value), value)
    return b'"' + re.sub(rb'(["\\])', rb"\\\1", value) + b'"'


def nstring(value: bytes | None) -> bytes:
    """The value as a string, or NIL."""
    return b"NIL" if value is None else quoted(value)


def wire_name(name: str) -> str:
    """A mailbox name as it stands in commands: modified UTF-7 (RFC 3501 s5.1.3)."""

    def shift(match: re.Match[str]) -> str:
        if match[0] == "&":
            return "&-"
        return "&" + base64.b64encode(match[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"

    return re.sub(r"&|[^\x20-\x7e]+", shift, name)
