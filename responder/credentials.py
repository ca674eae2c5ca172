"""The only keyring, password commands, secret files and secret environment variables. Logs nothing; asks nobody anything.

A locked store means "later", never "wrong password". Of OAuth it keeps the refresh token, and knows nothing else.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from responder.errors import TryLater, UserError
from responder.wire import CONTROL, Secret, SecretKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from responder.config import Account

SERVICE = "responder"  # the keyring's service; its user name is the account's name
KEYRING_TIMEOUT = 20.0  # seconds: on a desktop an unlock prompt can block for ever (secretstorage issue 33)
COMMAND_TIMEOUT = 60.0  # seconds: a password manager may ask for a touch of a key
SIZE_LIMIT = 65_536  # bytes of a secret
PIECE = 1200  # characters of one keyring entry
_IN_PIECES = "in pieces: "
_ONE_AT_A_TIME = threading.Lock()  # given back by the thread that asks, which may be long after its caller has left
# Backends that ask on a terminal, keep secrets in plain text, or forget them without a word
_REFUSED = ("keyrings.alt.", "keyrings.cryptfile.", "keyring.backends.null.")


def secret_for(account: Account) -> Secret:
    """The account's secret: from command, file or env where the config names one, else systemd's credentials, else the keyring.

    UserError where the user must do something, TryLater where the store is locked or silent.
    """
    source = account.secret
    kind = SecretKind.BEARER if source.token_command else SecretKind.PASSWORD
    if source.command or source.token_command:
        value = _from_command(source.command or source.token_command, account.name)
    elif source.file:
        value = _from_file(source.file, account.name)
    elif source.env:
        value = os.environ.get(source.env, "")
        if not value:
            raise UserError(
                f"{account.name}: the environment variable {source.env} is not set. Set it where responder is started."
            )
    elif source.oauth:
        raise ValueError("an OAuth client has tokens, not a secret; ask refresh_token()")
    elif (handed := _handed_by_systemd(account.name)) is not None:
        value = _from_file(handed, account.name, guarded=True)
    else:
        value = _from_keyring(account.name)
    if not value or any(char in value for char in "\r\n\0"):
        raise UserError(f"{account.name}: the password is empty or not one line. Store it again (see account.secret).")
    return Secret(value, kind)


def has_keyring() -> bool:
    """Whether there is one that can be used in the background, be it locked just now."""
    try:
        _backend("keyring")
    except UserError:
        return False
    except TryLater:
        return True
    return True


def store(account: Account, secret: Secret) -> None:
    """Into the keyring. UserError where there is none, or where the config takes the secret from elsewhere."""
    _must_be_keyring(account)
    _Keyring(account.name).write(account.name, secret.value)


def remove(account: Account) -> bool:
    """Password or refresh token out of the keyring (or out of its file); False if it was not there."""
    oauth = account.secret.oauth
    if oauth and oauth.token_file:
        there = oauth.token_file.exists()
        oauth.token_file.unlink(missing_ok=True)
        return there
    _must_be_keyring(account)
    return _Keyring(account.name).remove(_entry(account))


def refresh_token(account: Account) -> str:
    """The OAuth refresh token as last stored; UserError where there is none, TryLater where the store is locked."""
    oauth = account.secret.oauth
    missing = UserError(f"{account.name}: nobody has signed in yet. Sign in with: responder login {account.name}")
    if oauth and oauth.token_file:
        if not oauth.token_file.exists():
            raise missing
        return _from_file(oauth.token_file, account.name)
    value = _Keyring(account.name).read(_entry(account))
    if value is None:
        raise missing
    return value


def store_refresh_token(account: Account, token: str) -> None:
    """Durably, before the token is used: the provider may already have made the one before it worthless."""
    if not token or CONTROL.search(token) or len(token) > SIZE_LIMIT:
        raise UserError(f"{account.name}: the provider gave a refresh token that cannot be one.")
    oauth = account.secret.oauth
    if oauth and oauth.token_file:
        _write_file(oauth.token_file, token, account.name)
    else:
        _Keyring(account.name).write(_entry(account), token)


def _entry(account: Account) -> str:
    """The keyring's user name: a token does not lie where a password is looked for."""
    return f"{account.name} (OAuth)" if account.secret.oauth else account.name


