"""The kinds of faults: on the wire, in the state file, of the clock, of the server. Each is a context in which one round runs."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import proxy

from faults.stage import Fault, Stage
from responder.store import state_file
from responder.store.database import Database

IMPATIENT = 0.25  # seconds for an answer, where it will not come


def wire(at: int, kind: str, when: str = "before", text: str = "[CANNOT] not today") -> Fault:
    """A fault at the command numbered `at` of the round."""

    @contextmanager
    def fault(stage: Stage) -> Iterator[None]:
        if kind in ("stall", "drip", "swallow"):
            stage.timeout = IMPATIENT
        with _injected(stage, proxy.Fault(kind, "*", when, text=text, skip=at)):
            yield

    return fault


def act(at: int, do: Callable[[Stage], None], when: str = "before") -> Fault:
    """Something happens on the server, or to the clock, just before a command of the round."""

    @contextmanager
    def fault(stage: Stage) -> Iterator[None]:
        done = threading.Event()

        def acts() -> None:
            try:
                do(stage)
            finally:
                done.set()

        before = stage.fired
        try:
            with _injected(stage, proxy.Fault("act", "*", when, skip=at, act=acts)):
                yield
        finally:
            if stage.fired > before:
                assert done.wait(60)  # the round may end before the server is back

    return fault


@contextmanager
def _injected(stage: Stage, fault: proxy.Fault) -> Iterator[None]:
    stage.theatre.imap.add(fault)
    try:
        yield
    finally:
        stage.theatre.imap.faults.clear()
        stage.fired += fault.fired


def submission(kind: str, direction: str, position: int) -> Fault:
    """A fault after so many bytes to or from the submission server."""

    @contextmanager
    def fault(stage: Stage) -> Iterator[None]:
        if kind == "stall":
            stage.timeout = IMPATIENT
        injected = stage.theatre.smtp.add(proxy.Fault(kind, after_bytes=position, direction=direction))
        try:
            yield
        finally:
            stage.theatre.smtp.clear()
            stage.fired += injected.fired

    return fault


# -- the server


def restart(stage: Stage) -> None:
    """The server goes and comes back; connections to it are lost, that of the user's mail client too."""
    server = stage.theatre.dovecot
    server.stop()
    for attempt in range(20):
        try:
            server.start()
            break
        except RuntimeError:  # a child of the old one still holds the port
            if attempt == 19:
                raise
            threading.Event().wait(0.2)
    stage.outside = stage.connect_outside()


def maildir(stage: Stage, folder: str) -> Path:
    root = stage.theatre.dovecot.dir / "home" / stage.user / "Maildir"
    return root if folder == "INBOX" else root / f".{folder}"


def rebuild(folder: str) -> Callable[[Stage], None]:
    """The server makes its index of a folder anew: another UIDVALIDITY, other UIDs, the same mails."""

    def do(stage: Stage) -> None:
        for path in maildir(stage, folder).glob("dovecot*"):
            with contextlib.suppress(OSError):
                path.unlink()

    return do


def vanished(folder: str) -> Fault:
    """The folder is away during the round, and back afterwards."""

    @contextmanager
    def fault(stage: Stage) -> Iterator[None]:
        place = maildir(stage, folder)
        away = place.with_name("away")
        place.rename(away)
        try:
            yield
        finally:
            if place.exists():  # Dovecot makes a special-use folder that is missing
                shutil.rmtree(place)
            away.rename(place)
            stage.fired += 1

    return fault


# -- the clock


def clock(at: int, **units: float) -> Fault:
    """The wall clock is set while the round runs, and set right after it."""

    @contextmanager
    def fault(stage: Stage) -> Iterator[None]:
        jump = timedelta(**units)

        def do(stage: Stage) -> None:
            stage.clock.moment += jump
            stage.skew, stage.misled = jump, True

        with act(at, do)(stage):
            yield
        stage.clock.moment -= stage.skew
        stage.skew = timedelta()

    return fault


def suspend(at: int) -> Fault:
    """The machine sleeps for a night in the middle of a round: the clock is ahead, the connection dead."""

    @contextmanager
    def fault(stage: Stage) -> Iterator[None]:
        def do(stage: Stage) -> None:
            stage.clock.moment += timedelta(hours=8)
            stage.theatre.imap.cut_all()

        with act(at, do)(stage):
            yield

    return fault


# -- the state file


def state(at: int, harm: Callable[[Stage, sqlite3.Connection], contextlib.AbstractContextManager[None]]) -> Fault:
    """Something is wrong with the state file from the transaction numbered `at` of the round on."""

    @contextmanager
    def fault(stage: Stage) -> Iterator[None]:
        whole, opened, count = Database._transaction, Database.open.__func__, 0
        with contextlib.ExitStack() as stack:

            @contextmanager
            def transaction(self: Database) -> Iterator[sqlite3.Connection]:
                nonlocal count
                if count == at:
                    stage.fired += 1
                    stage.mute = True
                    stack.enter_context(harm(stage, self._db))
                count += 1
                with whole(self) as db:
                    yield db

            def hasty(cls: type[Database], path: Path | None) -> Database:
                made = opened(cls, path)
                made._db.execute("PRAGMA busy_timeout=20")
                return made

            Database._transaction = transaction
            Database.open = classmethod(hasty)
            try:
                yield
            finally:
                Database._transaction, Database.open = whole, classmethod(opened)
                stage.mute = False

    return fault


@contextmanager
def full(_stage: Stage, db: sqlite3.Connection) -> Iterator[None]:
    """The file can grow no more, as on a full disk: SQLITE_FULL."""
    db.execute("PRAGMA max_page_count=1")
    yield


@contextmanager
def locked(stage: Stage, _db: sqlite3.Connection) -> Iterator[None]:
    """Another process writes, and goes on writing: SQLITE_BUSY."""
    other = sqlite3.connect(state_file(stage.state), isolation_level=None, timeout=0.05)
    with contextlib.suppress(sqlite3.OperationalError):
        other.execute("BEGIN IMMEDIATE")
    yield
    other.close()


@contextmanager
def read_only(_stage: Stage, db: sqlite3.Connection) -> Iterator[None]:
    """The file can only be read: SQLITE_READONLY."""
    db.execute("PRAGMA query_only=ON")
    yield
    with contextlib.suppress(sqlite3.ProgrammingError):
        db.execute("PRAGMA query_only=OFF")


@contextmanager
def gone(stage: Stage, _db: sqlite3.Connection) -> Iterator[None]:
    """Somebody deletes the whole state folder."""
    shutil.rmtree(stage.state)
    yield


def damaged(part: float) -> Fault:
    """A piece of the state file is overwritten; the user moves it away, as the message says, if it cannot be read."""

    @contextmanager
    def fault(stage: Stage) -> Iterator[None]:
        path = state_file(stage.state)
        size = path.stat().st_size
        with path.open("r+b") as file:
            file.seek(int(size * part))
            file.write(b"\xa5" * min(4096, size - int(size * part)))
        yield
        stage.fired += 1
        if stage.codes[-1]:
            shutil.rmtree(stage.state)

    return fault


@contextmanager
def transactions(found: Callable[[int], None]) -> Iterator[None]:
    """No fault: how many transactions run meanwhile."""
    whole, count = Database._transaction, 0

    @contextmanager
    def transaction(self: Database) -> Iterator[sqlite3.Connection]:
        nonlocal count
        count += 1
        with whole(self) as db:
            yield db

    Database._transaction = transaction
    try:
        yield
    finally:
        Database._transaction = whole
    found(count)
