"""What has been seen: cursors, keys, mails set aside."""

from __future__ import annotations

import hashlib
import hmac
from contextlib import suppress
from typing import TYPE_CHECKING

from responder.errors import TryLater
from responder.store.database import Database
from responder.store.rows import Aside, Place, as_text, chunks, insert

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from responder.life.case import Case


class Seen(Database):
    """What has been seen: cursors, keys, mails set aside."""

    # -- what has been seen

    def _mark(self, key: str) -> str:
        """What is remembered of a mail: a keyed hash, from which nobody learns who wrote to whom."""
        return hmac.new(self.key, key.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:40]

    def take(
        self, account: str, place: Place, key: str | None, case: Case | None, now: datetime, *, cursor: bool = True
    ) -> bool:
        """ "This UID is seen" and, for a rejection, its case, in one transaction. False if the key was a case already."""
        with self._transaction() as db:
            fresh = case is not None and not db.execute("SELECT 1 FROM cases WHERE key = ?", (case.key,)).fetchone()
            if case is not None and fresh:
                insert(db, case)
                db.execute(
                    "INSERT INTO journal (case_id, at, event, before, after, why) VALUES (?, ?, 'recognise', ?, ?, ?)",
                    (case.id, as_text(now), str(case.state), str(case.state), case.why),
                )
            if key is not None:
                db.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", (account, self._mark(key), as_text(now)))
            if cursor:
                db.execute(
                    "INSERT INTO cursors VALUES (?, ?, ?, ?) ON CONFLICT (account, folder) DO UPDATE SET "
                    "next_uid = CASE WHEN uidvalidity = excluded.uidvalidity THEN max(next_uid, excluded.next_uid) "
                    "ELSE excluded.next_uid END, uidvalidity = excluded.uidvalidity",
                    (account, place.folder, place.uidvalidity, place.uid + 1),
                )
            db.execute(
                "DELETE FROM tries WHERE account = ? AND folder = ? AND uidvalidity = ? AND uid = ? AND aside = 0",
                (account, place.folder, place.uidvalidity, place.uid),
            )
            return fresh

    def cursor(self, account: str, folder: str) -> tuple[int, int] | None:
        """(UIDVALIDITY, first UID not seen yet)."""
        rows = self._read("SELECT uidvalidity, next_uid FROM cursors WHERE account = ? AND folder = ?", account, folder)
        return (rows[0][0], rows[0][1]) if rows else None

    def set_cursor(self, account: str, folder: str, uidvalidity: int, next_uid: int) -> None:
        """Begin a folder, or begin it anew after its UIDVALIDITY changed."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO cursors VALUES (?, ?, ?, ?)", (account, folder, uidvalidity, next_uid))

    def unseen(self, account: str, keys: Iterable[str]) -> set[str]:
        """Those of the keys that no round of this account has seen."""
        wanted = {self._mark(key): key for key in keys}
        known: set[str] = set()
        for chunk in chunks(sorted(wanted), 500):
            marks = ",".join("?" * len(chunk))
            rows = self._read(f"SELECT key FROM seen WHERE account = ? AND key IN ({marks})", account, *chunk)  # noqa: S608  only marks
            known.update(row[0] for row in rows)
        return {key for mark, key in wanted.items() if mark not in known}

    def try_mail(self, account: str, place: Place, now: datetime) -> int:
        """Count a try before a mail is parsed, so that one that kills the process does not loop; the number of tries so far."""
        with self._transaction() as db:
            db.execute(
                "INSERT INTO tries VALUES (?, ?, ?, ?, 1, ?, '', 0, 0) ON CONFLICT DO UPDATE SET count = count + 1, at = excluded.at",
                (account, place.folder, place.uidvalidity, place.uid, as_text(now)),
            )
            where = (account, place.folder, place.uidvalidity, place.uid)
            row = db.execute(
                "SELECT count FROM tries WHERE account = ? AND folder = ? AND uidvalidity = ? AND uid = ?", where
            )
            return int(row.fetchone()[0])

    def forgive(self, account: str, place: Place) -> None:
        """Take back the last try of a mail: it was not the mail that went wrong. Never raises TryLater."""
        where = (account, place.folder, place.uidvalidity, place.uid)
        with suppress(TryLater), self._transaction() as db:
            db.execute(
                "UPDATE tries SET count = count - 1 "
                "WHERE account = ? AND folder = ? AND uidvalidity = ? AND uid = ? AND count > 0",
                where,
            )

    def set_aside(self, account: str, place: Place, reason: str) -> None:
        """Never try this mail again."""
        with self._transaction() as db:
            db.execute(
                "UPDATE tries SET aside = 1, reason = ? WHERE account = ? AND folder = ? AND uidvalidity = ? AND uid = ?",
                (reason, account, place.folder, place.uidvalidity, place.uid),
            )

    def asides(self, account: str | None = None, *, untold: bool = False) -> list[Aside]:
        """Mails set aside."""
        sql = "SELECT * FROM tries WHERE aside = 1 AND told <= ?"
        rows = self._read(sql, 0 if untold else 1)
        return [
            Aside(r["account"], Place(r["folder"], r["uidvalidity"], r["uid"]), r["count"], r["reason"])
            for r in rows
            if account is None or r["account"] == account
        ]
