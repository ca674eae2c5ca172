"""The only SQL: cases, their journal, cursors, requests. SQLite in WAL mode; `record` is the only writer of states.

A Store belongs to one thread. Losing the file loses no rejection: drafts are known again by their headers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder.life.states import OPEN, State
from responder.store.cases import Cases
from responder.store.desk import Desk
from responder.store.rows import AccountRow, Aside, Change, Notice, Place, Request, as_text
from responder.store.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

__all__ = ["AccountRow", "Aside", "Change", "Notice", "Place", "Request", "Store"]


class Store(Cases, Seen, Desk):
    """The state file. Every method is one transaction and raises TryLater (locked, full) or UserError (damaged, newer)."""

    # -- keeping and forgetting

    def forget(self, case_ids: Iterable[str]) -> int:
        """Delete what is stored about rejections, keys kept so that they are not answered again; how many."""
        count = 0
        with self._transaction() as db:
            for case_id in case_ids:
                row = db.execute("SELECT account, key, changed FROM cases WHERE id = ?", (case_id,)).fetchone()
                if row is None:
                    continue
                count += 1
                db.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", (row["account"], row["key"], row["changed"]))
                db.execute("DELETE FROM journal WHERE case_id = ?", (case_id,))
                db.execute("DELETE FROM requests WHERE case_id = ?", (case_id,))
                db.execute("DELETE FROM cases WHERE id = ?", (case_id,))
        return count

    def trim(self, now: datetime, keep: timedelta) -> None:
        """Let go of letters of ended cases, seen keys, done requests and filed notes older than `keep`."""
        before = as_text(now - keep)
        ended = [str(state) for state in State if state not in OPEN]
        marks = ",".join("?" * len(ended))
        with self._transaction() as db:
            db.execute(
                f"UPDATE cases SET draft = NULL, raw = NULL WHERE changed < ? AND state IN ({marks})",  # noqa: S608  only marks
                (before, *ended),
            )
            db.execute("DELETE FROM seen WHERE at < ?", (before,))
            db.execute("DELETE FROM requests WHERE done_at < ?", (before,))
            db.execute("DELETE FROM notices WHERE filed_at < ?", (before,))
