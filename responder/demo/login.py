"""LOGIN and AUTHENTICATE (RFC 3501 s6.2, RFC 4616, RFC 7628, Google's XOAUTH2): who may see which account. Opens no socket."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from typing import TYPE_CHECKING, Final, TypeAlias

from responder.demo.parser import Bad, No

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from responder.demo.store import Account

TokenCheck: TypeAlias = "Callable[[str, str], bool]"  # (user, access token) -> whether it is good

REFUSED: Final = "[AUTHENTICATIONFAILED] User or password is wrong."
TOKEN_REFUSED: Final = base64.b64encode(b'{"status":"400","schemes":"Bearer","scope":"https://mail.example/"}')


def by_password(users: Mapping[str, Account], user: str, password: str) -> Account:
    """The account. Raises No."""
    account = users.get(user)
    if account is None or not hmac.compare_digest(account.password.encode(), password.encode()):
        raise No(REFUSED)
    return account


def plain(response: bytes) -> tuple[str, str]:
    """User and password of a PLAIN response (RFC 4616), base64 as it came."""
    fields = _decoded(response).split("\0")
    if len(fields) != 3:
        raise Bad("not a PLAIN response")
    return fields[1], fields[2]


def bearer(mechanism: str, response: bytes) -> tuple[str, str]:
    """User and token of an XOAUTH2 or OAUTHBEARER response, base64 as it came."""
    text = _decoded(response)
    user = re.search(r"user=([^\x01]*)\x01" if mechanism == "XOAUTH2" else r"\An,a=([^,]*),\x01", text)
    token = re.search(r"auth=Bearer ([^\x01]*)\x01", text)
    if not user or not token:
        raise Bad(f"not an {mechanism} response")
    return user[1], token[1]


def _decoded(response: bytes) -> str:
    try:
        return base64.b64decode(response, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Bad("not base64") from error
