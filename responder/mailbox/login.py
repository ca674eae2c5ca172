"""Dial, TLS, credentials: from a Server and a Secret to a connection that is logged in. Never logs a secret."""

from __future__ import annotations

import contextlib
import imaplib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from responder.errors import LoginRefused, UserError
from responder.mailbox.stream import Client
from responder.mailbox.trouble import dial_trouble, login_refusal
from responder.wire import SecretKind, bearer_response, has_control, is_loopback, tls_context

if TYPE_CHECKING:
    from collections.abc import Callable

    from responder.clock import Clock
    from responder.wire import Secret


@dataclass(frozen=True, slots=True)
class Server:
    """Where an account's IMAP is. `timeout` in seconds: for dialling and for a short command as a whole."""

    host: str
    port: int
    security: Literal["tls", "starttls", "none"]
    username: str
    ca_file: str | None = None
    timeout: float = 60.0


def log_in(server: Server, secret: Secret, clock: Clock) -> Client:
    """A connection, logged in. UserError (certificate, settings), LoginRefused or TryLater."""
    for name in ("imapclient", "imaplib"):  # at DEBUG they write whole mails, at ERROR still what the server said
        logging.getLogger(name).setLevel(logging.CRITICAL)
    _check(server, secret)
    client = _dial(server, clock)
    try:
        client.wire.allow(server.timeout, 100_000)
        _authenticate(client, server, secret)
        client.capabilities()  # here, under the limits; imapclient remembers them
    except LoginRefused:
        client.wire.shutdown()
        raise
    except Exception as trouble:  # noqa: BLE001  imapclient raises what it likes at a broken answer
        client.wire.shutdown()
        # The traceback below holds the secret in its frames: cut off here.
        raise login_refusal(trouble, server.host, server.username) from None
    return client


def _check(server: Server, secret: Secret) -> None:
    if server.security == "none" and not is_loopback(server.host):
        raise UserError(
            f'{server.host}: security = "none" is for a server on this machine only. Use "tls" or "starttls".'
        )
    if has_control(server.username) or has_control(server.host) or has_control(secret.value):
        raise UserError(
            f"{server.host}: host, user name or secret holds a control character (a line break?). Enter it anew."
        )


def _dial(server: Server, clock: Clock) -> Client:
    context = None if server.security == "none" else tls_context(server.ca_file)
    client = None
    try:
        client = Client(server.host, server.port, context if server.security == "tls" else None, server.timeout, clock)
        _refuse_preauth(client, server)
        if server.security == "starttls":
            _start_tls(client, server, context)
    except Exception as trouble:
        if client is not None:
            client.wire.shutdown()
        raise dial_trouble(trouble, server.host, server.port) from trouble
    return client


def _refuse_preauth(client: Client, server: Server) -> None:
    """Somebody in between keeps us from asking for TLS (CVE-2020-12398), or the session is not ours."""
    if client.wire.state != "NONAUTH":
        raise UserError(
            f"{server.host}:{server.port}: the server claims that we were logged in before we were (PREAUTH). "
            "Nothing was sent."
        )


def _start_tls(client: Client, server: Server, context: object) -> None:
    if not client.has_capability("STARTTLS"):
        raise UserError(
            f"{server.host}:{server.port}: the server offers no STARTTLS, or somebody in between took it away. "
            'Nothing was sent. Usual is port 993 with security = "tls".'
        )
    client.wire.allow(server.timeout, 100_000)
    client.starttls(context)


def _authenticate(client: Client, server: Server, secret: Secret) -> None:
    if secret.kind is SecretKind.BEARER:
        mechanism = "OAUTHBEARER" if client.has_capability("AUTH=OAUTHBEARER") else "XOAUTH2"
        challenges: list[bytes] = []
        try:
            client.sasl_login(mechanism, bearer(mechanism, server.username, secret.value, challenges))
        except imaplib.IMAP4.error as refused:
            if lacks_scope(challenges):
                raise LoginRefused(
                    f"{server.host}: the token does not cover this (the scope for mail is missing). Sign in anew, and "
                    "let the OAuth client have the scope."
                ) from None
            raise refused from None
    elif client.has_capability("AUTH=PLAIN") and (
        client.has_capability("LOGINDISABLED") or not (server.username + secret.value).isascii()
    ):
        client.plain_login(server.username, secret.value)  # LOGIN cannot carry UTF-8 (RFC 3501 6.2.3, RFC 4616)
    else:
        # imaplib quotes the password only: a user name with a space or a backslash would break the command.
        quoted = server.username.replace("\\", "\\\\").replace('"', '\\"')
        client.login(f'"{quoted}"', secret.value)


def bearer(mechanism: str, username: str, token: str, challenges: list[bytes]) -> Callable[[bytes], bytes]:
    """Answers: the token first, then the dummy that ends a failure, whose reason goes into `challenges`."""
    answers = iter([bearer_response(mechanism, username, token), b"\x01" if mechanism == "OAUTHBEARER" else b""])

    def answer(challenge: bytes) -> bytes:
        challenges.append(challenge or b"")
        return next(answers, b"")

    return answer


def lacks_scope(challenges: list[bytes]) -> bool:
    """Whether the server's last challenge says so (RFC 7628 s3.2.2: a JSON object)."""
    return any(b"insufficient_scope" in challenge[:2000] for challenge in challenges)


def log_out(client: Client) -> None:
    """LOGOUT as far as it goes; never raises."""
    with contextlib.suppress(Exception):
        client.wire.allow(2.0, 100_000)
        client.logout()
    client.wire.shutdown()
