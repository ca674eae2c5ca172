"""Where faults are played: a real Dovecot and a real SMTP server behind proxies, a clock the test owns, real rounds.

A play is a list of scenes: something happens outside, then rounds run until the account is at rest. A fault hits one
scene; the scenes after it run undisturbed. What must hold is checked after every round and at the end.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError
from proxy import FaultProxy
from rounds.world import ADDRESS, REJECTION, START, mail
from servers.base import PASSWORD, free_port
from servers.dovecot import Dovecot

from responder import config, daemon, outgoing
from responder.clock import Clock
from responder.errors import TryLater, UserError
from responder.life.case import Case
from responder.life.plan import Action, Policy
from responder.mailbox import Server, connect
from responder.store import AccountRow, Store, state_file
from responder.wire import Secret

Fault = Callable[["Stage"], contextlib.AbstractContextManager[None]]
EMPTY: Mapping[str, tuple[str, ...]] = {}
PATIENT = 5.0  # seconds for an answer, where nothing is to be late
T = TypeVar("T")
FIRMS = {"fernhill": "Jane Doe", "greyfell": "Tom Vogel"}
ROUNDS_AT_MOST = 30  # until an account must have come to rest


@dataclass
class StageClock(Clock):
    """A wall clock that the play moves; the monotonic one is real, since time-outs run on it."""

    moment: datetime = START

    def now(self) -> datetime:
        return self.moment


class QuickDovecot(Dovecot):
    """Keeps its processes, and need not outlive a power cut: plays are many."""

    extra = """
mail_fsync = never
service imap-login {
  service_count = 0
  process_min_avail = 1
}
service imap {
  service_count = 200
  process_min_avail = 2
}
"""


class Post:
    """A submission server's handler: what it has taken."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def handle_DATA(self, server, session, envelope):
        self.taken.append(envelope.content)
        return "250 queued"


class _Plain(Controller):
    def factory(self) -> SMTP:
        return SMTP(self.handler, hostname="localhost")


@dataclass
class Theatre:
    """What all plays share: the servers and the proxies before them."""

    dovecot: Dovecot
    imap: FaultProxy
    smtp: FaultProxy
    post: Post

    @staticmethod
    @contextlib.contextmanager
    def open() -> Iterator[Theatre]:
        with contextlib.ExitStack() as stack:
            dovecot = stack.enter_context(QuickDovecot())
            post = Post()
            controller = _Plain(post, hostname="127.0.0.1", port=free_port())
            controller.start()
            stack.callback(controller.stop)
            imap = stack.enter_context(FaultProxy((dovecot.host, dovecot.port)))
            smtp = stack.enter_context(FaultProxy(("127.0.0.1", controller.port)))
            yield Theatre(dovecot, imap, smtp, post)


class LostError(AssertionError):
    """A rejection was lost."""


class DoubledError(AssertionError):
    """A draft, a letter or a note exists twice."""


class EarlyError(AssertionError):
    """Something was released or sent before its time."""


class LieError(AssertionError):
    """`status` says something else than what is the case."""


