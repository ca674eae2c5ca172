"""`responder check`: config, secret, connection, folders, capabilities, templates, state; what is wrong, and what to do.

Changes nothing in the mailbox. Errors of the shell come with words of their own; TROUBLES says which trouble they tell of,
and what cures it. The README's table shows the same rows.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from responder.accounts import server_time
from responder.accounts.opening import check_submission, open_mailbox, secret_of
from responder.errors import LoginRefused, OutcomeUnknown, Refused, TryLater, UserError
from responder.store import AlreadyRunning, Store, only_instance, state_file
from responder.wire import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from responder.clock import Clock
    from responder.config import Account, Config
    from responder.mailbox import ImapMailbox

CLOCK_OFF = timedelta(minutes=3)


class Level(StrEnum):
    """How much it matters."""

    OK = "ok"
    WARNING = "warning"  # it works, but not as well as it could, or not just now
    ERROR = "error"  # the user must fix it


@dataclass(frozen=True, slots=True)
class Trouble:
    """One kind of trouble: how it is told, and what cures it."""

    says: str
    cure: str
    seen_in: str = ""  # pattern of the shell's own words


TROUBLES = {
    "clock": Trouble(
        "This machine's clock is off",
        "Set the clock, or switch on setting it by network time.",
        r"not yet valid",
    ),
    "certificate": Trouble(
        "The server's certificate is not good",
        "Check the host name in the configuration. If the server has a certificate of its own making, name its PEM file in "
        "ca_file. If it is said to have expired, look at this machine's clock as well.",
        r"certificate|TLS|STARTTLS|PREAUTH",
    ),
    "app-password": Trouble(
        "The provider wants an app password",
        "Make one in the security settings of the provider's web page, then store it with `responder login`.",
        r"wants an app password",
    ),
    "imap-off": Trouble(
        "IMAP is switched off for this account",
        "Switch IMAP on in the mail settings of the provider's web page.",
        r"IMAP is switched off",
    ),
    "scope": Trouble(
        "The OAuth sign-in does not cover mail",
        "Let your OAuth client have the scope for mail, and sign in anew with `responder login`, every box ticked.",
        r"\bscope\b",
    ),
    "signed-out": Trouble(
        "The OAuth sign-in has ended",
        "Sign in anew with `responder login`.",
        r"sign-in has expired|nobody has signed in",
    ),
    "client": Trouble(
        "The provider does not accept the OAuth client",
        "Check client_id and client_secret in [account.secret] oauth against the provider's page of your client.",
        r"accept this OAuth client|gives no token \(",
    ),
    "no-passwords": Trouble(
        "The provider takes no password",
        "Use an app password where the provider has them; else sign in by OAuth: `responder setup` says how.",
        r"takes no password",
    ),
    "wrong-password": Trouble(
        "The login was refused",
        "Check the user name in the configuration, and store the password anew with `responder login`.",
    ),
    "keyring-locked": Trouble(
        "The keyring is locked or does not answer",
        "Unlock it by logging in to the desktop, or take the password from a command or a file in [account.secret].",
        r"keyring",
    ),
    "no-secret": Trouble(
        "There is no password for this account",
        "Store one with `responder login`, or name a command, file or variable in [account.secret].",
    ),
    "unreachable": Trouble(
        "The server cannot be reached",
        "Check the network, and host and port in the configuration.",
    ),
    "no-folder": Trouble(
        "A folder is missing",
        "Name the folder in [account.folders], or make it in your mail program.",
    ),
    "template": Trouble(
        "One of your templates has an error",
        "Mend the line that is named; until then the shipped letter is used.",
    ),
    "state": Trouble(
        "The state folder cannot be used",
        "Make it writable for yourself, or set state_dir in the configuration to another folder.",
    ),
    "smtp": Trouble(
        "The server for sending refuses",
        "Check [account.smtp], or set release.action to \"remind\", which sends nothing.",
    ),
    "running": Trouble(
        "Another responder is running with this state folder",
        "Nothing to do, if it is the background service; else stop one of the two.",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report."""

    level: Level
    where: str
    text: str
    trouble: str | None = None  # key of TROUBLES

    @property
    def cure(self) -> str | None:
        """What to do."""
        return TROUBLES[self.trouble].cure if self.trouble else None


