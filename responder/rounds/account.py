"""What a round works with: one account's rules, its store, its mailbox, and somebody to tell. Values are made from the config here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from responder import clock as clocks
from responder.dossier import Dossier, Rules
from responder.errors import UserError
from responder.life.plan import Action, Policy
from responder.life.reasons import AfterPaper, Manner, WhenUnreachable, reach
from responder.reading.message import Me

if TYPE_CHECKING:
    from responder import config as configuration
    from responder.clock import Clock
    from responder.life.case import Case
    from responder.mailbox import Mailbox, Roles
    from responder.reading.knowledge import Knowledge
    from responder.store import Store


class Kind(StrEnum):
    """What there is to tell."""

    JUDGED = "judged"  # a mail was judged; dossier
    CHANGED = "changed"  # a case changed its state; case
    WRITTEN = "written"  # a letter was written; case and dossier
    NOTED = "noted"  # a note was filed into INBOX; text = its body
    ROUND = "round"  # a round is over
    TROUBLE = "trouble"  # something is tried again later, or the account was stopped; text


@dataclass(frozen=True, slots=True)
class News:
    """Something happened."""

    at: datetime
    kind: Kind
    account: str
    case: Case | None = None
    dossier: Dossier | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Folders:
    """Folder names that the user set; "" and () = found by special use."""

    watch: tuple[str, ...] = ("INBOX",)
    drafts: str = ""
    sent: str = ""
    trash: str = ""
    history: tuple[str, ...] = ()


def _nothing(*_: object) -> None:
    """Nobody to tell."""


@dataclass(slots=True)
class Account:
    """One account while it is watched; lives in its own thread."""

    name: str
    address: str
    me: Me
    rules: Rules
    policy: Policy
    store: Store
    mailbox: Mailbox
    knowledge: Knowledge
    clock: Clock
    folders: Folders = field(default_factory=Folders)
    owners: dict[str, str] = field(default_factory=dict)  # address -> account, over all accounts
    note_language: str = "auto"
    tell: Callable[[News], None] = _nothing
    notify: Callable[[str, str], None] = _nothing
    deliver: Callable[[str, str, bytes], None] | None = None  # (sender, recipient, mail) -> SMTP; None: nothing is sent
    stop: threading.Event = field(default_factory=threading.Event)
    last_look: datetime | None = None
    strangers: dict[str, tuple[object, frozenset[int]]] = field(default_factory=dict)  # folder -> see look._headers
    trouble: str = ""  # why Drafts cannot be relied on at present, a sentence

    def now(self) -> datetime:
        """The wall clock."""
        return self.clock.now()

    def reach(self) -> timedelta:
        """How old a rejection may be that is answered."""
        return reach(self.policy.lookback, self.store.account(self.name).last_round, self.now())

    def news(self, kind: Kind, *, case: Case | None = None, dossier: Dossier | None = None, text: str = "") -> None:
        """Tell."""
        self.tell(News(self.now(), kind, self.name, case, dossier, text))

    def roles(self) -> Roles:
        """Folders by use: what the user set, else what the server says."""
        return self.mailbox.roles()

    def drafts(self) -> str:
        """The Drafts folder; UserError where there is none."""
        return _folder(self.folders.drafts or self.roles().drafts, "Drafts", "drafts", self.name)

    def sent(self) -> str | None:
        """The Sent folder, if there is one."""
        return self.folders.sent or self.roles().sent

    def trash(self) -> str | None:
        """The Trash folder, if there is one."""
        return self.folders.trash or self.roles().trash

    def history(self) -> tuple[tuple[str, str], ...]:
        """(role, folder) of where earlier mail is looked for: All Mail, else INBOX, Archive and Sent."""
        if self.folders.history:
            return tuple((name, name) for name in self.folders.history)
        roles = self.roles()
        if roles.all:
            return (("all", roles.all),)
        found = (("inbox", "INBOX"), ("archive", roles.archive), ("sent", self.sent()))
        return tuple((role, name) for role, name in found if name)


def _folder(name: str | None, role: str, key: str, account: str) -> str:
    if name is None:
        raise UserError(
            f"account {account}: the server names no {role} folder; set [account.folders] {key} to the folder's name in the config"
        )
    return name


def account_of(
    config: configuration.Config,
    account: configuration.Account,
    store: Store,
    mailbox: Mailbox,
    knowledge: Knowledge,
    clock: Clock,
    policy: Policy | None = None,
) -> Account:
    """One account as the config has it, with nobody to tell and nothing to send with; `policy` replaces the config's."""
    folders, host = account.folders, account.imap.host
    gmail = account.provider == "gmail" or host.endswith((".gmail.com", ".googlemail.com"))
    return Account(
        name=account.name,
        address=account.address,
        me=me_of(config),
        rules=rules_of(config, store.impressions()),
        policy=replace(policy or policy_of(config), star_after_due=gmail),
        store=store,
        mailbox=mailbox,
        knowledge=knowledge,
        clock=clock,
        folders=Folders(tuple(folders.watch), folders.drafts, folders.sent, folders.trash, tuple(folders.history)),
        owners={other.address.lower(): other.name for other in config.accounts},
        note_language=config.notify.language,
    )


def policy_of(config: configuration.Config) -> Policy:
    """The rules of life that the config asks for."""
    return Policy(
        zone=clocks.zone(config.release.timezone),
        cooldown=config.cooldown.period,
        at_end=config.cooldown.file == "at-end",
        expires=config.cooldown.expires,
        lookback=config.watch.lookback,
        action=Action(config.release.action),
        window=config.release.window,
        max_per_day=config.release.max_per_day,
        note_hours=config.notify.hours,
        notes=config.notify.inbox,
        desktop=config.notify.desktop,
        poll=config.watch.poll,
        keep_letters=config.keep.letters,
        keep_rejections=config.keep.rejections,
    )


def rules_of(config: configuration.Config, impressions: dict[str, str]) -> Rules:
    """The user's wishes for letters; `responder note` comes before the config's companies."""
    known = dict(impressions)
    for company in config.companies:
        if company.impressed_by:
            for name in (company.name, *company.aliases):
                known.setdefault(name, company.impressed_by)
    return Rules(
        zone=clocks.zone(config.release.timezone),
        manner=Manner(
            after_paper=AfterPaper(config.letters.application),
            when_unreachable=WhenUnreachable(config.letters.when_unreachable),
            lookback=config.watch.lookback,
        ),
        language=config.letters.language,
        phone=config.me.phone,
        signature=config.me.signature,
        impressions=known,
        templates=config.letters.templates,
        trusted_authserv_ids=tuple(config.release.trusted_authserv_ids),
    )


def me_of(config: configuration.Config) -> Me:
    """Who the user is, by every address of the config."""
    addresses = [account.address for account in config.accounts] + list(config.me.aliases)
    return Me(config.me.name, frozenset(address.lower() for address in addresses))