def _write_file(path: Path, text: str, name: str) -> None:
    """Mode 0600, whole or not at all, on the disk before this returns."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        raise TryLater(f"{name}: the token file {path} cannot be written ({error.strerror}).") from error


def _must_be_keyring(account: Account) -> None:
    source = account.secret
    for kind, given in (
        ("command", source.command),
        ("file", source.file),
        ("env", source.env),
        ("token_command", source.token_command),
    ):
        if given:
            raise UserError(
                f"{account.name}: the configuration takes this password from account.secret.{kind}, not from the keyring. "
                f"Change it there, or take that key out to use the keyring."
            )


def _from_command(command: tuple[str, ...], name: str) -> str:
    program = Path(command[0]).name
    argv = [str(Path(command[0]).expanduser()), *command[1:]]
    try:
        # S603: the user's own configuration names the program; there is no shell, and nothing of a mail gets here
        ran = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_TIMEOUT, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise TryLater(
            f"{name}: {program} gave no password within {COMMAND_TIMEOUT:.0f} seconds; is it waiting for you?"
        ) from error
    except (OSError, ValueError) as error:
        raise UserError(f"{name}: the command {program} cannot be run. Look at account.secret.command.") from error
    if ran.returncode:
        # its error output is not repeated: nobody knows what is in it
        raise TryLater(
            f"{name}: {program} ended with status {ran.returncode} and no password. Try it in a terminal; is its store locked?"
        )
    return _first_line(ran.stdout, name)


def _from_file(path: Path, name: str, *, guarded: bool = False) -> str:
    """The first line; refused where others can read it, unless its folder guards it."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            raw = file.read(SIZE_LIMIT)
    except OSError as error:
        raise UserError(f"{name}: the secret file {path} cannot be read ({error.strerror}).") from error
    if os.name == "posix" and not guarded and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UserError(f"{name}: the secret file {path} can be read by others. Run: chmod 600 {path}")
    return _first_line(raw, name)


def _first_line(raw: bytes, name: str) -> str:
    try:
        return raw.decode("utf-8-sig").partition("\n")[0].rstrip("\r")
    except UnicodeDecodeError:  # it carries the bytes, so it is not handed on
        raise UserError(f"{name}: the password is not UTF-8 text.") from None


def _handed_by_systemd(name: str) -> Path | None:
    """LoadCredential=responder.NAME in a unit (systemd.exec(5)).

    The folder is the service's alone; the file may show a mode of 0440, the mask of the ACL that lets its user read.
    """
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    path = Path(folder, f"{SERVICE}.{name}") if folder else None
    return path if path and path.is_file() else None


def _from_keyring(name: str) -> str:
    value = _Keyring(name).read(name)
    if value is None:
        raise UserError(f"{name}: the keyring has no password for this account. Store it with: responder login {name}")
    return value


class _Keyring:
    """Entries of the system's keyring; long ones in pieces, since Windows takes 2560 bytes of UTF-16 and no more.

    The entry itself then names its pieces. They are written first, under names not in use, so that whatever happens in
    between leaves the old value or the new one.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._backend = _backend(name)

    def read(self, entry: str) -> str | None:
        """The value; None where there is none, UserError where a piece of it is missing."""
        head = self._get(entry)
        pieces = _pieces_of(head)
        if head is None or pieces is None:
            return head
        value = "".join(self._get(f"{entry} {piece}") or "" for piece in pieces)
        if _digest(value) != head.rpartition(" ")[2]:
            raise UserError(
                f"{self._name}: what the keyring holds is damaged. Store it again: responder login {self._name}"
            )
        return value

    def write(self, entry: str, value: str) -> None:
        """Store, and let go of the pieces of what was there before."""
        before = _pieces_of(self._get(entry)) or []
        after: list[str] = []
        if len(value) > PIECE or value.startswith(_IN_PIECES):
            prefix = "b" if any(piece.startswith("a") for piece in before) else "a"
            parts = [value[start : start + PIECE] for start in range(0, len(value), PIECE)]
            after = [f"{prefix}{number}" for number in range(len(parts))]
            for piece, part in zip(after, parts, strict=True):
                self._set(f"{entry} {piece}", part)
            value = f"{_IN_PIECES}{prefix} {len(parts)} {_digest(value)}"
        self._set(entry, value)
        for piece in before:
            if piece not in after:
                self._delete(f"{entry} {piece}")

    def remove(self, entry: str) -> bool:
        """Delete it, pieces and all; False if it was not there."""
        head = self._get(entry)
        if head is None:
            return False
        self._delete(entry)
        for piece in _pieces_of(head) or []:
            self._delete(f"{entry} {piece}")
        return True

    def _get(self, entry: str) -> str | None:
        found = _within_time(lambda: self._backend.get_password(SERVICE, entry), self._name)
        return None if found is None else str(found)

    def _set(self, entry: str, value: str) -> None:
        _within_time(lambda: self._backend.set_password(SERVICE, entry, value), self._name)

    def _delete(self, entry: str) -> None:
        if self._get(entry) is not None:
            _within_time(lambda: self._backend.delete_password(SERVICE, entry), self._name)


def _pieces_of(head: str | None) -> list[str] | None:
    """The names of an entry's pieces; None where it is whole."""
    found = re.fullmatch(rf"{_IN_PIECES}([ab]) ([0-9]{{1,3}}) [0-9a-f]{{16}}", head or "")
    return [f"{found[1]}{number}" for number in range(int(found[2]))] if found else None


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:16]


