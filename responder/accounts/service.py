"""Installs, removes and asks about the background service, by the platform's own programs. Touches no mailbox, needs no administrator."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from responder.accounts.service_files import LABEL, UNIT, launchd_agent, systemd_unit, windows_task
from responder.errors import TryLater, UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

TIMEOUT: Final = 150.0  # seconds; a start waits until the daemon is ready
LOG_LINES: Final = 100


class Manager(StrEnum):
    """Who runs background programs here."""

    SYSTEMD = "systemd"
    LAUNCHD = "launchd"
    TASKS = "Task Scheduler"


def manager(platform: str = sys.platform) -> Manager:
    """The platform's; UserError where there is none that this program knows."""
    match platform:
        case "darwin":
            return Manager.LAUNCHD
        case "win32":
            return Manager.TASKS
        case _:
            if not _has_user_manager():
                raise UserError(
                    "There is no systemd user session here. Start `responder run` by what this machine uses instead "
                    "(a login script, supervisord, a container)."
                )
            return Manager.SYSTEMD


def command(config: Path) -> tuple[str, ...]:
    """What the service runs; -P keeps a folder named responder in the home folder from being taken for the program."""
    return (sys.executable, "-P", "-m", "responder", "run", "--config", str(config.absolute()))


def install(config: Path) -> str:
    """Write the service file, and start it now and at each login; a sentence on what was done. UserError or TryLater.

    Installing again writes the file anew and restarts: that is what to do after an upgrade.
    """
    match manager():
        case Manager.SYSTEMD:
            path = _unit_path()
            _write(path, systemd_unit(command(config), os.environ).encode())
            _ask("systemctl", "--user", "daemon-reload")
            _ask("systemctl", "--user", "enable", "--quiet", UNIT)
            _ask("systemctl", "--user", "reset-failed", UNIT, check=False)
            _ask("systemctl", "--user", "restart", UNIT)
            return f"Running ({path}). It starts again at each login; {_lingering()}"
        case Manager.LAUNCHD:
            path = _agent_path()
            _log_path().parent.mkdir(parents=True, exist_ok=True)
            _write(path, launchd_agent(command(config), os.environ, _log_path()))
            _ask("launchctl", "bootout", _target(), check=False)
            _ask("launchctl", "bootstrap", _domain(), str(path))
            return f"Running ({path}). It starts again at each login. Nobody has tried this on macOS yet."
        case Manager.TASKS:
            _log_path().parent.mkdir(parents=True, exist_ok=True)
            _schedule(windows_task(command(config), _windows_user(), _log_path()))
            _ask("schtasks", "/Run", "/TN", LABEL)
            return (
                "Running as a scheduled task, which starts again at each login. Nobody has tried this on Windows yet."
            )


def remove() -> str:
    """Stop it and take the file away; what the program has stored stays."""
    match manager():
        case Manager.SYSTEMD:
            there = _unit_path().exists()
            _ask("systemctl", "--user", "disable", "--quiet", "--now", UNIT, check=False)
            _unit_path().unlink(missing_ok=True)
            _ask("systemctl", "--user", "daemon-reload")
        case Manager.LAUNCHD:
            there = _agent_path().exists()
            _ask("launchctl", "bootout", _target(), check=False)
            _agent_path().unlink(missing_ok=True)
        case Manager.TASKS:
            _ask("schtasks", "/End", "/TN", LABEL, check=False)
            there = _ask("schtasks", "/Delete", "/TN", LABEL, "/F", check=False).returncode == 0
    return (
        "Stopped and removed. Mailboxes, configuration and state stay as they are."
        if there
        else "It was not installed."
    )


