"""The second half of `responder setup`, once there is a configuration: check, first look, trial, service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from responder.cli.output import Progress as Counter
from responder.cli.output import say, wrapped
from responder.errors import Refused, TryLater, UserError

if TYPE_CHECKING:
    from pathlib import Path

    from responder import config as configuration
    from responder.accounts.first_look import Recent
    from responder.accounts.setup import Progress
    from responder.cli.asking import Asker


def take(asker: Asker, path: Path, progress: Progress, address: str) -> int:
    """The check, a first look, a trial, the service; 0, 1 or 2 as the check says."""
    from responder import config
    from responder.accounts.check import Level
    from responder.cli.check import report

    loaded = config.load(path)
    account = next(one for one in loaded.accounts if one.address.lower() == address.lower())
    say()
    levels = report(loaded)
    if Level.ERROR in levels:
        say(wrapped("Something needs to be mended first; `responder setup` then goes on from here.", ""))
        return 2
    say()
    _first_look(asker, progress, loaded, account)
    _trial(asker, progress, account)
    _service(asker, path)
    progress.end()
    say()
    say(wrapped("All is set up. `responder status` says what needs you; `responder demo` shows the whole way.", ""))
    return 1 if Level.WARNING in levels else 0


def _first_look(asker: Asker, progress: Progress, loaded: configuration.Config, account: configuration.Account) -> None:
    """Which recent answers to write to; nothing is written in the mailbox."""
    from responder.accounts import first_look
    from responder.accounts.opening import open_mailbox
    from responder.clock import Clock
    from responder.store import AlreadyRunning

    if progress.answers.get("looked"):
        return
    counter = Counter("mails looked at")
    clock = Clock()
    try:
        mailbox = open_mailbox(account)
        try:
            found = first_look.look(loaded, account, mailbox, clock, counter.step)
        finally:
            mailbox.close()
            counter.end()
        if found:
            also = _also(asker, found)
            first_look.leave_alone(loaded, account, [one for one in found if one not in also], clock)
    except AlreadyRunning:  # the daemon has looked already
        return
    progress.keep(looked=True)


def _also(asker: Asker, found: list[Recent]) -> list[Recent]:
    """Those to be written to besides what comes from now on."""
    those = [one for one in found if one.met] or found
    from_whom = "from people you have met" if those[0].met else "that a short note could go to"
    one = len(those) == 1
    names = _names(those)
    say(
        wrapped(
            f"There {'is' if one else 'are'} {len(those)} recent answer{'' if one else 's'} {from_whom} ({names}).", ""
        )
    )
    question = f"Write from now on, or also for {'this one' if one else f'these {len(those)}'}?"
    option = asker.given("also_recent")
    chosen = ("also" if option else "now") if option is not None else asker.one_of("recent", question, ("now", "also"))
    return those if chosen == "also" else []


def _names(those: list[Recent]) -> str:
    names = list(dict.fromkeys(one.who for one in those))
    return ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")


def _trial(asker: Asker, progress: Progress, account: configuration.Account) -> None:
    """A note and a draft to look at on the phone; those of a set-up that was left go first."""
    from responder.accounts import trial
    from responder.accounts.opening import open_mailbox
    from responder.clock import Clock

    left = progress.answers.get("trial")
    if isinstance(left, dict):
        _take_away(account, trial.Trial(str(left.get("note")), str(left.get("draft"))), progress)
    question = "File a welcome note and a test draft, to see on your phone that it works?"
    if not asker.yes("trial", question, default=asker.interactive):
        return
    fresh = trial.new(account.address)
    progress.keep(trial={"note": fresh.note, "draft": fresh.draft})
    mailbox = open_mailbox(account)
    try:
        trial.file(mailbox, fresh, account.address, Clock().now())
    finally:
        mailbox.close()
    say(wrapped("There is an unread mail in your inbox now, and a draft in Drafts. Both go to the Trash next.", ""))
    asker.pause("Press Enter when you have seen them.")
    _take_away(account, fresh, progress)


def _take_away(account: configuration.Account, these: Any, progress: Progress) -> None:
    from responder.accounts import trial
    from responder.accounts.opening import open_mailbox

    mailbox = open_mailbox(account)
    try:
        trial.take_away(mailbox, these)
    except Refused as error:
        say(wrapped(f"They could not be moved to the Trash; please delete them. ({error})", ""))
    finally:
        mailbox.close()
    progress.answers.pop("trial", None)
    progress.keep()


def _service(asker: Asker, path: Path) -> None:
    from responder.accounts import service

    try:
        service.manager()
    except UserError as error:
        say(wrapped(str(error), ""))
        return
    if not asker.yes("service", "Run it in the background from now on?", default=asker.interactive):
        say(wrapped("Later: `responder service install`; or `responder run` in a terminal.", ""))
        return
    try:
        say(wrapped(service.install(path), ""))
    except (UserError, TryLater) as error:
        say(wrapped(str(error), ""))
