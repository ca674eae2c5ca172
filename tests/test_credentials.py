"""Secrets: each source, each way in which it can be missing, locked or unfit; and that no secret shows anywhere."""

import logging
import os
import sys
import threading

import keyring
import keyring.backend
import keyring.errors
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keyring.backends import chainer, fail, null

from responder import config, credentials
from responder.credentials import refresh_token, remove, secret_for, store, store_refresh_token
from responder.errors import LoginRefused, TryLater, UserError
from responder.wire import Secret, SecretKind

PASSWORD = "korrekt pferd ✓"


def account(**secret):
    return config.Account.model_validate(
        {"name": "home", "address": "ana@example.org", "imap": {"host": "imap.example.org"}, "secret": secret}
    )


class Memory(keyring.backend.KeyringBackend):
    """A backend as an operating system has one, as far as this program sees."""

    priority = 1

    def __init__(self, raises=None):
        self.held, self.raises, self.callers = {}, raises, set()

    def get_password(self, service, username):
        self.callers.add(threading.current_thread())
        if self.raises:
            raise self.raises
        return self.held.get((service, username))

    def set_password(self, service, username, password):
        if self.raises:
            raise self.raises
        self.held[service, username] = password

    def delete_password(self, service, username):
        del self.held[service, username]


@pytest.fixture
def backend():
    """Uses a backend in place of the system's, and gives the system's back."""
    before = keyring.get_keyring()
    yield lambda kind: (keyring.set_keyring(kind), kind)[1]
    keyring.set_keyring(before)


def test_the_keyring_is_the_default(backend):
    memory = backend(Memory())
    with pytest.raises(UserError, match="responder login home"):
        secret_for(account())
    store(account(), Secret(PASSWORD))
    assert memory.held == {("responder", "home"): PASSWORD}
    assert secret_for(account()).value == PASSWORD
    assert threading.main_thread() not in memory.callers  # a prompt would block it
    assert remove(account())
    assert not remove(account())
    assert memory.held == {}


@pytest.mark.parametrize(
    "error",
    [keyring.errors.KeyringLocked("locked"), keyring.errors.InitError("Prompt dismissed.."), OSError("D-Bus is gone")],
)
def test_a_locked_keyring_means_later_and_never_wrong_password(backend, error):
    backend(Memory(error))
    with pytest.raises(TryLater, match="keyring") as caught:
        secret_for(account())
    assert not isinstance(caught.value, LoginRefused)


def test_a_keyring_that_waits_for_the_user_means_later(backend, monkeypatch):
    answered = threading.Event()

    class Prompt(Memory):
        prompts = 0

        def get_password(self, service, username):
            self.prompts += 1
            answered.wait(10)
            return "at last"

    prompt = backend(Prompt())
    monkeypatch.setattr(credentials, "KEYRING_TIMEOUT", 0.05)
    for _ in range(3):
        with pytest.raises(TryLater, match="unlocked"):
            secret_for(account())
    assert prompt.prompts == 1  # the user sees one, however often it is tried
    answered.set()
    monkeypatch.setattr(credentials, "KEYRING_TIMEOUT", 5)
    assert secret_for(account()).value == "at last"


@pytest.mark.parametrize("kind", [fail.Keyring, null.Keyring])
def test_no_keyring_says_what_to_do(backend, kind):
    backend(kind())
    for act in (lambda: secret_for(account()), lambda: store(account(), Secret("x")), lambda: remove(account())):
        with pytest.raises(UserError, match=r"command.*file.*env"):
            act()


def test_plain_text_and_interactive_backends_are_refused_in_a_chain_as_well(backend):
    class Plain(Memory):
        pass

    Plain.__module__ = "keyrings.alt.file"
    backend(Plain())
    with pytest.raises(UserError, match="background"):
        secret_for(account())

    class Chain(chainer.ChainerBackend):
        backends = ()

    backend(Chain())
    good = Memory()
    good.held["responder", "home"] = PASSWORD
    Chain.backends = (Plain(), good)
    assert secret_for(account()).value == PASSWORD
    Chain.backends = (Plain(),)
    with pytest.raises(UserError):
        secret_for(account())


