"""The process is killed with SIGKILL at an I/O step: before or after bytes go out or come in, before or after a commit.

Runs in a child of the fork server. The program knows nothing of this: its methods for I/O are wrapped here.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import pickle
import signal
import smtplib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from faults.stage import Fault, Stage
from responder import daemon
from responder.mailbox.stream import Stream
from responder.reading import knowledge
from responder.store.database import Database

knowledge.load()  # once, in the fork server
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["faults.killing"])


class _Steps:
    """Counts I/O steps, and dies at one of them."""

    def __init__(self, last: int) -> None:
        self.last, self.count = last, 0

    def step(self) -> None:
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)
        self.count += 1

    def around(self, owner: type, name: str) -> None:
        whole = getattr(owner, name)

        @functools.wraps(whole)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            self.step()
            result = whole(*args, **kwargs)
            self.step()
            return result

        setattr(owner, name, wrapped)

    def in_transactions(self) -> None:
        whole = Database._transaction

        @contextmanager
        def transaction(store: Database) -> Iterator[sqlite3.Connection]:
            with whole(store) as db:
                yield db
                self.step()
            self.step()

        Database._transaction = transaction


def _child(setting: bytes, last: int, report: Any) -> None:
    steps = _Steps(last)
    steps.around(Stream, "send")
    steps.around(Stream, "_receive")
    steps.around(smtplib.SMTP, "send")
    steps.around(smtplib.SMTP, "getreply")
    steps.in_transactions()
    daemon.run_once(pickle.loads(setting))
    report.send(steps.count)


def _run(stage: Stage, last: int) -> int | None:
    """A round in a process of its own; the number of its steps, None where it was killed."""
    stage.proxied = False  # the child dies, the proxies would live on in this process
    setting = stage.setting()
    mine, theirs = _FORKS.Pipe(duplex=False)
    child = _FORKS.Process(target=_child, args=(pickle.dumps(setting), last, theirs))
    child.start()
    theirs.close()
    child.join(600)  # a busy machine takes its time
    assert child.exitcode in (0, -signal.SIGKILL), f"the round ended with {child.exitcode}"
    return int(mine.recv()) if child.exitcode == 0 else None


def kill(at: int) -> Fault:
    """The round's process dies at its I/O step numbered `at`."""

    @contextmanager
    def fault(stage: Stage) -> Iterator[None]:
        stage.fired += _run(stage, at) is None
        yield

    return fault


def steps(found: Callable[[int], None]) -> Fault:
    """No fault: how many I/O steps the round has."""

    @contextmanager
    def fault(stage: Stage) -> Iterator[None]:
        count = _run(stage, -1)
        assert count is not None
        found(count)
        yield

    return fault
