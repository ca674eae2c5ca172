"""The mail domain's own autoconfig file (draft-ietf-mailmaint-autoconfig): fetched over HTTPS only, read as a stranger's XML."""

from __future__ import annotations

import http.client
import re
import ssl
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from responder.accounts.providers import Endpoint, Login

if TYPE_CHECKING:
    from collections.abc import Sequence

ADDRESSES: Final = (
    "https://autoconfig.{domain}/mail/config-v1.1.xml?emailaddress={address}",
    "https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml",
)
SIZE_LIMIT: Final = 65_536  # bytes; those of real providers have a few thousand
TIMEOUT: Final = 5.0  # seconds for each step of a request
_SECURITY: Final = {"SSL": "tls", "STARTTLS": "starttls"}
HOST: Final = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)


class _HttpsOnly(urllib.request.HTTPRedirectHandler):
    """Follows a redirect to https only: anybody on the way could answer the other."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if not newurl.lower().startswith("https://"):
            raise urllib.error.URLError("a redirect that leaves HTTPS")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(url: str, context: ssl.SSLContext | None = None) -> bytes | None:
    """The file at an https address, or None: not there, too large, or no certificate that holds."""
    if not url.startswith("https://"):
        return None
    handlers = (urllib.request.HTTPSHandler(context=context or ssl.create_default_context()), _HttpsOnly())
    try:
        with urllib.request.build_opener(*handlers).open(url, timeout=TIMEOUT) as answer:
            raw: bytes = answer.read(SIZE_LIMIT + 1)
    except (OSError, ValueError, http.client.HTTPException):
        return None
    return raw if len(raw) <= SIZE_LIMIT else None


def addresses(address: str, templates: Sequence[str] = ADDRESSES) -> list[str]:
    """Where the file of an address's domain may lie."""
    domain = address.rpartition("@")[2]
    return [template.format(domain=domain, address=quote(address)) for template in templates]


def read(raw: bytes, address: str) -> tuple[Endpoint, Endpoint | None] | None:
    """(IMAP, SMTP or None) as the file says, servers with TLS only; None where it names no IMAP server that can be used."""
    from defusedxml import DefusedXmlException, ElementTree

    if len(raw) > SIZE_LIMIT:
        return None
    try:
        root = ElementTree.fromstring(raw)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError):
        return None
    imap = _first(root, "incomingServer", "imap", address)
    return (imap, _first(root, "outgoingServer", "smtp", address)) if imap else None


def _first(root: Any, tag: str, kind: str, address: str) -> Endpoint | None:
    """The first server with implicit TLS, else the first with STARTTLS (RFC 8314)."""
    found = [
        endpoint
        for server in root.iter(tag)
        if server.get("type") == kind and (endpoint := _endpoint(server, address)) is not None
    ]
    return next((one for one in found if one.security == "tls"), found[0] if found else None)


def _endpoint(server: Any, address: str) -> Endpoint | None:
    local, _, domain = address.rpartition("@")

    def text(tag: str) -> str:
        return (server.findtext(tag) or "").strip()

    host = text("hostname").replace("%EMAILDOMAIN%", domain).lower()
    security, port = _SECURITY.get(text("socketType")), text("port")
    if (
        security is None
        or not HOST.fullmatch(host)
        or not re.fullmatch(r"[0-9]{1,5}", port)
        or not 0 < int(port) < 65536
    ):
        return None
    login = text("username") or "%EMAILADDRESS%"
    known = {"%EMAILADDRESS%": Login.ADDRESS, "%EMAILLOCALPART%": Login.LOCALPART}
    if login not in known:
        login = login.replace("%EMAILADDRESS%", address).replace("%EMAILLOCALPART%", local)
        login = login.replace("%EMAILDOMAIN%", domain)
        if not login.isprintable() or len(login) > 320:
            return None
    return Endpoint(host, int(port), "tls" if security == "tls" else "starttls", known.get(login, login))