def test_a_backend_that_cannot_be_loaded(tmp_path):
    import subprocess

    code = (
        "from responder import config, credentials, errors\n"
        "a = config.Account.model_validate({'name': 'a', 'address': 'a@b.example', 'imap': {'host': 'x'}})\n"
        "try: credentials.secret_for(a)\n"
        "except errors.UserError as e: print(e)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHON_KEYRING_BACKEND": "nowhere.Keyring"},
        capture_output=True,
        text=True,
    )
    assert "PYTHON_KEYRING_BACKEND" in ran.stdout, ran.stderr


def test_a_command_gives_its_first_line():
    code = f"print({PASSWORD!r}); print('second line')"
    assert secret_for(account(command=[sys.executable, "-X", "utf8", "-c", code])).value == PASSWORD


@pytest.mark.parametrize(
    ("command", "kind", "says"),
    [
        ([sys.executable, "-c", "import sys; print('leak', file=sys.stderr); sys.exit(3)"], TryLater, "status 3"),
        (["/nonexistent/program", "x"], UserError, "cannot be run"),
        ([sys.executable, "-c", ""], UserError, "empty"),
        ([sys.executable, "-c", "import sys; sys.stdout.buffer.write(b'\\xff')"], UserError, "UTF-8"),
        ([sys.executable, "-c", "print('a\\0b')"], UserError, "one line"),
    ],
)
def test_commands_that_give_nothing(command, kind, says):
    with pytest.raises(kind, match=says) as caught:
        secret_for(account(command=command))
    assert "leak" not in str(caught.value)


def test_a_command_that_waits_means_later(monkeypatch):
    monkeypatch.setattr(credentials, "COMMAND_TIMEOUT", 0.05)
    with pytest.raises(TryLater, match="waiting"):
        secret_for(account(command=[sys.executable, "-c", "import time; time.sleep(9)"]))


def test_a_file_must_be_private(tmp_path):
    file = tmp_path / "secret"
    file.write_bytes(b"\xef\xbb\xbf" + PASSWORD.encode() + b"\r\nmore\n")
    file.chmod(0o600)
    assert secret_for(account(file=str(file))).value == PASSWORD
    with pytest.raises(UserError, match="cannot be read"):
        secret_for(account(file=str(tmp_path / "none")))
    if os.name == "posix":
        file.chmod(0o640)
        with pytest.raises(UserError, match="chmod 600"):
            secret_for(account(file=str(file)))


def test_an_environment_variable(monkeypatch):
    monkeypatch.setenv("ANAS_SECRET", PASSWORD)
    assert secret_for(account(env="ANAS_SECRET")).value == PASSWORD
    monkeypatch.delenv("ANAS_SECRET")
    with pytest.raises(UserError, match="ANAS_SECRET"):
        secret_for(account(env="ANAS_SECRET"))


def test_what_systemd_hands_over(tmp_path, monkeypatch, backend):
    backend(Memory())
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(UserError, match="login"):
        secret_for(account())
    file = tmp_path / "responder.home"
    file.write_text(PASSWORD, "utf-8")
    for mode in (0o400, 0o440):  # the second is how the mask of an ACL shows, which systemd sets for a unit's User=
        file.chmod(mode)
        assert secret_for(account()).value == PASSWORD


def test_login_and_logout_do_not_touch_what_the_config_takes_from_elsewhere(backend):
    memory = backend(Memory())
    with pytest.raises(UserError, match=r"account\.secret\.env"):
        store(account(env="X"), Secret("y"))
    with pytest.raises(UserError, match=r"account\.secret\.file"):
        remove(account(file="x"))
    assert memory.held == {}


def test_a_secret_shows_nowhere(caplog, tmp_path, backend):
    memory = backend(Memory())
    memory.held["responder", "home"] = PASSWORD
    with caplog.at_level(logging.DEBUG):
        secret = secret_for(account())
        logging.getLogger("x").info("%s %r", secret, secret)
    assert PASSWORD not in caplog.text
    assert PASSWORD not in f"{secret} {secret!r}"


