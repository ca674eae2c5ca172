"""The connection to the state file: opening, migrating, transactions, and what its errors mean for the user."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Self

from responder.errors import TryLater, UserError
from responder.store.schema import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Database:
    """The state file. Every method is one transaction and raises TryLater (locked, disk full) or UserError (damaged, newer)."""

    def __init__(self, connection: sqlite3.Connection, path: Path | None) -> None:
        self._db = connection
        self._path = path
        self._key: bytes | None = None

    @classmethod
    def open(cls, path: Path | None) -> Self:
        """Open or make the state file (0600 in a 0700 folder) and bring its schema up to date; None = in memory."""
        if path is not None:
            prepare(path)
        with translated(path):
            connection = sqlite3.connect(str(path) if path else ":memory:", timeout=10, isolation_level=None)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")  # a recorded `sending` must outlive a power cut
            connection.execute("PRAGMA secure_delete=ON")  # `forget` leaves no text behind in free pages
        store = cls(connection, path)
        store._migrate()
        return store

    @property
    def key(self) -> bytes:
        """The secret that Message-IDs of drafts are made with, and what is remembered of mails seen."""
        if self._key is None:
            self._key = bytes.fromhex(self._read("SELECT value FROM meta WHERE name = 'key'")[0][0])
        return self._key

    def flush(self) -> None:
        """Take what was deleted out of the write-ahead log too; where another process reads just now, it goes with the next flush."""
        with suppress(TryLater), translated(self._path):
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Give the file back."""
        self._db.close()

    def _migrate(self) -> None:
        if self._read("PRAGMA user_version")[0][0] == len(MIGRATIONS):
            return  # nothing is written: a look at the state needs no free disk
        with self._transaction() as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version > len(MIGRATIONS):
                raise UserError(
                    f"{self._path}: this state was written by a newer version of the program (schema {version}, "
                    f"this one knows {len(MIGRATIONS)}); install that version again, or move the file away to begin anew"
                )
            for script in MIGRATIONS[version:]:
                for statement in script.split(";"):
                    if statement.strip():
                        db.execute(statement)
            db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
            db.execute("INSERT OR IGNORE INTO meta VALUES ('key', ?)", (secrets.token_hex(32),))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with translated(self._path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.rollback()
                raise
            self._db.commit()

    def _read(self, sql: str, *args: object) -> list[sqlite3.Row]:
        with translated(self._path):
            return self._db.execute(sql, args).fetchall()


def prepare(path: Path) -> None:
    """Make the folder (0700) and the file (0600); UserError where that cannot be."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
        path.chmod(0o600)
    except OSError as error:
        raise UserError(
            f"{path}: the state cannot be written there ({error.strerror}); make the folder writable for you, or set state_dir"
        ) from error


@contextmanager
def translated(path: Path | None) -> Iterator[None]:
    """SQLite's errors as what happens next."""
    try:
        yield
    except sqlite3.OperationalError as error:
        words = str(error)
        if "locked" in words or "busy" in words:
            raise TryLater(f"{path}: the state is in use by another process; trying again") from error
        if "full" in words:
            raise TryLater(f"{path}: the disk is full; free some space, it goes on by itself then") from error
        if "readonly" in words or "unable to open" in words or "I/O" in words:
            raise TryLater(
                f"{path}: the state cannot be written ({words}); check the disk and the folder's rights"
            ) from error
        # SQLite's words go on with the text itself, which must not be shown
        if words.startswith("Could not decode to UTF-8"):
            raise _damaged(path, "text that is none") from error
        raise
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
            raise
        raise _damaged(path, str(error)) from error


def _damaged(path: Path | None, what: str) -> UserError:
    return UserError(
        f"{path}: the state file is damaged ({what}); move it away and start again: drafts and answers that lie in the "
        "mailbox are recognised, and nothing is written twice"
    )
