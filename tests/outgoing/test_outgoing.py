"""SMTP against real servers: TLS, logins, refusals, and the connection cut at every step. One attempt, three different ends."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from responder.errors import LoginRefused, OutcomeUnknown, Refused, TryLater, UserError
from responder.outgoing import Server, check, send
from responder.wire import Secret, SecretKind

ME, JANE = "ana@mail.example", "jane@fernhill.example"
MAIL = f"From: Ana <{ME}>\r\nTo: Jane <{JANE}>\r\nSubject: Thanks\r\nMessage-ID: <1@mail.example>\r\n\r\nDear Jane,\r\n.\r\nFrom me\r\n".encode()
SECRET = Secret("secret")


class Inbox:
    """What arrived, and what the server answers."""

    def __init__(self, answers: dict[str, str] | None = None) -> None:
        self.mails: list[tuple[str, list[str], bytes]] = []
        self.answers = answers or {}

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.answers.get("RCPT", "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        answer = self.answers.get("DATA", "250 queued")
        if answer.startswith("250"):
            self.mails.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
        return answer


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def ca_file(authority, tmp_path):
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def context_of(authority, name: str = "localhost") -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


def authenticator(server, session, envelope, mechanism, data):
    good = data.login == b"ana" and data.password == b"secret"
    return AuthResult(success=good, handled=False)


@contextmanager
def serving(inbox: Inbox, **options) -> Iterator[int]:
    class Plain(Controller):
        def factory(self):
            return SMTP(self.handler, **options)

    tls = options.pop("implicit", None)
    controller = Plain(inbox, hostname="127.0.0.1", port=0, ssl_context=tls)
    controller.port = free_port()
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


LOGIN = {"authenticator": authenticator, "auth_required": True}


def test_starttls_with_a_login(authority, ca_file):
    inbox = Inbox()
    with serving(inbox, tls_context=context_of(authority), require_starttls=True, **LOGIN) as port:
        send(Server("localhost", port, "starttls", "ana", ca_file), SECRET, ME, JANE, MAIL)
    ((sender, recipients, content),) = inbox.mails
    assert (sender, recipients) == (ME, [JANE])
    assert content == MAIL  # dots and "From " come through as they are


def test_implicit_tls(authority, ca_file):
    inbox = Inbox()
    options = LOGIN | {"auth_require_tls": False}
    with serving(inbox, implicit=context_of(authority), **options) as port:
        send(Server("localhost", port, "tls", "ana", ca_file), SECRET, ME, JANE, MAIL)
    assert len(inbox.mails) == 1


def test_a_certificate_nobody_vouches_for(authority):
    inbox = Inbox()
    with serving(inbox, tls_context=context_of(authority), require_starttls=True, **LOGIN) as port:
        with pytest.raises(UserError, match="certificate cannot be trusted"):
            send(Server("localhost", port, "starttls", "ana"), SECRET, ME, JANE, MAIL)
    assert inbox.mails == []


def test_a_certificate_for_another_name(authority, ca_file):
    with serving(Inbox(), tls_context=context_of(authority, "other.example"), require_starttls=True, **LOGIN) as port:
        with pytest.raises(UserError, match="certificate cannot be trusted"):
            send(Server("localhost", port, "starttls", "ana", ca_file), SECRET, ME, JANE, MAIL)


def test_stripped_starttls_is_refused(ca_file):
    inbox = Inbox()
    with serving(inbox) as port, pytest.raises(UserError, match="offers no STARTTLS"):
        send(Server("localhost", port, "starttls", "ana", ca_file), SECRET, ME, JANE, MAIL)
    assert inbox.mails == []


def test_nothing_goes_over_the_network_without_tls():
    with pytest.raises(UserError, match="without TLS"):
        send(Server("mail.example", 25, "none", "ana"), SECRET, ME, JANE, MAIL)


def test_a_wrong_password(authority, ca_file):
    with serving(Inbox(), tls_context=context_of(authority), require_starttls=True, **LOGIN) as port:
        with pytest.raises(LoginRefused, match="refused the login") as caught:
            check(Server("localhost", port, "starttls", "ana", ca_file), Secret("wrong-secret"))
    assert "wrong-secret" not in str(caught.value)


def test_a_password_that_is_not_ascii_where_no_mechanism_carries_it():
    lines = (b"220 hi\r\n", b"250-localhost\r\n250 AUTH LOGIN CRAM-MD5\r\n")
    with Scripted(2, lines=lines) as server, pytest.raises(LoginRefused, match="both sides know"):
        check(Server("127.0.0.1", server.port, "none", "ana", timeout=5), Secret("grün"))


@pytest.mark.parametrize("offer", [{"auth_exclude_mechanism": ["LOGIN"]}, {}])
def test_a_password_that_is_not_ascii(authority, ca_file, offer):
    """RFC 4616: PLAIN carries UTF-8; smtplib alone breaks off."""
    heard: list[object] = []

    def hears(server, session, envelope, mechanism, data):
        heard.append((data.login, data.password))
        return AuthResult(success=data.password == "grün".encode(), handled=False)

    login = {"authenticator": hears, "auth_required": True}
    inbox = Inbox()
    with serving(inbox, tls_context=context_of(authority), require_starttls=True, **login, **offer) as port:
        send(Server("localhost", port, "starttls", "ana", ca_file), Secret("grün"), ME, JANE, MAIL)
        with pytest.raises(LoginRefused, match="535"):
            check(Server("localhost", port, "starttls", "ana", ca_file), Secret("rot-grün"))
    assert len(inbox.mails) == 1
    assert heard == [(b"ana", "grün".encode()), (b"ana", "rot-grün".encode())]


def test_check_logs_in_and_sends_nothing(authority, ca_file):
    inbox = Inbox()
    with serving(inbox, tls_context=context_of(authority), require_starttls=True, **LOGIN) as port:
        check(Server("localhost", port, "starttls", "ana", ca_file), SECRET)
    assert inbox.mails == []


@pytest.mark.parametrize(
    ("step", "answer", "error"),
    [
        ("MAIL", "550 no", Refused),
        ("MAIL", "451 later", TryLater),
        ("RCPT", "550 no such user", Refused),
        ("RCPT", "450 greylisted", TryLater),
        ("DATA", "554 spam", Refused),
        ("DATA", "452 full", TryLater),
        ("DATA", "999 what", OutcomeUnknown),
    ],
)
def test_what_the_server_says(step, answer, error):
    inbox = Inbox({step: answer})
    with serving(inbox) as port, pytest.raises(error):
        send(Server("127.0.0.1", port, "none", "ana"), SECRET, ME, JANE, MAIL)
    assert inbox.mails == []


def test_nobody_there():
    with pytest.raises(TryLater, match="cannot connect"):
        send(Server("127.0.0.1", free_port(), "none", "ana"), SECRET, ME, JANE, MAIL)


@pytest.mark.parametrize(
    ("recipient", "raw"),
    [
        ("other@fernhill.example", MAIL),
        (JANE, MAIL.replace(b"To: ", b"Cc: boss@fernhill.example\r\nTo: ")),
        (JANE, MAIL.replace(b"To: ", b"Bcc: boss@fernhill.example\r\nTo: ")),
        (JANE, MAIL.replace(b"To: Jane <", b"To: x@y.example, Jane <")),
        ("jane@fernhill.example>\r\nRCPT TO:<x@y.example", MAIL),
        (JANE, MAIL + "ü".encode()),
    ],
)
def test_only_to_exactly_the_intended_recipient(recipient, raw):
    inbox = Inbox()
    with serving(inbox) as port, pytest.raises(Refused):
        send(Server("127.0.0.1", port, "none", "ana"), SECRET, ME, recipient, raw)
    assert inbox.mails == []


class Scripted:
    """A server that says its lines and cuts the connection after so many of them; counts whole mails that it took."""

    LINES = (
        b"220 hello\r\n",
        b"250 hello\r\n",
        b"250 sender\r\n",
        b"250 recipient\r\n",
        b"354 go on\r\n",
        b"250 queued\r\n",
    )

    def __init__(self, says: int, *, half: bool = False, lines: tuple[bytes, ...] = LINES) -> None:
        self.says, self.half, self.lines = says, half, lines
        self.took = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Scripted:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.thread.join(5)
        self.listener.close()

    def _run(self) -> None:
        connection, _ = self.listener.accept()
        with connection, connection.makefile("rb") as reader:
            for number, line in enumerate(self.lines[: self.says]):
                connection.sendall(line[:2] if self.half and number == self.says - 1 else line)
                if line.startswith(b"354") and number + 1 <= self.says:
                    while (text := reader.readline()) not in (b".\r\n", b""):
                        pass
                    self.took += text == b".\r\n"
                elif number + 1 < self.says:
                    reader.readline()


@pytest.mark.parametrize("says", range(7))
@pytest.mark.parametrize("half", [False, True])
def test_the_connection_cut_after_every_answer(says, half):
    """Before the mail is handed over: later. From then on: unknown, never "later"."""
    with Scripted(says, half=half) as server:
        target = Server("127.0.0.1", server.port, "none", "ana", timeout=5)
        if says == 6 and not half:
            send(target, SECRET, ME, JANE, MAIL)
            return
        expected = OutcomeUnknown if (says == 5 and not half) or says == 6 else TryLater
        with pytest.raises(expected):
            send(target, SECRET, ME, JANE, MAIL)
    if expected is TryLater:
        assert server.took == 0 or half


def test_a_server_that_falls_silent_after_the_mail():
    silent = (*Scripted.LINES[:5], b"")
    with Scripted(5, lines=silent) as server, pytest.raises(OutcomeUnknown):
        send(Server("127.0.0.1", server.port, "none", "ana", timeout=0.5), SECRET, ME, JANE, MAIL)


def test_a_bearer_token(authority, ca_file):
    class Tokens(Inbox):
        seen: bytes = b""

        async def auth_XOAUTH2(self, server, args):
            Tokens.seen = base64.b64decode(args[1])
            return AuthResult(success=b"auth=Bearer token-1\x01" in Tokens.seen, handled=False)

    with serving(Tokens(), tls_context=context_of(authority), require_starttls=True, **LOGIN) as port:
        server = Server("localhost", port, "starttls", "ana", ca_file)
        check(server, Secret("token-1", SecretKind.BEARER))
        with pytest.raises(LoginRefused):
            check(server, Secret("token-2", SecretKind.BEARER))
        with pytest.raises(LoginRefused, match="no way to log in"):
            check(server, Secret("tökén", SecretKind.BEARER))
    assert Tokens.seen.startswith(b"user=ana\x01")


GREETS = (b"220 hi\r\n", b"250-localhost\r\n250 AUTH PLAIN LOGIN\r\n")


@pytest.mark.parametrize(
    ("lines", "error", "words"),
    [
        ((b"220 hi\r\n", b"250-localhost\r\n250 STARTTLS\r\n", b"454 not now\r\n"), TryLater, "cannot connect"),
        ((*GREETS, b"454 4.7.0 later\r\n"), TryLater, "cannot check logins now"),
        ((*GREETS, b"535 5.7.139 5.7.30 basic\r\n"), LoginRefused, "OAuth is needed"),
        ((*GREETS, b"535 5.7.8 no\r\n"), LoginRefused, r"sending \(535\)$"),
        (GREETS, TryLater, "lost at the login"),
        ((b"220 hi\r\n", b"250-localhost\r\n250 AUTH GSSAPI\r\n"), LoginRefused, "both sides know"),
        ((b"220 hi\r\n", b"250 localhost\r\n", b"302 what\r\n"), TryLater, "makes no sense"),
        ((b"554 go away\r\n",), TryLater, "cannot connect"),
    ],
)
def test_what_a_server_says_before_any_mail(lines, error, words):
    security = "starttls" if b"STARTTLS" in lines[-2 if len(lines) > 1 else 0] else "none"
    with Scripted(len(lines), lines=lines) as server, pytest.raises(error, match=words):
        send(Server("127.0.0.1", server.port, security, "ana", timeout=5), SECRET, ME, JANE, MAIL)
    assert server.took == 0


def test_no_login_offered_by_a_server_elsewhere(monkeypatch):
    """No such server can be had here: loopback when it is dialled, elsewhere when it is logged in to."""
    places = iter((True, False))
    monkeypatch.setattr("responder.outgoing.is_loopback", lambda _host: next(places))
    with Scripted(2, lines=(b"220 hi\r\n", b"250 localhost\r\n")) as server:
        with pytest.raises(UserError, match="takes no login"):
            send(Server("127.0.0.1", server.port, "none", "ana", timeout=5), SECRET, ME, JANE, MAIL)


def test_a_mail_without_a_last_line_end():
    inbox = Inbox()
    with serving(inbox) as port:
        send(Server("127.0.0.1", port, "none", "ana"), SECRET, ME, JANE, MAIL.rstrip() + b"\n.")
    assert inbox.mails[0][2].endswith(b"From me\r\n.\r\n")


def test_what_was_said_before_tls_is_forgotten(authority, ca_file):
    """A man in the middle puts answers behind the one to STARTTLS: they are no answers to what is asked over TLS."""
    heard: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        plain, _ = listener.accept()
        with plain:
            reader = plain.makefile("rb", buffering=0)
            plain.sendall(b"220 hi\r\n")
            for answer in (
                b"250-localhost\r\n250 STARTTLS\r\n",
                b"220 go\r\n250-localhost\r\n250 AUTH PLAIN LOGIN\r\n235 welcome\r\n",
            ):
                heard.append(reader.readline())
                plain.sendall(answer)
            with context_of(authority).wrap_socket(plain, server_side=True) as private:
                private.settimeout(5)
                answers = iter((b"250 localhost\r\n", b"550 no\r\n", b"250 reset\r\n"))
                while line := private.recv(1000):
                    heard.append(line)
                    private.sendall(next(answers, b"221 bye\r\n"))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        with pytest.raises(Refused, match="550"):
            send(
                Server("localhost", listener.getsockname()[1], "starttls", "ana", ca_file, timeout=5),
                *(SECRET, ME, JANE, MAIL),
            )
        thread.join(5)
    assert not any(line.startswith(b"AUTH") for line in heard)
