"""What every connection needs: TLS contexts, back-off, what may go into a command, and a wake-up that a socket wait can see."""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from responder.errors import UserError

CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class SecretKind(StrEnum):
    """How a secret is presented to a server."""

    PASSWORD = "password"  # noqa: S105  the name of a kind, not a secret
    BEARER = "bearer"  # an OAuth 2 access token: XOAUTH2, OAUTHBEARER


@dataclass(frozen=True, slots=True)
class Secret:
    """A password or an access token; its text does not show in repr(), logs or tracebacks that print it."""

    value: str = field(repr=False)
    kind: SecretKind = SecretKind.PASSWORD


def bearer_response(mechanism: str, username: str, token: str) -> bytes:
    """The first message of OAUTHBEARER (RFC 7628 s3.1) or of XOAUTH2, as Google and Microsoft have it."""
    if mechanism == "XOAUTH2":
        return f"user={username}\x01auth=Bearer {token}\x01\x01".encode()
    name = username.replace("=", "=3D").replace(",", "=2C")
    return f"n,a={name},\x01auth=Bearer {token}\x01\x01".encode()


def tls_context(ca_file: str | None = None) -> ssl.SSLContext:
    """A context that checks certificate and host name, TLS 1.2 or newer (RFC 8314); UserError if `ca_file` is no use.

    The defaults of imaplib.starttls() and smtplib check nothing: hand this one in, always.
    """
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ssl.SSLError) as trouble:
        raise UserError(
            f"ca_file {ca_file}: cannot be read as certificates ({trouble}). "
            "Name a PEM file, or remove the key to use the system's certificates."
        ) from trouble
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def is_loopback(host: str) -> bool:
    """True for this machine itself, the only place that a connection without TLS may go to."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def has_control(text: str) -> bool:
    """True if the text holds what must never go into a command or header: CR, LF, NUL, other controls, lone surrogates."""
    return CONTROL.search(text) is not None


def back_off(failures: int, jitter: float = 0.5, *, first: float = 5.0, most: float = 900.0) -> float:
    """Seconds to wait after `failures` failures in a row: doubling, capped at `most`, spread by `jitter` (0..1) by a fifth."""
    if failures <= 0:
        return 0.0
    return float(min(most, first * 2.0 ** min(failures - 1, 30))) * (0.8 + 0.4 * jitter)


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
