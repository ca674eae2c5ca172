"""`responder check`: each trouble is found, named and cured; the README's table has the same rows."""

import base64
import socket
import ssl
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import pytest
import trustme
from accounts.names import web_server
from accounts.oauth_server import OauthServer
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from responder import config, credentials
from responder.accounts import opening, server_time
from responder.accounts.check import CLOCK_OFF, TROUBLES, Level, Line, _kind, check
from responder.clock import Clock
from responder.demo.quirks import Folder, Quirks
from responder.demo.server import Server
from responder.demo.store import Account
from responder.mailbox.trouble import dial_trouble
from responder.store import only_instance

PASSWORD = "korrekt"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A configuration for a server on loopback; keywords change its sections."""
    monkeypatch.setenv("ANAS_PASSWORD", PASSWORD)

    def make(port, imap=None, secret=None, smtp_port=None, **sections):
        there = {"host": "127.0.0.1", "port": smtp_port, "security": "none", "username": "ana"}
        smtp = {"smtp": there} if smtp_port else {}
        return config.Config.model_validate(
            {
                "state_dir": str(tmp_path / "state"),
                "me": {"name": "Ana Souza"},
                "account": [
                    {
                        "name": "home",
                        "address": "ana@example.org",
                        "imap": {
                            "host": "127.0.0.1",
                            "port": port,
                            "security": "none",
                            "username": "ana",
                            **(imap or {}),
                        },
                        "secret": secret or {"env": "ANAS_PASSWORD"},
                        "folders": sections.pop("folders", {}),
                        **smtp,
                    }
                ],
                **sections,
            }
        )

    return make


def lines(loaded, clock=None) -> list[Line]:
    return list(check(loaded, clock or Clock()))


def troubles(found: list[Line]) -> set[tuple[str | None, Level]]:
    return {(line.trouble, line.level) for line in found if line.level is not Level.OK}


def test_all_is_well(home, tmp_path):
    with Server({"ana": Account(PASSWORD)}) as server:
        found = lines(home(server.port))
    assert troubles(found) == set()
    text = "\n".join(line.text for line in found)
    for word in (
        "1 account",
        str(tmp_path / "state"),
        "shipped",
        "password is there",
        "logged in",
        "'Drafts'",
        "'INBOX' can be read",
        "IDLE",
    ):
        assert word in text
    assert PASSWORD not in text


def test_nothing_in_the_mailbox_is_touched(home):
    account = Account(PASSWORD)
    with Server({"ana": account}) as server:
        account.deliver("INBOX", b"From: a@b.example\r\nSubject: x\r\n\r\nx\r\n", datetime.now(UTC))
        lines(home(server.port))
        assert not {"APPEND", "STORE", "UID STORE", "CREATE", "DELETE", "SELECT"} & set(server.commands)


def test_wrong_password(home, monkeypatch):
    monkeypatch.setenv("ANAS_PASSWORD", "geheim-42")
    with Server({"ana": Account(PASSWORD)}) as server:
        found = lines(home(server.port))
    assert troubles(found) == {("wrong-password", Level.ERROR)}
    assert "geheim-42" not in "".join(line.text for line in found)


def test_no_password(home):
    assert troubles(lines(home(9, secret={"env": "NOT_SET_ANYWHERE"}))) == {("no-secret", Level.ERROR)}


def test_nobody_answers(home):
    with Server({"ana": Account(PASSWORD)}) as server:
        port = server.port
    assert troubles(lines(home(port))) == {("unreachable", Level.WARNING)}


def test_no_drafts_folder(home):
    with Server(
        {"ana": Account(PASSWORD)},
        Quirks(folders=(Folder("INBOX"), Folder("Sent", "\\Sent"), Folder("Trash", "\\Trash"))),
    ) as server:
        assert troubles(lines(home(server.port))) == {("no-folder", Level.ERROR)}


@pytest.mark.parametrize("folders", [{"drafts": "Entwuerfe"}, {"watch": ["INBOX", "Jobs"]}, {"history": ["Old"]}])
def test_a_folder_that_is_not_there(home, folders):
    with Server({"ana": Account(PASSWORD)}) as server:
        assert troubles(lines(home(server.port, folders=folders))) == {("no-folder", Level.ERROR)}


def test_sending_is_tried_only_where_it_is_asked_for(home, tmp_path):
    class Take:
        async def handle_DATA(self, server, session, envelope):
            raise AssertionError("check sends nothing")

    def right(server, session, envelope, mechanism, data):
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)

    with socket.create_server(("127.0.0.1", 0)) as probe:  # aiosmtpd cannot be asked for any free port
        port = probe.getsockname()[1]
    smtp = Controller(Take(), hostname="127.0.0.1", port=port, authenticator=right, auth_require_tls=False)
    smtp.start()
    try:
        with Server({"ana": Account(PASSWORD)}) as server:
            for password, expected in ((PASSWORD, set()), ("geheim-42", {("smtp", Level.ERROR)})):
                server.users["ana"].password = password
                (tmp_path / "secret").write_text(password)
                (tmp_path / "secret").chmod(0o600)
                loaded = home(
                    server.port,
                    secret={"file": str(tmp_path / "secret")},
                    smtp_port=port,
                    release={"action": "send-starred"},
                )
                assert troubles(lines(loaded)) == expected
    finally:
        smtp.stop()


def test_a_clock_that_is_slow(home):
    class Slow(Clock):
        def now(self):
            return super().now() - 2 * CLOCK_OFF

    account = Account(PASSWORD)
    with Server({"ana": account}) as server:
        account.deliver(
            "INBOX", b"From: a@b.example\r\nSubject: x\r\n\r\nx\r\n", datetime.now(UTC) - timedelta(seconds=5)
        )
        assert troubles(lines(home(server.port), Slow())) == {("clock", Level.WARNING)}


@pytest.mark.parametrize("minutes", [-7, 7])
def test_a_clock_that_is_off_by_what_the_servers_host_says(home, monkeypatch, minutes):
    class Off(Clock):
        def now(self):
            return super().now() + timedelta(minutes=minutes)

    authority, trusting = trustme.CA(), ssl.create_default_context()
    authority.configure_trust(trusting)
    with web_server(authority, {}) as port:
        ahead = server_time.ahead("localhost", Off(), trusting, port)
        assert abs(ahead + timedelta(minutes=minutes)) < timedelta(seconds=5)
        assert server_time.ahead("localhost", Off(), None, port) is None  # nobody vouches for it
    assert server_time.ahead("localhost", Off(), trusting, port) is None  # nobody there
    monkeypatch.setattr(server_time, "ahead", lambda host, clock: ahead)
    monkeypatch.setattr("responder.accounts.check.is_loopback", lambda host: False)
    with Server({"ana": Account(PASSWORD)}) as server:
        found = lines(home(server.port), Off())
    assert troubles(found) == {("clock", Level.WARNING)}
    assert any(f"7 minutes {'fast' if minutes > 0 else 'slow'}" in line.text for line in found)


def test_a_template_with_an_error(home, tmp_path):
    broken = tmp_path / "mine" / "en" / "interview.txt.j2"
    broken.parent.mkdir(parents=True)
    broken.write_text("Dear {{ names[0] }},\n\n{% if role %}\nno end")
    with Server({"ana": Account(PASSWORD)}) as server:
        found = lines(home(server.port, letters={"templates": str(tmp_path / "mine")}))
        assert troubles(found) == {("template", Level.ERROR)}
        assert any("interview.txt.j2" in line.text for line in found)
        assert troubles(lines(home(server.port, letters={"templates": str(tmp_path / "none")}))) == {
            ("template", Level.ERROR)
        }


def test_a_state_folder_that_cannot_be_used(home, tmp_path):
    (tmp_path / "state").write_text("a file")
    with Server({"ana": Account(PASSWORD)}) as server:
        assert troubles(lines(home(server.port))) == {("state", Level.ERROR)}


def test_another_instance_is_told(home, tmp_path):
    with Server({"ana": Account(PASSWORD)}) as server, only_instance(tmp_path / "state"):
        found = lines(home(server.port))
    assert [line.trouble for line in found if line.trouble] == ["running"]


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        ("[AUTHENTICATIONFAILED] Invalid credentials (Failure)", "wrong-password"),
        ("[ALERT] Application-specific password required: https://provider.example (Failure)", "app-password"),
        ("[AUTHENTICATIONFAILED] Please generate an app password (two-factor is on)", "app-password"),
        ("[ALERT] Your account is not enabled for IMAP use. (Failure)", "imap-off"),
        ("IMAP access denied; enable IMAP in the settings", "imap-off"),
        ("BASIC authentication is blocked, use modern authentication", "no-passwords"),
    ],
)
def test_what_providers_say_to_a_login(home, answer, trouble):
    with Server({"ana": Account(PASSWORD)}, Quirks(refusal=answer)) as server:
        assert troubles(lines(home(server.port))) == {(trouble, Level.ERROR)}


def test_a_server_that_is_not_well_is_no_error_of_the_user(home):
    with Server({"ana": Account(PASSWORD)}, Quirks(refusal="[UNAVAILABLE] Try again later")) as server:
        assert troubles(lines(home(server.port))) == {("unreachable", Level.WARNING)}


def test_a_certificate_that_nobody_vouches_for(home):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost", "127.0.0.1").configure_cert(context)
    with Server({"ana": Account(PASSWORD)}, ssl_context=context) as server:
        for imap in ({"port": server.tls_port, "security": "tls"}, {"port": server.port, "security": "starttls"}):
            assert troubles(lines(home(0, imap=imap))) == {("certificate", Level.ERROR)}
        assert not {"LOGIN", "AUTHENTICATE"} & set(server.commands)


def test_a_locked_keyring(home):
    class Locked(keyring.backend.KeyringBackend):
        priority = 1

        def get_password(self, service, username):
            raise keyring.errors.KeyringLocked("locked")

        set_password = get_password

    before = keyring.get_keyring()
    keyring.set_keyring(Locked())
    try:
        assert troubles(lines(home(9, secret={"env": ""}))) == {("keyring-locked", Level.WARNING)}
    finally:
        keyring.set_keyring(before)


@pytest.mark.parametrize(
    ("status", "answer", "trouble", "level"),
    [
        (200, '{"access_token": "a", "scope": "https://mail.example/smtp"}', "scope", Level.ERROR),
        (400, '{"error": "invalid_scope"}', "scope", Level.ERROR),
        (400, '{"error": "invalid_grant"}', "signed-out", Level.ERROR),
        (401, '{"error": "invalid_client"}', "client", Level.ERROR),
        (503, "", "unreachable", Level.WARNING),
    ],
)
def test_what_the_oauth_server_says(home, tmp_path, monkeypatch, status, answer, trouble, level):
    monkeypatch.setattr(opening, "_TOKENS", {})
    with OauthServer() as provider:
        provider.broken = status, answer
        loaded = home(9, secret={"oauth": provider.table(token_file=str(tmp_path / "token"))})
        assert troubles(lines(loaded)) == {("signed-out", Level.ERROR)}  # nobody has signed in yet
        credentials.store_refresh_token(loaded.accounts[0], "r")
        assert troubles(lines(loaded)) == {(trouble, level)}


def test_a_token_without_the_scope_for_mail(home, tmp_path, monkeypatch):
    challenge = base64.b64encode(b'{"status":"insufficient_scope","scope":"https://mail.example/"}')
    monkeypatch.setattr("responder.demo.login.TOKEN_REFUSED", challenge)
    command = [sys.executable, "-c", "print('a-token')"]
    with Server({"ana": Account(PASSWORD)}, token_ok=lambda *_: False) as server:
        assert troubles(lines(home(server.port, secret={"token_command": command}))) == {("scope", Level.ERROR)}


def test_what_tls_says():
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    assert _kind(dial_trouble(error, "imap.example.org", 993)) == "certificate"
    error.verify_message = "certificate is not yet valid"
    assert _kind(dial_trouble(error, "imap.example.org", 993)) == "clock"


def test_the_readme_has_each_trouble_and_its_cure():
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    for trouble in TROUBLES.values():
        assert f"| {trouble.says} | {trouble.cure} |" in readme
