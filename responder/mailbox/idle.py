"""Waiting on the socket and a wake-up: IDLE (RFC 2177) as a hint that something may have happened, never as news itself.

imapclient's idle_check() spins on a closed connection, dies of half a line, and overlooks what came in one packet with the
"+" or lies in the TLS layer; so the waiting is our own, over the same buffer as everything else.
"""

from __future__ import annotations

import re
import selectors
from typing import TYPE_CHECKING, Any, Final

from responder.errors import TryLater

if TYPE_CHECKING:
    from responder.clock import Clock
    from responder.mailbox.stream import Stream
    from responder.wire import Wake

_NEWS: Final = re.compile(rb"\* (\d+ (EXISTS|EXPUNGE|FETCH|RECENT)|VANISHED|OK \[UIDVALIDITY)", re.IGNORECASE)
_ANSWER_LIMIT: Final = 2_000_000  # bytes that a server may say in one IDLE


def sleep(stream: Stream, seconds: float, wake: Wake, clock: Clock) -> None:
    """Without IDLE: until the server says anything, `wake` is set or the time is over. TryLater on a closed connection."""
    stream.allow(seconds + 60, _ANSWER_LIMIT)
    _select(stream, seconds, wake, clock)


def idle(stream: Stream, seconds: float, timeout: float, wake: Wake, clock: Clock) -> bool:
    """One IDLE, ended with DONE before it returns. False if the server refused it; TryLater on a closed connection.

    `seconds` is how long to wait, `timeout` how long the server may take to begin and to end.
    """
    stream.allow(timeout, _ANSWER_LIMIT)
    tag = stream._command("IDLE")
    news = False
    while (line := stream._get_response()) is not None:  # lines before the "+" are legal, and may be news
        if stream.tagged_commands.get(tag):
            stream.tagged_commands.pop(tag)
            return False
        news = news or _is_news(line)
    end = clock.monotonic() + seconds
    stream.allow(seconds + timeout, _ANSWER_LIMIT)
    while not news and (left := end - clock.monotonic()) > 0:
        if not _select(stream, left, wake, clock):
            break
        while stream.has_line:
            news = _is_news(stream._get_response()) or news
            stream._check_bye()
            if stream.tagged_commands.get(tag):  # the server ended it by itself
                stream.tagged_commands.pop(tag)
                return True
    stream.allow(timeout, _ANSWER_LIMIT)
    stream.send(b"DONE\r\n")
    stream._command_complete("IDLE", tag)
    return True


def _is_news(line: Any) -> bool:
    return isinstance(line, bytes) and _NEWS.match(line) is not None


def _select(stream: Stream, seconds: float, wake: Wake, clock: Clock) -> bool:
    """True if the server said something; False if woken, or the time is over."""
    end = clock.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        selector.register(wake, selectors.EVENT_READ)
        selector.register(stream.sock, selectors.EVENT_READ)
        while True:
            before = stream.received
            stream.drain()  # first: what lies in the TLS layer does not show in select()
            if stream.has_line:
                return True
            if stream.ended:
                raise TryLater(f"{stream.host}: the server closed the connection")
            left = end - clock.monotonic()
            if left <= 0:
                return False
            ready = selector.select(left)
            if not ready and stream.received == before:
                return False
            if any(key.fileobj is wake for key, _events in ready):
                return False
