"""A server that says exactly what a test wants, byte for byte: for what no real server does."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

from responder.mailbox import ImapMailbox, Server, connect
from responder.wire import Secret

Answer = bytes | Callable[[socket.socket, bytes], None]

EXAMINED = b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 9] x\r\n%T OK [READ-ONLY] done\r\n"
CAPABLE = b"IMAP4rev1 IDLE UIDPLUS MOVE STARTTLS AUTH=XOAUTH2 AUTH=PLAIN"


class ScriptedServer:
    """`answers` by command ("UID FETCH"); "%T" becomes the tag; a callable gets the socket and the tag."""

    def __init__(self, answers: dict[str, Answer] | None = None, greeting: bytes = b"* OK ready\r\n", capable: bytes = CAPABLE,
                 tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None) -> None:  # fmt: skip
        self.answers: dict[str, Answer] = {
            "CAPABILITY": b"* CAPABILITY " + capable + b"\r\n%T OK done\r\n",
            "LOGIN": b"%T OK [CAPABILITY " + capable + b"] in\r\n",
            "EXAMINE": EXAMINED,
            "SELECT": EXAMINED.replace(b"READ-ONLY", b"READ-WRITE"),
            "NOOP": b"%T OK done\r\n",
            "LOGOUT": b"* BYE\r\n%T OK done\r\n",
            **(answers or {}),
        }
        self.greeting = greeting
        self.tls, self.starttls = tls, starttls
        self.lines: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> ScriptedServer:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _address = self._listener.accept()
                with contextlib.suppress(OSError), sock:
                    self._talk(sock)

    def _talk(self, sock: socket.socket) -> None:
        sock.settimeout(10)
        if self.tls:
            sock = self.tls.wrap_socket(sock, server_side=True)
        sock.sendall(self.greeting)
        buffer = b""
        while True:
            while b"\n" not in buffer:
                data = sock.recv(4096)
                if not data:
                    return
                buffer += data
            line, _, buffer = buffer.partition(b"\n")
            self.lines.append(line.rstrip(b"\r"))
            tag, _, rest = line.rstrip(b"\r").partition(b" ")
            words = rest.split(b" ")
            command = (b" ".join(words[:2]) if words[0] == b"UID" else words[0]).decode("latin-1").upper()
            answer = self.answers.get(command, b"%T BAD what?\r\n")
            if line.startswith(b"DONE"):
                answer = self.answers.get("DONE", b"")
            if callable(answer):
                answer(sock, tag)
            else:
                sock.sendall(answer.replace(b"%T", tag))
            if command == "STARTTLS" and self.starttls:
                sock, buffer = self.starttls.wrap_socket(sock, server_side=True), b""


@contextlib.contextmanager
def talking(server: ScriptedServer, timeout: float = 3) -> Iterator[ImapMailbox]:
    with server:
        mailbox = connect(Server("127.0.0.1", server.port, "none", "ana", timeout=timeout), Secret("secret"))
        try:
            yield mailbox
        finally:
            mailbox.close()
