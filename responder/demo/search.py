"""SEARCH criteria (RFC 3501 s6.4.4) -> a test for one mail. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, TypeAlias

from responder.demo.parser import Atom, Bad, No, Token, day, holds, ranges, string, word

if TYPE_CHECKING:
    from datetime import date

    from responder.demo.quirks import Quirks
    from responder.demo.store import Mail


@dataclass(frozen=True, slots=True)
class Scope:
    """What "*" means in the folder that is searched, and what the server refuses."""

    largest_uid: int
    largest_seq: int
    quirks: Quirks


Test: TypeAlias = Callable[[int, "Mail"], bool]  # (sequence number, mail)

_FLAGS: Final = {
    "ANSWERED": "\\Answered",
    "DELETED": "\\Deleted",
    "DRAFT": "\\Draft",
    "FLAGGED": "\\Flagged",
    "SEEN": "\\Seen",
}
_ADDRESSES: Final = ("BCC", "CC", "FROM", "SUBJECT", "TO")
_DEPTH: Final = 50


class _Reader:
    """The tokens of a search, taken one by one."""

    def __init__(self, tokens: tuple[Token, ...], charset: str, scope: Scope) -> None:
        self.tokens = list(reversed(tokens))
        self.charset = charset
        self.scope = scope

    def take(self) -> Token:
        if not self.tokens:
            raise Bad("the search ends too early")
        return self.tokens.pop()

    def text(self) -> str:
        return string(self.take()).decode(self.charset, "replace").lower()


def criteria(tokens: tuple[Token, ...], scope: Scope) -> Test:
    """The test that a whole SEARCH stands for. Raises Bad, or No for a charset that is not known."""
    charset = "utf-8"
    if len(tokens) >= 2 and isinstance(tokens[0], Atom) and word(tokens[0]) == "CHARSET":
        if word(tokens[1]) not in ("UTF-8", "US-ASCII"):
            raise No("[BADCHARSET (UTF-8 US-ASCII)] That charset is not known.")
        tokens = tokens[2:]
    if not tokens:
        raise Bad("nothing to search for")
    return _all(_Reader(tokens, charset, scope), 0)


def _all(reader: _Reader, depth: int) -> Test:
    tests = []
    while reader.tokens:
        tests.append(_one(reader, depth))
    return lambda seq, mail: all(test(seq, mail) for test in tests)


def _one(reader: _Reader, depth: int) -> Test:
    if depth > _DEPTH:
        raise Bad("nested too deeply")
    token = reader.take()
    if isinstance(token, tuple):
        return _all(_Reader(token, reader.charset, reader.scope), depth + 1)
    key = word(token)
    if key == "NOT":
        if not reader.scope.quirks.search_not:
            raise Bad("NOT is not known here")
        inner = _one(reader, depth + 1)
        return lambda seq, mail: not inner(seq, mail)
    if key == "OR":
        left, right = _one(reader, depth + 1), _one(reader, depth + 1)
        return lambda seq, mail: left(seq, mail) or right(seq, mail)
    return _flag(key, reader) or _words(key, reader) or _dates(key, reader) or _numbers(key, token, reader)


def _flag(key: str, reader: _Reader) -> Test | None:
    if key in _FLAGS:
        flag = _FLAGS[key]
        return lambda _seq, mail: flag in mail.flags
    if key.removeprefix("UN") in _FLAGS:
        flag = _FLAGS[key.removeprefix("UN")]
        return lambda _seq, mail: flag not in mail.flags
    match key:
        case "ALL" | "OLD":  # nothing is \Recent here
            return lambda _seq, _mail: True
        case "NEW" | "RECENT":
            return lambda _seq, _mail: False
        case "KEYWORD" | "UNKEYWORD":
            if not reader.scope.quirks.keyword_search:
                raise Bad("Command Argument Error. 11")
            keyword = reader.text()
            return lambda _seq, mail: (keyword in {flag.lower() for flag in mail.flags}) is (key == "KEYWORD")
    return None


def _words(key: str, reader: _Reader) -> Test | None:
    if key in _ADDRESSES or key == "HEADER":
        name = (reader.text() if key == "HEADER" else key).lower()
        value = reader.text()
        return lambda _seq, mail: any(n == name and value in v for n, v in mail.content.part.decoded)
    if key == "BODY":
        value = reader.text()
        return lambda _seq, mail: value in mail.content.part.text
    if key == "TEXT":
        value = reader.text()
        return lambda _seq, mail: (
            value in mail.content.part.text or any(value in f"{n}: {v}" for n, v in mail.content.part.decoded)
        )
    return None


def _dates(key: str, reader: _Reader) -> Test | None:
    if key not in ("BEFORE", "ON", "SINCE", "SENTBEFORE", "SENTON", "SENTSINCE"):
        return None
    wanted = day(reader.take())
    of = _sent if key.startswith("SENT") else _received

    def test(_seq: int, mail: Mail) -> bool:
        found = of(mail)
        if found is None:
            return False
        match key.removeprefix("SENT"):
            case "BEFORE":
                return found < wanted
            case "ON":
                return found == wanted
            case _:
                return found >= wanted

    return test


def _received(mail: Mail) -> date | None:
    return mail.content.date.date()


def _sent(mail: Mail) -> date | None:
    try:
        return parsedate_to_datetime(mail.header("date") or "").date()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _numbers(key: str, token: Token, reader: _Reader) -> Test:
    scope = reader.scope
    match key:
        case "LARGER" | "SMALLER":
            size = reader.text()
            if not size.isdecimal():
                raise Bad("not a number of octets")
            return lambda _seq, mail: len(mail.raw) > int(size) if key == "LARGER" else len(mail.raw) < int(size)
        case "UID":
            uids, last = ranges(reader.take()), scope.quirks.last_answers_beyond
            return lambda _seq, mail: holds(uids, mail.uid, scope.largest_uid, last_answers=last)
    if not key[:1].isdecimal() and key[:1] != "*":
        raise Bad(f"no such search key: {key[:20]}")
    numbers = ranges(token)
    return lambda seq, _mail: holds(numbers, seq, scope.largest_seq)
