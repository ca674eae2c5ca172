"""A small world for rounds: a mailbox in memory, a clock that the test owns, a state file that outlives the process."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from fake_mailbox import FakeAccount, FakeMailbox

from responder.clock import Clock
from responder.dossier import Rules, recognise
from responder.errors import OutcomeUnknown, Refused, TryLater
from responder.life.case import Case
from responder.life.plan import Policy
from responder.life.reasons import Manner
from responder.mailbox import Filed, Mailbox
from responder.reading import knowledge
from responder.reading.message import Me
from responder.rounds.account import Account, News
from responder.rounds.requests import apply
from responder.rounds.whole import run_round
from responder.store import AccountRow, Store

ADDRESS = "ana@mail.example"
ME = Me("Ana Souza", frozenset({ADDRESS, "ana.old@mail.example"}))
START = datetime(2026, 11, 23, 9, tzinfo=UTC)  # a Monday
FIRMS = (
    *("Fernhill", "Greyfell", "Quayside", "Ardmore", "Pinecrest", "Nimbus", "Harbeck", "Lanyon", "Saltmarsh"),
    *("Nordvik", "Redwick", "Oakhaven", "Stonebar", "Wexcombe", "Tidewell", "Larkfield", "Dunmere", "Eskdale"),
    *("Foxcote", "Glenrath", "Highmoor", "Ivyton", "Kelbrook", "Lowther", "Marden", "Netherby"),
)
NAMES = ("Jane Doe", "Tom Vogel", "Priya Raman", "Lena Hart", "Omar Said", "Rosa Lind", "Ivo Blank", "Mia Stone")


class Died(BaseException):
    """The process is killed: nothing in the program may catch this."""


@dataclass
class TestClock(Clock):
    __test__ = False
    moment: datetime = START

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return (self.moment - START).total_seconds()


class Server(FakeAccount):
    """Remembers what the program itself put into folders."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock=clock)
        self.filed: list[tuple[str, bytes]] = []


class Connection(FakeMailbox):
    account: Server

    def append(self, folder: str, raw: bytes, flags, when: datetime) -> Filed:
        before = len(self.account.folders[folder].mails)
        try:
            return super().append(folder, raw, flags, when)
        except TryLater as error:  # a connection lost while APPEND runs: nobody knows
            raise OutcomeUnknown(str(error)) from error
        finally:
            if len(self.account.folders[folder].mails) > before:
                self.account.filed.append((folder, raw))


@dataclass
class World:
    folder: Path
    clock: TestClock = field(default_factory=TestClock)
    policy: Policy = field(default_factory=lambda: Policy(zone=UTC))
    rules: Rules = field(default_factory=lambda: Rules(manner=Manner(lookback=timedelta(days=5))))
    news: list[News] = field(default_factory=list)
    notified: list[tuple[str, str]] = field(default_factory=list)  # on the desktop
    count: int = 0
    post: Callable[[str, str, bytes], None] | None = None
    deliver_with: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.server = Server(self.clock)
        self.known = knowledge.load()
        self._reader: Store | None = None

    # -- the outside

    def deliver(self, raw: bytes, folder: str = "INBOX") -> int:
        return self.server.deliver(folder, raw, when=self.clock.now())

    def reject(self, *, message_id: str | None = None, name: str | None = None, text: str | None = None) -> str:
        """A rejection signed by a person, from a company of its own; its Message-ID."""
        raw, message_id = self.rejection(message_id=message_id, name=name, text=text)
        self.deliver(raw)
        return message_id

    def rejection(
        self, *, message_id: str | None = None, name: str | None = None, text: str | None = None
    ) -> tuple[bytes, str]:
        """The next rejection, not delivered, and its Message-ID."""
        self.count += 1
        name = name or NAMES[self.count % len(NAMES)]
        company = FIRMS[(self.count - 1) % len(FIRMS)]
        domain = f"{company.lower()}.example"
        message_id = message_id or f"<r{self.count}@{domain}>"
        local = name.lower().replace(" ", ".")
        raw = mail(
            f"{name} <{local}@{domain}>",
            f"Your application as Data Engineer at {company}",
            text or REJECTION.format(company=company, name=name),
            message_id,
            self.clock.now(),
            **self.deliver_with,
        )
        return raw, message_id

    def is_recognised(self) -> bool:
        """Whether the judge knows this world's mails for rejections that can be answered."""
        raw, _ = self.rejection()
        self.count -= 1
        dossier = recognise(raw, ME, self.known, self.rules, received=self.clock.now())
        return dossier.rejection and dossier.recipient is not None

    def drafts(self):
        return self.server.mails("Drafts")

    def pass_time(self, **units: float) -> None:
        self.clock.moment += timedelta(**units)

    # -- the program

    def store(self) -> Store:
        store = Store.open(self.folder / "state.sqlite3")
        store._db.execute("PRAGMA synchronous=OFF")  # the tests kill no machine, and have many rounds to go
        return store

    def connection(self, on_io: Callable[[str], None]) -> Mailbox:
        """To the mailbox that the program works in."""
        return Connection(self.server, on_io)

    def round(self, on_io: Callable[[str], None] = lambda _: None, stop: threading.Event | None = None) -> None:
        """One round over a new connection; what the daemon would catch is caught."""
        store = self.store()
        try:
            with contextlib.suppress(TryLater, Refused):
                run_round(self.account(store, on_io, stop), look_now=True)
        finally:
            store.close()

    def account(
        self, store: Store, on_io: Callable[[str], None] = lambda _: None, stop: threading.Event | None = None
    ) -> Account:
        """The account over a new connection."""
        return Account(
            name="home",
            address=ADDRESS,
            me=ME,
            rules=self.rules,
            policy=self.policy,
            store=store,
            mailbox=self.connection(on_io),
            knowledge=self.known,
            clock=self.clock,
            owners={ADDRESS: "home"},
            tell=self.news.append,
            notify=lambda subject, body: self.notified.append((subject, body)),
            deliver=self.post,
            stop=stop or threading.Event(),
        )

    def ask(self, kind: str, case_id: str | None = None, **args: object) -> str:
        store = self.store()
        number = store.request(kind, self.clock.now(), case_id, **args)
        request = store.request_of(number)
        ok, outcome = apply(store, request, self.clock.now())
        store.finish(number, self.clock.now(), ok=ok, outcome=outcome)
        store.close()
        return outcome

    def cases(self) -> list[Case]:
        if self._reader is None:  # kept open: opening costs more than the rest of a round
            self._reader = self.store()
        return self._reader.cases()

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def case(self) -> Case:
        (case,) = self.cases()
        return case

    def row(self) -> AccountRow:
        """What is known of the account."""
        self.cases()
        return self._reader.account("home")

    def state(self) -> str:
        return str(self.case().state)

    def journal(self, case_id: str):
        store = self.store()
        try:
            return store.journal(case_id)
        finally:
            store.close()


REJECTION = """Dear Ana,

thank you for taking the time to interview with us for the Data Engineer position at {company}.
We enjoyed our conversation. After careful consideration, we have decided to move forward with
another candidate for this role.

We wish you all the best in your search.

Kind regards,
{name}
Talent Partner, {company}
"""


def mail(sender: str, subject: str, text: str, message_id: str | None, when: datetime, **headers: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = f"Ana Souza <{ADDRESS}>"
    message["Subject"] = subject
    message["Date"] = when
    if message_id:
        message["Message-ID"] = message_id
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()
