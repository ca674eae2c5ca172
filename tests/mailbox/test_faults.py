"""The connection fails at every command, in every way: only the agreed errors come out, nothing is half believed, a new connection works."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from proxy import Fault, FaultProxy
from servers import MailServer
from servers.base import PASSWORD

from responder.errors import LoginRefused, OutcomeUnknown, Refused, TryLater
from responder.mailbox import ImapMailbox, Search, Server, connect
from responder.wire import Secret, Wake

pytestmark = pytest.mark.server

WHEN = datetime(2026, 3, 14, tzinfo=UTC)
SMALL = b"From: a@b.example\r\nMessage-ID: <small@b.example>\r\nSubject: x\r\n\r\nhello\r\n"
LARGE = (
    b"From: a@b.example\r\nMessage-ID: <large@b.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=xx\r\n\r\n"
    b"--xx\r\nContent-Type: text/plain\r\n\r\nhello\r\n--xx\r\nContent-Type: application/pdf\r\n\r\n" + b"A" * 60 + b"\r\n" * 20_000 + b"--xx--\r\n"
)  # fmt: skip


class Line:
    """A mailbox on Dovecot behind the proxy."""

    def __init__(self, proxy: FaultProxy, user: str) -> None:
        self.proxy = proxy
        self._user = user
        self._stack = contextlib.ExitStack()

    def connect(self, timeout: float = 5) -> ImapMailbox:
        server = Server("127.0.0.1", self.proxy.port, "none", self._user, timeout=timeout)
        mailbox = connect(server, Secret(PASSWORD))
        self._stack.callback(mailbox.close)
        return mailbox

    def close(self) -> None:
        self._stack.close()


@pytest.fixture
def line(dovecot: MailServer) -> Iterator[Line]:
    with FaultProxy((dovecot.host, dovecot.port)) as proxy:
        made = Line(proxy, dovecot.new_user())
        yield made
        proxy.clear()
        made.close()


def _filled(line: Line, timeout: float = 5) -> ImapMailbox:
    mailbox = line.connect()
    for raw in (SMALL, LARGE):
        mailbox.append("INBOX", raw, (), WHEN)
    mailbox.uids_from("INBOX", 1)
    line.proxy.clear()
    mailbox._server = replace(
        mailbox._server, timeout=timeout
    )  # only now: a busy machine is slow to log in and to fill
    mailbox._client.wire._seconds = timeout
    return mailbox


ACTS: dict[str, tuple[str, Callable[[ImapMailbox], object]]] = {
    "roles": ("LIST", lambda m: m.roles()),
    "namespace": ("NAMESPACE", lambda m: m.roles()),
    "noop": ("NOOP", lambda m: m.state("INBOX")),
    "status": ("STATUS", lambda m: m.state("Drafts")),
    "examine": ("EXAMINE", lambda m: m.select("Drafts")),
    "uids": ("UID SEARCH", lambda m: m.uids_from("INBOX", 1)),
    "search": ("UID SEARCH", lambda m: m.search("INBOX", Search(people=("a@b.example",)))),
    "find": ("UID SEARCH", lambda m: m.find("INBOX", "<small@b.example>")),
    "find-fetch": ("UID FETCH", lambda m: m.find("INBOX", "<small@b.example>")),
    "entries": ("UID FETCH", lambda m: m.entries("INBOX", [1, 2])),
    "texts-small": ("UID FETCH", lambda m: m.texts("INBOX", [1])),
    "texts-large": ("UID FETCH", lambda m: m.texts("INBOX", [2])),
    "raw": ("UID FETCH", lambda m: m.raw("INBOX", 1)),
    "append": ("APPEND", lambda m: m.append("Drafts", SMALL, ("\\Draft",), WHEN)),
    "trash": ("UID MOVE", lambda m: m.trash("INBOX", 1)),
    "trash-select": ("SELECT", lambda m: m.trash("INBOX", 1)),
    "idle": ("IDLE", lambda m: m.wait("INBOX", 0.05, Wake())),
}
ENDS = [
    ("cut", "before"), ("cut", "sent"), ("cut", "reply"), ("bye", "before"), ("bye", "sent"), ("bye", "reply"),
    ("stall", "before"), ("stall", "reply"), ("drip", "before"), ("drip", "reply"),
]  # fmt: skip


# IDLE ends with DONE, which is no command of its own: what fails later in it is in test_idle.py.
CASES = [(act, kind, when) for act in ACTS for kind, when in ENDS if act != "idle" or when == "before"]


@pytest.mark.parametrize(("act", "kind", "when"), CASES)
def test_a_connection_that_ends(line, act, kind, when):
    command, do = ACTS[act]
    mailbox = _filled(line, timeout=0.1 if kind in ("stall", "drip") else 5)
    fault = line.proxy.add(Fault(kind, command, when))
    with pytest.raises((TryLater, OutcomeUnknown)) as error:
        do(mailbox)
    assert fault.fired == 1
    assert act == "append" or error.type is TryLater
    if act == "append" and when != "before":
        assert error.type is OutcomeUnknown
    assert str(error.value).startswith("127.0.0.1")
    with pytest.raises(TryLater):
        mailbox.state("INBOX")  # closed for good
    _goes_on(line, act, when)


def _goes_on(line: Line, act: str, when: str) -> None:
    """A new connection finds the mailbox as the server left it."""
    line.proxy.clear()
    again = line.connect()
    moved = act == "trash" and when != "before"
    again.entries("INBOX", [1, 2])
    if when == "reply" or not act.startswith(("append", "trash")):
        assert again.select("INBOX").exists == (1 if moved else 2)
        assert len(again.find("Drafts", "<small@b.example>")) == (1 if act == "append" else 0)
    assert again.append("Drafts", SMALL, (), WHEN).uid


@pytest.mark.parametrize("kind", ["no", "bad"])
@pytest.mark.parametrize("act", ACTS)
def test_a_command_that_is_refused(line, act, kind):
    command, do = ACTS[act]
    mailbox = _filled(line)
    line.proxy.add(Fault(kind, command, text="[CANNOT] not today", times=0))
    if act == "idle":
        do(mailbox)  # then there is no IDLE, and polling goes on
        do(mailbox)
        assert line.proxy.commands.count("IDLE") == 1
    else:
        with pytest.raises(Refused, match="not today"):
            do(mailbox)
    line.proxy.clear()
    assert mailbox.select("INBOX").exists == 2  # the connection goes on
    assert do(mailbox) is not None or act in ("idle", "trash", "trash-select")


@pytest.mark.parametrize(
    "text", ["[UNAVAILABLE] busy", "[INUSE] locked", "[OVERQUOTA] full", "User is authenticated but not connected."]
)
@pytest.mark.parametrize("act", ["examine", "append", "uids", "status"])
def test_a_refusal_that_passes(line, act, text):
    command, do = ACTS[act]
    mailbox = _filled(line)
    line.proxy.add(Fault("no", command, text=text))
    with pytest.raises(TryLater, match=r"full|not now"):
        do(mailbox)
    assert line.connect().append("Drafts", SMALL, (), WHEN).uid


LOGIN = [
    ("no", "[AUTHENTICATIONFAILED] Invalid credentials (Failure)", LoginRefused, "responder login"),
    ("no", "Application-specific password required", LoginRefused, "app password"),
    ("no", "[ALERT] Your account is not enabled for IMAP use", LoginRefused, "switched off"),
    ("no", "[UNAVAILABLE] Temporary authentication failure.", TryLater, "not now"),
    ("no", "[ALERT] Too many simultaneous connections. (Failure)", TryLater, "not now"),
    ("bad", "User is authenticated but not connected.", TryLater, "not now"),
    ("no", "[LIMIT] Rate limit hit", TryLater, "not now"),
    ("cut", "", TryLater, "lost"),
    ("bye", "too many connections", TryLater, "too many"),
    ("stall", "", TryLater, "no answer"),
    ("drip", "", TryLater, "no answer"),
]


@pytest.mark.parametrize(("kind", "text", "error", "says"), LOGIN)
def test_a_login_that_fails(line, kind, text, error, says):
    line.proxy.add(Fault(kind, "LOGIN", text=text))
    with pytest.raises(error, match=says) as caught:
        line.connect(timeout=0.4)
    assert PASSWORD not in str(caught.value)
    assert (caught.type is LoginRefused) == (error is LoginRefused)


@pytest.mark.parametrize("position", [1, 5, 20, 100, 400, 900, 2000])
@pytest.mark.parametrize("direction", ["c2s", "s2c"])
def test_a_cut_in_the_middle_of_anything(line, direction, position):
    _filled(line)
    line.proxy.add(Fault("cut", after_bytes=position, direction=direction))
    with contextlib.suppress(TryLater, OutcomeUnknown):
        mailbox = line.connect()
        mailbox.select("INBOX")
        mailbox.entries("INBOX", [1, 2])
        mailbox.texts("INBOX", [1, 2])
        mailbox.append("Drafts", SMALL, (), WHEN)
        mailbox.append("Drafts", SMALL.replace(b"small", b"second") + b"x" * 2000, (), WHEN)
    again = line.connect()
    assert set(again.texts("INBOX", [1, 2])) == {1, 2}
    for uid in again.uids_from("Drafts", 1):
        assert again.raw("Drafts", uid) in (SMALL, SMALL.replace(b"small", b"second") + b"x" * 2000)


def test_a_mail_that_cannot_be_fetched_hides_no_other(line):
    mailbox = _filled(line)
    line.proxy.add(Fault("no", "UID FETCH", text="[SERVERBUG] cannot render", times=2))
    with pytest.raises(TryLater):
        mailbox.entries("INBOX", [1, 2])
    mailbox = line.connect()
    line.proxy.clear()
    line.proxy.add(Fault("no", "UID FETCH", text="cannot render", times=2))
    assert [entry.uid for entry in mailbox.entries("INBOX", [1, 2])] == [2]
    assert line.proxy.commands == ["EXAMINE", "UID FETCH", "UID FETCH", "UID FETCH"]


def test_nothing_new_is_one_noop(line):
    mailbox = _filled(line)
    mailbox.state("INBOX")
    line.proxy.clear()
    for _ in range(3):
        assert not mailbox.state("INBOX").arrivals
    assert line.proxy.commands == ["NOOP"] * 3
    mailbox.state("Archive")
    assert line.proxy.commands[3:] == ["STATUS"]


def test_new_mails_cost_few_round_trips(line):
    mailbox = _filled(line)
    for number in range(60):
        mailbox.append("INBOX", SMALL.replace(b"small", b"m%d" % number), (), WHEN)
    line.proxy.clear()
    uids = mailbox.uids_from("INBOX", 3)
    mailbox.entries("INBOX", uids)
    assert len(mailbox.texts("INBOX", uids)) == 60
    assert line.proxy.commands == ["NOOP", "UID SEARCH", "UID FETCH", "UID FETCH", "UID FETCH"]


def test_attachments_are_not_fetched(line):
    mailbox = _filled(line)
    fault = line.proxy.add(Fault("cut", after_bytes=20_000))
    (text,) = mailbox.texts("INBOX", [2]).values()
    assert b"hello" in text
    assert b"AAAA" not in text
    assert not fault.fired


def test_a_server_that_restarts(mail_server):
    from servers import Dovecot

    with Dovecot() as server:
        there = Server("localhost", server.tls_port, "tls", server.new_user(), server.ca_file, 5)
        mailbox = connect(there, Secret(PASSWORD))
        mailbox.append("INBOX", SMALL, (), WHEN)
        mailbox.uids_from("INBOX", 1)
        server.stop()
        with pytest.raises(TryLater):
            for _ in range(3):
                mailbox.wait("INBOX", 5, Wake())
        with pytest.raises(TryLater, match="refused"):
            connect(there, Secret(PASSWORD))
        server.start()
        again = connect(there, Secret(PASSWORD))
        assert again.state("INBOX").exists == 1
        again.close()