def check(config: Config, clock: Clock) -> Iterator[Line]:
    """Every line, as soon as it is known; never raises for what a user can mend."""
    yield Line(Level.OK, "configuration", f"{len(config.accounts)} account(s), action: {config.release.action}")
    yield from _state(config)
    yield from _templates(config, clock.now())
    for account in config.accounts:
        yield from _account(account, config, clock)
        if config.release.action != "remind":
            yield from _sending(account)


def _state(config: Config) -> Iterator[Line]:
    try:
        with only_instance(config.state_dir):
            tempfile.TemporaryFile(dir=config.state_dir).close()
            Store.open(state_file(config.state_dir)).close()
        yield Line(Level.OK, "state", str(config.state_dir))
    except AlreadyRunning:
        yield Line(Level.OK, "state", TROUBLES["running"].says, "running")
    except (UserError, TryLater, OSError) as error:
        yield Line(Level.ERROR, "state", f"{TROUBLES['state'].says}: {error}", "state")


def _account(account: Account, config: Config, clock: Clock) -> Iterator[Line]:
    where = f"account {account.name}"
    try:
        secret_of(account, clock)
    except UserError as error:
        yield _told(_kind(error, "no-secret"), where, error)
        return
    except TryLater as error:
        otherwise = "unreachable" if account.secret.oauth else "keyring-locked"
        yield _told(_kind(error, otherwise), where, error, Level.WARNING)
        return
    yield Line(Level.OK, where, "signed in by OAuth" if account.secret.oauth else "the password is there")
    try:
        mailbox = open_mailbox(account, clock)
    except (UserError, TryLater, Refused) as error:
        yield _told(_kind(error), where, error, Level.ERROR if isinstance(error, UserError) else Level.WARNING)
        return
    try:
        safe = (
            "without TLS, on this machine"
            if account.imap.security == "none"
            else f"{account.imap.security}, certificate checked"
        )
        yield Line(Level.OK, where, f"logged in to {account.imap.host}:{account.imap.port} ({safe})")
        yield from _folders(account, mailbox, where)
        yield from _capabilities(config, mailbox, where)
        yield from _clock(account, mailbox, clock, where)
    except (UserError, TryLater, Refused, OutcomeUnknown) as error:
        yield _told("unreachable", where, error, Level.WARNING)
    finally:
        mailbox.close()


def _sending(account: Account) -> Iterator[Line]:
    where = f"account {account.name}"
    try:
        check_submission(account)
    except (UserError, TryLater, Refused, OutcomeUnknown) as error:
        kind = "smtp" if isinstance(error, LoginRefused) else _kind(error, "smtp")
        yield _told(kind, where, error, Level.ERROR if isinstance(error, UserError) else Level.WARNING)
        return
    yield Line(Level.OK, where, "the server for sending takes the login")


def _told(trouble: str, where: str, error: Exception, level: Level = Level.ERROR) -> Line:
    says = TROUBLES[trouble].says
    detail = str(error)
    return Line(level, where, f"{says}: {detail}", trouble)


def _kind(error: Exception, otherwise: str = "unreachable") -> str:
    """Which trouble an error of the shell tells of."""
    words = str(error)
    for name, trouble in TROUBLES.items():
        if trouble.seen_in and re.search(trouble.seen_in, words):
            return name
    return "wrong-password" if isinstance(error, LoginRefused) else otherwise


def _folders(account: Account, mailbox: ImapMailbox, where: str) -> Iterator[Line]:
    try:
        roles = mailbox.roles()
    except UserError as error:  # a configured one does not exist
        yield _told("no-folder", where, error)
        return
    for role, key in (("drafts", "Drafts"), ("sent", "Sent"), ("trash", "Trash")):
        name = getattr(roles, role)
        if name:
            yield Line(Level.OK, where, f"{key} is {name!r}")
        else:
            level = Level.ERROR if role == "drafts" else Level.WARNING
            yield Line(level, where, f"{TROUBLES['no-folder'].says}: the server names no {key} folder", "no-folder")
    for folder in (*account.folders.watch, *account.folders.history):
        try:
            mailbox.state(folder)
            yield Line(Level.OK, where, f"{folder!r} can be read")
        except Refused as error:
            yield _told("no-folder", where, error)