def test_a_command_may_print_a_token():
    secret = secret_for(account(token_command=[sys.executable, "-c", "print('a-token')"]))
    assert (secret.value, secret.kind) == ("a-token", SecretKind.BEARER)
    with pytest.raises(UserError, match="token_command"):
        store(account(token_command=["x"]), Secret("x"))


# Refresh tokens


class Windows(Memory):
    """Takes no more than Windows' Credential Manager does; may die at a write."""

    def __init__(self):
        super().__init__()
        self.writes_left = None

    def set_password(self, service, username, password):
        self._count()
        if len(password.encode("utf-16-le")) > 2560:
            raise keyring.errors.PasswordSetError("1783")
        super().set_password(service, username, password)

    def delete_password(self, service, username):
        self._count()
        super().delete_password(service, username)

    def _count(self):
        if self.writes_left is not None:
            self.writes_left -= 1
            if self.writes_left < 0:
                raise OSError("the power went")


def oauth_account(**more):
    return account(oauth={"client_id": "x", "token_endpoint": "https://d.example/token", **more})


LONG, SHORT = "r" * 5000, "0.short"


@pytest.mark.parametrize(
    "token", [SHORT, "x" * credentials.PIECE, "x" * (credentials.PIECE + 1), LONG, "in pieces: a1 2"]
)
def test_a_refresh_token_of_any_length_fits_a_small_keyring(backend, token):
    memory = backend(Windows())
    one = oauth_account()
    with pytest.raises(UserError, match="responder login home"):
        refresh_token(one)
    store_refresh_token(one, token)
    assert refresh_token(one) == token
    with pytest.raises(UserError):
        secret_for(account())  # it does not lie where a password is looked for
    assert remove(one)
    assert not remove(one)
    assert memory.held == {}


@given(st.lists(st.integers(1, 4000), min_size=2, max_size=4), st.integers(0, 12))
def test_a_store_that_dies_halfway_leaves_the_old_token_or_the_new(sizes, writes):
    before = keyring.get_keyring()
    memory = Windows()
    keyring.set_keyring(memory)
    try:
        one, *rest = [f"{number}" * size for number, size in enumerate(sizes)]
        store_refresh_token(oauth_account(), one)
        for token in rest:
            held = refresh_token(oauth_account())
            memory.writes_left = writes
            try:
                store_refresh_token(oauth_account(), token)
            except TryLater:
                memory.writes_left = None
                assert refresh_token(oauth_account()) in (held, token)
            else:
                memory.writes_left = None
                assert refresh_token(oauth_account()) == token
        store_refresh_token(oauth_account(), "last")
        assert refresh_token(oauth_account()) == "last"
    finally:
        keyring.set_keyring(before)


def test_a_damaged_token_is_told(backend):
    memory = backend(Windows())
    store_refresh_token(oauth_account(), LONG)
    del memory.held["responder", "home (OAuth) a1"]
    with pytest.raises(UserError, match="damaged"):
        refresh_token(oauth_account())


def test_a_token_file(tmp_path):
    one = oauth_account(token_file=str(tmp_path / "new" / "token"))
    with pytest.raises(UserError, match="responder login home"):
        refresh_token(one)
    for token in (SHORT, LONG):
        store_refresh_token(one, token)
        assert refresh_token(one) == token
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["token"]
    if os.name == "posix":
        assert (tmp_path / "new" / "token").stat().st_mode & 0o777 == 0o600
    assert remove(one)
    assert not remove(one)


@pytest.mark.parametrize("token", ["", "a\nb", "a\0b", "x" * 70_000])
def test_what_is_no_refresh_token_is_not_stored(backend, token):
    memory = backend(Memory())
    with pytest.raises(UserError, match="cannot be one"):
        store_refresh_token(oauth_account(), token)
    assert memory.held == {}


def test_whether_there_is_a_keyring(backend):
    backend(Memory())
    assert credentials.has_keyring()
    backend(fail.Keyring())
    assert not credentials.has_keyring()