@dataclass
class Stage:
    """One account in one play."""

    theatre: Theatre
    sends: bool = False
    timeout: float = PATIENT
    clock: StageClock = field(default_factory=StageClock)
    proxied: bool = False
    fired: int = 0  # faults that were injected
    skew: timedelta = timedelta()  # how wrong the clock is
    misled: bool = False  # it was wrong once: what was written down then says nothing about early or late
    mute: bool = False  # the state itself cannot be written now, so it can tell of no trouble

    def __post_init__(self) -> None:
        memory = Path("/dev/shm")
        self.folder = Path(tempfile.mkdtemp(prefix="fault-", dir=memory if memory.is_dir() else None))
        self.user = self.theatre.dovecot.new_user()
        self.outside = self.connect_outside()
        self.owed: dict[str, str] = {}
        self.theatre.post.taken.clear()
        self.theatre.imap.clear()
        self.theatre.smtp.clear()
        self.codes: list[int] = []
        self.told_sent: set[str] = set()
        self.policy = Policy(zone=UTC, action=Action.SEND_STARRED if self.sends else Action.REMIND)
        path = self.folder / "config.toml"
        path.write_text(
            f'state_dir = "{self.state}"\n[me]\nname = "Ana Souza"\n[[account]]\nname = "home"\naddress = "{ADDRESS}"\n'
            f'[account.imap]\nhost = "127.0.0.1"\nport = {self.theatre.imap.port}\nsecurity = "none"\nusername = "{self.user}"\n'
        )
        path.chmod(0o600)
        self.config = config.load(path)

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self.outside.logout()
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- the outside

    def connect_outside(self) -> IMAPClient:
        for attempt in range(100):
            try:
                client = IMAPClient(self.theatre.dovecot.host, self.theatre.dovecot.port, ssl=False, timeout=20)
                client.login(self.user, PASSWORD)
                return client
            except (IMAPClientError, OSError):  # the server is being restarted
                if attempt == 99:
                    raise
                threading.Event().wait(0.1)
        raise AssertionError

    def deliver(self, firm: str) -> None:
        name, domain = FIRMS[firm], f"{firm}.example"
        message_id = f"<r1@{domain}>"
        raw = mail(
            f"{name} <{name.split()[0].lower()}@{domain}>",
            f"Your application as Data Engineer at {firm.capitalize()}",
            REJECTION.format(company=firm.capitalize(), name=name),
            message_id,
            self.clock.now(),
        )
        self.outside.append("INBOX", raw, msg_time=self.clock.now())
        self.owed[firm] = message_id

    def news(self) -> None:
        raw = mail("News <n@news.example>", "News", "The weekly news.", "<n1@news.example>", self.clock.now())
        self.outside.append("INBOX", raw, msg_time=self.clock.now())

    def mails(self, folder: str) -> dict[int, bytes]:
        """By UID, as the user's mail client sees it."""

        def look(client: IMAPClient) -> dict[int, bytes]:
            client.select_folder(folder)
            uids = client.search("ALL")
            found = client.fetch(uids, ["BODY.PEEK[]"]) if uids else {}
            return {uid: data[b"BODY[]"] for uid, data in found.items()}

        return self._by_client(look)

    def _by_client(self, act: Callable[[IMAPClient], T]) -> T:
        """The user's mail client connects anew where a fault has hit it too."""
        for _ in range(3):
            try:
                return act(self.outside)
            except (IMAPClientError, OSError):
                self.outside = self.connect_outside()
        return act(self.outside)

    def answers(self, folder: str) -> dict[int, str]:
        """UID -> the firm whose rejection it answers."""
        found = {}
        for uid, raw in self.mails(folder).items():
            match = re.search(rb"(?im)^in-reply-to:\s*<r1@(\w+)\.example>", raw)
            if match:
                found[uid] = match[1].decode()
        return found

    def notes(self) -> list[bytes]:
        return [raw for raw in self.mails("INBOX").values() if b"Auto-Submitted: auto-generated" in raw]

    def user_moves(self, firm: str, folder: str) -> None:
        self._on_draft(firm, lambda client, uids: client.move(uids, folder))

    def user_stars(self, firm: str) -> None:
        self._on_draft(firm, lambda client, uids: client.add_flags(uids, [b"\\Flagged"]))

    def _on_draft(self, firm: str, do: Callable[[IMAPClient, list[int]], object]) -> None:
        def act(client: IMAPClient) -> None:
            uids = [uid for uid, answered in self.answers("Drafts").items() if answered == firm]
            client.select_folder("Drafts")
            do(client, uids)

        self._by_client(act)

    # -- the program

    def setting(self) -> daemon.Setting:
        """Through the proxies where a fault is at work, else straight to the servers, which is quicker."""
        dovecot, theatre = self.theatre.dovecot, self.theatre
        imap = theatre.imap.port if self.proxied else dovecot.port
        smtp = theatre.smtp.port if self.proxied else theatre.smtp.upstream[1]
        server = Server("127.0.0.1", imap, "none", self.user, timeout=self.timeout)
        submission = outgoing.Server("127.0.0.1", smtp, "none", "ana", timeout=self.timeout)
        return daemon.Setting(
            self.config,
            self.state,
            partial(_open, server),
            clock=self.clock,
            policy=self.policy,
            deliver=partial(_deliver, submission) if self.sends else None,
            on_tick=_nothing,
        )

    def round(self) -> int:
        """One run of the program over the account; what must always hold is checked behind it."""
        try:
            code = daemon.run_once(self.setting())
        except TryLater:
            code = 1
        except UserError:
            code = 2
        self.codes.append(code)
        self.check(code)
        return code

    def settle(self) -> None:
        """Rounds until one ends well and nothing is put off any more."""
        for attempt in range(ROUNDS_AT_MOST):
            code = self.round()
            now, cases = self.clock.now(), self.cases()
            waiting = [case.next_try for case in cases if case.next_try is not None and case.next_try > now]
            under_way = [case for case in cases if str(case.state) in ("found", "filing", "sending")]
            if code == 0 and not waiting and not under_way and self.row().status == "ok":
                return
            self.clock.moment += timedelta(minutes=1 + 10 * (attempt > 3))
            if waiting:
                self.clock.moment = max(self.clock.moment, *waiting)
        raise AssertionError(f"it does not come to rest: {[(c.state, c.why) for c in self.cases()]}, {self.row()}")

    # -- what must hold

    def store(self) -> Store:
        return Store.open(state_file(self.state))

    def cases(self) -> list[Case]:
        store = self.store()
        try:
            return store.cases()
        finally:
            store.close()

    def row(self) -> AccountRow:
        store = self.store()
        try:
            return store.account("home")
        finally:
            store.close()

    def check(self, code: int) -> None:
        """After every round, whatever went wrong in it."""
        try:
            cases, row = self.cases(), self.row()
        except (TryLater, UserError):  # the state itself is what is broken
            return
        drafts, trash, sent = (Counter(self.answers(name).values()) for name in ("Drafts", "Trash", "Sent"))
        for firm in self.owed:
            if drafts[firm] + trash[firm] > 1 or sent[firm] > 1:
                raise DoubledError(f"{firm}: {drafts[firm]} drafts, {trash[firm]} in Trash, {sent[firm]} in Sent")
            if sum(f"<r1@{firm}.example>".encode() in raw for raw in self.theatre.post.taken) > 1:
                raise DoubledError(f"{firm}: sent twice")
        if len(notes := self.notes()) != len({re.search(rb"(?im)^message-id:.*$", note)[0] for note in notes}):
            raise DoubledError("a note was filed twice")
        for case in cases:
            self._check_case(case, code == 0 and row.status == "ok", drafts, sent)
        if row.status != "ok" and not row.message:
            raise LieError(f"the account is said to be '{row.status}', and not why")
        if code and (row.status == "ok" or not row.message) and not self.mute:
            raise LieError(f"a round that failed ({code}), and the account is said to be 'ok'")

    def _check_case(self, case: Case, sound: bool, drafts: Counter[str], sent: Counter[str]) -> None:
        firm = next(firm for firm, message_id in self.owed.items() if message_id == case.message_id)
        state = str(case.state)
        if (
            not self.misled
            and case.ready_at is not None
            and (
                case.ready_at < case.received + self.policy.cooldown
                or (case.filed_at is not None and case.ready_at < case.filed_at + self.policy.hold_after_filing)
            )
        ):
            raise EarlyError(f"{firm}: ready at {case.ready_at}")
        taken = any(f"<r1@{firm}.example>".encode() in raw for raw in self.theatre.post.taken)
        if taken and firm not in self.told_sent and (case.due is None or self.clock.now() - self.skew < case.due):
            raise EarlyError(f"{firm}: sent before {case.due}")
        if taken:
            self.told_sent.add(firm)
        if state == "sent" and not taken:
            raise LieError(f"{firm}: said to be sent, and nothing was")
        if taken and state not in ("sending", "unsure", "sent", "answered"):
            raise LieError(f"{firm}: sent, and said to be '{state}'")
        if sound and state in ("held", "ready") and drafts[firm] != 1:
            raise LieError(f"{firm}: said to be '{state}', and no draft lies in Drafts")
        if sound and state == "sent_by_user" and not sent[firm]:
            raise LieError(f"{firm}: said to be sent by the user, and nothing lies in Sent")

    def check_end(self, ends: dict[str, tuple[str, ...]]) -> None:
        """Every rejection came to one of its ends."""
        known = {case.message_id: str(case.state) for case in self.cases()}
        for firm, states in ends.items():
            if self.owed[firm] not in known:
                raise LostError(f"{firm}: lost")
            if known[self.owed[firm]] not in states:
                why = next(case.why for case in self.cases() if case.message_id == self.owed[firm])
                raise LostError(f"{firm}: ended as '{known[self.owed[firm]]}' ({why}), not as {states}")


