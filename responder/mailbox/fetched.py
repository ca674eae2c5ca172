"""FETCH responses -> values. Pure.

Each untagged response is read by itself: one broken answer (a poison mail's BODYSTRUCTURE) must not hide the others, and
an unsolicited FETCH without UID must not be taken for another mail's flags, which is what imapclient's own fetch()
does when that sequence number happens to be an asked UID.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from imapclient.datetime_util import parse_to_datetime
from imapclient.response_parser import parse_response

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_UID: Final = re.compile(rb"\bUID (\d{1,10})\b")
_DATE: Final = re.compile(rb"^Date:[ \t]*([^\r\n]{1,200})", re.IGNORECASE | re.MULTILINE)
_SYSTEM: Final = {f.lower(): f for f in ("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft")}
_RECORD_LIMIT: Final = 300_000  # bytes besides literals: imapclient's parser takes about 1 s for 2 MB
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Fetched:
    """What the server said of one mail; `items` by attribute without partial origin: b"BODY[1]", b"FLAGS"."""

    uid: int
    items: dict[bytes, Any] = field(default_factory=dict)
    broken: bool = False  # an answer about it could not be read

    def section(self, name: bytes) -> bytes:
        """A body section; empty where there is none. Compared without quotes (Courier) and origin (`<0>`, hoodiecrow `<0.N>`)."""
        value = self.items.get(_key(b"BODY[" + name + b"]"))
        return value if isinstance(value, bytes) else b"" if value is None else str(value).encode()

    def header(self) -> bytes:
        """The header or the fields of it that were asked for; the server may sort and quote the names."""
        for key, value in self.items.items():
            if key.startswith(b"BODY[HEADER") and isinstance(value, bytes):
                return value
        return b""

    @property
    def size(self) -> int:
        """RFC822.SIZE in bytes, 0 if it was not said."""
        value = self.items.get(b"RFC822.SIZE")
        return value if isinstance(value, int) else 0

    @property
    def flags(self) -> frozenset[str]:
        """Flags, the system's in RFC case; \\Recent says something about the session only and is left out."""
        value = self.items.get(b"FLAGS")
        names = (
            str(f, "ascii", "replace") if isinstance(f, bytes) else str(f)
            for f in (value if isinstance(value, tuple) else ())
        )
        return frozenset(_SYSTEM.get(n.lower(), n) for n in names if n.lower() != "\\recent")

    @property
    def internal_date(self) -> datetime:
        """INTERNALDATE in UTC; where the server gives none, the Date field, else 1970 (so: nothing is answered)."""
        value = self.items.get(b"INTERNALDATE")
        for text in (value, value + b" +0000") if isinstance(value, bytes) else ():  # some leave the zone out
            try:
                return _utc(parse_to_datetime(text, normalise=False))
            except (ValueError, OverflowError, TypeError):
                continue
        match = _DATE.search(self.header())
        try:
            return _utc(parsedate_to_datetime(match[1].decode("ascii", "replace"))) if match else _LONG_AGO
        except (ValueError, OverflowError, TypeError):
            return _LONG_AGO


def records(data: Iterable[Any]) -> Iterator[list[Any]]:
    """imaplib's flat list, cut into untagged responses: literals come as tuples, each response ends with plain bytes."""
    record: list[Any] = []
    for item in data:
        if item is None:
            continue
        record.append(item)
        if not isinstance(item, tuple):
            yield record
            record = []


def read(data: Iterable[Any], wanted: Iterable[int]) -> dict[int, Fetched]:
    """By UID, only what was asked for; never raises."""
    asked = frozenset(wanted)
    found: dict[int, Fetched] = {}
    for record in records(data):
        uid, items = _read_record(record)
        if uid in asked:
            mail = found.setdefault(uid, Fetched(uid))
            mail.items.update(items or {})
            mail.broken = mail.broken or items is None
    return found


def _read_record(record: list[Any]) -> tuple[int, dict[bytes, Any] | None]:
    try:
        _sequence, attributes = parse_response(_bounded(record))
        items = {_key(attributes[i]): attributes[i + 1] for i in range(0, len(attributes), 2)}
        return int(items[b"UID"]), items
    except Exception:  # noqa: BLE001  imapclient's parser raises nearly anything (ProtocolError, RecursionError, AssertionError ...)
        text = b" ".join(part[0] if isinstance(part, tuple) else part for part in record)
        uids = {int(uid) for uid in _UID.findall(text)}
        return (uids.pop(), None) if len(uids) == 1 else (0, None)


def _bounded(record: list[Any]) -> list[Any]:
    if sum(len(part[0] if isinstance(part, tuple) else part) for part in record) > _RECORD_LIMIT:
        raise ValueError("too long to be read in time")
    return record


def _key(name: object) -> bytes:
    key = name.upper() if isinstance(name, bytes) else str(name).upper().encode()
    if key.startswith((b"BODY[", b"BODY.PEEK[")):
        section = key[key.index(b"[") + 1 : key.rindex(b"]")] if b"]" in key else key
        return b"BODY[" + section.replace(b'"', b"") + b"]"
    return key


def _utc(when: datetime) -> datetime:
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
