"""What the server or the network said, as errors by what happens next. Pure, but for reading exceptions.

imapclient leaks four families: its own (= imaplib's), imaplib.abort, OSError (time-outs, TLS), and ValueError and its
like from parsing; a broken answer may raise nearly anything from there.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from typing import Final

from imapclient.exceptions import InvalidCriteriaError, ProtocolError

from responder.errors import LoginRefused, OutcomeUnknown, Refused, TryLater, UserError

# RFC 5530 codes and words seen at providers (Exchange, Gmail, Dovecot) for what passes by itself.
_PASSING: Final = re.compile(
    r"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG|OVERQUOTA|THROTTLED|CONTACTADMIN)\b|too many (simultaneous )?(connections|login|request)"
    r"|authenticated but not connected|maximum number of connections|try (again )?later|temporar|rate.?limit|server (is )?(busy|unavailable)"
    r"|quota exceeded|over ?quota|internal error|timeout|timed out|throttl",
    re.IGNORECASE,
)
_FULL: Final = re.compile(r"\[OVERQUOTA|over ?quota|quota exceeded", re.IGNORECASE)
_HINTS: Final = (
    (
        re.compile(
            r"application.specific password|app(lication)?.?password|two.?factor|2.?step|WEBALERT", re.IGNORECASE
        ),
        "The provider wants an app password here, not the password of the web page: make one in the account's security settings",
    ),
    (
        re.compile(
            r"imap.{0,30}(disabled|not enabled|is off|access denied)|enable imap|not enabled for imap", re.IGNORECASE
        ),
        "IMAP is switched off for this account: switch it on in the settings of the provider's web page",
    ),
    (
        re.compile(r"basic auth|modern auth|oauth|LOGINDISABLED|unsupported.*mechanism", re.IGNORECASE),
        "The provider takes no password here: an OAuth token or an app password is needed",
    ),
)
_NO_LITERAL: Final = "while waiting for continuation response"  # imapclient's words for a NO or BAD in place of "+"
_UNPRINTABLE: Final = re.compile(r"[^\x20-\x7e\u00a0-\u024f]+")


def said(text: object) -> str:
    """What the server said, fit for a message: one line, no control characters, at most 200 characters."""
    raw = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    raw = re.sub(r"\Ab(['\"])(.*)\1\Z", r"\2", raw, flags=re.DOTALL)  # imapclient makes a str of imaplib's bytes
    return _UNPRINTABLE.sub(" ", raw).strip()[:200]


def is_passing(text: str) -> bool:
    """True for a NO, BAD or BYE that is about the moment (limits, quota, a server in trouble), not about the request."""
    return _PASSING.search(text) is not None


def translate(trouble: BaseException, what: str, where: str) -> Exception:
    """The error to raise for what imapclient, imaplib or the socket raised while doing `what` at `where`."""
    place = f"{where}, {what}"
    match trouble:
        case UserError() | TryLater() | Refused() | OutcomeUnknown():
            return trouble
        case imaplib.IMAP4.readonly():
            return Refused(f"{place}: the folder can only be read")
        case imaplib.IMAP4.abort() if _NO_LITERAL in str(trouble):  # the connection lives (RFC 3501 s7.5)
            return refusal(f"search failed: {said(trouble)}", place)
        case imaplib.IMAP4.abort():
            return TryLater(f"{place}: the connection was lost ({said(trouble)})")
        case ProtocolError():
            return TryLater(f"{place}: an answer that could not be understood")
        case InvalidCriteriaError():  # imapclient's word for a BAD to SEARCH
            return refusal(f"search failed: {said(trouble)}", place)
        case imaplib.IMAP4.error():
            return refusal(said(trouble), place)
        case TimeoutError():
            return TryLater(f"{place}: no answer in time")
        case OSError():
            return TryLater(f"{place}: the connection failed ({said(trouble)})")
        case _:
            return TryLater(f"{place}: an answer that could not be understood ({type(trouble).__name__})")


def refusal(text: str, place: str) -> Exception:
    """A NO or BAD outside of login."""
    if _FULL.search(text):
        return TryLater(f"{place}: the mailbox is full. Delete something, or ask the provider for more space ({text})")
    if is_passing(text):
        return TryLater(f"{place}: not now, says the server ({text})")
    if "[TRYCREATE]" in text.upper():
        return Refused(f"{place}: there is no such folder. Name an existing one under [account.folders] ({text})")
    if " failed: " in text or "command error: BAD" in text:
        return Refused(f"{place}: refused by the server ({text})")
    return TryLater(f"{place}: trouble with the protocol ({text})")


def login_refusal(trouble: BaseException, where: str, username: str) -> Exception:
    """What a failed LOGIN or AUTHENTICATE means; the text of the secret is in none of it."""
    cause = trouble.__context__ if isinstance(trouble.__context__, imaplib.IMAP4.error) else trouble
    if isinstance(cause, imaplib.IMAP4.abort) or not isinstance(trouble, imaplib.IMAP4.error):
        return translate(cause, "logging in", where)
    text = said(trouble)
    if is_passing(text):
        return TryLater(f"{where}, logging in as {username}: not now, says the server ({text})")
    hint = next(
        (hint for pattern, hint in _HINTS if pattern.search(text)), "Check user name and password: responder login"
    )
    return LoginRefused(f"{where}: the login of {username} was refused ({text}). {hint}.")


def dial_trouble(trouble: BaseException, host: str, port: int) -> Exception:
    """What went wrong before anybody logged in: names, TLS, certificates, greetings."""
    where = f"{host}:{port}"
    match trouble:
        case UserError() | TryLater():
            return trouble
        case socket.gaierror():
            return TryLater(f"{where}: no address is known for this host. Is the name right, is the network up?")
        case ssl.SSLCertVerificationError():
            reason = said(trouble.verify_message or trouble)
            return UserError(
                f"{where}: the certificate is not good for {host}: {reason}. Nothing was sent. "
                "Check the host name; for a server with a certificate of its own name its CA in ca_file."
            )
        case ssl.SSLError() if trouble.reason in _WRONG_TLS:
            return UserError(
                f"{where}: no TLS 1.2 or newer there ({said(trouble.reason)}). "
                'Usual are port 993 with security = "tls" and port 143 with "starttls".'
            )
        case ConnectionRefusedError():
            return TryLater(f"{where}: nobody answers there (connection refused). Is the port right, is the server up?")
        case _:
            return translate(trouble, "connecting", where)


_WRONG_TLS: Final = frozenset(
    {
        "WRONG_VERSION_NUMBER",
        "UNSUPPORTED_PROTOCOL",
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "HTTP_REQUEST",
        "RECORD_LAYER_FAILURE",
    }
)
