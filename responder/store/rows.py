"""Rows of the state file as values, and back. No SQL is run here but for one case's columns."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from responder.life.case import Case, Chore
from responder.life.states import State

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping

_TIMES = frozenset(field.name for field in dataclasses.fields(Case) if "datetime" in str(field.type))
_FLAGS = frozenset(field.name for field in dataclasses.fields(Case) if str(field.type) == "bool")
_COLUMNS = tuple(field.name for field in dataclasses.fields(Case))
_NEVER_CHANGED = frozenset({"id", "account", "key", "state", "why", "changed"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mail lies (RFC 9051 s2.3.1.1): a cursor, never an identity."""

    folder: str
    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the journal."""

    at: datetime
    event: str
    before: State
    after: State
    why: str


@dataclass(frozen=True, slots=True)
class Request:
    """Something a command asks of the daemon."""

    number: int
    at: datetime
    kind: str
    case_id: str | None
    args: dict[str, Any]
    done_at: datetime | None = None
    ok: bool | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A note for INBOX, stored before it is filed."""

    message_id: str
    account: str
    at: datetime
    raw: bytes
    cases: tuple[str, ...]
    filed_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccountRow:
    """What is known of an account between rounds."""

    account: str
    status: str = "ok"  # "ok" | "trouble" | "stopped"
    message: str = ""
    at: datetime | None = None
    last_round: datetime | None = None
    last_sweep: datetime | None = None
    drafts_uidvalidity: int | None = None
    told: bool = True


@dataclass(frozen=True, slots=True)
class Aside:
    """A mail that was set aside because it broke something."""

    account: str
    place: Place
    count: int
    reason: str


def as_text(moment: datetime) -> str:
    """A time as it is stored: ISO 8601 with its offset."""
    return moment.isoformat()


def as_time(text: str) -> datetime:
    """The time again."""
    return datetime.fromisoformat(text)


def as_maybe_time(text: str | None) -> datetime | None:
    """None stays None."""
    return datetime.fromisoformat(text) if text else None


def _column(value: object) -> object:
    match value:
        case datetime():
            return as_text(value)
        case bool():
            return int(value)
        case State() | Chore():
            return str(value)
        case str():
            return value.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate would be refused
        case _:
            return value


def as_case(row: sqlite3.Row) -> Case:
    """A row of `cases` as a Case."""
    values: dict[str, Any] = dict(row)
    for name in _TIMES:
        values[name] = as_maybe_time(values[name])
    for name in _FLAGS:
        values[name] = bool(values[name])
    values["state"] = State(values["state"])
    values["chore"] = Chore(values["chore"]) if values["chore"] else None
    return Case(**values)


def insert(db: sqlite3.Connection, case: Case) -> None:
    """A new row of `cases`."""
    marks = ",".join("?" * len(_COLUMNS))
    values = [_column(getattr(case, name)) for name in _COLUMNS]
    db.execute(f"INSERT INTO cases ({','.join(_COLUMNS)}) VALUES ({marks})", values)  # noqa: S608  names of our own fields


def write(db: sqlite3.Connection, case_id: str, changes: Mapping[str, object], allow: frozenset[str]) -> None:
    """Change columns of one case; ValueError for one that is unknown or may not be changed here."""
    unknown = set(changes) - set(_COLUMNS) | (set(changes) & _NEVER_CHANGED) - allow
    if unknown:
        raise ValueError(f"these are no columns that may be changed here: {sorted(unknown)}")
    if changes:
        names = ", ".join(f"{name} = ?" for name in changes)
        values = [_column(value) for value in changes.values()]
        db.execute(f"UPDATE cases SET {names} WHERE id = ?", (*values, case_id))  # noqa: S608  names checked above


def as_request(row: sqlite3.Row) -> Request:
    """A row of `requests` as a Request."""
    ok = None if row["ok"] is None else bool(row["ok"])
    return Request(
        row["number"],
        as_time(row["at"]),
        row["kind"],
        row["case_id"],
        json.loads(row["args"]),
        as_maybe_time(row["done_at"]),
        ok,
        row["outcome"],
    )


def chunks(items: list[str], size: int) -> Iterator[list[str]]:
    """The list in pieces (SQLite limits the number of parameters)."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
