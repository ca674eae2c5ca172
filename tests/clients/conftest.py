"""The program and a mail program at one mailbox: Dovecot, or the built-in server with labels for folders."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

import pytest
from clients.desk import Desk
from clients.standins import CLIENTS, Client
from imapclient import IMAPClient
from rounds.world import World
from servers.base import PASSWORD

from responder.demo import quirks
from responder.demo.server import Server as BuiltIn
from responder.demo.store import Account as Holder
from responder.life.plan import Action
from responder.mailbox import ImapMailbox, Server, connect
from responder.wire import Secret


@dataclass
class Home(World):
    """A world whose mailbox lies on a real server; as the daemon's, its connection stays, and is made anew where it broke."""

    host: Server | None = None
    imap: IMAPClient | None = None
    stack: ExitStack | None = None
    box: ImapMailbox | None = None

    def connection(self, on_io: Callable[[str], None]) -> ImapMailbox:
        if self.box is None or self.box._closed:
            self.box = connect(self.host, Secret(PASSWORD))
            self.stack.callback(self.box.close)
        return self.box

    def round(self, on_io: Callable[[str], None] = lambda _: None) -> None:
        super().round(on_io)
        if self.box is not None and self.box._closed:
            super().round(on_io)

    def deliver(self, raw: bytes, folder: str = "INBOX") -> int:
        self.imap.append(folder, raw, (), self.clock.now())
        return 0

    def hours(self, count: float, step: float) -> None:
        """`count` hours, with a round at each `step`."""
        for _ in range(round(count / step)):
            self.pass_time(hours=step)
            self.round()


@dataclass
class Both:
    """The program (`home`) and the user's mail program (`desk`)."""

    home: Home
    desk: Desk
    post: list[bytes]

    @property
    def client(self) -> Client:
        return self.desk.client

    def file(self, action: Action = Action.REMIND) -> None:
        """A rejection comes, and its draft is filed."""
        self.home.policy = replace(self.home.policy, action=action, star_after_due=self.client.gmail)
        self.home.reject()
        self.home.round()
        assert self.home.state() == "held"
        assert len(self.desk.uids()) == 1

    def to_the_end(self) -> None:
        """The hold ends."""
        self.home.pass_time(hours=24.1)
        self.home.round()

    def until_vetoed(self) -> None:
        self.home.hours(28, 4)
        assert self.home.state() == "vetoed"
        assert self.desk.uids() == []


@pytest.fixture(scope="session")
def labels() -> Iterator[BuiltIn]:
    users = {f"ana{number}": Holder(PASSWORD) for number in range(99)}
    with BuiltIn(users, replace(quirks.GMAIL, max_connections=0)) as server:
        yield server


@pytest.fixture
def seat(request: pytest.FixtureRequest, tmp_path) -> Iterator[Callable[[Client], Both]]:
    """Sits a user down at a mail program."""
    with ExitStack() as stack:

        def sit(client: Client) -> Both:
            if client.gmail:
                running = request.getfixturevalue("labels")
                user = next(
                    name for name, box in running.users.items() if not any(m.mails for m in box.mailboxes.values())
                )
                names = ("[Gmail]/Drafts", "[Gmail]/Sent Mail", "[Gmail]/Trash")
            else:
                running = request.getfixturevalue("dovecot")
                user, names = running.new_user(), ("Drafts", "Sent", "Trash")
            imap = IMAPClient("127.0.0.1", running.port, ssl=False, timeout=20)
            imap.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stack.callback(imap.shutdown)
            imap.login(user, PASSWORD)
            post: list[bytes] = []
            host = Server("127.0.0.1", running.port, "none", user, timeout=20)
            home = Home(tmp_path, post=lambda *mail: post.append(mail[2]), host=host, imap=imap, stack=stack)
            return Both(home, Desk(client, imap, home.clock, *names), post)

        yield sit


@pytest.fixture(params=CLIENTS, ids=lambda client: client.name)
def both(request: pytest.FixtureRequest, seat: Callable[[Client], Both]) -> Both:
    """Each mail program in turn."""
    return seat(request.param)
