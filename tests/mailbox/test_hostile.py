"""Servers, and people in between, that lie: nothing is sent to them, nothing of theirs is believed, nothing hangs or grows."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import logging
import socket
import ssl
import time

import pytest
import trustme
from scripted import CAPABLE, ScriptedServer, talking

from responder.errors import LoginRefused, OutcomeUnknown, Refused, TryLater, UserError
from responder.mailbox import Search, Server, connect
from responder.wire import Secret, SecretKind

SECRET = "hunter2-Zebra"
WHEN = dt.datetime(2026, 3, 14, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority, tmp_path_factory):
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def _context(authority: trustme.CA, name: str = "127.0.0.1", **more: object) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, **more).configure_cert(context)
    return context


def _connect(server: ScriptedServer, security: str = "none", ca_file: str | None = None, secret: Secret | None = None):
    there = Server("127.0.0.1", server.port, security, "ana", ca_file, 2)
    return connect(there, secret or Secret(SECRET))


def _heard(server: ScriptedServer) -> bytes:
    return b"\n".join(server.lines)


# -- before anybody is logged in


@pytest.mark.parametrize("security", ["none", "starttls"])
def test_preauth_is_refused(security):
    with ScriptedServer(greeting=b"* PREAUTH welcome back\r\n") as server, pytest.raises(UserError, match="PREAUTH"):
        _connect(server, security)
    assert SECRET.encode() not in _heard(server)


def test_preauth_over_tls_is_refused(authority, ca_file):
    server = ScriptedServer(greeting=b"* PREAUTH welcome back\r\n", tls=_context(authority))
    with server, pytest.raises(UserError, match="PREAUTH"):
        _connect(server, "tls", ca_file)


def test_starttls_that_was_taken_away_is_refused():
    with (
        ScriptedServer(capable=b"IMAP4rev1 AUTH=PLAIN") as server,
        pytest.raises(UserError, match="offers no STARTTLS"),
    ):
        _connect(server, "starttls")
    assert SECRET.encode() not in _heard(server)


@pytest.mark.parametrize("answer", [b"%T NO not now\r\n", b"%T BAD what?\r\n", b"* BYE\r\n"])
def test_starttls_that_is_refused_sends_nothing(answer):
    with ScriptedServer({"STARTTLS": answer}) as server, pytest.raises((TryLater, UserError, Refused)):
        _connect(server, "starttls")
    assert SECRET.encode() not in _heard(server)


def test_answers_injected_behind_starttls_are_refused(authority, ca_file):
    injected = b"%T OK begin\r\n* CAPABILITY IMAP4rev1 X-INJECTED\r\n* 1 EXISTS\r\n"
    server = ScriptedServer({"STARTTLS": injected}, starttls=_context(authority))
    with server, pytest.raises(TryLater, match="STARTTLS"):
        _connect(server, "starttls", ca_file)
    assert SECRET.encode() not in _heard(server)


def test_capabilities_from_before_tls_are_forgotten(authority, ca_file):
    server = ScriptedServer({"STARTTLS": b"%T OK begin\r\n"}, capable=CAPABLE, starttls=_context(authority))
    server.greeting = b"* OK [CAPABILITY IMAP4rev1 STARTTLS X-INJECTED] hi\r\n"
    with server:
        mailbox = _connect(server, "starttls", ca_file)
        assert not mailbox.can("X-INJECTED")
        assert mailbox.can("MOVE")
        mailbox.close()


def test_a_certificate_for_another_name_is_refused(authority, ca_file):
    with (
        ScriptedServer(tls=_context(authority, "other.example")) as server,
        pytest.raises(UserError, match="certificate") as e,
    ):
        _connect(server, "tls", ca_file)
    assert "127.0.0.1" in str(e.value)
    assert not server.lines


def test_a_certificate_of_an_unknown_authority_is_refused(authority):
    with ScriptedServer(tls=_context(authority)) as server, pytest.raises(UserError, match=r"certificate.*ca_file"):
        _connect(server, "tls")
    with (
        ScriptedServer({"STARTTLS": b"%T OK done\r\n"}, starttls=_context(authority)) as server,
        pytest.raises(UserError, match="certificate"),
    ):
        _connect(server, "starttls")
    assert SECRET.encode() not in _heard(server)


def test_a_certificate_that_has_expired_is_refused(authority, ca_file):
    old = _context(authority, not_after=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    with ScriptedServer(tls=old) as server, pytest.raises(UserError, match="expired"):
        _connect(server, "tls", ca_file)


def test_tls_to_a_plain_port_says_what_is_usual():
    with ScriptedServer() as server, pytest.raises(UserError, match=r"993.*143"):
        _connect(server, "tls")


def test_no_tls_is_for_this_machine_only():
    for host in ("imap.acme.example", "192.0.2.1", "localhost.acme.example", "127.0.0.1.acme.example"):
        with pytest.raises(UserError, match="this machine only"):
            connect(Server(host, 143, "none", "ana"), Secret(SECRET))


@pytest.mark.parametrize("ca_file", ["/nowhere/ca.pem", __file__])
def test_a_ca_file_that_is_none_is_named(ca_file):
    with pytest.raises(UserError, match="ca_file"):
        connect(Server("127.0.0.1", 1, "tls", "ana", ca_file), Secret(SECRET))


@pytest.mark.parametrize(
    "greeting",
    [
        b"\x16\x03\x01\x02\x00\x01",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"* BYE too many connections\r\n",
        b"\r\n",
        b"* NO\r\n",
        b"x" * 200_000,
    ],
)
def test_a_greeting_that_is_none(greeting):
    begin = time.monotonic()
    with ScriptedServer(greeting=greeting) as server, pytest.raises(TryLater):
        _connect(server)
    assert time.monotonic() - begin < 5


def test_nobody_there():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(TryLater, match="refused"):
        connect(Server("127.0.0.1", port, "none", "ana", timeout=2), Secret(SECRET))
    with pytest.raises(TryLater, match="no address"):
        connect(Server("no-such-host.invalid", 993, "tls", "ana", timeout=2), Secret(SECRET))


# -- credentials


def test_a_line_break_in_a_credential_goes_nowhere():
    with ScriptedServer() as server:
        for user, secret in (
            ("ana\r\nX DELETE INBOX", SECRET),
            ("ana", f"{SECRET}\r\nX DELETE INBOX"),
            ("ana", "a\x00b"),
        ):
            with pytest.raises(UserError, match="control character"):
                connect(Server("127.0.0.1", server.port, "none", user), Secret(secret))
    assert server.lines == []


def test_odd_credentials_arrive_as_they_are():
    with ScriptedServer() as server:
        mailbox = connect(Server("127.0.0.1", server.port, "none", 'DOM\\a b"c'), Secret('p w"\\'))
        mailbox.close()
    assert b'LOGIN "DOM\\\\a b\\"c" "p w\\"\\\\"' in _heard(server)


class Sasl:
    """AUTHENTICATE with so many challenges; keeps what the client answered."""

    def __init__(self, challenges: int, end: bytes, reason: bytes = b"") -> None:
        self.challenges, self.end, self.reason = challenges, end, reason
        self.answers: list[bytes] = []

    def __call__(self, sock: socket.socket, tag: bytes) -> None:
        for number in range(self.challenges):
            sock.sendall(b"+ " + (base64.b64encode(self.reason) if number else b"") + b"\r\n")
            line = b""
            while not line.endswith(b"\n"):
                line += sock.recv(4096)
            self.answers.append(base64.b64decode(line))
        sock.sendall(tag + b" " + self.end + b"\r\n")


def test_a_password_that_is_not_ascii_goes_by_plain():
    sasl = Sasl(1, b"OK in")
    with ScriptedServer({"AUTHENTICATE": sasl}) as server:
        connect(Server("127.0.0.1", server.port, "none", "ana"), Secret("pässwörd")).close()
    assert sasl.answers == ["\0ana\0pässwörd".encode()]
    assert server.lines[1].endswith(b"AUTHENTICATE PLAIN")


def test_plain_is_used_where_login_is_switched_off():
    sasl = Sasl(1, b"OK in")
    with ScriptedServer({"AUTHENTICATE": sasl}, capable=b"IMAP4rev1 LOGINDISABLED AUTH=PLAIN") as server:
        _connect(server).close()
    assert sasl.answers == [b"\0ana\0" + SECRET.encode()]


@pytest.mark.parametrize(
    ("capable", "sent", "end"),
    [
        (b"IMAP4rev1 AUTH=XOAUTH2", b"user=ana\x01auth=Bearer %s\x01\x01", b""),
        (b"IMAP4rev1 AUTH=XOAUTH2 AUTH=OAUTHBEARER", b"n,a=ana,\x01auth=Bearer %s\x01\x01", b"\x01"),
    ],
)
def test_a_token_that_has_expired_is_a_refused_login_not_a_hang(capable, sent, end):
    sasl = Sasl(2, b"NO [AUTHENTICATIONFAILED] expired")
    with ScriptedServer({"AUTHENTICATE": sasl}, capable=capable) as server, pytest.raises(LoginRefused) as error:
        _connect(server, secret=Secret(SECRET, SecretKind.BEARER))
    assert SECRET not in str(error.value)
    assert sasl.answers == [sent % SECRET.encode(), end]


def test_a_token_that_does_not_cover_mail_says_so():
    sasl = Sasl(2, b"NO no", b'{"status":"insufficient_scope","scope":"mail"}')
    with ScriptedServer({"AUTHENTICATE": sasl}) as server, pytest.raises(LoginRefused, match="scope") as error:
        _connect(server, secret=Secret(SECRET, SecretKind.BEARER))
    assert SECRET not in str(error.value)


def test_no_argument_can_begin_a_command_of_its_own():
    server = ScriptedServer()
    with talking(server) as mailbox:
        with pytest.raises(Refused, match="control characters"):
            mailbox.select("INBOX\r\nA1 DELETE INBOX")
        with pytest.raises(TryLater, match="could not be understood"):
            mailbox.append("Drafts", b"x", ("\\Seen\r\nA1 DELETE INBOX",), WHEN)
    assert b"DELETE" not in _heard(server)


def test_a_token_that_is_good():
    sasl = Sasl(1, b"OK in")
    with ScriptedServer({"AUTHENTICATE": sasl}) as server:
        mailbox = _connect(server, secret=Secret(SECRET, SecretKind.BEARER))
        assert mailbox.select("INBOX").exists == 3
        mailbox.close()


def test_no_secret_and_no_mail_in_the_logs(caplog):
    fetched = (
        b"* 1 FETCH (UID 1 RFC822.SIZE 20 FLAGS () BODY[HEADER]<0> {21}\r\nSubject: very private)\r\n%T OK done\r\n"
    )
    logging.getLogger("imapclient").setLevel(logging.DEBUG)
    with caplog.at_level(logging.DEBUG), talking(ScriptedServer({"UID FETCH": fetched})) as mailbox:
        assert mailbox.entries("INBOX", [1])[0].header == b"Subject: very private"
    with (
        ScriptedServer({"LOGIN": b"%T NO no\r\n"}) as server,
        caplog.at_level(logging.DEBUG),
        pytest.raises(LoginRefused) as error,
    ):
        _connect(server)
    assert "private" not in caplog.text
    assert SECRET not in caplog.text
    assert SECRET not in repr(error.value)
    assert SECRET not in repr(Secret(SECRET))
    frames = []
    trace = error.value.__traceback__
    while trace:
        frames.append(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    assert error.value.__suppress_context__
    assert "login" not in frames  # the library's frame, which holds the password in clear


# -- answers


def _whole_round(mailbox) -> None:
    for act in (
        mailbox.roles,
        lambda: mailbox.state("Drafts"),
        lambda: mailbox.uids_from("INBOX", 1),
        lambda: mailbox.search("INBOX", Search(people=("jane@acme.example",))),
        lambda: mailbox.find("INBOX", "<m1@acme.example>"),
        lambda: mailbox.entries("INBOX", [1]),
        lambda: mailbox.texts("INBOX", [1]),
        lambda: mailbox.raw("INBOX", 1),
        lambda: mailbox.append("Drafts", b"x: y\r\n\r\n", (), WHEN),
    ):
        act()


HEADER = b"Message-ID: <m1@acme.example>\r\n\r\n"
WELL = {  # a server that answers everything, so that each garbage is reached
    "LIST": b'* LIST (\\Drafts) "/" Drafts\r\n%T OK done\r\n',
    "STATUS": b"* STATUS Drafts (UIDVALIDITY 7 UIDNEXT 9 MESSAGES 3)\r\n%T OK done\r\n",
    "UID SEARCH": b"* SEARCH 1\r\n%T OK done\r\n",
    "UID FETCH": b"* 1 FETCH (UID 1 RFC822.SIZE 33 FLAGS () BODY[HEADER]<0> {33}\r\n"
    + HEADER
    + b" BODY[]<0> {33}\r\n"
    + HEADER
    + b")\r\n%T OK done\r\n",
    "APPEND": b"+ go on\r\n",
}


def test_the_well_behaved_script_is_one():
    def append(sock: socket.socket, tag: bytes) -> None:
        sock.sendall(b"+ go on\r\n")
        sock.recv(4096)
        sock.sendall(tag + b" OK [APPENDUID 7 9] done\r\n")

    with talking(ScriptedServer({**WELL, "APPEND": append})) as mailbox:
        _whole_round(mailbox)


GARBAGE = [
    b"\x00\xff\xfe\r\n",
    b"* \r\n",
    b"* 1 FETCH (((((\r\n%T OK done\r\n",
    b"* 1 FETCH (UID 1 BODY[] {5}\r\nab\r\n",
    b"* 1 FETCH (UID 1 BODY[] {100000000000}\r\n",
    b"* 1 FETCH (UID 1 BODY[] {" + b"9" * 5000 + b"}\r\n",
    b"* SEARCH 1 2 x\xff\r\n%T OK done\r\n",
    b"* SEARCH 99999999999999999999999999 -1\r\n%T OK done\r\n",
    b"* STATUS Drafts (UIDVALIDITY x)\r\n%T OK done\r\n",
    b"* STATUS Drafts ()\r\n%T OK done\r\n",
    b'* LIST (\\Drafts "/" Drafts\r\n%T OK done\r\n',
    b"* LIST () NIL {3}\r\nabc\r\n%T OK done\r\n",
    b"* 99999999999999999999 EXISTS\r\n* x EXPUNGE\r\n%T OK done\r\n",
    b"%T PERHAPS\r\n",
    b"A999 OK done\r\n",
    b"+ go on\r\n%T OK done\r\n",
    b"%T OK [APPENDUID x y] done\r\n",
]


@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_for_an_answer_raises_agreed_errors_only(garbage):
    commands = ("LIST", "STATUS", "UID SEARCH", "UID FETCH", "APPEND", "EXAMINE", "NOOP")
    for command in commands:
        server = ScriptedServer({**WELL, command: garbage})
        with talking(server, timeout=0.2) as mailbox, contextlib.suppress(TryLater, Refused, OutcomeUnknown):
            _whole_round(mailbox)


def _fetching(answer: bytes) -> ScriptedServer:
    return ScriptedServer({"UID FETCH": answer})


def test_a_huge_literal_is_refused_before_it_is_read():
    begin = time.monotonic()
    with (
        talking(_fetching(b"* 1 FETCH (UID 1 BODY[] {100000000000}\r\n")) as mailbox,
        pytest.raises(TryLater, match="more than was asked"),
    ):
        mailbox.raw("INBOX", 1)
    assert time.monotonic() - begin < 2


def test_a_literal_larger_than_asked_for_is_refused():
    server = _fetching(b"* 1 FETCH (UID 1 BODY[]<0> {3000000}\r\n" + b"x" * 3_000_000 + b")\r\n%T OK done\r\n")
    with talking(server) as mailbox, pytest.raises(TryLater, match="more than was asked"):
        mailbox.raw("INBOX", 1, limit=1000)


def test_a_little_more_than_asked_for_is_cut():
    with talking(_fetching(b"* 1 FETCH (UID 1 BODY[]<0> {20}\r\n" + b"x" * 20 + b")\r\n%T OK done\r\n")) as mailbox:
        assert mailbox.raw("INBOX", 1, limit=5) == b"xxxxx"


def test_endless_lines_are_left():
    def flood(sock: socket.socket, _tag: bytes) -> None:
        while True:
            sock.sendall(b"* 1 EXISTS\r\n" * 1000)

    enough = "more than was asked|no answer in time"  # whichever is reached first
    with talking(ScriptedServer({"NOOP": flood})) as mailbox, pytest.raises(TryLater, match=enough):
        mailbox.select("INBOX")
        mailbox.state("INBOX")


def test_one_endless_line_is_left():
    def flood(sock: socket.socket, _tag: bytes) -> None:
        sock.sendall(b"* SEARCH ")
        while True:
            sock.sendall(b"1 " * 100_000)

    with talking(ScriptedServer({"UID SEARCH": flood})) as mailbox, pytest.raises(TryLater, match="line of more than"):
        mailbox.uids_from("INBOX", 1)


def test_an_unsolicited_fetch_is_not_taken_for_an_asked_mail():
    """Sequence number 5 says \\Flagged, without a UID; UID 5 is another mail and has no star."""
    answer = b"* 2 FETCH (UID 5 FLAGS () RFC822.SIZE 9)\r\n* 5 FETCH (FLAGS (\\Flagged))\r\n* 3 FETCH (UID 6 FLAGS (\\Flagged))\r\n%T OK done\r\n"
    with talking(_fetching(answer)) as mailbox:
        (entry,) = mailbox.entries("INBOX", [5])
    assert entry.uid == 5
    assert entry.flags == frozenset()


def test_a_changed_uidvalidity_is_seen_and_nothing_is_moved():
    server = ScriptedServer(
        {"LIST": b'* LIST (\\Trash) "/" Trash\r\n%T OK done\r\n', "UID MOVE": b"%T OK done\r\n"},
        capable=b"IMAP4rev1 MOVE",
    )
    server.answers["SELECT"] = (
        b"* 3 EXISTS\r\n* OK [UIDVALIDITY 8] x\r\n* OK [UIDNEXT 9] x\r\n%T OK [READ-WRITE] done\r\n"
    )
    with talking(server) as mailbox:
        assert mailbox.select("Drafts").uidvalidity == 7
        with pytest.raises(TryLater, match="rebuilt"):
            mailbox.trash("Drafts", 3)
    assert b"MOVE" not in _heard(server)


def test_nothing_is_moved_where_there_is_no_trash():
    server = ScriptedServer({"LIST": b'* LIST () "/" INBOX\r\n%T OK done\r\n'})
    with talking(server) as mailbox, pytest.raises(Refused, match="no Trash folder"):
        mailbox.trash("INBOX", 3)
    assert b"SELECT" not in _heard(server)


def test_a_search_that_is_refused_is_not_asked_again_in_the_same_words():
    server = ScriptedServer({"UID SEARCH": b"%T NO not that\r\n"})
    with talking(server) as mailbox:
        with pytest.raises(Refused, match="not that"):
            mailbox.search("INBOX", Search(subjects=("Kites",)))
        assert _heard(server).count(b"SEARCH") == 1
        with pytest.raises(Refused, match="not that"):
            mailbox.search("INBOX", Search(subjects=("Kites für alle",)))
    assert _heard(server).count(b"SEARCH") == 3  # once more without what is not ASCII


def test_mails_that_come_empty_in_a_batch_are_fetched_one_by_one():
    """hoodiecrow answers a partial FETCH of several mails with their beginnings cut away."""

    def fetch(sock: socket.socket, tag: bytes) -> None:
        asked = server.lines[-1].split(b" ")[3]
        for uid in asked.split(b","):
            text = b"From: x" if b"," not in asked else b""
            sock.sendall(
                b"* %b FETCH (UID %b RFC822.SIZE 7 FLAGS () BODY[]<0> {%d}\r\n%b)\r\n" % (uid, uid, len(text), text)
            )
        sock.sendall(tag + b" OK done\r\n")

    server = ScriptedServer({"UID FETCH": fetch})
    with talking(server) as mailbox:
        found = mailbox.beginnings("INBOX", [1, 2], 100)
    assert [(entry.uid, entry.header) for entry in found] == [(1, b"From: x"), (2, b"From: x")]


def test_a_uidvalidity_that_changes_under_way_is_an_arrival():
    with talking(ScriptedServer({"UID SEARCH": b"* SEARCH\r\n%T OK done\r\n"})) as mailbox:
        mailbox.uids_from("INBOX", 1)
        assert not mailbox.state("INBOX").arrivals
        mailbox._client.wire._append_untagged("UIDVALIDITY", b"8")
        state = mailbox.state("INBOX")
        assert (state.uidvalidity, state.arrivals) == (8, True)


def test_a_poison_structure_comes_raw():
    deep = b"(" * 5000 + b")" * 5000
    body = b"Subject: x\r\n\r\nhello"

    def fetch(sock: socket.socket, tag: bytes) -> None:
        line = server.lines[-1]
        if b"BODYSTRUCTURE" in line:
            sock.sendall(b"* 1 FETCH (UID 1 BODYSTRUCTURE " + deep + b")\r\n" + tag + b" OK done\r\n")
        elif b"BODY.PEEK[]" in line:
            sock.sendall(b"* 1 FETCH (UID 1 BODY[]<0> {%d}\r\n%s)\r\n%s OK done\r\n" % (len(body), body, tag))
        else:
            sock.sendall(b"* 1 FETCH (UID 1 RFC822.SIZE 900000)\r\n" + tag + b" OK done\r\n")

    server = ScriptedServer({"UID FETCH": fetch})
    with talking(server) as mailbox:
        assert mailbox.texts("INBOX", [1]) == {1: body}
