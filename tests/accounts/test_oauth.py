"""OAuth 2 against a real server: signing in, renewing, rotation, endings; and mail servers that demand the token."""

import threading
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from accounts.oauth_server import SCOPES, OauthServer

from responder import config, oauth
from responder.cli import main
from responder.errors import TryLater, UserError
from responder.wire import SecretKind

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def server():
    with OauthServer() as running:
        yield running


def client(server, **more) -> oauth.Client:
    table = server.table()
    return oauth.Client("home", **{**table, "scopes": tuple(table["scopes"]), **more})


class Kept:
    """A place for the refresh token; may be locked."""

    def __init__(self, token: str) -> None:
        self.tokens, self.locked = [token], False

    def load(self):
        return self.tokens[-1]

    def save(self, token):
        if self.locked:
            raise TryLater("the keyring is locked")
        self.tokens.append(token)


def browse(url: str) -> threading.Thread:
    """A browser: opens the address, and goes where it is sent."""

    def run():
        with urllib.request.urlopen(url, timeout=10) as page:
            pages.append(page.read().decode())

    pages: list[str] = []
    thread = threading.Thread(target=run, daemon=True)
    thread.pages = pages
    thread.start()
    return thread


class Stay(urllib.request.HTTPRedirectHandler):
    """A browser that shows where it is sent, and does not go there."""

    def redirect_request(self, *_):
        return None


def signed_in(server) -> oauth.Grant:
    return oauth.by_code(client(server), browse)


def tokens(server) -> tuple[oauth.Tokens, Kept]:
    kept = Kept(signed_in(server).refresh_token)
    return oauth.Tokens(client(server), kept), kept


# Signing in


def test_by_code_with_pkce_over_loopback(server):
    opened = []
    grant = oauth.by_code(client(server, extra={"prompt": "consent"}), lambda url: opened.append((url, browse(url))))
    [(url, thread)] = opened
    thread.join()
    assert "code_challenge_method=S256" in url
    assert "prompt=consent" in url
    assert "You can close this page" in thread.pages[0]
    assert server.good(grant.access_token).user == "ana"
    assert grant.refresh_token
    assert grant.lifetime == timedelta(hours=1)
    assert grant.access_token not in repr(grant)


def test_a_client_with_a_secret():
    with OauthServer("a-secret") as server:
        grant = signed_in(server)
        assert oauth.refresh(client(server), grant.refresh_token).access_token
        with pytest.raises(UserError, match="client_secret"):
            oauth.refresh(client(server, client_secret="wrong"), grant.refresh_token)
        assert oauth.by_device(client(server), lambda _: None, sleep=lambda _: None).refresh_token


def test_a_code_without_its_verifier_is_worth_nothing(server):
    request = oauth.begin_code(client(server), "http://localhost:1")
    other = oauth.begin_code(client(server), "http://localhost:1")

    try:
        urllib.request.build_opener(Stay()).open(request.url)
    except urllib.error.HTTPError as sent_on:
        answer = sent_on.headers["Location"]
    stolen = oauth.CodeRequest(request.url, request.redirect_uri, request.state, other.verifier)
    with pytest.raises(UserError, match="Sign in anew"):
        oauth.end_code(client(server), stolen, answer)
    with pytest.raises(UserError, match="another sign-in"):
        oauth.end_code(client(server), other, answer)
    assert oauth.end_code(client(server), request, answer).refresh_token


def test_other_visitors_of_the_loopback_port_are_turned_away(server):
    def show(url):
        redirect = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["redirect_uri"][0]

        def run():
            for path in ("/favicon.ico", "/?code=x&state=wrong"):
                with pytest.raises(urllib.error.HTTPError):
                    urllib.request.urlopen(redirect + path, timeout=5)
            browse(url).join()

        threading.Thread(target=run, daemon=True).start()

    assert oauth.by_code(client(server), show).refresh_token


def test_a_sign_in_that_is_not_granted(server):
    server.denies = True
    with pytest.raises(UserError, match="not granted"):
        oauth.by_code(client(server), browse)
    with pytest.raises(UserError, match="not granted"):
        oauth.by_device(client(server), lambda _: None, sleep=lambda _: None)


def test_nobody_comes_back(server):
    with pytest.raises(TryLater, match="nobody signed in"):
        oauth.by_code(client(server), lambda _: None, within=0.5)


def test_by_device_code(server):
    server.approve_after = 2
    shown, waited = [], []
    grant = oauth.by_device(client(server), shown.append, sleep=waited.append)
    assert server.good(grant.access_token).user == "ana"
    assert shown[0].url == server.endpoint("activate")
    assert shown[0].user_code
    assert waited == [5, 10, 10]  # told to slow down
    with pytest.raises(UserError, match="no sign-in by device code"):
        oauth.by_device(client(server, device_authorization_endpoint=""), shown.append)


def test_a_device_code_that_nobody_enters_expires(server):
    server.approve_after = 10_000
    with pytest.raises(TryLater, match="expired"):
        oauth.by_device(client(server), lambda _: None, sleep=lambda _: None)


# Renewing


def test_a_token_is_used_until_it_ends(server):
    held, kept = tokens(server)
    first = held.access(NOW)
    assert first.kind is SecretKind.BEARER
    assert held.access(NOW + timedelta(minutes=50)) == first
    assert held.access(NOW + timedelta(minutes=59)) != first
    assert len(kept.tokens) == 3  # each renewal gave a new refresh token
    refused = held.access(NOW + timedelta(minutes=59))
    assert held.access(NOW + timedelta(minutes=59), refused) != refused
    assert held.access(NOW + timedelta(minutes=59), first) == held.access(NOW + timedelta(minutes=59))


