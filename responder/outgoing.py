"""The only SMTP: hands one letter to the user's own submission server, once. Never tries again by itself; decides nothing.

Three different ends: accepted (returns), refused for good (Refused) or for now (TryLater), and unknown (OutcomeUnknown).
"""

from __future__ import annotations

import re
import smtplib
import ssl
from base64 import b64encode
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import SMTP as SMTP_POLICY
from typing import TYPE_CHECKING, Literal

from responder.errors import LoginRefused, OutcomeUnknown, Refused, TryLater, UserError
from responder.wire import Secret, SecretKind, bearer_response, has_control, is_loopback, tls_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Server:
    """Where an account's submission server is (RFC 6409); `timeout` in seconds for each answer."""

    host: str
    port: int
    security: Literal["tls", "starttls", "none"]
    username: str
    ca_file: str | None = None
    timeout: float = 60.0


def send(server: Server, secret: Secret, sender: str, recipient: str, raw: bytes) -> None:
    """Hand over one mail to exactly one recipient; returns only after the server's final 250.

    Refused: a 5xx to this mail. TryLater: nothing was handed over. OutcomeUnknown: the connection was lost between the
    first byte of the mail and the final answer. LoginRefused and UserError as everywhere.
    """
    _check(sender, recipient, raw)
    with _connected(server, secret) as smtp:
        _expect(smtp, lambda: smtp.docmd("MAIL", f"FROM:<{sender}>"), "the sender")
        _expect(smtp, lambda: smtp.docmd("RCPT", f"TO:<{recipient}>"), "the recipient")
        _expect(smtp, lambda: smtp.docmd("DATA"), "the mail", good=354)
        _hand_over(smtp, raw)
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()


def check(server: Server, secret: Secret) -> None:
    """Connect and log in, and no more; raises as send() does."""
    with _connected(server, secret) as smtp, suppress(smtplib.SMTPException, OSError):
        smtp.quit()


def _check(sender: str, recipient: str, raw: bytes) -> None:
    """The recipients in the headers are exactly the intended one; anything else is a bug or an attack."""
    if any(
        has_control(address) or not re.fullmatch(r"[^\s<>@]+@[^\s<>@]+", address) for address in (sender, recipient)
    ):
        raise Refused("an address that cannot stand in a command")
    if not (sender.isascii() and recipient.isascii() and raw.isascii()):
        raise Refused("the mail needs an extension (SMTPUTF8, 8BITMIME) that not every server has")
    message = message_from_bytes(raw, policy=SMTP_POLICY)
    to = [address.addr_spec for header in message.get_all("To", []) for address in header.addresses]
    if [address.lower() for address in to] != [recipient.lower()] or message.get_all("Cc") or message.get_all("Bcc"):
        raise Refused("the recipients in the mail's headers are not the intended one")


@contextmanager
def _connected(server: Server, secret: Secret) -> Iterator[smtplib.SMTP]:
    if server.security == "none" and not is_loopback(server.host):
        raise UserError(f'{server.host}: mail is not sent without TLS; set security to "tls" or "starttls"')
    context = tls_context(server.ca_file)
    smtp = _dial(server, context)
    try:
        _log_in(smtp, server, secret)
        yield smtp
    finally:
        smtp.close()


def _dial(server: Server, context: ssl.SSLContext) -> smtplib.SMTP:
    where = f"{server.host}:{server.port}"
    try:
        if server.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout, context=context)
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
        smtp.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            if not smtp.has_extn("starttls"):
                smtp.close()
                raise UserError(
                    f"{where}: the server offers no STARTTLS; somebody may be stripping it. Nothing is sent without TLS: "
                    'try security = "tls" with port 465, or another network'
                )
            smtp.starttls(context=context)
            smtp.ehlo()  # what was said before TLS does not count (RFC 3207 s4.2)
    except ssl.SSLCertVerificationError as error:
        raise UserError(
            f"{where}: the certificate cannot be trusted ({error.verify_message}); check the host name, or ca_file"
        ) from error
    except (smtplib.SMTPException, OSError) as error:
        raise TryLater(f"{where}: cannot connect for sending ({type(error).__name__})") from error
    return smtp


