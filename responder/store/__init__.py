"""The only SQL: cases, their journal, cursors, requests. SQLite in WAL mode; `record` is the only writer of states.

A Store belongs to one thread. Losing the file loses no rejection: drafts are known again by their headers.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from responder.life.states import OPEN, State
from responder.store.cases import Cases
from responder.store.desk import Desk
from responder.store.folder import AlreadyRunning, only_instance, state_file
from responder.store.rows import AccountRow, Aside, Change, Notice, Place, Request, as_text
from responder.store.seen import Seen

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from datetime import datetime

__all__ = [
    "AccountRow", "AlreadyRunning", "Aside", "Change", "Notice", "Place", "Request", "Store", "only_instance", "state_file",
]  # fmt: skip

SCAN_REACH = timedelta(days=60)  # no scan of a folder looks further back


class Store(Cases, Seen, Desk):
    """The state file. Every method is one transaction and raises TryLater (locked, full) or UserError (damaged, newer)."""

    # -- keeping and forgetting

    def forget(self, case_ids: Iterable[str]) -> int:
        """Delete what is stored about rejections, so that no word of it is left in the file; how many.

        A keyed hash of each key stays, so that it is not answered again.
        """
        count = 0
        with self._transaction() as db:
            for case_id in case_ids:
                row = db.execute("SELECT account, key, changed FROM cases WHERE id = ?", (case_id,)).fetchone()
                if row is None:
                    continue
                count += 1
                mark = self._mark(row["key"])
                db.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", (row["account"], mark, row["changed"]))
                self._delete_case(db, case_id)
            db.execute("DELETE FROM requests WHERE done_at IS NOT NULL")  # outcomes name companies
        self.flush()
        return count

    def _delete_case(self, db: sqlite3.Connection, case_id: str) -> None:
        db.execute("DELETE FROM journal WHERE case_id = ?", (case_id,))
        db.execute("DELETE FROM requests WHERE case_id = ?", (case_id,))
        db.execute("DELETE FROM cases WHERE id = ?", (case_id,))
        told = "EXISTS (SELECT 1 FROM json_each(notices.cases) WHERE json_each.value = ?)"
        db.execute(f"DELETE FROM notices WHERE filed_at IS NULL AND {told}", (case_id,))  # noqa: S608  our own words
        db.execute(f"UPDATE notices SET raw = x'' WHERE {told}", (case_id,))  # noqa: S608  when it was filed still counts

    def trim(self, now: datetime, letters: timedelta, rejections: timedelta) -> None:
        """Let go of what is old enough: the mail and letter of ended cases after `letters`, all else about them after `rejections`.

        Seen keys are kept for as long as a scan may reach back, whatever `letters` says.
        """
        before = as_text(now - letters)
        ended = [str(state) for state in State if state not in OPEN]
        marks = ",".join("?" * len(ended))
        with self._transaction() as db:
            db.execute(
                f"UPDATE cases SET draft = NULL, raw = NULL WHERE changed < ? AND state IN ({marks})",  # noqa: S608  only marks
                (before, *ended),
            )
            old = db.execute(
                f"SELECT id FROM cases WHERE changed < ? AND chore IS NULL AND state IN ({marks})",  # noqa: S608  only marks
                (as_text(now - max(letters, rejections)), *ended),
            ).fetchall()
            for row in old:
                self._delete_case(db, row["id"])
            db.execute("DELETE FROM seen WHERE at < ?", (as_text(now - max(letters, SCAN_REACH)),))
            db.execute("DELETE FROM requests WHERE done_at < ?", (before,))
            db.execute("DELETE FROM notices WHERE filed_at < ?", (as_text(now - max(letters, SCAN_REACH)),))
            db.execute("DELETE FROM tries WHERE at < ?", (as_text(now - max(letters, SCAN_REACH)),))