def test_a_clock_that_was_set_back_renews(server):
    held, _ = tokens(server)
    first = held.access(NOW + timedelta(days=30))
    assert held.access(NOW) != first


def test_a_rotated_token_is_stored_before_it_is_used(server):
    held, kept = tokens(server)
    kept.locked = True
    with pytest.raises(TryLater, match="locked"):
        held.access(NOW)
    assert server.tokens[-1].refresh_token != kept.load()
    kept.locked = False
    assert server.good(held.access(NOW).value)  # the new one was not lost
    assert kept.load() == server.tokens[-1].refresh_token


def test_a_provider_that_does_not_rotate(server):
    server.rotates = False
    held, kept = tokens(server)
    held.access(NOW)
    held.access(NOW + timedelta(hours=2))
    assert len(kept.tokens) == 1


def test_another_process_was_first(server):
    _, kept = tokens(server)
    stale, other = Kept(kept.load()), oauth.Tokens(client(server), kept)
    other.access(NOW)
    answers = iter([stale.load(), kept.load()])
    stale.load = lambda: next(answers, kept.load())
    assert server.good(oauth.Tokens(client(server), stale).access(NOW).value)


def test_a_withdrawn_sign_in_says_what_to_do(server):
    held, _ = tokens(server)
    server.withdraw()
    with pytest.raises(oauth.SignInNeeded, match="responder login home"):
        held.access(NOW)


@pytest.mark.parametrize(
    ("status", "answer", "kind", "says"),
    [
        (400, '{"error": "invalid_grant"}', oauth.SignInNeeded, "responder login home"),
        (400, '{"error": "interaction_required"}', oauth.SignInNeeded, "responder login home"),
        (401, '{"error": "invalid_client"}', UserError, "client_id"),
        (400, '{"error": "invalid_scope"}', UserError, "invalid_scope"),
        (400, '{"error": "\\u001b[2J"}', UserError, "gives no token"),
        (503, "busy", TryLater, "503"),
        (429, "{}", TryLater, "429"),
        (400, '{"error": "temporarily_unavailable"}', TryLater, "just now"),
        (200, "<html>", TryLater, "understood"),
        (200, "[]", TryLater, "understood"),
        (200, "[" * 100_000, TryLater, "understood"),
        (200, "{}", TryLater, "no access token"),
        (200, '{"access_token": 5}', TryLater, "cannot be one"),
        (200, '{"access_token": "a\\r\\nb"}', TryLater, "cannot be one"),
        (200, '{"access_token": "a", "scope": "https://mail.example/imap"}', UserError, "smtp is missing"),
    ],
)
def test_what_a_token_endpoint_may_say(status, answer, kind, says):
    with OauthServer() as server:
        server.broken = status, answer
        with pytest.raises(kind, match=says) as caught:
            oauth.refresh(client(server), "r")
        assert "\x1b" not in str(caught.value)
        assert "responder login" in str(caught.value) or kind is not oauth.SignInNeeded


@pytest.mark.parametrize("expires", ['"soon"', "-5", "0", "1e400", "null", "[]", '"nan"'])
def test_odd_lifetimes(expires):
    with OauthServer() as server:
        server.broken = 200, f'{{"access_token": "a", "expires_in": {expires}}}'
        assert timedelta(0) < oauth.refresh(client(server), "r").lifetime < timedelta(days=200)


def test_an_endpoint_that_is_not_there():
    with OauthServer() as server:
        gone = client(server)
    with pytest.raises(TryLater, match="cannot be reached"):
        oauth.refresh(gone, "r")


def test_the_scopes_of_the_configuration_are_what_is_asked_for():
    with OauthServer() as server:
        assert config.Oauth(**{**server.table(), "scopes": SCOPES}).scopes == SCOPES


# The commands


def test_login_signs_in_and_logout_forgets(tmp_path, monkeypatch, capsys):
    with OauthServer() as server:
        file = tmp_path / "c.toml"
        file.write_text(
            '[me]\nname = "Ana"\n[[account]]\nname = "home"\naddress = "ana@d.example"\n[account.imap]\nhost = "d.example"\n'
            f'[account.secret.oauth]\nclient_id = "ours"\nauthorization_endpoint = "{server.endpoint("authorize")}"\n'
            f'token_endpoint = "{server.endpoint("token")}"\nscopes = {list(SCOPES)}\ntoken_file = "token"\n'.replace(
                "'", '"'
            )
        )
        monkeypatch.setattr("webbrowser.open", browse)
        assert main(["login", "home", "--config", str(file)]) == 0
        assert "Signed in for account home" in capsys.readouterr().out
        assert (tmp_path / "token").read_text().strip() == server.tokens[-1].refresh_token
        assert main(["logout", "home", "--config", str(file)]) == 0
        assert not (tmp_path / "token").exists()

        def paste(_prompt):
            url = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("http"))
            try:
                urllib.request.build_opener(Stay()).open(url)
            except urllib.error.HTTPError as sent_on:
                return sent_on.headers["Location"]

        monkeypatch.setattr("builtins.input", paste)
        assert main(["login", "home", "--paste", "--config", str(file)]) == 0
        assert (tmp_path / "token").exists()
        monkeypatch.setattr("builtins.input", lambda _: "http://localhost:1/?code=x&state=y")
        assert main(["login", "home", "--paste", "--config", str(file)]) == 2
        assert main(["login", "home", "--device", "--config", str(file)]) == 2