def _nothing() -> None:
    """Nobody waits for a tick; by name, so that another process can be given it."""


def _open(server: Server, _account: object) -> object:
    return connect(server, Secret(PASSWORD))


def _deliver(server: outgoing.Server, _account: object, sender: str, recipient: str, raw: bytes) -> None:
    outgoing.send(server, Secret(PASSWORD), sender, recipient, raw)


@dataclass(frozen=True)
class Play:
    """Scenes, and the ends that each rejection may come to."""

    name: str
    scenes: tuple[Callable[[Stage], None], ...]
    ends: dict[str, tuple[str, ...]]
    sends: bool = False

    def run(self, theatre: Theatre, faults: Mapping[int, Fault], ends: Mapping[str, tuple[str, ...]] = EMPTY) -> Stage:
        """All scenes; `faults` says what is at work in the first round of which scene."""
        stage = Stage(theatre, self.sends)
        try:
            for number, scene in enumerate(self.scenes):
                scene(stage)
                if number in faults:
                    stage.proxied = True
                    with faults[number](stage):
                        stage.round()
                    stage.proxied, stage.timeout = False, PATIENT
                stage.settle()
            stage.check_end({**self.ends, **ends})
        finally:
            stage.close()
        return stage


def _arrive(*firms: str) -> Callable[[Stage], None]:
    def scene(stage: Stage) -> None:
        stage.news()
        for firm in firms:
            stage.deliver(firm)

    return scene


