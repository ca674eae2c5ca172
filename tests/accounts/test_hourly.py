"""An OAuth session that ends with its token: the daemon comes back with a new one, and nobody is told of trouble."""

import threading
import time

from accounts.oauth_server import OauthServer
from accounts.test_oauth import browse

from responder import config, credentials, daemon, oauth
from responder.accounts import opening
from responder.demo.quirks import Quirks
from responder.demo.server import Server
from responder.demo.store import Account
from responder.rounds.account import Kind


def test_the_end_of_a_session_is_no_trouble(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "_TOKENS", {})
    monkeypatch.setattr(daemon, "STEADY", 0.2)
    with OauthServer() as provider:
        used = []

        def token_ok(user, token):
            used.append(token)
            return user == "ana" and provider.good(token) is not None

        with Server({"ana": Account("no password")}, Quirks(session_seconds=0.6), token_ok=token_ok) as server:
            loaded = config.Config.model_validate(
                {
                    "state_dir": str(tmp_path / "state"),
                    "me": {"name": "Ana Souza"},
                    "account": [
                        {
                            "name": "home",
                            "address": "ana@d.example",
                            "imap": {"host": "127.0.0.1", "port": server.port, "security": "none", "username": "ana"},
                            "secret": {"oauth": provider.table(token_file=str(tmp_path / "token"))},
                        }
                    ],
                }
            )
            [one] = loaded.accounts
            grant = oauth.by_code(opening.oauth_client(one), browse)
            credentials.store_refresh_token(one, grant.refresh_token)
            news, stop = [], threading.Event()
            setting = daemon.Setting(loaded, loaded.state_dir, opening.open_mailbox, tell=news.append)
            running = threading.Thread(target=daemon.run, args=(setting, stop), daemon=True)
            running.start()
            end = time.monotonic() + 20
            while len(set(used)) < 3 and time.monotonic() < end:
                if server.connections("ana"):
                    provider.end_access()  # the token ends while the session still lives
                time.sleep(0.05)
            stop.set()
            running.join(10)
        assert len({token for token in used if token}) >= 3, used
        assert [one.text for one in news if one.kind is Kind.TROUBLE] == []
