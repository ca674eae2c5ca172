"""The models of the configuration: keys, defaults, what is allowed, and a sentence on each. Reads no file but the provider presets.

A field's `description` is its documentation: it goes into the shipped JSON Schema, and a test holds config.example.toml to it.
"""

from __future__ import annotations

import difflib
import tomllib
from datetime import timedelta
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic.json_schema import SkipJsonSchema

from responder.config.values import (
    Duration,
    DurationOrNever,
    Hours,
    Language,
    Line,
    MailAddress,
    OptionalPath,
    Port,
    Security,
    StateFolder,
    Url,
    state_folder,
)
from responder.errors import UserError
from responder.life.window import Window
from responder.wire import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterable


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Owner(_Section):
    """[me]: the user, as letters are signed."""

    name: Line = Field(min_length=1, description="As letters are signed.")
    phone: Line = Field(default="", description="In the signature; optional.")
    signature: str = Field(default="", description="Replaces the default signature; may have several lines.")
    aliases: tuple[MailAddress, ...] = Field(default=(), strict=False, description="Other addresses that are mine.")


class Server(_Section):
    """One mail server, as [account.imap] or [account.smtp] names it."""

    host: Line = Field(min_length=1, description="The server's name, as its certificate has it.")
    port: Port = Field(default=993, description="IMAP: 993 (tls) or 143 (starttls). SMTP: 465 (tls) or 587 (starttls).")
    security: Security = Field(default="tls", description='"tls", "starttls", or "none" (on this machine only).')
    username: Line = Field(default="", description="The account's address where empty.")
    ca_file: OptionalPath = Field(
        default=None,
        description="PEM file with the authority that signed the server's certificate; the system's where empty.",
    )

    @field_validator("security")
    @classmethod
    def _plain_text_stays_here(cls, security: str, info: ValidationInfo) -> str:
        if security == "none" and not is_loopback(info.data.get("host", "localhost")):
            raise ValueError(
                '"none" would send the password unprotected and is allowed for this machine (localhost) only; use "tls" or "starttls"'
            )
        return security


class SmtpServer(Server):
    """[account.smtp]: only for release.action = "send-starred" or "send"."""

    port: Port = Field(default=465, description="465 (tls) or 587 (starttls).")


class Oauth(_Section):
    """Sign-in by OAuth 2 with the user's own client (RFC 6749, RFC 8628); a preset fills the endpoints and scopes in."""

    client_id: Line = Field(min_length=1, description="The id of your own OAuth client.")
    client_secret: Line = Field(
        default="",
        repr=False,
        description="Its secret, where the provider gives one; the file must then be readable by you alone.",
    )
    token_file: OptionalPath = Field(
        default=None, description="A file for the refresh token, which the program writes; the keyring where empty."
    )
    authorization_endpoint: Url = Field(default="", description="Where one signs in; a preset fills it in.")
    token_endpoint: Url = Field(default="", description="Where tokens are had; a preset fills it in.")
    device_authorization_endpoint: Url = Field(default="", description="For signing in by code on another device.")
    scopes: tuple[Line, ...] = Field(default=(), strict=False, description="What is asked for; a preset fills it in.")


class SecretSource(_Section):
    """[account.secret]: where the password comes from; with nothing given, the system keyring."""

    command: tuple[str, ...] = Field(
        default=(),
        strict=False,
        description="A program and its arguments; the first line that it prints is the password.",
    )
    file: OptionalPath = Field(
        default=None, description="A file that only you can read; its first line is the password."
    )
    env: Line = Field(default="", description="An environment variable.")
    token_command: tuple[str, ...] = Field(
        default=(),
        strict=False,
        description="A program and its arguments; the first line that it prints is an OAuth access token.",
    )
    oauth: Oauth | SkipJsonSchema[None] = Field(default=None, description="Sign-in by OAuth 2 instead of a password.")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [name for name in ("command", "file", "env", "token_command", "oauth") if getattr(self, name)]
        if len(given) > 1:
            raise ValueError(
                f"has {' and '.join(given)}; only one of command, file, env, token_command and oauth is allowed"
            )
        if self.oauth and not self.oauth.token_endpoint:
            raise ValueError(
                "oauth needs token_endpoint, authorization_endpoint and scopes; no preset fills them in here"
            )
        return self


