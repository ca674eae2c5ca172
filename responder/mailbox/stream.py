"""Bytes in and out of one IMAP connection, under limits of size and time; knows imaplib, decides nothing.

imaplib reads a file object: its time-out covers one recv(), so a server that drips a byte now and then holds a command
for ever; a half line or a literal of 100 GB kills it; and bytes sent before STARTTLS survive into the TLS session. So
the reading is our own: one buffer, one deadline and one budget of bytes for each command.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import socket
import ssl
from typing import TYPE_CHECKING, Any, Final

from imapclient import IMAPClient

if TYPE_CHECKING:
    from responder.clock import Clock

CHUNK: Final = 65536  # larger than a TLS record, so that one recv() leaves nothing behind in the TLS layer
LINE_LIMIT: Final = 8_000_000  # a SEARCH answer with a million UIDs is one line
_CONTROL: Final = re.compile(rb"[\x00\r\n]")


_Protocol: Any = imaplib.IMAP4  # typeshed knows nothing of the private methods that are the only seam


class Stream(_Protocol):  # type: ignore[misc]
    """imaplib's protocol over a socket that we read ourselves."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None, timeout: float, clock: Clock) -> None:
        self._context = context
        self._seconds = timeout
        self._clock = clock
        self._buffer = bytearray()
        self._eof = False
        self.received = 0  # bytes so far
        self.continued = False  # the server asked for a literal (or accepted IDLE) since allow()
        self.refused = False  # the server answered NO or BAD since allow()
        self.exists = 0  # in the selected folder
        self.arrived = False  # EXISTS or RECENT was said; whoever looks sets it back
        self.uidvalidity = 0
        self.allow(timeout, 100_000)
        super().__init__(host, port, timeout)

    # -- limits

    def allow(self, seconds: float, size: int) -> None:
        """From now on the server has so many seconds and bytes for its answer."""
        self._deadline = self._clock.monotonic() + seconds
        self._budget = size
        self.continued = self.refused = False

    def _left(self) -> float:
        left = self._deadline - self._clock.monotonic()
        if left <= 0:
            raise TimeoutError("the whole command took too long")
        return left

    # -- what imaplib calls

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        """Dial; with a context, TLS from the first byte. Overrides imaplib's, which would read ahead."""
        self.host, self.port = host, port
        plain = socket.create_connection((host, port), timeout or self._seconds)
        try:
            # Nagle's algorithm against delayed ACKs costs 40 ms in every APPEND.
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            self.sock = self._context.wrap_socket(plain, server_hostname=host) if self._context else plain
        except BaseException:
            plain.close()
            raise

    def read(self, size: int) -> bytes:
        """`size` bytes of a literal; refused before a byte of it is awaited if it is larger than what was allowed."""
        if size > self._budget + len(self._buffer):
            raise self.abort(f"the server announced {size} bytes, more than was asked for")
        while len(self._buffer) < size:
            self._fill()
        return self._take(size)

    def readline(self) -> bytes:
        """One line with its end."""
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            if searched > LINE_LIMIT:
                raise self.abort(f"the server sent a line of more than {LINE_LIMIT} bytes")
            self._fill()
        line = self._take(end + 1)
        # A lone LF is accepted: imaplib takes it for half a line, and the answer could never be read.
        return line if line.endswith(b"\r\n") else line[:-1] + b"\r\n"

    def send(self, data: bytes) -> None:
        """Everything, within the deadline."""
        self.sock.settimeout(self._left())
        self.sock.sendall(data)

    def shutdown(self) -> None:
        """Close the socket; never raises."""
        with contextlib.suppress(OSError):
            self.sock.close()

    def starttls(self, ssl_context: ssl.SSLContext | None = None) -> tuple[str, list[Any]]:
        """STARTTLS (RFC 3501 6.2.1), dropping all that was said in clear text; bytes behind the OK are an attack."""
        typ, data = self._simple_command("STARTTLS")
        if typ == "OK":
            if self._buffer or ssl_context is None:
                raise self.abort("the server sent more in clear text behind its answer to STARTTLS")
            self.untagged_responses.clear()
            self.sock.settimeout(self._left())
            self.sock = ssl_context.wrap_socket(self.sock, server_hostname=self.host)
            self._tls_established = True
            self._get_capabilities()
        return typ, data

    def _command(self, name: str, *args: Any) -> bytes:
        for arg in args:
            raw = arg if isinstance(arg, bytes) else str(arg).encode("utf-8", "replace")
            if _CONTROL.search(raw):
                raise ValueError("a control character in an argument of a command")
        tag: bytes = super()._command(name, *args)
        return tag

    def _get_response(self) -> Any:
        response = super()._get_response()
        if response is None:
            self.continued = True
        self.refused = self.refused or any(answer and answer[0] != "OK" for answer in self.tagged_commands.values())
        return response

    def _append_untagged(self, typ: str, dat: Any) -> None:
        # imaplib sorts what was said by kind; EXISTS and EXPUNGE count in the order in which they come.
        if typ == "EXISTS" and isinstance(dat, bytes) and dat.isdigit():
            self.exists, self.arrived = int(dat[:10]), True
        elif typ == "RECENT" and dat != b"0":
            self.arrived = True
        elif typ == "EXPUNGE":
            self.exists = max(0, self.exists - 1)
        elif typ == "UIDVALIDITY" and isinstance(dat, bytes) and dat.isdigit():
            self.uidvalidity = int(dat[:10])
        super()._append_untagged(typ, dat)

    # -- what waiting needs

    def drain(self) -> None:
        """Take in what has arrived, without waiting (also what lies decrypted in the TLS layer)."""
        self.sock.settimeout(0)
        try:
            while self._receive():
                pass
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return

    @property
    def has_line(self) -> bool:
        """True if a whole line can be read without waiting."""
        return b"\n" in self._buffer

    @property
    def ended(self) -> bool:
        """True once the server has closed its side."""
        return self._eof

    # -- the buffer

    def _fill(self) -> None:
        self.sock.settimeout(min(self._left(), self._seconds))
        if not self._receive():
            raise self.abort("the server closed the connection")

    def _receive(self) -> bool:
        data = b"" if self._eof else self.sock.recv(CHUNK)
        self._eof = self._eof or not data
        self._buffer += data
        self._budget -= len(data)
        self.received += len(data)
        if self._budget < 0:
            raise self.abort("the server sent more than was asked for")
        return bool(data)

    def _take(self, size: int) -> bytes:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data


class Client(IMAPClient):  # type: ignore[misc]  # imapclient ships no types
    """imapclient over our Stream."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None, timeout: float, clock: Clock) -> None:
        self._dial = host, port, context, timeout, clock
        super().__init__(host, port=port, ssl=context is not None, timeout=timeout)
        self.normalise_times = False
        self._imap.debug = 0  # imapclient sets 5: every line formatted for a log that must not be written

    def _create_IMAP4(self) -> Stream:  # noqa: N802  imapclient's own name for this seam
        return Stream(*self._dial)

    @property
    def wire(self) -> Stream:
        """The connection below imapclient."""
        below: Stream = self._imap
        return below
