"""A thread for each account runs its rounds; this module starts, wakes, and ends them, and takes up requests.

APScheduler's jobs only wake threads; they do no I/O. Threads wait on their socket, so a scheduler that a clock jump
has put to sleep delays nobody.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from functools import partial
from typing import TYPE_CHECKING

from responder.clock import Clock
from responder.errors import LoginRefused, Refused, TryLater, UserError, trace
from responder.life.plan import Policy
from responder.reading import knowledge as known
from responder.rounds.account import Account, Kind, News, account_of, policy_of, rules_of
from responder.rounds.requests import apply_all, settle_requests
from responder.rounds.whole import next_wake, run_round
from responder.store import Store, only_instance, state_file
from responder.wire import Wake

if TYPE_CHECKING:
    from pathlib import Path

    from apscheduler.schedulers.background import BackgroundScheduler

    from responder import config as configuration
    from responder.mailbox import Mailbox
    from responder.reading.knowledge import Knowledge

log = logging.getLogger(__name__)

LOGIN_TRIES = 3  # refused logins in a row before an account is stopped: providers lock accounts that go on
LONGEST_WAIT = 540.0  # seconds; IDLE is begun anew well before RFC 2177's 29 minutes
STEADY = 60.0  # seconds: a connection that lived so long and then ended is no trouble; OAuth sessions end by the hour
FIRST_RETRY, LAST_RETRY = 5.0, 900.0  # seconds between tries to connect
LEAVE_WITHIN = 4.0  # seconds from SIGTERM to the end
TICK = 1.0  # seconds between looks at the state file for requests of commands
JUMP = timedelta(minutes=1)  # the wall clock against the monotonic one: a sleep, or a clock that was set


@dataclass(frozen=True, slots=True)
class Setting:
    """What a daemon is run with; the demo and the tests put in their own clock, policy and mailboxes."""

    config: configuration.Config
    state: Path
    open_mailbox: Callable[[configuration.Account], Mailbox]
    clock: Clock = field(default_factory=Clock)
    policy: Policy | None = None
    tell: Callable[[News], None] | None = None
    notify: Callable[[str, str], None] | None = None
    deliver: Callable[[configuration.Account, str, str, bytes], None] | None = None  # to the account's SMTP server
    on_tick: Callable[[], None] = lambda: None  # about once a second, while the daemon lives


class Keeper:
    """Keeps one account: its thread, its connection, its rounds."""

    def __init__(self, setting: Setting, name: str, knowledge: Knowledge) -> None:
        self.name = name
        self.wake = Wake()
        self.stop = threading.Event()
        self.failed: str | None = None  # why the last round did not end well; None = it did
        self.must_fix: UserError | None = None
        self._steady_since: float | None = None  # monotonic seconds: the first good round of this connection
        self._setting = setting
        self._knowledge = knowledge
        self._config = next(account for account in setting.config.accounts if account.name == name)
        self._thread = threading.Thread(target=self._run, name=f"account {name}", daemon=True)

    def start(self) -> None:
        """Begin to keep the account in a thread of its own."""
        self._thread.start()

    def end(self) -> None:
        """Finish the step at hand and leave."""
        self.stop.set()
        self.wake.set()

    def join(self, seconds: float) -> bool:
        """Whether the thread has left within that time."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        """Whether the account is still kept."""
        return self._thread.is_alive()

    def once(self) -> None:
        """One round, in the caller's thread; what went wrong stands in `failed` and `must_fix`."""
        store = Store.open(state_file(self._setting.state))
        try:
            self._one_round(store)
        except UserError as error:
            self._trouble(store, "stopped" if isinstance(error, LoginRefused) else "trouble", str(error))
            self.failed, self.must_fix = str(error), error
        except (TryLater, Refused) as error:
            self._trouble(store, "trouble", str(error))
            self.failed = str(error)
        finally:
            store.close()

    def _one_round(self, store: Store) -> None:
        mailbox = self._setting.open_mailbox(self._config)
        try:
            run_round(self._account(store, mailbox), look_now=True)
        finally:
            mailbox.close()

    # -- the thread

    def _run(self) -> None:
        store = self._opened()
        if store is None:
            return
        try:
            self._keep(store)
        except Exception as error:  # noqa: BLE001  the end of this thread: nobody else would hear of it
            self._broken(store, error)
        finally:
            store.close()

    def _opened(self) -> Store | None:
        """The state, as soon as it can be opened; None if the keeper is to end before that."""
        failures = 0
        while not self.stop.is_set():
            try:
                return Store.open(state_file(self._setting.state))
            except (TryLater, UserError) as error:
                failures += 1
                self.failed = str(error)
                log.warning("account %s: %s", self.name, error)
                self._rest(_retry_after(failures))
        return None

    def _keep(self, store: Store) -> None:
        refusals, failures = 0, 0
        while not self.stop.is_set():
            try:
                self._connected(store)
                refusals = failures = 0
            except LoginRefused as error:
                refusals += 1
                if refusals >= LOGIN_TRIES:
                    self._give_up(store, str(error))
                    return
                self._trouble(store, "trouble", str(error))
                self._rest(min(FIRST_RETRY * 12 * refusals, LAST_RETRY))
            except UserError as error:  # the user may mend it while we run: a folder, a certificate, a full disk
                failures += 1
                if self.must_fix is None:  # once, until all is well again
                    self._call_the_user()
                self.must_fix = error
                self._trouble(store, "trouble", str(error))
                self._rest(LAST_RETRY)
            except (TryLater, Refused) as error:
                if self._lived_well():
                    refusals = failures = 0
                    log.info("account %s: the connection ended and is made anew (%s)", self.name, error)
                    continue
                failures += 1
                self._trouble(store, "trouble", str(error))
                self._rest(_retry_after(failures))

    def _lived_well(self) -> bool:
        """Whether the connection that has ended did a round and lived for a while: then its end is nothing to tell."""
        since, self._steady_since = self._steady_since, None
        return since is not None and self._setting.clock.monotonic() - since >= STEADY

    def _connected(self, store: Store) -> None:
        """Rounds over one connection, until it is lost (an error) or the keeper is to end (returns)."""
        self._steady_since = None
        mailbox = self._setting.open_mailbox(self._config)
        account = self._account(store, mailbox)
        try:
            look_now = True
            while not self.stop.is_set():
                account.rules = rules_of(self._setting.config, store.impressions())
                run_round(account, look_now=look_now)
                self.failed = self.must_fix = None
                self._steady_since = self._steady_since or self._setting.clock.monotonic()
                if self.stop.is_set():
                    return
                mailbox.wait(account.folders.watch[0], self._patience(account), self.wake)
                look_now = self.wake.clear()
        finally:
            mailbox.close()

    def _patience(self, account: Account) -> float:
        """Seconds until the earliest of next due time, poll, and nine minutes."""
        seconds = min(account.policy.poll.total_seconds(), LONGEST_WAIT)
        moment = next_wake(account)
        if moment is not None:
            seconds = min(seconds, max((moment - account.now()).total_seconds(), 0.05))
        return seconds

    def _rest(self, seconds: float) -> None:
        """Wait between tries; a wake-up (a request, a clock that jumped, the end) cuts it short."""
        import select

        select.select([self.wake], [], [], seconds)
        self.wake.clear()

    def _trouble(self, store: Store, status: str, message: str) -> None:
        now = self._setting.clock.now()
        self.failed = message
        log.warning("account %s: %s", self.name, message)
        with suppress(TryLater, UserError):  # where the state is what is in trouble, the log alone can say so
            before = store.account(self.name)
            told = before.told and before.message == message
            store.set_account(replace(before, status=status, message=message, told=told), now)
        if self._setting.tell is not None:
            self._setting.tell(News(now, Kind.TROUBLE, self.name, text=message))

    def _broken(self, store: Store, error: Exception) -> None:
        log.error("account %s: something that should not happen: %s", self.name, trace(error))
        words = f"An error in the program ({type(error).__name__}); the account is not watched until the next start."
        self._trouble(store, "stopped", words)

    def _give_up(self, store: Store, message: str) -> None:
        words = f"The server refused the login {LOGIN_TRIES} times; the account is no longer watched. {message}"
        log.error("account %s: %s", self.name, words)
        self._trouble(store, "stopped", words)
        self._call_the_user()

    def _call_the_user(self) -> None:
        if self._setting.notify is not None:
            self._setting.notify("A mail account needs you", f"{self.name}: `responder check` says what to do.")

    def _account(self, store: Store, mailbox: Mailbox) -> Account:
        setting, config = self._setting, self._config
        known = account_of(setting.config, config, store, mailbox, self._knowledge, setting.clock, setting.policy)
        return replace(
            known,
            tell=setting.tell or known.tell,
            notify=setting.notify or known.notify,
            deliver=partial(setting.deliver, config) if setting.deliver is not None else None,
            stop=self.stop,
        )


