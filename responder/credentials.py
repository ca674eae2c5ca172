"""The only keyring, password commands, secret files and secret environment variables. Logs nothing; asks nobody anything.

A locked store means "later", never "wrong password".
"""

from __future__ import annotations

import os
import stat
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from responder.errors import TryLater, UserError
from responder.wire import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from responder.config import Account

SERVICE = "responder"  # the keyring's service; its user name is the account's name
KEYRING_TIMEOUT = 20.0  # seconds: on a desktop an unlock prompt can block for ever (secretstorage issue 33)
COMMAND_TIMEOUT = 60.0  # seconds: a password manager may ask for a touch of a key
SIZE_LIMIT = 65_536  # bytes of a secret
# Backends that ask on a terminal, keep secrets in plain text, or forget them without a word
_REFUSED = ("keyrings.alt.", "keyrings.cryptfile.", "keyring.backends.null.")


def secret_for(account: Account) -> Secret:
    """The account's secret: from command, file or env where the config names one, else systemd's credentials, else the keyring.

    UserError where the user must do something, TryLater where the store is locked or silent.
    """
    source = account.secret
    if source.command:
        value = _from_command(source.command, account.name)
    elif source.file:
        value = _from_file(source.file, account.name)
    elif source.env:
        value = os.environ.get(source.env, "")
        if not value:
            raise UserError(
                f"{account.name}: the environment variable {source.env} is not set. Set it where responder is started."
            )
    elif source.oauth:
        raise UserError(f"{account.name}: has an OAuth client; its tokens are not a password.")
    elif (handed := _handed_by_systemd(account.name)) is not None:
        value = _from_file(handed, account.name)
    else:
        value = _from_keyring(account.name)
    if not value or any(char in value for char in "\r\n\0"):
        raise UserError(f"{account.name}: the password is empty or not one line. Store it again (see account.secret).")
    return Secret(value)


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
    backend = _backend(account.name)
    _within_time(lambda: backend.set_password(SERVICE, account.name, secret.value), account.name)


def remove(account: Account) -> bool:
    """Out of the keyring; False if it was not there."""
    _must_be_keyring(account)
    backend = _backend(account.name)
    if _within_time(lambda: backend.get_password(SERVICE, account.name), account.name) is None:
        return False
    _within_time(lambda: backend.delete_password(SERVICE, account.name), account.name)
    return True


def _must_be_keyring(account: Account) -> None:
    source = account.secret
    for kind, given in (("command", source.command), ("file", source.file), ("env", source.env)):
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


def _from_file(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            raw = file.read(SIZE_LIMIT)
    except OSError as error:
        raise UserError(f"{name}: the secret file {path} cannot be read ({error.strerror}).") from error
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UserError(f"{name}: the secret file {path} can be read by others. Run: chmod 600 {path}")
    return _first_line(raw, name)


def _first_line(raw: bytes, name: str) -> str:
    try:
        return raw.decode("utf-8-sig").partition("\n")[0].rstrip("\r")
    except UnicodeDecodeError:  # it carries the bytes, so it is not handed on
        raise UserError(f"{name}: the password is not UTF-8 text.") from None


def _handed_by_systemd(name: str) -> Path | None:
    """LoadCredential=responder.NAME in a unit (systemd.exec); the file is the service's alone."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    path = Path(folder, f"{SERVICE}.{name}") if folder else None
    return path if path and path.is_file() else None


def _from_keyring(name: str) -> str:
    backend = _backend(name)
    value = _within_time(lambda: backend.get_password(SERVICE, name), name)
    if value is None:
        raise UserError(f"{name}: the keyring has no password for this account. Store it with: responder login {name}")
    return str(value)


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
    """The call's result, from a thread of its own; a prompt that nobody answers must not stop the daemon."""
    result: list[Any] = []
    raised: list[Exception] = []

    def run() -> None:
        try:
            result.append(call())
        except Exception as error:  # noqa: BLE001  backends are plugins and raise what they like
            raised.append(error)

    thread = threading.Thread(target=run, name="keyring", daemon=True)
    thread.start()
    thread.join(KEYRING_TIMEOUT)
    if raised:
        raise _translated(raised[0], name) from raised[0]
    if not result:
        raise TryLater(
            f"{name}: the keyring has not answered for {KEYRING_TIMEOUT:.0f} seconds; is it waiting to be unlocked?"
        )
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
