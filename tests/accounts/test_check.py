"""`responder check`: each trouble is found, named and cured; the README's table has the same rows."""

import imaplib
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from responder import config, daemon
from responder.accounts.check import CLOCK_OFF, TROUBLES, Level, Line, _kind, check
from responder.clock import Clock
from responder.demo.quirks import Folder, Quirks
from responder.demo.server import Server
from responder.demo.store import Account
from responder.errors import LoginRefused
from responder.mailbox.trouble import dial_trouble, login_refusal

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
    with Server({"ana": Account(PASSWORD)}) as server, daemon.only_instance(tmp_path / "state"):
        found = lines(home(server.port))
    assert [line.trouble for line in found if line.trouble] == ["running"]


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (b"[AUTHENTICATIONFAILED] Invalid credentials (Failure)", "wrong-password"),
        (b"[ALERT] Application-specific password required: https://provider.example (Failure)", "app-password"),
        (b"[ALERT] Your account is not enabled for IMAP use. (Failure)", "imap-off"),
        (b"BASIC authentication is blocked, use modern authentication", "no-passwords"),
    ],
)
def test_what_servers_say_to_a_login(answer, trouble):
    error = login_refusal(imaplib.IMAP4.error(answer), "imap.example.org", "ana")
    assert isinstance(error, LoginRefused)
    assert _kind(error) == trouble


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