def _retry_after(failures: int) -> float:
    """Seconds until the next try after so many failures in a row: doubling, with a ceiling."""
    return min(FIRST_RETRY * 2.0 ** min(failures - 1, 10), LAST_RETRY)


def run_once(setting: Setting, *, everything: bool = False) -> int:
    """One round over every account; 0 done, 1 something is tried again later, 2 the user must fix something."""
    with only_instance(setting.state):
        store = Store.open(state_file(setting.state))
        settle_requests(store, setting.clock.now())
        if everything:
            apply_all(store, setting.clock.now())
        store.close()
        knowledge = known.load()
        keepers = [Keeper(setting, account.name, knowledge) for account in setting.config.accounts]
        for keeper in keepers:
            keeper.once()
    if any(keeper.must_fix for keeper in keepers):
        return 2
    return 1 if any(keeper.failed for keeper in keepers) else 0


def run(
    setting: Setting, stop: threading.Event, *, everything: bool = False, on_ready: Callable[[], None] | None = None
) -> int:
    """The daemon, until `stop` is set; 0, or 2 if every account had to be given up."""
    with only_instance(setting.state):
        store = Store.open(state_file(setting.state))
        if everything:
            apply_all(store, setting.clock.now())
        knowledge = known.load()
        keepers = [Keeper(setting, account.name, knowledge) for account in setting.config.accounts]
        scheduler = _scheduler(setting, keepers)
        for keeper in keepers:
            keeper.start()
        scheduler.start()
        if on_ready is not None:
            on_ready()
        try:
            _tend(setting, store, keepers, scheduler, stop)
        finally:
            scheduler.shutdown(wait=False)
            _leave(keepers)
            store.close()
    return 2 if keepers and all(keeper.failed for keeper in keepers) and not stop.is_set() else 0


