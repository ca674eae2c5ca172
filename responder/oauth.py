"""The only OAuth 2 client: sign-in by authorisation code (PKCE, loopback) or device code, and refreshing. Keeps nothing on disk.

Who has a place for the refresh token hands it in. Own code: the libraries there are pull in an HTTP library each and
start slowly, and none of them does both ways of signing in; what is left of RFC 6749, 7636, 8252 and 8628 is this page.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import http.server
import json
import math
import secrets
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import parse_qs, urlencode, urlsplit

from responder.errors import TryLater, UserError
from responder.wire import CONTROL, Secret, SecretKind, tls_context

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TIMEOUT: Final = 30.0  # seconds for a request
SIGN_IN_WITHIN: Final = 600.0  # seconds that the user has in the browser
MARGIN: Final = timedelta(seconds=90)  # a token is renewed before it ends, clocks being what they are
SIZE_LIMIT: Final = 200_000  # bytes of an answer
TOKEN_LIMIT: Final = 50_000  # characters
_PAGE: Final = (
    b"<!doctype html><meta charset=utf-8><title>Done</title><p>%s You can close this page and go back to the terminal."
)
_GONE: Final = frozenset({"invalid_grant", "interaction_required", "consent_required", "login_required"})
_PASSING: Final = frozenset({"temporarily_unavailable", "server_error"})
_CLIENT: Final = frozenset({"invalid_client", "unauthorized_client", "invalid_request"})


@dataclass(frozen=True, slots=True)
class Client:
    """The user's own client at a provider; `account` names it in messages. Endpoints are https, or on this machine."""

    account: str
    client_id: str
    token_endpoint: str
    scopes: tuple[str, ...]
    client_secret: str = field(default="", repr=False)
    authorization_endpoint: str = ""
    device_authorization_endpoint: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)  # of the provider's own, for the authorisation request


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token endpoint gave."""

    access_token: str = field(repr=False)
    lifetime: timedelta
    refresh_token: str | None = field(default=None, repr=False)


class TokenStore(Protocol):
    """Where the refresh token lies."""

    def load(self) -> str:
        """The one last stored; UserError or TryLater."""

    def save(self, token: str) -> None:
        """Store durably; UserError or TryLater."""


class Tokens:
    """Access tokens of one account, renewed as they end; safe to share between threads."""

    def __init__(self, client: Client, store: TokenStore) -> None:
        self._client = client
        self._store = store
        self._lock = threading.Lock()
        self._token: str | None = None
        self._until: datetime | None = None
        self._unsaved: str | None = None  # a new refresh token that the store would not take, being locked

    def access(self, now: datetime, refused: Secret | None = None) -> Secret:
        """A token that should hold; not the `refused` one. UserError (sign in anew, mend the client) or TryLater."""
        with self._lock:
            stale = (
                self._token is None
                or self._until is None
                or now >= self._until
                or self._until - now > timedelta(days=2)
            )
            if stale or (refused is not None and refused.value == self._token):
                self._renew(now)
            return Secret(self._token or "", SecretKind.BEARER)

    def _renew(self, now: datetime) -> None:
        if self._unsaved is not None:
            self._save(self._unsaved)
        known = self._store.load()
        try:
            grant = refresh(self._client, known)
        except SignInNeeded:
            fresh = self._store.load()  # another process of this program may have been first, and has the new one
            if fresh == known:
                raise
            known, grant = fresh, refresh(self._client, fresh)
        if grant.refresh_token is not None and grant.refresh_token != known:
            self._save(grant.refresh_token)
        self._token, self._until = grant.access_token, now + max(grant.lifetime - MARGIN, grant.lifetime / 2)

    def _save(self, token: str) -> None:
        """Before anything is done with what came with it: the old one may be worthless already."""
        self._unsaved = token
        self._store.save(token)
        self._unsaved = None


class SignInNeeded(UserError):  # noqa: N818  says what is the case
    """The sign-in has ended: expired, withdrawn, password changed."""


def refresh(client: Client, refresh_token: str) -> Grant:
    """RFC 6749 s6. SignInNeeded, UserError or TryLater."""
    return _grant(client, {"grant_type": "refresh_token", "refresh_token": refresh_token})


# -- authorisation code


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """A sign-in begun: the address to open, and what its answer is checked and exchanged with."""

    url: str
    redirect_uri: str
    state: str
    verifier: str = field(repr=False)


def begin_code(client: Client, redirect_uri: str) -> CodeRequest:
    """With PKCE (RFC 7636, S256) and a state; UserError where the client has no such way."""
    if not client.authorization_endpoint:
        raise UserError(f"{client.account}: no authorization_endpoint is known; give it in [account.secret] oauth.")
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        **client.extra,
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(client.scopes),
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    joined = "&" if urlsplit(client.authorization_endpoint).query else "?"
    return CodeRequest(f"{client.authorization_endpoint}{joined}{urlencode(asked)}", redirect_uri, state, verifier)


def end_code(client: Client, request: CodeRequest, answer: str) -> Grant:
    """`answer` is the address that the browser was sent back to. UserError where it is another's, or says no."""
    found = {key: values[0] for key, values in parse_qs(urlsplit(answer).query).items()}
    if not hmac.compare_digest(found.get("state", "").encode(), request.state.encode()):
        raise UserError(f"{client.account}: that answer belongs to another sign-in; nothing was stored. Begin anew.")
    if "error" in found or "code" not in found:
        raise UserError(
            f"{client.account}: the sign-in was not granted ({_plain(found.get('error', 'no code'))}). Nothing was stored."
        )
    asked = {"grant_type": "authorization_code", "code": found["code"], "redirect_uri": request.redirect_uri}
    return _whole(client, _grant(client, asked | {"code_verifier": request.verifier}))


