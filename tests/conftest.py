"""Real mail servers for the whole session, a fresh user for each test; what is not installed is skipped with one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from servers import KINDS, MailServer, ServerMissingError


class _Servers:
    """Starts each kind once, when first asked for."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._running: dict[str, MailServer] = {}

    def __call__(self, kind: str) -> MailServer:
        maker = KINDS[kind]
        if maker.fresh_process_per_test and kind in self._running:
            self._running.pop(kind).stop()
        if kind not in self._running:
            try:
                self._running[kind] = self._stack.enter_context(maker())
            except ServerMissingError as missing:
                pytest.skip(str(missing))
        return self._running[kind]


@pytest.fixture(scope="session")
def mail_server() -> Iterator[_Servers]:
    """`mail_server("dovecot")`: that server, running; skips the test where it is not installed."""
    with ExitStack() as stack:
        yield _Servers(stack)


@pytest.fixture
def dovecot(mail_server: _Servers) -> MailServer:
    """The session's Dovecot; take a `new_user()` for each test."""
    return mail_server("dovecot")
