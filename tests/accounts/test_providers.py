"""Every preset against the built-in server with that provider's capabilities: the check is green, a draft is filed, found, taken away."""

import ssl
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from servers.base import free_port

from responder import config
from responder.accounts.check import Level, check
from responder.accounts.opening import open_mailbox
from responder.accounts.providers import providers
from responder.clock import Clock
from responder.demo import login, quirks
from responder.demo.quirks import Folder, Quirks
from responder.demo.server import Server
from responder.demo.store import Account

PASSWORD = "app password"
PLAIN = Quirks(keywords=False)  # what is not known of a provider is taken for the lesser
AS_NAMED = tuple(Folder(name) for name in ("INBOX", "Entwürfe", "Gesendet", "Papierkorb", "Spam"))
GMX = replace(PLAIN, folders=AS_NAMED, special_use=False, special_use_in_list=False)
PLAYED = {
    "gmail": quirks.GMAIL,
    "outlook_com": quirks.EXCHANGE,
    "microsoft365": quirks.EXCHANGE,
    "icloud": quirks.ICLOUD,
    "yahoo": quirks.YAHOO,
    "aol": quirks.YAHOO,
    "fastmail": quirks.CYRUS,
    "gmx_net": GMX,
    "gmx_com": replace(GMX, folders=quirks.STANDARD),
    "web_de": GMX,
    "mail_com": replace(GMX, folders=quirks.STANDARD),
    "zoho_com": quirks.ZOHO,
    "zoho_eu": quirks.ZOHO,
    "zoho_in": quirks.ZOHO,
    "proton_bridge": quirks.PROTON,
    "mailbox_org": PLAIN,
    "posteo": PLAIN,
    "t_online": replace(PLAIN, idle=False),
    "yandex": Quirks(separator="|"),
}
DRAFT = b"From: ana@x.example\r\nTo: jane@acme.example\r\nMessage-ID: <d1@x.example>\r\nSubject: thank you\r\n\r\nThanks.\r\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    authority = trustme.CA()
    authority.path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(authority.path)
    return authority


def test_each_preset_is_played():
    assert set(PLAYED) == set(providers())


class Submission:
    """Submission servers with implicit TLS and with STARTTLS; `logins` are those that were let in."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.logins: list[str] = []
        self._running = [Controller(self, hostname="127.0.0.1", port=0, ssl_context=context), Controller(self, hostname="127.0.0.1", port=0)]  # fmt: skip
        implicit, explicit = self._running
        options = {"authenticator": self.passwords, "auth_required": True}
        implicit.SMTP_kwargs |= options | {"auth_require_tls": False}  # it does not know the TLS below it
        explicit.SMTP_kwargs |= options | {"tls_context": context, "require_starttls": True}
        for controller in self._running:
            controller.port = free_port()
            controller.start()
        self.ports = {"tls": implicit.port, "starttls": explicit.port}

    def passwords(self, server, session, envelope, mechanism, data):
        good = data.password == PASSWORD.encode()
        self.logins += [data.login.decode()] if good else []
        return AuthResult(success=good, handled=False)

    async def auth_XOAUTH2(self, server, args):
        user, token = login.bearer("XOAUTH2", args[1].encode())
        self.logins += [user] if token == "a-token" else []
        return AuthResult(success=token == "a-token", handled=False)

    def stop(self) -> None:
        for controller in self._running:
            controller.stop()


@pytest.fixture(scope="module")
def context(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.fixture(scope="module")
def submission(context):
    running = Submission(context)
    yield running
    running.stop()


@pytest.mark.parametrize("key", PLAYED)
def test_preset(key, authority, context, submission, tmp_path, monkeypatch):
    provider = providers()[key]
    address = f"ana@{min(provider.domains, default='d.example')}"
    there = Account(PASSWORD)
    user = provider.imap.username(address)
    by_token = {"token_command": [sys.executable, "-c", "print('a-token')"]}
    monkeypatch.setenv("ANAS_PASSWORD", PASSWORD)

    def token_ok(who, token):
        return (who, token) == (user, "a-token")

    with Server({user: there}, replace(PLAYED[key], login_needs_tls=True), ssl_context=context, token_ok=token_ok) as server:  # fmt: skip
        port = server.tls_port if provider.imap.security == "tls" else server.port
        here = {"host": "localhost", "ca_file": str(authority.path)}
        given = {
            "state_dir": str(tmp_path / "state"),
            "me": {"name": "Ana Souza"},
            "release": {"action": "send-starred"},
            "account": [
                {
                    "name": "home",
                    "address": address,
                    "provider": key,
                    "imap": {**here, "port": port},
                    "smtp": {**here, "port": submission.ports[provider.smtp.security]},
                    "secret": by_token if provider.only_oauth else {"env": "ANAS_PASSWORD"},
                }
            ],
        }
        loaded = config.Config.model_validate(given)
        found = list(check(loaded, Clock()))
        assert [line for line in found if line.level is not Level.OK] == []
        assert submission.logins[-1] == provider.smtp.username(address)
        mailbox = open_mailbox(loaded.accounts[0])
        drafts, trash = mailbox.roles().drafts, mailbox.roles().trash
        assert mailbox.roles().sent
        mailbox.append(drafts, DRAFT, ["\\Draft", "\\Seen"], datetime.now(UTC))
        [uid] = mailbox.find(drafts, "<d1@x.example>")
        mailbox.trash(drafts, uid)
        assert mailbox.find(drafts, "<d1@x.example>") == []
        assert mailbox.find(trash, "<d1@x.example>")
        mailbox.close()