def _passes(**units: float) -> Callable[[Stage], None]:
    def scene(stage: Stage) -> None:
        stage.clock.moment += timedelta(**units)

    return scene


def _moved(firm: str, folder: str) -> Callable[[Stage], None]:
    def scene(stage: Stage) -> None:
        stage.clock.moment += timedelta(hours=1)
        stage.user_moves(firm, folder)

    return scene


def _starred(firm: str) -> Callable[[Stage], None]:
    def scene(stage: Stage) -> None:
        stage.clock.moment += timedelta(minutes=3)
        stage.user_stars(firm)

    return scene


HELD_AND_LAPSED = Play(
    "drafts",
    (
        _arrive("fernhill", "greyfell"),
        _passes(hours=25),
        _moved("greyfell", "Sent"),
        _passes(days=15),
    ),
    {"fernhill": ("lapsed",), "greyfell": ("sent_by_user",)},
)
STARRED_AND_SENT = Play(
    "sending",
    (
        _arrive("fernhill"),
        _passes(hours=25),
        _starred("fernhill"),
        _passes(minutes=18),
        _passes(minutes=5),
        _passes(hours=2),
    ),
    {"fernhill": ("sent",)},
    sends=True,
)
PLAYS = {play.name: play for play in (HELD_AND_LAPSED, STARRED_AND_SENT)}