def by_code(client: Client, show: Callable[[str], None], within: float = SIGN_IN_WITHIN) -> Grant:
    """The user signs in in a browser on this machine, which comes back to a port of ours on loopback (RFC 8252 s7.3).

    `show` is handed the address to open. TryLater if nobody came back within so many seconds.
    """
    answers: list[str] = []

    class Loopback(http.server.BaseHTTPRequestHandler):
        """Takes the one answer that has our state; others (favicons, other programs) are turned away."""

        timeout = 5

        def do_GET(self) -> None:
            mine = parse_qs(urlsplit(self.path).query).get("state", [""])[0] == request.state
            self.send_response(200 if mine else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            if mine:
                answers.append(self.path)
                self.wfile.write(_PAGE % (b"Signed in." if "code=" in self.path else b"Not signed in."))

        def log_message(self, *_: object) -> None:
            """The code is in the address: nothing of it goes into a log."""

    with http.server.HTTPServer(("127.0.0.1", 0), Loopback) as server:
        request = begin_code(client, f"http://localhost:{server.server_address[1]}")
        show(request.url)
        server.timeout = 0.5
        for _ in range(int(within / server.timeout)):
            server.handle_request()
            if answers:
                return end_code(client, request, answers[0])
    raise TryLater(
        f"{client.account}: nobody signed in within {within / 60:.0f} minutes. Begin anew when you are ready."
    )


# -- device code


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What the user types, and where (RFC 8628 s3.2)."""

    user_code: str
    url: str


def by_device(client: Client, show: Callable[[DeviceCode], None], sleep: Callable[[float], None] = time.sleep) -> Grant:
    """The user signs in on any device; asks until that is done. UserError (refused, expired) or TryLater."""
    if not client.device_authorization_endpoint:
        raise UserError(f"{client.account}: this provider has no sign-in by device code; leave out --device.")
    begun = _post(client, client.device_authorization_endpoint, {"scope": " ".join(client.scopes)})
    if problem := begun.get("error"):
        raise _refused(client, str(problem))
    code, interval = begun.get("device_code"), _seconds(begun.get("interval"), 5)
    show(
        DeviceCode(
            _plain(begun.get("user_code")), _plain(begun.get("verification_uri") or begun.get("verification_url"))
        )
    )
    left = min(_seconds(begun.get("expires_in"), 900), 3600.0)
    while left > 0:
        sleep(interval)
        left -= interval
        asked = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": str(code)}
        answer = _post(client, client.token_endpoint, asked)
        match answer.get("error"):
            case None:
                return _whole(client, _read(client, answer))
            case "authorization_pending":
                continue
            case "slow_down":
                interval += 5
            case "access_denied" | "authorization_declined":
                raise UserError(f"{client.account}: the sign-in was not granted. Nothing was stored.")
            case "expired_token" | "code_expired":
                break
            case problem:
                raise _refused(client, str(problem))
    raise TryLater(f"{client.account}: the code has expired. Begin anew when you are ready.")


# -- talking to the provider


def _grant(client: Client, asked: Mapping[str, str]) -> Grant:
    answer = _post(client, client.token_endpoint, asked)
    if problem := answer.get("error"):
        raise _refused(client, str(problem))
    return _read(client, answer)


def _read(client: Client, answer: Mapping[str, Any]) -> Grant:
    access, renewal, scope = answer.get("access_token"), answer.get("refresh_token"), answer.get("scope")
    for token in (access, renewal):
        if token is not None and (not isinstance(token, str) or len(token) > TOKEN_LIMIT or CONTROL.search(token)):
            raise TryLater(f"{client.account}: the provider gave a token that cannot be one.")
    if not access:
        raise TryLater(f"{client.account}: the provider gave no access token.")
    if isinstance(scope, str):  # told where it is not what was asked for (RFC 6749 s5.1)
        granted = set(scope.replace(",", " ").split())
        lacking = [one for one in client.scopes if one not in granted and one != "offline_access"]
        if lacking:
            raise UserError(
                f"{client.account}: the sign-in does not cover mail: the scope {lacking[0]} is missing. Let your client "
                f"have it, sign in anew with `responder login {client.account}`, and tick every box."
            )
    return Grant(access, timedelta(seconds=_seconds(answer.get("expires_in"), 3600)), renewal)


def _whole(client: Client, grant: Grant) -> Grant:
    """The grant of a sign-in must last."""
    if not grant.refresh_token:
        raise UserError(
            f"{client.account}: the provider gave no refresh token, so the sign-in would end within the hour. "
            "Ask for offline access: the scopes in [account.secret] oauth, or the client's settings."
        )
    return grant


def _refused(client: Client, problem: str) -> Exception:
    """What the `error` of RFC 6749 s5.2 means for the user."""
    name, code = client.account, _plain(problem)
    if problem in _GONE:
        return SignInNeeded(
            f"{name}: the sign-in has expired or was withdrawn ({code}). Sign in anew with: responder login {name}"
        )
    if problem in _PASSING:
        return TryLater(f"{name}: the provider cannot give tokens just now ({code}).")
    if problem == "invalid_scope":
        return UserError(
            f"{name}: the provider does not let this client have the scope for mail ({code}). Let it, on the provider's "
            f"page of your client, then sign in anew with: responder login {name}"
        )
    if problem in _CLIENT:
        return UserError(
            f"{name}: the provider does not accept this OAuth client ({code}). Check client_id and client_secret in "
            "[account.secret] oauth."
        )
    return UserError(
        f"{name}: the provider gives no token ({code}). Check [account.secret] oauth, then sign in anew with: responder login {name}"
    )


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A token endpoint that sends us elsewhere is none."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _post(client: Client, url: str, asked: Mapping[str, str]) -> dict[str, Any]:
    """The JSON object that came back, an error's too. TryLater where there was none."""
    form = {**asked, "client_id": client.client_id}
    if client.client_secret:
        form["client_secret"] = client.client_secret
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    request = urllib.request.Request(url, urlencode(form).encode(), headers)  # noqa: S310  config takes https only
    where = urlsplit(url).hostname
    try:
        opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=tls_context()), _NoRedirect())
        with opener.open(request, timeout=TIMEOUT) as answer:
            raw = answer.read(SIZE_LIMIT)
    except urllib.error.HTTPError as refused:
        if refused.code == 429 or refused.code >= 500:
            raise TryLater(f"{client.account}: {where} gives no tokens just now (HTTP {refused.code}).") from None
        raw = refused.read(SIZE_LIMIT)
    except (OSError, http.client.HTTPException) as trouble:
        raise TryLater(f"{client.account}: {where} cannot be reached for tokens ({type(trouble).__name__}).") from None
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise TryLater(f"{client.account}: {where} gave an answer about tokens that could not be understood.")
    return found


def _seconds(value: object, default: float) -> float:
    """A number of seconds within reason; `default` where it is none."""
    try:
        seconds = float(str(value))
    except ValueError:
        return default
    return min(max(seconds, 1.0), 10_000_000.0) if math.isfinite(seconds) else default


def _plain(value: object) -> str:
    """A provider's word, fit for a terminal."""
    return "".join(char for char in str(value or "") if char.isprintable())[:200]
