"""The state folder: where in it the state file lies, and the lock that lets one instance at a time work with it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from responder.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class AlreadyRunning(UserError):  # noqa: N818  says what is the case
    """Another process holds the lock of this state folder."""


@contextmanager
def only_instance(state_dir: Path) -> Iterator[None]:
    """One instance for each state folder; UserError if there is another. The lock goes with the process, however it ends."""
    import filelock

    try:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = filelock.FileLock(state_dir / "lock", timeout=0, mode=0o600)
        lock.acquire()
    except filelock.Timeout:
        raise AlreadyRunning(
            f"{state_dir}: another responder is running with this state folder; stop it first, or set another state_dir"
        ) from None
    except OSError as error:
        raise UserError(
            f"{state_dir}: the state folder cannot be written ({error.strerror}); make it writable for you, or set state_dir"
        ) from error
    try:
        yield
    finally:
        lock.release()


def state_file(state_dir: Path) -> Path:
    """The database in a state folder."""
    return state_dir / "state.sqlite3"