def _tend(
    setting: Setting, store: Store, keepers: list[Keeper], scheduler: BackgroundScheduler, stop: threading.Event
) -> None:
    """Take up requests, notice jumps of the clock, until the end."""
    clock = setting.clock
    seen = -1
    wall, steady = clock.now(), clock.monotonic()
    while not stop.wait(TICK) and any(keeper.alive for keeper in keepers):
        setting.on_tick()
        try:
            version = store.version()
            if version != seen and settle_requests(store, clock.now()):
                _wake_all(keepers)
            seen = version
        except (TryLater, UserError) as error:  # the requests stay in the state and are taken up when it can be written
            log.warning("%s", error)
        drift = (clock.now() - wall) - timedelta(seconds=clock.monotonic() - steady)
        if abs(drift) > JUMP:
            log.info(
                "the clock jumped by %d s, or the machine slept; everything is looked at anew", drift.total_seconds()
            )
            wall, steady = clock.now(), clock.monotonic()
            for job in scheduler.get_jobs():  # an interval job would wait for the old time to come round again
                job.modify(next_run_time=Clock().now())
            _wake_all(keepers)


def _wake_all(keepers: list[Keeper]) -> None:
    for keeper in keepers:
        keeper.wake.set()


def _leave(keepers: list[Keeper]) -> None:
    for keeper in keepers:
        keeper.end()
    for keeper in keepers:
        if not keeper.join(LEAVE_WITHIN / max(len(keepers), 1)):
            log.warning(
                "account %s: still waiting for the server; its step is taken up again at the next start", keeper.name
            )


def _scheduler(setting: Setting, keepers: list[Keeper]) -> BackgroundScheduler:
    """Ticks only: memory store, UTC, no grace (late ticks run), coalesced."""
    from apscheduler.schedulers.background import BackgroundScheduler

    defaults = {"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
    scheduler = BackgroundScheduler(timezone=UTC, job_defaults=defaults)
    poll = (setting.policy or policy_of(setting.config)).poll.total_seconds()
    for keeper in keepers:
        scheduler.add_job(keeper.wake.set, "interval", seconds=poll, id=keeper.name)
    return scheduler
