"""Header values -> addresses, Message-IDs, dates (RFC 5322 sections 3.3, 3.4, 3.6.4). Text in, values out; never raises.

Own address parser: the standard library's takes `alice@corp.example)bob@evil.example` for alice before 3.12
(CVE-2023-27043), needs seconds for some hostile lists, and differs from one Python to the next.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from responder.reading.charsets import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_LENGTH = 16_384  # of one header value that is looked at
MAX_ADDRESSES = 500
MAX_NAME = 200
MAX_IDS = 100
MAX_COMMENT_DEPTH = 10

_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|<[^<>]*>|\\.|[(),;:<>"\[\]]|[^(),;:<>"\[\]\\\s]+|\s+|\\', re.DOTALL)
_SIMPLE = re.compile(r"""\s?(?:"([\w .&-]{0,100})"\s|([\w .&-]{0,100}))<([\w.+=-]{1,64}@[\w.-]{1,200})>\s?""", re.ASCII)
_LOCAL = re.compile(r"[!#$%&'*+/=?^_`{|}~A-Za-z0-9.-]{1,128}")
_DOMAIN = re.compile(
    r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
_ROUTE = re.compile(r"@[^:<>]*:")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_MESSAGE_ID = re.compile(r"<[!-;=?A-~]+@[!-;=?A-~]+>")  # <[^\s<>@]+@[^\s<>@]+>, printable ASCII only
_ANY_ID = re.compile(r"<[^<>]{1,900}>")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name and an addr-spec, before anybody gave it a meaning."""

    name: str
    address: str


class _AmbiguousError(Exception):
    """A list that two parsers would read in two ways."""


def parse_addresses(value: str, decode_words: Callable[[str], str]) -> tuple[tuple[Mailbox, ...], tuple[str, ...]]:
    """The mailboxes of an address list (RFC 5322 s3.4, with unquoted commas in names), and what was wrong with it.

    `decode_words` turns encoded words of a display name to text. A list that could be read in two ways gives nothing.
    """
    if (spec := addr_spec(value)) is not None:
        return (Mailbox("", spec),), ()
    if (simple := _SIMPLE.fullmatch(value)) is not None and (spec := addr_spec(simple[3])) is not None:
        return (Mailbox(" ".join((simple[1] or simple[2] or "").split()), spec),), ()
    defects = []
    if len(value) > MAX_LENGTH:
        value = value[: value.rfind(",", 0, MAX_LENGTH) if "," in value[:MAX_LENGTH] else 0]
        defects.append("address list cut")
    found: list[Mailbox] = []
    try:
        for name, address in _mailboxes(value):
            if (spec := addr_spec(address)) is None:
                defects.append("malformed address dropped")
            elif len(found) < MAX_ADDRESSES:
                found.append(Mailbox(one_line(decode_words(name))[:MAX_NAME].strip(" '\""), spec))
    except _AmbiguousError as trick:
        return (), (*defects, f"ambiguous address list dropped: {trick}")
    return tuple(found), tuple(dict.fromkeys(defects))


def addr_spec(text: str) -> str | None:
    """An address with lower-case ASCII domain (IDNA), or None where it is none that a mail can be sent to."""
    local, at, domain = text.strip().rpartition("@")
    if not at or not _LOCAL.fullmatch(local):
        return None
    domain = domain.lower().removesuffix(".")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    return f"{local}@{domain}" if _DOMAIN.fullmatch(domain) else None


@dataclass(slots=True)
class _Entry:
    """What stands between two commas."""

    words: list[str]
    comments: list[str]
    angle: str | None = None

    def bare(self) -> str:
        return "".join(self.words).strip()


def _mailboxes(value: str) -> list[tuple[str, str]]:
    """(name, address) for each mailbox; raises _AmbiguousError."""
    found: list[tuple[str, str]] = []
    fragments: list[str] = []  # "Haag" of the unquoted "Haag, Barbara <b@x>"
    for entry in _entries(value):
        bare = entry.bare()
        if entry.angle is not None:
            name = (
                " ".join([bare, *(f"({comment})" for comment in entry.comments)]) if bare else "".join(entry.comments)
            )
            found.append((", ".join([*fragments, name]), _ROUTE.sub("", entry.angle, count=1).strip()))
            fragments = []
        elif "@" in bare:
            if len(bare.split()) > 1:
                raise _AmbiguousError("text beside an address")
            found.append((" ".join(entry.comments), bare))
            fragments = []
        elif bare and len(fragments) < 5:
            fragments.append(bare)
    if fragments:
        found.append((" ".join(fragments), ""))
    return found


