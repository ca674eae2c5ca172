"""Places where the mailbox contract must hold: the fake, real servers, the built-in server playing providers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from places import FakePlace, ImapPlace
from servers.base import PASSWORD

from responder.demo import quirks
from responder.demo.server import Server as BuiltIn
from responder.demo.store import Account
from responder.mailbox import Server

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