class Folders(_Section):
    """[account.folders]: found by special use (RFC 6154); set only to override."""

    watch: tuple[Line, ...] = Field(
        default=("INBOX",), strict=False, min_length=1, description="Where rejections arrive."
    )
    drafts: Line = Field(default="", description="Found by special use where empty.")
    sent: Line = Field(default="", description="Found by special use where empty.")
    trash: Line = Field(default="", description="Found by special use where empty.")
    history: tuple[Line, ...] = Field(
        default=(),
        strict=False,
        description="Where earlier mail with a company is looked for; empty = All Mail, else INBOX, Archive and Sent.",
    )


class Account(_Section):
    """[[account]]: one mailbox."""

    # the preset fills [account.imap] in before the models look, which no schema can tell
    model_config = ConfigDict(json_schema_extra=lambda schema: schema["required"].remove("imap"))

    name: Line = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
        description="What commands and messages call it; the keyring's entry has this name.",
    )
    address: MailAddress = Field(description="The address that drafts come from.")
    provider: Line = Field(
        default="", description='A preset such as "gmail", "icloud" or "fastmail"; or fill in [account.imap].'
    )
    imap: Server = Field(description="The server to read from and file into; a preset fills it in.")
    smtp: SmtpServer | SkipJsonSchema[None] = Field(
        default=None, description='Only for release.action = "send-starred" or "send"; a preset fills it in.'
    )
    secret: SecretSource = Field(default_factory=SecretSource, description="The system keyring where nothing is given.")
    folders: Folders = Field(default_factory=Folders, description="Found by special use; set only to override.")

    @field_validator("provider")
    @classmethod
    def _known_provider(cls, name: str) -> str:
        if name and name not in presets():
            raise ValueError(
                f"{name!r} is not known. {nearest(name, presets())}Allowed are {', '.join(sorted(presets()))}"
            )
        return name

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, given: Any) -> Any:
        return with_preset(given) if isinstance(given, dict) else given


class Watch(_Section):
    """[watch]: how mailboxes are watched."""

    poll: Duration = Field(
        default=timedelta(minutes=5),
        ge=timedelta(seconds=1),
        description="How often to look where the server does not tell by itself.",
    )
    idle: bool = Field(default=True, description="Let the server tell of new mail (IDLE) where it can.")
    lookback: Duration = Field(default=timedelta(days=5), description="Older rejections are noticed, not answered.")


class Cooldown(_Section):
    """[cooldown]: how long a draft is held."""

    period: Duration = Field(
        default=timedelta(hours=24),
        description="From the arrival of the rejection; at least 4h from the filing of the draft.",
    )
    file: Literal["at-once", "at-end"] = Field(
        default="at-once",
        description='When the draft appears in Drafts: "at-once", or "at-end" (out of sight until then).',
    )
    expires: DurationOrNever = Field(
        default=timedelta(days=14),
        description='A ready draft that nobody touched goes to Trash after this; "" = never.',
    )


