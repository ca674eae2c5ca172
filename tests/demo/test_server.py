"""What a mail client does, on the built-in server, through a library of others."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import trustme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from responder.demo.quirks import Quirks
from responder.demo.server import Server
from responder.demo.store import Account, Change

Play = Callable[..., Server]
Connect = Callable[[Server], IMAPClient]
WHEN = datetime(2026, 11, 3, 10, 0, tzinfo=UTC)
DRAFT = b"Message-ID: <d1@mail.example>\r\nIn-Reply-To: <r@acme.example>\r\nSubject: Re: News\r\n\r\nThank you.\r\n"


class Raw:
    """A client that sends just what it is told."""

    def __init__(self, server: Server) -> None:
        self.socket = socket.create_connection((server.host, server.port), 5)
        self.file = self.socket.makefile("rb")
        self.greeting = self.file.readline()

    def say(self, octets: bytes) -> bytes:
        """The lines up to the tagged, continuing or last one."""
        self.socket.sendall(octets)
        lines = b""
        while line := self.file.readline():
            lines += line
            if not line.startswith(b"*"):
                break
        return lines


@pytest.fixture
def raw(play: Play) -> Iterator[Raw]:
    client = Raw(play())
    yield client
    client.file.close()
    client.socket.close()


def test_a_client_reads_edits_and_deletes_a_draft(play: Play, connect: Connect) -> None:
    server = play()
    account = server.users["ana"]
    first = account.deliver("Drafts", DRAFT, WHEN, ["\\Draft", "\\Seen"])
    client = connect(server)
    drafts = client.find_special_folder(b"\\Drafts")
    client.select_folder(drafts)
    assert client.fetch([first], ["BODY[]", "FLAGS"])[first][b"BODY[]"] == DRAFT

    edited = DRAFT.replace(b"d1@", b"d2@").replace(b"Thank you.", b"Thank you all.")
    client.append(drafts, edited, flags=[b"\\Draft", b"\\Seen"], msg_time=WHEN)
    client.delete_messages([first])
    client.expunge([first])
    (second,) = client.search(["HEADER", "In-Reply-To", "<r@acme.example>"])
    assert second > first
    assert [mail.raw for mail in account.messages("Drafts")] == [edited]

    client.move([second], client.find_special_folder(b"\\Trash"))
    assert account.messages("Drafts") == ()
    assert account.messages("Trash")[0].flags == {"\\Draft", "\\Seen"}


def test_what_the_store_is_told_directly_reaches_a_client_in_idle(play: Play, connect: Connect) -> None:
    server = play()
    account = server.users["ana"]
    uid = account.deliver("INBOX", DRAFT, WHEN)
    client = connect(server)
    client.select_folder("INBOX")
    client.idle()
    account.deliver("INBOX", DRAFT, WHEN)
    assert client.idle_check(timeout=5) == [(2, b"EXISTS")]
    account.set_flags("INBOX", uid, ["\\Flagged"])
    assert client.idle_check(timeout=5) == [(1, b"FETCH", (b"UID", uid, b"FLAGS", (b"\\Flagged",)))]
    account.delete("INBOX", uid)
    assert client.idle_check(timeout=5) == [(1, b"EXPUNGE")]
    client.idle_done()
    assert client.search() == [2]


def test_numbers_do_not_change_until_the_client_is_told(play: Play, connect: Connect) -> None:
    server = play()
    account = server.users["ana"]
    uids = [account.deliver("INBOX", DRAFT, WHEN) for _ in range(3)]
    client = connect(server)
    client.select_folder("INBOX")
    account.delete("INBOX", uids[0])
    client.use_uid = False
    assert client.search() == [1, 2, 3]
    client.noop()
    assert client.search() == [1, 2]


def test_mail_comes_back_as_it_went(play: Play, connect: Connect) -> None:
    server = play()
    client = connect(server)
    client.select_folder("INBOX")
    for octets in (b"\xff\xfe no header \x00\r\n", b"X: y\n\nline feeds only\n", b"A: b\r\n\r\n" + b"x" * 300_000):
        if b"\r" in octets:
            client.append("INBOX", octets)
        else:
            server.users["ana"].deliver("INBOX", octets, WHEN)  # the library would write CRLF
        client.noop()
        uid = client.search()[-1]
        assert client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"] == octets


def test_starttls_and_implicit_tls_with_a_checked_certificate(play: Play, authority: trustme.CA) -> None:
    server = play(Quirks(login_needs_tls=True))
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with IMAPClient("localhost", port=server.port, ssl=False, timeout=5) as client:
        assert b"LOGINDISABLED" in client.capabilities()
        with pytest.raises(LoginError):
            client.login("ana", "secret")
        client.starttls(context)
        client.login("ana", "secret")
        assert not client.has_capability("STARTTLS")
    with IMAPClient("localhost", port=server.tls_port, ssl=True, ssl_context=context, timeout=5) as client:
        client.login("ana", "secret")
    with pytest.raises(ssl.SSLCertVerificationError):
        IMAPClient("localhost", port=server.tls_port, ssl=True, timeout=5)


def test_what_is_slipped_in_before_tls_ends_the_connection(raw: Raw) -> None:
    raw.socket.sendall(b"a STARTTLS\r\nb NOOP\r\n")
    assert b"BYE" in raw.file.readline()
    assert raw.file.readline() == b""


def test_tokens_are_checked(play: Play) -> None:
    server = play(token_ok=lambda user, token: (user, token) == ("ana", "good"))
    for log_in in ("oauth2_login", "oauthbearer_login"):
        with IMAPClient(server.host, port=server.port, ssl=False, timeout=5) as client:
            getattr(client, log_in)("ana", "good")
            assert client.noop()
        client = IMAPClient(server.host, port=server.port, ssl=False, timeout=5)
        with pytest.raises(IMAPClientError, match="not accepted"):
            getattr(client, log_in)("ana", "stale")
        client.shutdown()


def test_a_plain_sasl_login(raw: Raw) -> None:
    assert raw.say(b"a AUTHENTICATE PLAIN\r\n") == b"+ \r\n"
    assert b"a OK" in raw.say(b"AGFuYQBzZWNyZXQ=\r\n")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (b"\r\na NOOP\r\n", b"* BAD"),
        (b"a NONSENSE\r\n", b"a NO"),  # before login nothing is told of what there is
        (b"a LOGIN ana wrong\r\n", b"a NO [AUTHENTICATIONFAILED]"),
        (b"a LOGIN ana\r\n", b"a BAD"),
        (b"a LOGIN {4}\r\n", b"+ "),
        (b"a LOGIN {999999}\r\n", b"a NO [TOOBIG]"),
        (b"a LOGIN {999999+}\r\n", b"* BYE"),
        (b"a LOGIN (ana) secret\r\n", b"a BAD"),
        (b"a SELECT INBOX\r\n", b"a NO"),
        (b"x" * 70_000 + b"\r\n", b"* BYE"),
    ],
)
def test_limits_before_login(raw: Raw, said: bytes, answer: bytes) -> None:
    assert raw.say(said).startswith(answer)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(
    st.sampled_from(
        [
            "SELECT",
            "LIST",
            "STATUS",
            "UID SEARCH",
            "UID FETCH",
            "UID STORE",
            "UID COPY",
            "UID EXPUNGE",
            "CREATE",
            "RENAME",
            "",
        ]
    ),
    st.text(alphabet='1:*,( )"\\[]{}aBODY.PEEKINBOXFLAGS\x00é', max_size=25),
)
def test_any_line_gets_an_answer_and_the_session_goes_on(raw: Raw, command: str, rest: str) -> None:
    raw.say(b"l LOGIN ana secret\r\n")
    raw.say(b"s SELECT INBOX\r\n")
    if rest.endswith("}"):
        rest += " "
    assert raw.say(f"f {command} {rest}\r\n".encode()).splitlines()[-1].startswith((b"f OK", b"f NO", b"f BAD"))
    assert raw.say(b"n NOOP\r\n").splitlines()[-1].startswith(b"n OK")


def test_a_server_may_go_and_come_back_with_the_mail(play: Play, connect: Connect) -> None:
    server = play()
    server.users["ana"].deliver("INBOX", DRAFT, WHEN)
    before = connect(server)
    server.stop()
    with pytest.raises((OSError, IMAPClientError)):
        before.noop()
    server.start()
    client = connect(server)
    assert client.select_folder("INBOX")[b"EXISTS"] == 1
    server.drop_connections()
    with pytest.raises((OSError, IMAPClientError)):
        client.noop()


def test_a_backup_that_came_back_has_new_numbers(play: Play, connect: Connect) -> None:
    server = play()
    account = server.users["ana"]
    for _ in range(2):
        account.deliver("INBOX", DRAFT, WHEN)
    account.delete("INBOX", 1)
    client = connect(server)
    before = client.select_folder("INBOX")[b"UIDVALIDITY"]
    account.renumber("INBOX")
    after = client.select_folder("INBOX")
    assert after[b"UIDVALIDITY"] != before
    assert client.search() == [1]


def test_changes_are_told(connect: Connect) -> None:
    told: list[Change] = []
    heard = threading.Event()

    def hear(change: Change) -> None:
        told.append(change)
        heard.set()

    with Server({"ana": Account("secret", on_change=hear)}) as server:
        connect(server).append("Drafts", DRAFT)
        assert heard.wait(5)
    assert [(change.what, change.folder, change.mail.header("Message-ID")) for change in told] == [
        ("added", "Drafts", "<d1@mail.example>")
    ]
