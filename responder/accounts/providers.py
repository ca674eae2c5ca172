"""The mail providers that the program knows (knowledge/providers.toml), as values. Pure, but for loading; dials nobody."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from responder import config

if TYPE_CHECKING:
    from collections.abc import Mapping


class Auth(StrEnum):
    """What a provider takes at the login."""

    PASSWORD = "password"  # noqa: S105  the name of a kind, not a secret
    APP_PASSWORD = "app-password"  # noqa: S105  as above
    BRIDGE_PASSWORD = "bridge-password"  # noqa: S105  as above
    OAUTH2 = "oauth2"


class Login(StrEnum):
    """Which user name a server wants."""

    ADDRESS = "address"
    LOCALPART = "localpart"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A mail server; never one without TLS."""

    host: str
    port: int
    security: Literal["tls", "starttls"]
    login: Login | str = Login.ADDRESS  # another text is the user name itself

    def username(self, address: str) -> str:
        """The user name to log in with."""
        match self.login:
            case Login.ADDRESS:
                return address
            case Login.LOCALPART:
                return address.partition("@")[0]
            case _:
                return self.login


@dataclass(frozen=True, slots=True)
class Oauth2:
    """A provider's OAuth endpoints (RFC 8414, RFC 8628), and how the user gets a client of their own."""

    authorization_endpoint: str
    token_endpoint: str
    scopes: tuple[str, ...]
    client_steps: tuple[str, ...]
    device_authorization_endpoint: str = ""
    has_secret: bool = False  # its clients have a secret
    extra: Mapping[str, str] = field(default_factory=dict)  # further parameters of the authorization request


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider; `steps` are what the user does there before the first login, a sentence each."""

    key: str
    name: str
    domains: frozenset[str]
    mx_suffixes: tuple[str, ...]
    imap: Endpoint
    smtp: Endpoint
    auth: tuple[Auth, ...]
    steps: tuple[str, ...]
    note: str = ""
    oauth2: Oauth2 | None = None

    @property
    def only_oauth(self) -> bool:
        """Whether no password of any kind is taken."""
        return self.auth == (Auth.OAUTH2,)


@cache
def providers() -> dict[str, Provider]:
    """All of them, by key."""
    return {key: _provider(key, table) for key, table in config.presets().items()}


def by_domain(domain: str) -> Provider | None:
    """The provider whose own address domain it is."""
    return next((provider for provider in providers().values() if domain.lower() in provider.domains), None)


def by_mx(host: str) -> Provider | None:
    """The provider that a mail exchanger belongs to, by the longest ending that fits (AOL's lies below Yahoo's)."""
    name = "." + host.lower().rstrip(".")
    fitting = (
        (len(suffix), provider)
        for provider in providers().values()
        for suffix in provider.mx_suffixes
        if name.endswith("." + suffix.lstrip("."))
    )
    return max(fitting, key=lambda pair: pair[0], default=(0, None))[1]


def _provider(key: str, table: dict[str, Any]) -> Provider:
    oauth2 = table.get("oauth2")
    return Provider(
        key=key,
        name=table["name"],
        domains=frozenset(table["domains"]),
        mx_suffixes=tuple(table["mx_suffixes"]),
        imap=Endpoint(**table["imap"], login=Login(table["login_imap"])),
        smtp=Endpoint(**table["smtp"], login=Login(table["login_smtp"])),
        auth=tuple(Auth(kind) for kind in table["auth"]),
        steps=tuple(table["steps"]),
        note=table.get("note", ""),
        oauth2=Oauth2(**{**oauth2, "scopes": tuple(oauth2["scopes"]), "client_steps": tuple(oauth2["client_steps"])})
        if oauth2
        else None,
    )