def _capabilities(config: Config, mailbox: ImapMailbox, where: str) -> Iterator[Line]:
    if not config.watch.idle:
        return
    tells = mailbox.can("IDLE")
    text = (
        "the server tells of new mail by itself (IDLE)"
        if tells
        else "the server has no IDLE; it is asked at every poll"
    )
    yield Line(Level.OK, where, text)


def _clock(account: Account, mailbox: ImapMailbox, clock: Clock, where: str) -> Iterator[Line]:
    """The newest mail's arrival, by the server's clock, cannot lie in the future; its host's web server may tell more."""
    folder = account.folders.watch[0]
    uids = mailbox.uids_from(folder, max(mailbox.select(folder).uidnext or 1, 2) - 1)
    newest = max((entry.internal_date for entry in mailbox.entries(folder, uids[-1:])), default=None)
    says = TROUBLES["clock"].says
    if newest is not None and newest - clock.now() > CLOCK_OFF:
        minutes = (newest - clock.now()).total_seconds() / 60
        yield Line(Level.WARNING, where, f"{says}: the newest mail is {minutes:.0f} minutes ahead", "clock")
    elif not is_loopback(account.imap.host):
        ahead = server_time.ahead(account.imap.host, clock)
        if ahead is not None and abs(ahead) > CLOCK_OFF:
            minutes, way = ahead.total_seconds() / 60, "slow" if ahead > CLOCK_OFF else "fast"
            yield Line(Level.WARNING, where, f"{says}: it is {abs(minutes):.0f} minutes {way}", "clock")


def _templates(config: Config, now: datetime) -> Iterator[Line]:
    folder = config.letters.templates
    if folder is None:
        yield Line(Level.OK, "templates", "the shipped ones")
        return
    if not folder.is_dir():
        yield Line(Level.ERROR, "templates", f"{TROUBLES['template'].says}: there is no folder {folder}", "template")
        return
    problems = sorted({remark for name in _names(folder) for remark in _tried(folder, name, now)})
    for problem in problems:
        yield Line(Level.ERROR, "templates", f"{TROUBLES['template'].says}: {problem}", "template")
    if not problems:
        yield Line(Level.OK, "templates", f"{len(_names(folder))} of yours in {folder}")


def _names(folder: Path) -> list[tuple[str, str]]:
    """(language, stage) of the user's templates."""
    return sorted((path.parent.name, path.name.removesuffix(".txt.j2")) for path in folder.glob("*/*.txt.j2"))


def _tried(folder: Path, name: tuple[str, str], now: datetime) -> Iterator[str]:
    """What composing says, once with all facts and once with none."""
    from responder.reading.judge import Reached, Stage
    from responder.writing.letter import Brief, compose

    language, stage = name
    if stage not in list(Stage):
        stage = "interview"  # a part that letters share
    full = Brief(
        language=language,
        stage=Stage(stage),
        reached=Reached.APPLICATION if stage == "application" else Reached.INTERVIEW,
        someone_hired=None if stage != "closed" else False,
        formal=True,
        company="Acme",
        company_is_agency=False,
        role="Data Engineer",
        greeting_names=("Jane Doe",),
        greeting_full_names=("Jane Doe",),
        recipient_wrote_rejection=True,
        heard_on=now.date(),
        today=now.date(),
        people_met=("Tom Vogel",),
        interviewed_on=now.date(),
        impressed_by="the way your team publishes its failures",
        impressed_is_note=True,
        me_name="Ana Souza",
        me_phone="",
        signature="",
        seed="check",
    )
    bare = replace(full, formal=None, company=None, role=None, greeting_names=(), greeting_full_names=(), heard_on=None)
    bare = replace(bare, people_met=(), interviewed_on=None, impressed_by=None)
    for brief in (full, bare):
        yield from compose(brief, folder).remarks
