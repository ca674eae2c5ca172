"""`responder demo`: the built-in server, the made-up mailbox, the real daemon with a cooldown of seconds, and a voice that tells of it.

The story waits for what the daemon does and plays the user's part; it decides nothing. It leaves nothing behind.
"""

from __future__ import annotations

import queue
import tempfile
import threading
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import TYPE_CHECKING, Final

from responder import daemon
from responder.clock import Clock
from responder.config import Config
from responder.demo import telling
from responder.demo.correspondence import ADDRESS, NAME, fill, mails
from responder.demo.server import Server
from responder.demo.store import Account, Mail
from responder.life.plan import Policy
from responder.life.states import State
from responder.mailbox import Mailbox, connect
from responder.mailbox import Server as Address
from responder.rounds.account import Kind, News
from responder.wire import Secret

if TYPE_CHECKING:
    from typing import TextIO

    from responder import config as configuration
    from responder.life.case import Case

USER: Final = "ana"
PASSWORD: Final = "demo"  # noqa: S105  of a made-up mailbox on loopback
TOO_LONG: Final = 26.0  # seconds: by then something is wrong, and the story says so
_DELETED: Final = "mark.oyelaran@lumen-maps.example"
_EDITED: Final = "priya.raman@fernhill.example"
_ADDED: Final = "P.S. I still owe you the name of that book on queues: it is on its way."


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the story goes, in seconds; a hold must be longer than it takes to tell of the letters."""

    hold: float
    veto_after: float
    mail: float = 0.0
    letter: float = 0.0

    def policy(self) -> Policy:
        """The daemon's rules with the demo's timings."""
        return Policy(
            zone=UTC,
            cooldown=timedelta(seconds=self.hold),
            hold_after_filing=timedelta(seconds=self.hold),
            note_apart=timedelta(0),
            desktop=False,
            poll=timedelta(seconds=1),
            look_apart=timedelta(seconds=0.5),
            veto_after=timedelta(seconds=self.veto_after),
            veto_looks_apart=timedelta(seconds=self.veto_after / 4),
            retry_first=timedelta(seconds=1),
        )


PLAIN: Final = Pace(hold=6, veto_after=2)
ANIMATED: Final = Pace(hold=16, veto_after=3, mail=0.35, letter=1.2)


def run(plain: bool, stay: bool, out: TextIO, pace: Pace | None = None) -> int:
    """Tell the story; 0 when it came out as it should. `plain`, or an `out` that is no terminal: nothing moves."""
    pace = pace or (PLAIN if plain or not out.isatty() else ANIMATED)
    account = Account(PASSWORD)
    with tempfile.TemporaryDirectory(prefix="responder-demo-") as folder, Server({USER: account}) as server:
        fill(account, Clock().now())
        story = Story(account, pace, out)
        stop, ended = threading.Event(), threading.Event()
        setting = _setting(server, Path(folder), pace, story.news)
        keeper = threading.Thread(target=_keep, args=(setting, stop, ended), name="demo-daemon", daemon=True)
        try:
            story.begin()
            keeper.start()
            well = story.tell(keeper)
            if stay and well:
                _stay(server, out, ended)
        except KeyboardInterrupt:
            out.write("\n")
            return 130
        finally:
            stop.set()
            if keeper.ident is not None:
                ended.wait(10)
    return 0 if well else 1


def _keep(setting: daemon.Setting, stop: threading.Event, ended: threading.Event) -> None:
    """The daemon. `ended` instead of Thread.join: an interrupted join takes a living thread for dead (seen on 3.11)."""
    try:
        daemon.run(setting, stop)
    finally:
        ended.set()


def _setting(server: Server, folder: Path, pace: Pace, news: queue.SimpleQueue[News]) -> daemon.Setting:
    where = {"host": server.host, "port": server.port, "security": "none", "username": USER}
    config = Config.model_validate(
        {
            "state_dir": str(folder / "state"),
            "me": {"name": NAME},
            "account": [{"name": "demo", "address": ADDRESS, "imap": where}],
            "notify": {"desktop": False, "language": "en"},
        },
        context={"folder": folder},
    )

    def open_mailbox(_: configuration.Account) -> Mailbox:
        return connect(Address(server.host, server.port, "none", USER), Secret(PASSWORD))

    return daemon.Setting(config, folder / "state", open_mailbox, policy=pace.policy(), tell=news.put)


def _stay(server: Server, out: TextIO, ended: threading.Event) -> None:
    out.write(telling.heading("The server stays") + "\n")
    out.write(f"  host {server.host}   port {server.port}   no encryption (it never leaves this machine)\n")
    out.write(f"  user {USER}         password {PASSWORD}\n\n  Ctrl-C ends it, and nothing is left.\n")
    out.flush()
    try:
        while not ended.wait(1):
            pass
    except KeyboardInterrupt:
        out.write("\n")


@dataclass
class Story:
    """What has been told so far. `news` is filled by the daemon's threads and told by `tell`."""

    account: Account
    pace: Pace
    out: TextIO
    news: queue.SimpleQueue[News] = field(default_factory=queue.SimpleQueue)
    _cases: dict[str, Case] = field(default_factory=dict)  # as last heard of
    _held: set[str] = field(default_factory=set)
    _vetoed: set[str] = field(default_factory=set)
    _edited: bytes = b""  # the draft as the user saved it
    _acted: bool = False
    _noted: bool = False  # after the last draft became ready
    _heading: str = ""
    _ticking: bool = False
    _sent_before: int = 0
    _asides: dict[str, str] = field(default_factory=dict)  # of the mails in INBOX, by Message-ID

    def begin(self) -> None:
        """Who, what and where."""
        made_up = mails(Clock().now())
        self._asides = {mail.message_id: mail.aside for mail in made_up if not mail.use}
        self._sent_before = len(self.account.messages(self.account.folder("\\Sent")))
        self._say(
            telling.paragraph(
                f"A mail server starts on this machine, with the mailbox of {NAME}, who is looking for a job: "
                f"{len(made_up)} mails, all invented. Then the real program watches it. "
                f"A draft is held for {self.pace.hold:.0f} seconds here; in real life for a day."
            )
        )

    def tell(self, keeper: threading.Thread) -> bool:
        """Tells what happens until all has happened; whether it came out well."""
        clock = Clock()
        end = clock.monotonic() + TOO_LONG
        while not self._over():
            if clock.monotonic() > end or not keeper.is_alive():
                self._say("\n" + telling.paragraph("The story did not come to its end: " + self._missing()))
                return False
            try:
                self._hear(self.news.get(timeout=0.2))
            except queue.Empty:
                self._tick()
        return self._finish()

    def _over(self) -> bool:
        ready = {case for case in self._held if self._cases[case].state is State.READY}
        return self._acted and bool(self._vetoed) and self._noted and ready == self._held - self._vetoed

    def _missing(self) -> str:
        states = ", ".join(f"{telling.addressee(case)} is {case.state}" for case in self._cases.values())
        return f"{states or 'no rejection was found'}."

    def _hear(self, news: News) -> None:
        match news:
            case News(kind=Kind.JUDGED, dossier=dossier) if dossier is not None and dossier.message is not None:
                if dossier.message.message_id in self._asides:
                    self._under("New mail in INBOX, and what the program makes of it")
                    self._say(telling.judged(dossier, self._asides[dossier.message.message_id]))
                    self._wait(self.pace.mail)
            case News(kind=Kind.WRITTEN, case=case, dossier=dossier) if case is not None and dossier is not None:
                self._under("Thank-you notes")
                self._say("\n" + telling.written(case, dossier))
                self._wait(self.pace.letter)
            case News(kind=Kind.CHANGED, case=case) if case is not None:
                self._cases[case.id] = case
                self._changed(case)
            case News(kind=Kind.NOTED, text=text):
                self._under("A note in INBOX")
                self._say(telling.note(text))
                self._noted = all(self._cases[case].state is not State.HELD for case in self._held)
            case News(kind=Kind.ROUND) if self._held and not self._acted:
                self._act()
            case News(kind=Kind.TROUBLE, text=text):
                self._say(telling.paragraph(f"Trouble: {text}", 2))

    def _changed(self, case: Case) -> None:
        match case.state:
            case State.SKIPPED:
                self._under("Thank-you notes")
                self._say("\n" + telling.skipped(case))
                self._wait(self.pace.letter)
            case State.HELD:
                self._held.add(case.id)
            case State.MISSING:
                self._point(
                    f"The draft to {telling.addressee(case)} is gone. Some mail programs hide a draft while it is "
                    "edited, so the program looks a few more times (in real life: for a day)."
                )
            case State.VETOED:
                self._vetoed.add(case.id)
                self._point(
                    f"Still gone: a deleted draft is a no. {telling.addressee(case)} gets no note, now or later."
                )
            case State.READY:
                self._noted = False
                self._point(f"The hold is over: the draft to {telling.addressee(case)} is ready.")

    # -- the user's part, played as a mail program does it

    def _act(self) -> None:
        self._acted = True
        self._under("Ana opens Drafts in her mail program")
        self._point(
            f"{len(self._held)} drafts lie there, held for another {self._left():.0f} seconds. "
            "She may read, change, send or delete them."
        )
        drafts = self.account.folder("\\Drafts")
        for mail in self.account.messages(drafts):
            if _DELETED in (mail.header("To") or ""):
                self._point("She does not want to write to Mark Oyelaran, and deletes that draft.")
                self.account.delete(drafts, mail.uid)
            if _EDITED in (mail.header("To") or ""):
                self._point(
                    "She adds a line to the note to Priya Raman. Her mail program saves that as a new mail with a "
                    "new Message-ID, and throws the old one away; the program knows it again all the same."
                )
                self._edited = edited(mail, _ADDED)
                self.account.replace(drafts, mail.uid, self._edited, Clock().now())

    def _finish(self) -> bool:
        drafts = self.account.messages(self.account.folder("\\Drafts"))
        kept = any(mail.raw == self._edited for mail in drafts)
        vetoed = not any(_DELETED in (mail.header("To") or "") for mail in drafts)
        unsent = len(self.account.messages(self.account.folder("\\Sent"))) == self._sent_before
        self._under("In the end")
        self._point(
            f"{len(drafts)} drafts lie in Drafts for Ana to send, change or delete; nothing happens if she leaves them."
        )
        if kept:
            self._point("The one that she changed is, to the letter, as she saved it.")
        for wrong, text in (
            (not kept, "The edited draft is not as she saved it."),
            (not vetoed, "The deleted draft came back."),
            (not unsent, "Something was sent."),
        ):
            if wrong:
                self._point(text)
        if unsent:
            self._say("\nNothing was sent.")
        return kept and vetoed and unsent

    # -- paper and ink

    def _under(self, heading: str) -> None:
        if heading != self._heading:
            self._heading = heading
            self._say(telling.heading(heading))

    def _point(self, text: str) -> None:
        self._say(telling.paragraph(text, 2))
        self._wait(self.pace.mail)

    def _say(self, text: str) -> None:
        self.out.write(("\r\x1b[K" if self._ticking else "") + text + "\n")
        self._ticking = False
        self.out.flush()

    def _tick(self) -> None:
        """On a terminal, shows how long the hold still is."""
        if self.pace.mail and any(case.state is State.HELD for case in self._cases.values()):
            self.out.write(f"\r\x1b[K  held: {self._left():.0f} s to go")
            self.out.flush()
            self._ticking = True

    def _left(self) -> float:
        """Seconds until the first hold ends."""
        dues = [case.due for case in self._cases.values() if case.state is State.HELD and case.due]
        return max((min(dues) - Clock().now()).total_seconds(), 0.0) if dues else 0.0

    def _wait(self, seconds: float) -> None:
        if seconds:
            threading.Event().wait(seconds)


def edited(mail: Mail, line: str) -> bytes:
    """The draft with a line more, as a mail program saves it: a new Message-ID, In-Reply-To and References kept."""
    message = message_from_bytes(mail.raw, _class=EmailMessage, policy=SMTP)
    text = message.get_content().rstrip()
    message.replace_header("Message-ID", f"<edited.{mail.uid}@{ADDRESS.partition('@')[2]}>")
    message.set_content(f"{text}\n\n{line}\n")
    return message.as_bytes()
