"""sd_notify(3) and the watchdog of systemd, in the protocol's own few lines: sdnotify on PyPI has had no release since 2017."""

from __future__ import annotations

import os
import socket


def tell(state: str) -> bool:
    """Send "READY=1", "WATCHDOG=1", "STOPPING=1" or "STATUS=..."; False where no service manager listens."""
    name = os.environ.get("NOTIFY_SOCKET", "")
    if not name.startswith(("/", "@")) or not hasattr(socket, "AF_UNIX"):
        return False
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.sendto(state.encode(), "\0" + name[1:] if name[0] == "@" else name)
    except OSError:
        return False
    return True


class Watchdog:
    """Tells the service manager that the daemon lives, no more often than it needs to know."""

    def __init__(self) -> None:
        mine = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        micros = os.environ.get("WATCHDOG_USEC", "")
        self._every = int(micros) / 3_000_000 if mine and micros.isdigit() else None  # seconds; a third of the limit
        self._last: float | None = None

    def beat(self, monotonic: float) -> None:
        """Called often, with the monotonic clock's seconds."""
        if self._every is not None and (self._last is None or monotonic - self._last >= self._every):
            self._last = monotonic
            tell("WATCHDOG=1")