def _entries(value: str) -> list[_Entry]:
    entries, entry, position, quotes = [], _Entry([], []), 0, True
    in_group = False
    while position < len(value):
        match = _PIECE.match(value, position) if quotes or value[position] != '"' else None
        piece = match[0] if match else value[position]
        position += len(piece)
        if piece == '"':  # never closed: from here on every quote is an ordinary character
            quotes = False
            continue
        match piece[0]:
            case "(":
                comment, position = _comment(value, position)
                entry.comments.append(comment)
                entry.words.append(" ")
            case ")" | ">":
                raise _AmbiguousError(f"stray {piece}")
            case "<":
                if piece == "<" or entry.angle is not None:
                    raise _AmbiguousError("stray <")
                entry.angle = piece[1:-1]
            case "," | ";":
                in_group = in_group and piece == ","
                entries.append(entry)
                entry = _Entry([], [])
            case ":" if not in_group and entry.angle is None and "@" not in entry.bare():
                in_group, entry = True, _Entry([], [])  # the name of a group is nobody's
            case ":":
                raise _AmbiguousError("stray :")
            case '"':
                entry.words.append(_ESCAPE.sub(r"\1", piece[1:-1]))
                _no_more_after(entry)
            case _:
                entry.words.append(piece)
                if not piece.isspace():
                    _no_more_after(entry)
    return [*entries, entry]


def _no_more_after(entry: _Entry) -> None:
    if entry.angle is not None:
        raise _AmbiguousError("text behind an address")


def _comment(value: str, position: int) -> tuple[str, int]:
    """The comment that opened before `position`, and where it ends."""
    depth, start = 1, position
    while position < len(value):
        character = value[position]
        if character == "\\":
            position += 1
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        position += 1
        if depth == 0:
            return value[start : position - 1].strip(), position
        if depth > MAX_COMMENT_DEPTH:
            raise _AmbiguousError("comments within comments")
    raise _AmbiguousError("comment without an end")


def parse_message_id(value: str) -> str | None:
    """The one valid id of a Message-ID header. Its letters are kept: mail clients compare them as they stand."""
    ids = _MESSAGE_ID.findall(value[:2000])
    return ids[0] if len(ids) == 1 and len(ids[0]) <= 900 else None


def parse_message_ids(value: str) -> tuple[str, ...]:
    """The valid ids of References or In-Reply-To, in order, each once; of a long list the first and the last ones."""
    found = _ANY_ID.findall(value[-4 * MAX_LENGTH :])
    ids = list(dict.fromkeys(one for one in found if _MESSAGE_ID.fullmatch(one)))
    return tuple(ids if len(ids) <= MAX_IDS else [ids[0], *ids[-MAX_IDS + 1 :]])


def parse_date(value: str) -> datetime | None:
    """A Date header in UTC; None where it is none or lies outside 1970-2100."""
    try:
        date = parsedate_to_datetime(value[:100])
        date = date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return date if 1970 <= date.year < 2100 else None


_YEAR_FIRST = re.compile(r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})")
_DAY_FIRST = re.compile(r"\b(\d{1,2})\.\s?(\d{1,2})\.(\d{4})\b")
_CLOCK = re.compile(r"\b(\d{1,2}):(\d{2})\b")


def parse_shown_date(value: str) -> datetime | None:
    """A date as a mail program shows it above a forwarded mail, taken as UTC where it names no zone; None if unsure.

    Only forms that cannot be mistaken: RFC 5322's, 2025-06-03 and 03.06.2025. Months in words are English ones.
    """
    value = one_line(value[:100])
    if (date := parse_date(value.replace(" at ", " "))) is not None:
        return date
    clock = _CLOCK.search(value)
    if match := _YEAR_FIRST.search(value):
        year, month, day = match.groups()
    elif match := _DAY_FIRST.search(value):
        day, month, year = match.groups()
    else:
        return None
    try:
        hour, minute = map(int, clock.groups()) if clock else (0, 0)
        return datetime(int(year), int(month), int(day), hour, minute, tzinfo=UTC)
    except ValueError:
        return None
