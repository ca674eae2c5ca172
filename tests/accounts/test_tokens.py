"""Mail servers that take nothing but an OAuth token: Dovecot, which asks the OAuth server about it, and an SMTP server."""

import base64
import re
import socket
import ssl
import sys
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP as POLICY

import pexpect
import pytest
import trustme
from accounts.conftest import Home
from accounts.oauth_server import OauthServer
from accounts.test_oauth import browse
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from servers.base import ServerMissingError
from servers.dovecot import Dovecot

from responder import config, credentials, oauth
from responder.accounts import opening
from responder.accounts.check import Level, check
from responder.clock import Clock
from responder.errors import LoginRefused, UserError

ADDRESS = "ana@d.example"


class TokenDovecot(Dovecot):
    """Takes tokens by one mechanism only."""

    def __init__(self, oauth_server: OauthServer, mechanism: str) -> None:
        super().__init__()
        self.oauth_server, self.mechanism = oauth_server, mechanism

    def configure(self) -> None:
        (self.dir / "oauth2.conf").write_text(
            f"introspection_url = {self.oauth_server.endpoint('introspect')}\nintrospection_mode = post\n"
            "username_attribute = username\nactive_attribute = active\nactive_value = true\n"
        )
        self.extra = (
            f"auth_mechanisms = {self.mechanism.lower()}\n"
            f"passdb {{\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = {self.dir}/oauth2.conf\n}}\n"
            "service anvil {\n  unix_listener anvil-auth-penalty {\n    mode = 0\n  }\n}\n"  # refusals without a wait
        )
        super().configure()


@pytest.fixture(scope="module")
def oauth_server():
    with OauthServer() as running:
        yield running


@pytest.fixture(scope="module", params=["XOAUTH2", "OAUTHBEARER"])
def dovecot(request, oauth_server):
    try:
        with TokenDovecot(oauth_server, request.param) as running:
            yield running
    except ServerMissingError as missing:
        pytest.skip(str(missing))


@pytest.fixture
def account(dovecot, oauth_server, tmp_path, monkeypatch):
    """Signed in, with the refresh token in a file."""
    monkeypatch.setattr(opening, "_TOKENS", {})
    oauth_server.user = dovecot.new_user()
    server = {"host": "localhost", "username": oauth_server.user, "ca_file": dovecot.ca_file}
    table = {
        "state_dir": str(tmp_path / "state"),
        "me": {"name": "Ana Souza"},
        "account": [
            {
                "name": "home",
                "address": ADDRESS,
                "imap": {**server, "port": dovecot.tls_port},
                "secret": {"oauth": oauth_server.table(token_file=str(tmp_path / "token"))},
            }
        ],
    }
    loaded = config.Config.model_validate(table)
    one = loaded.accounts[0]
    grant = oauth.by_code(opening.oauth_client(one), browse)
    credentials.store_refresh_token(one, grant.refresh_token)
    return loaded


def test_the_check_is_green_with_a_token(account):
    found = list(check(account, Clock()))
    assert [line for line in found if line.level is not Level.OK] == []
    assert any("signed in" in line.text for line in found)


def test_a_token_that_ended_early_is_renewed_at_the_login(account, oauth_server):
    one = account.accounts[0]
    opening.open_mailbox(one).close()
    renewals = len(oauth_server.tokens)
    opening.open_mailbox(one).close()
    assert len(oauth_server.tokens) == renewals  # the token is used again
    oauth_server.end_access()
    opening.open_mailbox(one).close()
    assert len(oauth_server.tokens) == renewals + 1


def test_a_withdrawn_sign_in_is_told_by_check(account, oauth_server):
    one = account.accounts[0]
    opening.open_mailbox(one).close()
    oauth_server.withdraw()
    with pytest.raises(oauth.SignInNeeded, match="responder login home"):
        opening.open_mailbox(one)
    found = [line for line in check(account, Clock()) if line.level is not Level.OK]
    assert [(line.trouble, line.level) for line in found] == [("signed-out", Level.ERROR)]


def test_a_command_that_prints_a_token(account, oauth_server):
    one = account.accounts[0]
    token = opening.secret_of(one).value
    by_command = one.model_copy(
        update={"secret": config.SecretSource(token_command=(sys.executable, "-c", f"print('{token}')"))}
    )
    opening.open_mailbox(by_command).close()
    wrong = one.model_copy(
        update={"secret": config.SecretSource(token_command=(sys.executable, "-c", "print('wrong')"))}
    )
    with pytest.raises(LoginRefused):
        opening.open_mailbox(wrong)


# Sending