def _backend(name: str) -> Any:
    """The system's keyring, refused where it asks, forgets or keeps plain text."""
    import keyring
    from keyring.backends import chainer, fail

    def usable(backend: Any) -> bool:
        kind = f"{type(backend).__module__}.{type(backend).__qualname__}"
        return not isinstance(backend, fail.Keyring) and not kind.startswith(_REFUSED)

    try:
        backend: Any = _within_time(keyring.get_keyring, name)
    except ImportError as error:  # PYTHON_KEYRING_BACKEND names a module that is not there
        raise UserError(f"{name}: the keyring that PYTHON_KEYRING_BACKEND names cannot be loaded.") from error
    if isinstance(backend, chainer.ChainerBackend):
        backend = next((one for one in backend.backends if usable(one)), None)
    if backend is None or not usable(backend):
        raise UserError(
            f"{name}: this machine has no keyring that can be used in the background. In [account.secret] give "
            f'command = ["pass", "show", "mail/{name}"], or file = "..." with a file that only you can read (mode 0600), or env = "...".'
        )
    return backend


def _within_time(call: Callable[[], Any], name: str) -> Any:
    """The call's result, from a thread of its own; a prompt that nobody answers must not stop the daemon.

    One call at a time: while one waits for the user, a second would only put a second prompt in front of them.
    """
    silent = TryLater(
        f"{name}: the keyring has not answered for {KEYRING_TIMEOUT:.0f} seconds; is it waiting to be unlocked?"
    )
    if not _ONE_AT_A_TIME.acquire(timeout=KEYRING_TIMEOUT):
        raise silent
    result: list[Any] = []
    raised: list[Exception] = []

    def run() -> None:
        try:
            result.append(call())
        except Exception as error:  # noqa: BLE001  backends are plugins and raise what they like
            raised.append(error)
        finally:
            _ONE_AT_A_TIME.release()

    thread = threading.Thread(target=run, name="keyring", daemon=True)
    thread.start()
    thread.join(KEYRING_TIMEOUT)
    if raised:
        raise _translated(raised[0], name) from raised[0]
    if not result:
        raise silent
    return result[0]


def _translated(error: Exception, name: str) -> Exception:
    from keyring.errors import KeyringError, NoKeyringError, PasswordSetError

    if isinstance(error, ImportError):
        return error
    if isinstance(error, NoKeyringError):
        return UserError(f"{name}: this machine has no keyring. Use command, file or env in [account.secret].")
    if isinstance(error, PasswordSetError):
        return UserError(
            f"{name}: the keyring refused to store the password. Use command, file or env in [account.secret]."
        )
    if isinstance(error, KeyringError):  # KeyringLocked, InitError ("Prompt dismissed")
        return TryLater(f"{name}: the keyring is locked. Unlock it (by logging in to the desktop); it is tried again.")
    return TryLater(f"{name}: the keyring failed ({type(error).__name__}); it is tried again.")
