"""An OAuth session that ends with its token is no trouble: the daemon comes back with a new one. A sign-in that ends is told, once."""

import threading
import time
from contextlib import ExitStack
from types import SimpleNamespace

import pytest
from accounts.oauth_server import OauthServer
from accounts.test_oauth import browse

from responder import config, credentials, daemon, oauth
from responder.accounts import opening
from responder.demo.quirks import Quirks
from responder.demo.server import Server
from responder.demo.store import Account
from responder.rounds.account import Kind


@pytest.fixture
def watched(tmp_path, monkeypatch):
    """An account that is signed in, a server that takes its tokens, and the daemon over both."""
    monkeypatch.setattr(opening, "_TOKENS", {})
    with OauthServer() as provider, ExitStack() as stack:
        used, news, calls, stop = [], [], [], threading.Event()

        def token_ok(user, token):
            used.append(token)
            return user == "ana" and provider.good(token) is not None

        quirks = Quirks(session_seconds=0.6)
        server = stack.enter_context(Server({"ana": Account("no password")}, quirks, token_ok=token_ok))
        imap = {"host": "127.0.0.1", "port": server.port, "security": "none", "username": "ana"}
        secret = {"oauth": provider.table(token_file=str(tmp_path / "token"))}
        loaded = config.Config.model_validate(
            {
                "state_dir": str(tmp_path / "state"),
                "me": {"name": "Ana Souza"},
                "account": [{"name": "home", "address": "ana@d.example", "imap": imap, "secret": secret}],
            }
        )
        [one] = loaded.accounts
        credentials.store_refresh_token(one, oauth.by_code(opening.oauth_client(one), browse).refresh_token)
        setting = daemon.Setting(
            loaded, loaded.state_dir, opening.open_mailbox, tell=news.append, notify=lambda *words: calls.append(words)
        )
        running = threading.Thread(target=daemon.run, args=(setting, stop), daemon=True)
        running.start()
        yield SimpleNamespace(provider=provider, server=server, used=used, news=news, calls=calls)
        stop.set()
        running.join(10)


def until(true) -> bool:
    end = time.monotonic() + 20
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    return true()


def troubles(watched) -> list[str]:
    return [one.text for one in watched.news if one.kind is Kind.TROUBLE]


def test_the_end_of_a_session_is_no_trouble(watched, monkeypatch):
    monkeypatch.setattr(daemon, "STEADY", 0.2)

    def comes_back():
        if watched.server.connections("ana"):
            watched.provider.end_access()  # the token ends while the session still lives
        return len(set(watched.used)) >= 3

    assert until(comes_back), watched.used
    assert troubles(watched) == []
    assert watched.calls == []


def test_a_sign_in_that_has_ended_is_told_once(watched, monkeypatch):
    monkeypatch.setattr(daemon, "STEADY", 0.2)
    monkeypatch.setattr(daemon, "LAST_RETRY", 0.2)
    assert until(lambda: watched.server.connections("ana"))
    watched.provider.withdraw()
    assert until(lambda: len(troubles(watched)) >= 3)
    assert "responder login home" in troubles(watched)[0]
    assert len(watched.calls) == 1
    assert "responder check" in watched.calls[0][1]