class TokenSmtp:
    """An SMTP server that takes tokens by some mechanisms."""

    def __init__(self, oauth_server: OauthServer, offered: tuple[str, ...]) -> None:
        self.mails, self.used, self.oauth_server = [], [], oauth_server
        for name in offered:
            setattr(self, f"auth_{name}", lambda server, args, name=name: self._auth(server, args, name))

    async def _auth(self, server, args, mechanism):
        self.used.append(mechanism)
        text = base64.b64decode(args[1]).decode()
        token = self.oauth_server.good(re.search(r"auth=Bearer ([^\x01]+)\x01", text)[1])
        if token and token.user in text:
            return AuthResult(success=True, auth_data=token.user)
        dummy = await server.challenge_auth(base64.b64encode(b'{"status":"401"}').decode(), encode_to_b64=False)
        assert dummy == (b"\x01" if mechanism == "OAUTHBEARER" else b"")
        return AuthResult(success=False, handled=False)

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(envelope.content)
        return "250 taken"


class Submission(Controller):
    def factory(self):
        return SMTP(self.handler, auth_require_tls=True, tls_context=self.tls, require_starttls=True, auth_exclude_mechanism=["LOGIN", "PLAIN"])  # fmt: skip


@pytest.mark.parametrize("offered", [("XOAUTH2",), ("XOAUTH2", "OAUTHBEARER")])
def test_sending_with_a_token(offered, oauth_server, tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "_TOKENS", {})
    oauth_server.user = "ana"
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    handler = TokenSmtp(oauth_server, offered)
    smtp = Submission(handler, hostname="127.0.0.1", port=port)
    smtp.tls = context
    smtp.start()
    try:
        one = config.Account.model_validate(
            {
                "name": "home",
                "address": ADDRESS,
                "imap": {"host": "localhost", "username": "ana"},
                "smtp": {
                    "host": "localhost",
                    "port": port,
                    "security": "starttls",
                    "username": "ana",
                    "ca_file": str(tmp_path / "ca.pem"),
                },
                "secret": {"oauth": oauth_server.table(token_file=str(tmp_path / "token"))},
            }
        )
        credentials.store_refresh_token(one, oauth.by_code(opening.oauth_client(one), browse).refresh_token)
        mail = EmailMessage(policy=POLICY)
        mail["From"], mail["To"], mail["Subject"] = ADDRESS, "jane@acme.example", "thank you"
        mail["Date"] = datetime.now(UTC)
        mail.set_content("Thanks.")
        opening.check_submission(one)
        opening.deliver(one, ADDRESS, "jane@acme.example", mail.as_bytes())
        oauth_server.end_access()
        opening.deliver(one, ADDRESS, "jane@acme.example", mail.as_bytes())  # refused once, then with a new token
        assert len(handler.mails) == 2
        assert set(handler.used) == {offered[-1]}
        assert len(handler.used) == 4
        oauth_server.withdraw()
        with pytest.raises(UserError, match="responder login"):
            opening.deliver(one, ADDRESS, "jane@acme.example", mail.as_bytes())
        assert len(handler.mails) == 2
    finally:
        smtp.stop()


# The set-up


@pytest.mark.parametrize("dovecot", ["XOAUTH2"], indirect=True)
def test_the_dialogue_signs_in(dovecot, oauth_server, tmp_path):
    oauth_server.user = user = dovecot.new_user()
    browser = tmp_path / "browser"
    browser.write_text(
        f"#!{sys.executable}\nimport sys, urllib.request\nurllib.request.urlopen(sys.argv[1], timeout=20)\n"
    )
    browser.chmod(0o700)
    table = oauth_server.table()
    oauth2 = {
        **{key: table[key] for key in ("authorization_endpoint", "token_endpoint", "scopes")},
        "client_steps": ["Open https://local.example/clients, and make one."],
    }
    home = Home(tmp_path, dovecot.tls_port, dovecot.ca_file, auth=["oauth2"], oauth2=oauth2)
    home.environment |= {"BROWSER": f"{browser} %s &"}
    child = home.spawn("setup", "--no-trial")
    for question, answer in (
        ("Your mail address", f"{user}@local.example"),
        ("Your name", "Ana Souza"),
        ("Use this", ""),
        ("local.example/clients.*The client's id", "ours"),
        ("Keep it in that file", ""),
    ):
        child.expect(question)
        child.sendline(answer)
    child.expect("Signed in.*The login works.*at once\\?")
    child.sendline("")
    child.expect("signed in by OAuth")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0, child.before
    token = home.config.with_name("home.token")
    assert token.stat().st_mode & 0o777 == 0o600
    assert oauth_server.tokens[-1].refresh_token == token.read_text().strip()
    assert token.read_text().strip() not in home.config.read_text()
