"""What every connection needs: TLS contexts, back-off, what may go into a command, and a wake-up that a socket wait can see."""

from __future__ import annotations

import socket


class Wake:
    """An event that can be waited for together with a socket (select on fileno())."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)

    def set(self) -> None:
        """Wake whoever waits; from any thread or signal handler."""
        try:
            self._writer.send(b"\0")
        except OSError:  # full (it is set already) or closed
            return

    def clear(self) -> bool:
        """Take the wake-up back; True if there was one."""
        seen = False
        try:
            while self._reader.recv(1024):
                seen = True
        except OSError:
            return seen
        return seen

    def fileno(self) -> int:
        """For select()."""
        return self._reader.fileno()

    def close(self) -> None:
        """Give the sockets back."""
        self._reader.close()
        self._writer.close()