def status() -> tuple[bool, str]:
    """Whether it runs, and a sentence."""
    match manager():
        case Manager.SYSTEMD:
            keys = ("LoadState", "ActiveState", "SubState", "StatusText", "ExecMainStatus")
            asked = _ask("systemctl", "--user", "show", UNIT, f"--property={','.join(keys)}", check=False).stdout
            return _systemd_says(dict(line.partition("=")[::2] for line in asked.splitlines()))
        case Manager.LAUNCHD:
            asked = _ask("launchctl", "print", _target(), check=False).stdout
            runs = "state = running" in asked
        case Manager.TASKS:
            asked = _ask("schtasks", "/Query", "/TN", LABEL, "/FO", "LIST", check=False).stdout
            runs = "Running" in asked
    return runs, "It is running." if runs else "It is not running. Install it with `responder service install`."


def logs(*, follow: bool = False) -> int:
    """Print the last lines of what the daemon said; the exit status of the program that prints them."""
    if manager() is Manager.SYSTEMD:
        argv = ["journalctl", f"--user-unit={UNIT}", f"--lines={LOG_LINES}", "--no-pager"]
        return subprocess.run([*argv, *(["--follow"] if follow else [])], check=False).returncode  # noqa: S603  fixed words
    try:
        lines = _log_path().read_text("utf-8", "replace").splitlines()
    except OSError as error:
        raise UserError(f"{_log_path()}: nothing has been logged there yet ({error.strerror}).") from error
    print("\n".join(lines[-LOG_LINES:]))  # noqa: T201  the other branch prints as well
    return 0


def _systemd_says(shown: dict[str, str]) -> tuple[bool, str]:
    if shown.get("LoadState") != "loaded":
        return False, "It is not installed. Install it with `responder service install`."
    if shown.get("ActiveState") == "active":
        return True, f"It is running. {shown.get('StatusText', '')}".rstrip()
    if shown.get("ExecMainStatus") == "2":
        return False, "It has stopped because something needs you: `responder check` says what."
    return False, f"It is not running ({shown.get('ActiveState')}); `responder service logs` says more."


def _has_user_manager() -> bool:
    try:
        return _ask("systemctl", "--user", "show", "--property=Version", check=False).returncode == 0
    except UserError:
        return False


def _unit_path() -> Path:
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return home / "systemd" / "user" / UNIT


def _agent_path() -> Path:
    return Path.home() / "Library" / "LaunchAgents" / f"{LABEL}.plist"


def _log_path() -> Path:
    from platformdirs import user_log_path

    return user_log_path("responder", appauthor=False) / "responder.log"


def _domain() -> str:
    return f"gui/{os.getuid()}"


def _target() -> str:
    return f"{_domain()}/{LABEL}"


def _windows_user() -> str:
    return f"{os.environ.get('USERDOMAIN', '.')}\\{os.environ.get('USERNAME', '')}"


def _schedule(task: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "task.xml")
        file.write_bytes(task)
        _ask("schtasks", "/Create", "/TN", LABEL, "/XML", str(file), "/F")


def _lingering() -> str:
    """Whether it goes on while the user is logged out, in half a sentence."""
    try:
        asked = _ask("loginctl", "show-user", str(os.getuid()), "--property=Linger", check=False).stdout
    except UserError:
        asked = ""
    if "Linger=yes" in asked:
        return "it goes on while you are logged out."
    return "to let it go on while you are logged out, run: loginctl enable-linger"


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise UserError(f"{path}: the service file cannot be written ({error.strerror}).") from error


def _ask(*argv: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run one of the platform's programs; with `check`, a failure is an error in the program's own words."""
    try:
        # S603: fixed programs and words, and paths of this program's own files; no shell
        ran = subprocess.run(  # noqa: S603
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT,
            check=False,
        )
    except FileNotFoundError as error:
        raise UserError(f"{argv[0]} is not on this machine; the service cannot be managed without it.") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TryLater(f"{argv[0]} did not answer; try again ({type(error).__name__}).") from error
    if check and ran.returncode:
        raise UserError(
            f"{_words(argv)} failed: {_said(ran)} `responder check` may say why; `responder service logs` says more."
        )
    return ran


def _words(argv: Sequence[str]) -> str:
    return "`" + " ".join(argv[:3]) + "`"


def _said(ran: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in (ran.stderr or ran.stdout).splitlines() if line.strip()]
    return lines[0][:200] if lines else f"status {ran.returncode}."
