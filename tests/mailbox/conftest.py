"""Places where the mailbox contract must hold: the fake, real servers, the built-in server playing providers."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime

import pytest
from fake_mailbox import FakeAccount
from imapclient import IMAPClient
from servers.base import PASSWORD

from responder.demo import quirks
from responder.demo.server import Server as BuiltIn
from responder.demo.store import Account
from responder.mailbox import ImapMailbox, Mailbox, Server, connect
from responder.wire import Secret


class FakePlace:
    """The in-memory fake."""

    folders = ("Drafts", "Sent", "Trash")

    def __init__(self) -> None:
        self.account = FakeAccount()

    def connect(self) -> Mailbox:
        return self.account.connect()

    def deliver(self, folder: str, raw: bytes, flags: Iterable[str] = (), when: datetime | None = None) -> None:
        self.account.deliver(folder, raw, flags, when)

    def delete(self, folder: str, uid: int) -> None:
        self.account.delete(folder, uid)

    def flag(self, folder: str, uid: int, flag: str) -> None:
        self.account.flag(folder, uid, flag)

    def close(self) -> None: ...


class ImapPlace:
    """A server, seen by ImapMailbox and by a second client over imapclient alone."""

    def __init__(
        self, server: Server, plain_port: int, folders: tuple[str, str, str] = ("Drafts", "Sent", "Trash")
    ) -> None:
        self.server = server
        self.folders = folders
        self._plain_port = plain_port
        self._stack = ExitStack()
        self._client: IMAPClient | None = None

    def connect(self) -> ImapMailbox:
        mailbox = connect(self.server, Secret(PASSWORD))
        self._stack.callback(mailbox.close)
        return mailbox

    @property
    def client(self) -> IMAPClient:
        """The user's mail client."""
        if self._client is None:
            self._client = IMAPClient("127.0.0.1", self._plain_port, ssl=False, timeout=10)
            self._client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # 40 ms less in each APPEND
            self._stack.callback(self._client.shutdown)
            self._client.login(self.server.username, PASSWORD)
        return self._client

    def deliver(self, folder: str, raw: bytes, flags: Iterable[str] = (), when: datetime | None = None) -> None:
        self.client.append(folder, raw, tuple(flags), when)

    def delete(self, folder: str, uid: int) -> None:
        self.client.select_folder(folder)
        self.client.add_flags([uid], ["\\Deleted"])
        if self.client.has_capability("UIDPLUS"):
            self.client.uid_expunge([uid])
        else:
            self.client.expunge()

    def flag(self, folder: str, uid: int, flag: str) -> None:
        self.client.select_folder(folder)
        self.client.add_flags([uid], [flag])

    def close(self) -> None:
        self._stack.close()


BUILT_IN = {
    "builtin": (quirks.Quirks(), ("Drafts", "Sent", "Trash")),
    "gmail": (quirks.GMAIL, ("[Gmail]/Drafts", "[Gmail]/Sent Mail", "[Gmail]/Trash")),
    "exchange": (quirks.EXCHANGE, ("Entwürfe", "Gesendete Elemente", "Gelöschte Elemente")),
    "yahoo": (quirks.YAHOO, ("Draft", "Sent", "Trash")),
    "icloud": (quirks.ICLOUD, ("Drafts", "Sent Messages", "Deleted Messages")),
    "proton": (quirks.PROTON, ("Drafts", "Sent", "Trash")),
    "zoho": (quirks.ZOHO, ("Drafts", "Sent", "Trash")),
    "courier": (quirks.COURIER, ("INBOX.Drafts", "INBOX.Sent", "INBOX.Trash")),
    "oldcyrus": (quirks.Quirks(special_use_in_list=False), ("Drafts", "Sent", "Trash")),
    "no-uidplus": (quirks.Quirks(uidplus=False, literal_plus=False, move=False), ("Drafts", "Sent", "Trash")),
}
REAL = ("dovecot", "dovecot-starttls", "cyrus", "hoodiecrow")


@pytest.fixture(
    params=["fake", *BUILT_IN, *(pytest.param(name, marks=pytest.mark.server) for name in REAL)],
)
def place(request: pytest.FixtureRequest) -> Iterator[FakePlace | ImapPlace]:
    """Each place in turn, with an empty mailbox of its own."""
    name = request.param
    if name == "fake":
        yield FakePlace()
        return
    with ExitStack() as stack:
        if name in BUILT_IN:
            found, folders = BUILT_IN[name]
            built_in = stack.enter_context(BuiltIn({"ana": Account(PASSWORD)}, found))
            made = ImapPlace(Server("127.0.0.1", built_in.port, "none", "ana", timeout=10), built_in.port, folders)
        else:
            kind = name.removesuffix("-starttls")
            running = request.getfixturevalue("mail_server")(kind)
            tls = running.implicit_tls and kind == name
            port = running.tls_port if tls else running.port
            server = Server("localhost", port, "tls" if tls else "starttls", running.new_user(), running.ca_file, 20)
            made = ImapPlace(server, running.port)
        stack.callback(made.close)
        yield made


@pytest.fixture
def imap(dovecot, request: pytest.FixtureRequest) -> Iterator[ImapPlace]:  # type: ignore[no-untyped-def]
    """Dovecot alone, for what the fake cannot show."""
    server = Server("localhost", dovecot.tls_port, "tls", dovecot.new_user(), dovecot.ca_file, 20)
    made = ImapPlace(server, dovecot.port)
    yield made
    made.close()
