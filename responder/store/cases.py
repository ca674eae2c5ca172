"""Cases and their journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder.errors import Refused
from responder.life.states import OPEN, Event, State, advance
from responder.store.database import Database
from responder.store.rows import Change, as_case, as_text, as_time, write

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from datetime import datetime

    from responder.life.case import Case


class Cases(Database):
    """Cases and their journal."""

    # -- cases

    def case(self, case_id: str) -> Case | None:
        """By its id, or by the only id that begins so."""
        rows = self._read(
            "SELECT * FROM cases WHERE id = ? OR id LIKE ? || '%' LIMIT 2", case_id, case_id.replace("%", "")
        )
        exact = [row for row in rows if row["id"] == case_id] or rows
        return as_case(exact[0]) if len(exact) == 1 else None

    def case_by_key(self, key: str) -> Case | None:
        """Over all accounts one key is one case."""
        rows = self._read("SELECT * FROM cases WHERE key = ? LIMIT 1", key)
        return as_case(rows[0]) if rows else None

    def cases(self, account: str | None = None, states: Iterable[State] | None = None) -> list[Case]:
        """All, or those of an account and in some states; oldest first."""
        wanted = [str(state) for state in (states if states is not None else State)]
        marks = ",".join("?" * len(wanted))
        sql = f"SELECT * FROM cases WHERE state IN ({marks})"  # noqa: S608  only question marks are put in
        if account is not None:
            sql += " AND account = ?"
            wanted.append(account)
        return [as_case(row) for row in self._read(sql + " ORDER BY received, id", *wanted)]

    def changed_after(self, account: str, state: State, moment: datetime) -> list[Case]:
        """Those whose state was last written after a time; of use where a clock had run ahead."""
        sql = "SELECT * FROM cases WHERE account = ? AND state = ? AND changed > ? ORDER BY received, id"
        return [as_case(row) for row in self._read(sql, account, str(state), as_text(moment))]

    def open_cases(self, account: str) -> list[Case]:
        """Those for which something may still have to be done, chores included; oldest first."""
        chores = self._read("SELECT * FROM cases WHERE account = ? AND chore IS NOT NULL", account)
        found = {case.id: case for case in [*self.cases(account, OPEN), *(as_case(row) for row in chores)]}
        return sorted(found.values(), key=lambda case: (case.received, case.id))

    def record(self, case_id: str, event: Event, why: str, now: datetime, **changes: object) -> Case:
        """Advance a case through the table and write one journal line, in one transaction: the only writer of states.

        Raises Impossible where the table has no such transition, Refused where the case was forgotten meanwhile.
        """
        with self._transaction() as db:
            row = _one(db, case_id)
            before = State(row["state"])
            after = advance(before, event)
            write(
                db,
                case_id,
                changes | {"state": after, "why": why, "changed": now},
                allow=frozenset({"state", "why", "changed"}),
            )
            db.execute(
                "INSERT INTO journal (case_id, at, event, before, after, why) VALUES (?, ?, ?, ?, ?, ?)",
                (case_id, as_text(now), str(event), str(before), str(after), why),
            )
            return as_case(_one(db, case_id))

    def note(self, case_id: str, **changes: object) -> Case:
        """Write down what a look showed, without a change of state. Raises Refused where the case was forgotten meanwhile."""
        with self._transaction() as db:
            write(db, case_id, changes, allow=frozenset())
            return as_case(_one(db, case_id))

    def journal(self, case_id: str) -> list[Change]:
        """Every change of a case with its reason, oldest first."""
        rows = self._read("SELECT * FROM journal WHERE case_id = ? ORDER BY number", case_id)
        return [Change(as_time(r["at"]), r["event"], State(r["before"]), State(r["after"]), r["why"]) for r in rows]


def _one(db: sqlite3.Connection, case_id: str) -> sqlite3.Row:
    row: sqlite3.Row | None = db.execute("SELECT * FROM cases WHERE id = ?", (case_id,)).fetchone()
    if row is None:
        raise Refused(f"{case_id}: what was stored about this rejection has been deleted")
    return row
