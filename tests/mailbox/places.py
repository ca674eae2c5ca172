"""What the mailbox contract is tried on: the fake, or a server seen by the program and by a second client."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import datetime

from fake_mailbox import FakeAccount
from imapclient import IMAPClient
from servers.base import PASSWORD

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