def _log_in(smtp: smtplib.SMTP, server: Server, secret: Secret) -> None:
    where = f"{server.host}:{server.port}"
    try:
        if not smtp.has_extn("auth"):
            if is_loopback(server.host):
                return
            raise UserError(f"{where}: the server takes no login; use its submission port (465 or 587)")
        if secret.kind is SecretKind.BEARER:
            _log_in_by_token(smtp, server.username, secret.value)
        else:
            _log_in_once(smtp, server.username, secret.value)
    except smtplib.SMTPAuthenticationError as error:
        if 400 <= error.smtp_code < 500:
            raise TryLater(f"{where}: the server cannot check logins now ({error.smtp_code})") from None
        hint = (
            "; Microsoft no longer takes passwords here, OAuth is needed"
            if b"5.7.30" in _bytes(error.smtp_error)
            else ""
        )
        raise LoginRefused(f"{where}: the server refused the login for sending ({error.smtp_code}){hint}") from None
    except smtplib.SMTPServerDisconnected as error:
        raise TryLater(f"{where}: the connection was lost at the login") from error
    except (smtplib.SMTPException, UnicodeError) as error:  # a token that was pasted with something else in it
        raise LoginRefused(f"{where}: no way to log in that both sides know ({type(error).__name__})") from None


def _log_in_by_token(smtp: smtplib.SMTP, username: str, token: str) -> None:
    """OAUTHBEARER where it is offered, else XOAUTH2; the second answer is the dummy that ends a failure."""
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    mechanism, dummy = ("OAUTHBEARER", "\1") if "OAUTHBEARER" in offered else ("XOAUTH2", "")
    first = bearer_response(mechanism, username, token).decode()
    smtp.user = username
    smtp.auth(mechanism, lambda challenge=None: first if challenge is None else dummy)


def _log_in_once(smtp: smtplib.SMTP, username: str, password: str) -> None:
    """One mechanism, one try: smtplib's login() goes through all, and servers cut the connection or lock the account."""
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    ways = (("PLAIN", smtp.auth_plain), ("LOGIN", smtp.auth_login), ("CRAM-MD5", smtp.auth_cram_md5))
    if not (username + password).isascii():
        _log_in_in_utf8(smtp, username, password, offered)
        return
    smtp.user, smtp.password = username, password
    for name, way in ways:
        if name in offered:
            smtp.auth(name, way)
            return
    raise smtplib.SMTPNotSupportedError("no mechanism in common")


def _log_in_in_utf8(smtp: smtplib.SMTP, username: str, password: str, offered: Sequence[str]) -> None:
    """Only PLAIN carries more than ASCII (RFC 4616 s2), and smtplib breaks off at it."""
    if "PLAIN" not in offered:
        raise smtplib.SMTPNotSupportedError("no mechanism in common")
    code, answer = smtp.docmd("AUTH", "PLAIN " + b64encode(f"\0{username}\0{password}".encode()).decode())
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, answer)


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "replace")


def _expect(smtp: smtplib.SMTP, command: Callable[[], tuple[int, bytes]], what: str, good: int = 250) -> None:
    """Nothing of the mail has been handed over yet: a loss is harmless."""
    try:
        code, answer = command()
    except (smtplib.SMTPException, OSError) as error:
        raise TryLater(f"the connection was lost before the mail was handed over ({type(error).__name__})") from error
    if code == good or (good == 250 and code == 251):
        return
    if not 400 <= code < 600:
        raise TryLater(f"the server's answer about {what} makes no sense ({code}); nothing was handed over")
    with suppress(smtplib.SMTPException, OSError):
        smtp.rset()
    _refuse(code, answer, what)


def _hand_over(smtp: smtplib.SMTP, raw: bytes) -> None:
    """From here on a lost connection says nothing about what the server did (RFC 5321 s6.1)."""
    text = re.sub(rb"\r\n|\r|\n", b"\r\n", raw)
    if not text.endswith(b"\r\n"):
        text += b"\r\n"
    try:
        smtp.send(re.sub(rb"(?m)^\.", b"..", text) + b".\r\n")
        code, answer = smtp.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise OutcomeUnknown(
            "the connection was lost while the letter was handed over; it may or may not have gone out"
        ) from error
    if code != 250:
        if not 400 <= code < 600:
            raise OutcomeUnknown(
                f"the server's last answer makes no sense ({code}); the letter may or may not have gone out"
            )
        _refuse(code, answer, "the mail")


def _refuse(code: int, answer: bytes, what: str) -> None:
    words = re.sub(r"[^\x20-\x7e]+", " ", answer.decode("ascii", "replace"))[:200]
    if 400 <= code < 500:
        raise TryLater(f"the server does not take {what} now ({code} {words})")
    raise Refused(f"the server refused {what} ({code} {words})")
