"""The built-in IMAP server: listens on loopback in a thread with an event loop of its own. For the demo, and for tests that play providers.

Why not a library's: the one there is needed private overrides, broke on Python 3.13 and wrote answers in fragments.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from typing import TYPE_CHECKING, Final, Self

from responder.clock import Clock
from responder.demo.quirks import Quirks
from responder.demo.session import LINE_OCTETS, Session

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping
    from types import TracebackType

    from responder.demo.login import TokenCheck
    from responder.demo.store import Account

HOST: Final = "127.0.0.1"

log = logging.getLogger(__name__)


class Server:
    """`with Server(users={"ana": Account("secret")}, quirks=GMAIL) as server: server.port`.

    With an SSL context it offers STARTTLS on `port` and implicit TLS on `tls_port`. Accounts keep their mail when the
    server goes, so that a restart can be played.
    """

    def __init__(
        self,
        users: Mapping[str, Account],
        quirks: Quirks | None = None,
        *,
        ssl_context: ssl.SSLContext | None = None,
        token_ok: TokenCheck | None = None,
        port: int = 0,
        tls_port: int = 0,
        clock: Clock | None = None,
    ) -> None:
        self.users = users
        self.quirks = quirks or Quirks()
        self.ssl_context = ssl_context
        self.token_ok = token_ok
        self.clock = clock or Clock()
        self.host = HOST
        self.port = port
        self.tls_port = tls_port
        self.commands: deque[str] = deque(maxlen=10_000)  # names of the commands that came, over all sessions
        self._sessions: set[Session] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._failure: OSError | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listens; returns when clients can connect. Raises OSError if a port cannot be had."""
        for account in self.users.values():
            account.prepare(self.quirks)
        self._ready.clear()
        self._failure = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="demo-imap", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Ends every session and stops listening; may be started again, on the same ports."""
        if self._loop is not None and self._stop is not None and self._thread is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def drop_connections(self) -> None:
        """Cuts every connection without a word, as a failing network does."""
        if self._loop is not None:
            for session in tuple(self._sessions):
                self._loop.call_soon_threadsafe(session.drop)

    def connections(self, user: str | None = None) -> int:
        """How many sessions there are; of one user who is logged in, or at all."""
        return sum(user is None or session.state.user == user for session in tuple(self._sessions))

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        listeners: list[asyncio.Server] = []
        try:
            listeners.append(await self._listen(self.port, None))
            self.port = listeners[0].sockets[0].getsockname()[1]
            if self.ssl_context is not None:
                listeners.append(await self._listen(self.tls_port, self.ssl_context))
                self.tls_port = listeners[1].sockets[0].getsockname()[1]
        except OSError as error:
            self._failure = error
            self._stop.set()
        self._ready.set()
        await self._stop.wait()
        for listener in listeners:
            listener.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _listen(self, port: int, context: ssl.SSLContext | None) -> asyncio.Server:
        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            # a task of our own and not a coroutine callback: streams of 3.11 log a cancelled one as an error
            task = asyncio.create_task(self._attend(Session(self, reader, writer, tls=context is not None)))
            self._tasks.add(task)
            task.add_done_callback(self._ended)

        return await asyncio.start_server(connected, HOST, port, ssl=context, limit=LINE_OCTETS)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a session of the built-in server broke", exc_info=error)

    async def _attend(self, session: Session) -> None:
        self._sessions.add(session)
        try:
            await session.run()
        finally:
            self._sessions.discard(session)