class Release(_Section):
    """[release]: what happens when a hold ends."""

    action: Literal["remind", "send-starred", "send"] = Field(
        default="remind",
        description='"remind" sends nothing; "send-starred" sends drafts that you have starred; "send" sends by itself.',
    )
    window: Hours = Field(
        default_factory=lambda: Window.parse("mon-fri 09:00-17:00"),
        description="When the two sending actions may send.",
        json_schema_extra={"default": "mon-fri 09:00-17:00"},
    )
    timezone: Line = Field(default="", description='Such as "Europe/Berlin"; the system\'s where empty.')
    max_per_day: int = Field(default=2, ge=0, le=100, description="For the two sending actions.")
    trusted_authserv_ids: tuple[Line, ...] = Field(
        default=(), strict=False, description='Whose Authentication-Results are believed, for "send".'
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            return name if not name else ZoneInfo(name).key
        except (KeyError, OSError, ValueError) as error:  # ZoneInfoNotFoundError is a KeyError
            raise ValueError(
                f'{name!r} is no time zone; allowed are names such as "Europe/Berlin", or "" for the system\'s'
            ) from error


class Letters(_Section):
    """[letters]: what is written, and when."""

    templates: OptionalPath = Field(
        default=None, description="The folder with your own templates; what is not there comes from the package."
    )
    language: Language = Field(default="auto", description='"auto", or the code of one language for all letters.')
    application: Literal["if-signed", "always", "never"] = Field(
        default="if-signed",
        description='After a paper application only: "if-signed" (a person signed and can be reached), "always" (anybody can be reached), "never".',
    )
    when_unreachable: Literal["skip", "draft", "draft-if-met"] = Field(
        default="draft-if-met",
        description='Nobody can be reached: "skip", "draft" (without a recipient), or "draft-if-met": only where people were met.',
    )


class Notify(_Section):
    """[notify]: how the user hears of it."""

    inbox: bool = Field(default=True, description="File a short note into INBOX when drafts are ready or need you.")
    hours: Hours = Field(
        default_factory=lambda: Window.parse("08:00-21:00"),
        description="When it may; at most one a day.",
        json_schema_extra={"default": "08:00-21:00"},
    )
    desktop: bool = Field(default=True, description="Show a desktop notification as well, where there is a desktop.")
    language: Language = Field(default="auto", description="Of the note.")


class Keep(_Section):
    """[keep]: how long what is over stays in the state folder."""

    letters: Duration = Field(
        default=timedelta(days=180),
        ge=timedelta(days=1),
        description="The text of a rejection and of its letter, after its end.",
        json_schema_extra={"default": "180d"},
    )
    rejections: Duration = Field(
        default=timedelta(days=730),
        ge=timedelta(days=1),
        description="All else that is stored about it; never shorter than the letters.",
        json_schema_extra={"default": "730d"},
    )


class Company(_Section):
    """[[company]]: what impressed the user about a company."""

    name: Line = Field(min_length=1, description="The company, as its mails name it.")
    aliases: tuple[Line, ...] = Field(default=(), strict=False, description="Other names of it.")
    impressed_by: Line = Field(default="", description="Completes a sentence like: I was impressed by ...")


class Config(_Section):
    """The whole file, checked. Attribute names are the TOML keys, but `accounts` ([[account]]) and `companies` ([[company]])."""

    state_dir: StateFolder = Field(
        default_factory=state_folder,
        description="Where the program keeps its state; the platform's user state folder where empty.",
        json_schema_extra={"default": ""},
    )
    me: Owner
    accounts: tuple[Account, ...] = Field(alias="account", strict=False, description="One for each mailbox.")
    watch: Watch = Field(default_factory=Watch, description="How mailboxes are watched.")
    cooldown: Cooldown = Field(default_factory=Cooldown, description="How long a draft is held.")
    release: Release = Field(default_factory=Release, description="What happens when a hold ends.")
    letters: Letters = Field(default_factory=Letters, description="What is written, and when.")
    notify: Notify = Field(default_factory=Notify, description="How you hear of it.")
    keep: Keep = Field(default_factory=Keep, description="How long what is over is kept.")
    companies: tuple[Company, ...] = Field(
        default=(), alias="company", strict=False, description="What impressed you about a company."
    )

    @property
    def addresses(self) -> frozenset[str]:
        """Every address that is the user's, lower-case."""
        return frozenset(
            address.lower() for address in (*self.me.aliases, *(account.address for account in self.accounts))
        )

    def account(self, name: str) -> Account:
        """The account of that name; UserError with the names that there are."""
        for account in self.accounts:
            if account.name == name:
                return account
        raise UserError(
            f"There is no account {name!r}; there are: {', '.join(account.name for account in self.accounts)}."
        )


@cache
def presets() -> dict[str, dict[str, Any]]:
    """The providers that the program knows (knowledge/providers.toml), by name."""
    text = resources.files("responder").joinpath("knowledge", "providers.toml").read_text("utf-8")
    providers: dict[str, dict[str, Any]] = tomllib.loads(text)["provider"]
    return providers


def with_preset(given: dict[str, Any]) -> dict[str, Any]:
    """The [[account]] table with what its provider's preset knows, and with user names filled in."""
    account = dict(given)
    address = account.get("address")
    preset = presets().get(str(account.get("provider")), {})
    for kind in ("imap", "smtp"):
        known = preset.get(kind)
        server = account.get(kind, known)
        if isinstance(server, dict) and isinstance(address, str):
            login = address.partition("@")[0] if preset.get(f"login_{kind}") == "localpart" else address
            account[kind] = {**(known or {}), **server, "username": server.get("username") or login}
    secret = account.get("secret")
    if isinstance(secret, dict) and isinstance(secret.get("oauth"), dict):
        known = {key: value for key, value in preset.get("oauth2", {}).items() if key in Oauth.model_fields}
        account["secret"] = {**secret, "oauth": {**known, **secret["oauth"]}}
    return account


def nearest(word: str, known: Iterable[str]) -> str:
    """ "Did you mean ...? " for a misspelt word, or nothing."""
    close = difflib.get_close_matches(word, list(known), 1, 0.6)
    return f"Did you mean {close[0]}? " if close else ""
