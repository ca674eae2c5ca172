"""What the set-up does between its questions: what it remembers, the account's table, trying it, writing the file. Asks and prints nothing.

A configuration that exists is never written over; the secret is in none of the files written here.
"""

from __future__ import annotations

import contextlib
import difflib
import json
import os
import tempfile
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from responder import config
from responder.accounts.opening import open_mailbox
from responder.accounts.providers import providers
from responder.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

    from responder.accounts.discovery import Proposal
    from responder.accounts.providers import Endpoint
    from responder.wire import Secret

SIZE_LIMIT: Final = 100_000  # bytes of what was remembered


class Progress:
    """Answers given so far, beside the configuration, so that the set-up can be left and taken up again. Never a secret."""

    def __init__(self, path: Path) -> None:
        self.path = path.with_name(f"{path.name}.setup")
        self.answers: dict[str, Any] = {}
        with contextlib.suppress(OSError, ValueError, RecursionError):
            found = json.loads(self.path.read_bytes()[:SIZE_LIMIT])
            self.answers = found if isinstance(found, dict) else {}

    def get(self, key: str) -> str:
        """An earlier answer, or nothing."""
        found = self.answers.get(key, "")
        return found if isinstance(found, str) else ""

    def keep(self, **answers: Any) -> None:
        """Remember before going on; UserError where the folder cannot be written."""
        self.answers |= answers
        _replace(self.path, json.dumps(self.answers))

    def end(self) -> None:
        """All is done."""
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Plan:
    """One account to be set up. `secret` is the table of [account.secret]; empty = the keyring."""

    address: str
    name: str  # of the user
    account: str  # what commands call it
    provider: str = ""
    imap: Endpoint | None = None
    smtp: Endpoint | None = None
    username: str = ""  # where it is not what address and provider tell
    ca_file: str = ""
    secret: dict[str, Any] = field(default_factory=dict)
    at_end: bool = False

    def account_table(self) -> dict[str, Any]:
        """[[account]] as TOML has it."""
        table: dict[str, Any] = {"name": self.account, "address": self.address}
        if self.provider:
            table["provider"] = self.provider
        for key, endpoint in (("imap", self.imap), ("smtp", self.smtp)):
            server = self._server(endpoint, is_preset=bool(self.provider))
            if server:
                table[key] = server
        if self.secret:
            table["secret"] = self.secret
        return table

    def table(self) -> dict[str, Any]:
        """The whole configuration."""
        table: dict[str, Any] = {"me": {"name": self.name}, "account": [self.account_table()]}
        if self.at_end:
            table["cooldown"] = {"file": "at-end"}
        return table

    def _server(self, endpoint: Endpoint | None, *, is_preset: bool) -> dict[str, Any]:
        if endpoint is None:
            return {}
        server: dict[str, Any] = {}
        if not is_preset:
            server = {"host": endpoint.host, "port": endpoint.port, "security": endpoint.security}
        username = self.username or endpoint.username(self.address)
        if self.username or (not is_preset and username != self.address):
            server["username"] = username
        if self.ca_file:
            server["ca_file"] = self.ca_file
        return server


def plan_of(proposal: Proposal, address: str, name: str, account: str) -> Plan:
    """The plan for servers that the user has confirmed."""
    key = proposal.provider.key if proposal.provider else ""
    return Plan(address, name, account, key, proposal.imap, proposal.smtp)


def wants_own_name(plan: Plan) -> bool:
    """Whether the provider logs its own addresses in, and this one is of another domain (iCloud with a custom domain)."""
    if not plan.provider:
        return False
    provider = providers()[plan.provider]
    domain = plan.address.rpartition("@")[2]
    return bool(provider.domains) and domain not in provider.domains and provider.imap.login == "localpart"


def parsed(plan: Plan, path: Path) -> config.Config:
    """The configuration that the plan makes; UserError if it is none."""
    return config.parse(config.commented(plan.table()).encode(), path)


def attempt(plan: Plan, secret: Secret, path: Path) -> None:
    """Log in once and out again; raises what open_mailbox() raises."""
    open_mailbox(parsed(plan, path).accounts[0], secret=secret).close()


@dataclass(frozen=True, slots=True)
class Existing:
    """A configuration that is there already."""

    text: str
    loaded: config.Config

    def account_of(self, address: str) -> config.Account | None:
        """The account that has this address."""
        return next((one for one in self.loaded.accounts if one.address.lower() == address.lower()), None)


def existing(path: Path) -> Existing | None:
    """What is at `path`; None where nothing is, UserError where it is no good configuration."""
    if not path.exists():
        return None
    loaded = config.load(path)
    return Existing(path.read_text("utf-8-sig"), loaded)


def new_name(taken: set[str]) -> str:
    """A name for the account that none has yet: home, home2, ..."""
    numbers = ("", *range(2, 1000))
    return next(f"home{number}" for number in numbers if f"home{number}" not in taken)


def create(path: Path, plan: Plan) -> None:
    """Write the configuration, readable by its owner alone; UserError if there is one, or it cannot be written."""
    _private_folder(path)
    fresh = _temporary(path, config.commented(plan.table()))
    try:
        os.link(fresh, path)  # whole or not at all, and never over another
    except FileExistsError as error:
        raise UserError(f"{path}: is there already; nothing was written.") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror}).") from error
    finally:
        fresh.unlink()


def propose(path: Path, plan: Plan, old: str) -> tuple[Path, list[str]]:
    """For a configuration that exists: the file with the account added, written beside it, and the difference line by line."""
    new = old.rstrip("\n") + "\n\n" + config.account_text(plan.account_table())
    tomllib.loads(new)  # an addition at the end of a good file is good
    beside = path.with_name(f"{path.name}.new")
    _replace(beside, new)
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), str(path), str(beside), lineterm="", n=1)
    return beside, list(lines)


def write_secret(path: Path, secret: Secret) -> None:
    """A file for [account.secret] file = ..., mode 0600."""
    _replace(path, secret.value + "\n")


def _replace(path: Path, text: str) -> None:
    _private_folder(path)
    try:
        _temporary(path, text).replace(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror}).") from error


def _private_folder(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{path.parent}: this folder cannot be made ({error.strerror}).") from error


def _temporary(path: Path, text: str) -> Path:
    """A file in the same folder, mode 0600 (mkstemp's), on the disk."""
    try:
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror}).") from error
    return path.with_name(name.rpartition(os.sep)[2])
