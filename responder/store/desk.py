"""Requests of commands, notes for INBOX, the user's words, the pause, the accounts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from responder.store.database import Database
from responder.store.rows import AccountRow, Aside, Notice, Request, as_maybe_time, as_request, as_text, as_time

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from datetime import datetime


class Desk(Database):
    """Requests of commands, notes for INBOX, the user's words, the pause, the accounts."""

    # -- requests of commands

    def request(self, kind: str, now: datetime, case_id: str | None = None, **args: object) -> int:
        """Leave a request for whoever holds the lock; its number."""
        with self._transaction() as db:
            cursor = db.execute(
                "INSERT INTO requests (at, kind, case_id, args) VALUES (?, ?, ?, ?)",
                (as_text(now), kind, case_id, json.dumps(args)),
            )
            return int(cursor.lastrowid or 0)

    def requests(self) -> list[Request]:
        """Those not done yet, oldest first."""
        return [as_request(row) for row in self._read("SELECT * FROM requests WHERE done_at IS NULL ORDER BY number")]

    def request_of(self, number: int) -> Request | None:
        """One request, done or not."""
        rows = self._read("SELECT * FROM requests WHERE number = ?", number)
        return as_request(rows[0]) if rows else None

    def finish(self, number: int, now: datetime, *, ok: bool, outcome: str) -> None:
        """A request is done; `outcome` is the sentence that the command prints. What it was about is let go of."""
        with self._transaction() as db:
            db.execute(
                "UPDATE requests SET done_at = ?, ok = ?, outcome = ?, args = '{}' WHERE number = ?",
                (as_text(now), int(ok), outcome, number),
            )
        self.flush()

    def version(self) -> int:
        """Changes whenever another connection has written."""
        return int(self._read("PRAGMA data_version")[0][0])

    # -- notes in INBOX

    def add_notice(self, notice: Notice, asides: Iterable[Aside] = ()) -> None:
        """Store a note before it is filed; the mails set aside that it tells of are told."""
        with self._transaction() as db:
            db.execute(
                "INSERT INTO notices VALUES (?, ?, ?, ?, ?, NULL)",
                (notice.message_id, notice.account, as_text(notice.at), notice.raw, json.dumps(notice.cases)),
            )
            _told(db, asides)

    def asides_told(self, asides: Iterable[Aside]) -> None:
        """The user knows of these mails."""
        with self._transaction() as db:
            _told(db, asides)

    def notice_filed(self, message_id: str, now: datetime) -> None:
        """The note lies in INBOX; its cases are told."""
        with self._transaction() as db:
            row = db.execute("SELECT cases FROM notices WHERE message_id = ?", (message_id,)).fetchone()
            if row is None:  # forgotten while it was being filed
                return
            db.execute("UPDATE notices SET filed_at = ? WHERE message_id = ?", (as_text(now), message_id))
            for case_id in json.loads(row["cases"]):
                db.execute("UPDATE cases SET told = 1 WHERE id = ?", (case_id,))

    def notices(self, account: str) -> list[Notice]:
        """Notes of an account, newest first, at most a hundred."""
        rows = self._read("SELECT * FROM notices WHERE account = ? ORDER BY at DESC LIMIT 100", account)
        return [
            Notice(
                r["message_id"],
                r["account"],
                as_time(r["at"]),
                r["raw"],
                tuple(json.loads(r["cases"])),
                as_maybe_time(r["filed_at"]),
            )
            for r in rows
        ]

    # -- the user's words, the pause, the accounts

    def remember(self, company: str, text: str, now: datetime) -> None:
        """What impressed the user about a company; "" forgets it."""
        with self._transaction() as db:
            db.execute("DELETE FROM impressions WHERE company = ?", (company,))
            if text:
                db.execute("INSERT INTO impressions VALUES (?, ?, ?)", (company, text, as_text(now)))

    def impressions(self) -> dict[str, str]:
        """Company -> the user's own words."""
        return {row["company"]: row["text"] for row in self._read("SELECT company, text FROM impressions ORDER BY at")}

    @property
    def paused_until(self) -> datetime | None:
        """The end of the user's rest; datetime.max for an open one; None = no rest."""
        rows = self._read("SELECT value FROM meta WHERE name = 'paused_until'")
        return as_time(rows[0][0]) if rows else None

    def pause(self, until: datetime | None) -> None:
        """Rest until then; None ends the rest."""
        with self._transaction() as db:
            db.execute("DELETE FROM meta WHERE name = 'paused_until'")
            if until is not None:
                db.execute("INSERT INTO meta VALUES ('paused_until', ?)", (as_text(until),))

    def account(self, name: str) -> AccountRow:
        """What is known of an account."""
        rows = self._read("SELECT * FROM accounts WHERE account = ?", name)
        if not rows:
            return AccountRow(name)
        row = rows[0]
        return AccountRow(
            name,
            row["status"],
            row["message"],
            as_time(row["at"]),
            as_maybe_time(row["last_round"]),
            as_maybe_time(row["last_sweep"]),
            row["drafts_uidvalidity"],
            bool(row["told"]),
        )

    def set_account(self, row: AccountRow, now: datetime) -> None:
        """Write what is known of an account."""
        with self._transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    row.account,
                    row.status,
                    row.message,
                    as_text(now),
                    as_text(row.last_round) if row.last_round else None,
                    as_text(row.last_sweep) if row.last_sweep else None,
                    row.drafts_uidvalidity,
                    int(row.told),
                ),
            )


def _told(db: sqlite3.Connection, asides: Iterable[Aside]) -> None:
    for aside in asides:
        db.execute(
            "UPDATE tries SET told = 1 WHERE account = ? AND folder = ? AND uidvalidity = ? AND uid = ?",
            (aside.account, aside.place.folder, aside.place.uidvalidity, aside.place.uid),
        )
