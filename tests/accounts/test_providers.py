"""Every preset against the built-in server with that provider's capabilities: the check is green, a draft is filed, found, taken away."""

import ssl
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import trustme

from responder import config
from responder.accounts.check import Level, check
from responder.accounts.opening import open_mailbox
from responder.accounts.providers import Auth, providers
from responder.clock import Clock
from responder.demo import quirks
from responder.demo.quirks import Folder, Quirks
from responder.demo.server import Server
from responder.demo.store import Account
from responder.wire import Secret, SecretKind

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


@pytest.mark.parametrize("key", PLAYED)
def test_preset(key, authority, tmp_path, monkeypatch):
    provider = providers()[key]
    address = f"ana@{min(provider.domains, default='d.example')}"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    there = Account(PASSWORD)
    user = provider.imap.username(address)
    played = replace(PLAYED[key], login_needs_tls=True)
    if Auth.OAUTH2 in provider.auth and provider.only_oauth:
        secret = Secret("a-token", SecretKind.BEARER)
        monkeypatch.setattr("responder.credentials.secret_for", lambda _account: secret)
    with Server(
        {user: there}, played, ssl_context=context, token_ok=lambda who, token: (who, token) == (user, "a-token")
    ) as server:
        port = server.tls_port if provider.imap.security == "tls" else server.port
        given = {
            "state_dir": str(tmp_path / "state"),
            "me": {"name": "Ana Souza"},
            "account": [
                {
                    "name": "home",
                    "address": address,
                    "provider": key,
                    "imap": {"host": "localhost", "port": port, "ca_file": str(authority.path)},
                    "secret": {"env": "ANAS_PASSWORD"},
                }
            ],
        }
        monkeypatch.setenv("ANAS_PASSWORD", PASSWORD)
        loaded = config.Config.model_validate(given)
        found = list(check(loaded, Clock()))
        assert [line for line in found if line.level is not Level.OK] == []
        mailbox = open_mailbox(loaded.accounts[0])
        drafts, trash = mailbox.roles().drafts, mailbox.roles().trash
        assert mailbox.roles().sent
        mailbox.append(drafts, DRAFT, ["\\Draft", "\\Seen"], datetime.now(UTC))
        [uid] = mailbox.find(drafts, "<d1@x.example>")
        mailbox.trash(drafts, uid)
        assert mailbox.find(drafts, "<d1@x.example>") == []
        assert mailbox.find(trash, "<d1@x.example>")
        mailbox.close()
