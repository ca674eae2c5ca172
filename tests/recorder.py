"""A recording relay on loopback: counts round trips and bytes between the program and a server, and can delay each.

A round trip is a turn: the client speaks after the server has. What the client sends without waiting is one.
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Self


@dataclass
class Recorder:
    """Relays one connection after another to `upstream`; `delay` in seconds for each round trip."""

    upstream: tuple[str, int]
    delay: float = 0.0
    round_trips: int = 0
    sent: int = 0  # bytes, client to server
    received: int = 0
    open: int = 0  # connections now
    most_open: int = 0
    commands: list[bytes] = field(default_factory=list)  # the beginning of what each round trip sent

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._listener.close()

    def reset(self) -> None:
        self.round_trips = self.sent = self.received = 0
        self.commands.clear()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        server = socket.create_connection(self.upstream)
        for one in (client, server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            self._pass_on(client, server)
        finally:
            self.open -= 1

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        with client, server, contextlib.suppress(OSError):
            answered = True
            while True:
                for ready in select.select([client, server], [], [])[0]:
                    data = ready.recv(1 << 16)
                    if not data:
                        return
                    if ready is client:
                        if answered:
                            self.round_trips += 1
                            self.commands.append(data[:400])
                            time.sleep(self.delay)
                        answered = False
                        self.sent += len(data)
                        server.sendall(data)
                    else:
                        answered = True
                        self.received += len(data)
                        client.sendall(data)
