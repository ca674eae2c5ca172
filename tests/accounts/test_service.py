"""The service: its files are what each platform's own reader takes, and the unit lives under a real systemd user manager."""

import os
import plistlib
import shutil
import socket
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from responder.accounts import sd_notify, service
from responder.accounts.service import command
from responder.accounts.service_files import UNIT, launchd_agent, systemd_unit, windows_task
from responder.demo.server import Server
from responder.demo.store import Account
from responder.errors import UserError

ODD = ("/opt/my program/python", "-m", "responder", 'a "b" $HOME %h \\ ü')
NAMESPACE = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"


def test_the_command_is_absolute_and_takes_no_module_from_the_folder_it_starts_in():
    words = command(Path("c.toml"))
    assert words[:4] == (sys.executable, "-P", "-m", "responder")
    assert Path(words[-1]).is_absolute()


def test_a_unit_quotes_what_has_a_meaning_to_systemd():
    unit = systemd_unit(ODD, {"PATH": "/a:/b c", "HOME": "/x", "LANG": "x\ny"})
    assert 'ExecStart="/opt/my program/python" "-m" "responder" "a \\"b\\" $$HOME %%h \\\\ ü"' in unit
    assert 'Environment="PATH=/a:/b c"' in unit
    assert unit.count("Environment=") == 1  # what is not needed, or cannot stand on a line, is left out


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path):
    file = tmp_path / UNIT
    file.write_text(systemd_unit((sys.executable, *ODD[1:]), os.environ))
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    ran = subprocess.run(["systemd-analyze", "verify", "--user", file], capture_output=True, text=True, env=environment)
    about = [line for line in (ran.stdout + ran.stderr).splitlines() if UNIT in line]
    assert ran.returncode == 0, ran.stderr
    assert about == []


def test_the_agent_is_a_property_list(tmp_path):
    agent = plistlib.loads(launchd_agent(ODD, {"PATH": "/a"}, tmp_path / "log"))
    assert agent["ProgramArguments"] == list(ODD)
    assert agent["EnvironmentVariables"] == {"PATH": "/a"}
    assert agent["RunAtLoad"]
    assert agent["KeepAlive"] == {"SuccessfulExit": False}


def test_the_task_is_xml_with_the_command_whole():
    task = ElementTree.fromstring(
        windows_task((r"C:\my & py\python.exe", "-m", "responder"), "PC\\Ana", Path("l.log"))
        .decode("utf-16")
        .partition("\n")[2]
    )
    assert (
        task.findtext(f".//{NAMESPACE}Arguments") == r'/d /s /c ""C:\my & py\python.exe" "-m" "responder" 2>> "l.log""'
    )
    assert {node.text for node in task.iter(f"{NAMESPACE}UserId")} == {"PC\\Ana"}


# What the other platforms' programs are asked, with programs that write down what they were asked


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """A home folder, and stand-ins for launchctl and schtasks; gives what they were asked."""
    asked = tmp_path / "asked"
    for name in ("launchctl", "schtasks"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(
            f'#!/bin/sh\necho "{name} $*" >> {asked}\n[ -z "$5" ] || cp "$5" {tmp_path}/task.xml 2>/dev/null\necho "state = running"\n'
        )
        program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    return lambda: asked.read_text().splitlines()


def test_launchd_is_asked(programs, tmp_path, monkeypatch):
    monkeypatch.setattr(service, "manager", lambda: service.Manager.LAUNCHD)
    assert "Running" in service.install(tmp_path / "c.toml")
    agent = tmp_path / "Library" / "LaunchAgents" / "responder.plist"
    assert plistlib.loads(agent.read_bytes())["ProgramArguments"][-1] == str(tmp_path / "c.toml")
    target = f"gui/{os.getuid()}"
    assert programs() == [f"launchctl bootout {target}/responder", f"launchctl bootstrap {target} {agent}"]
    assert service.status() == (True, "It is running.")
    with pytest.raises(UserError, match="nothing has been logged"):
        service.logs()
    assert "removed" in service.remove()
    assert not agent.exists()
    assert "not installed" in service.remove()


def test_the_task_scheduler_is_asked(programs, tmp_path, monkeypatch):
    monkeypatch.setattr(service, "manager", lambda: service.Manager.TASKS)
    assert "Nobody has tried this on Windows yet" in service.install(tmp_path / "c.toml")
    assert [line.split(" /XML")[0] for line in programs()] == [
        "schtasks /Create /TN responder",
        "schtasks /Run /TN responder",
    ]
    assert str(tmp_path / "c.toml") in (tmp_path / "task.xml").read_bytes().decode("utf-16")
    assert "removed" in service.remove()


# sd_notify


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="sockets of systemd are UNIX's")
def test_the_watchdog_is_told_a_third_of_its_time_apart(tmp_path, monkeypatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "9000000")
        monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
        watchdog = sd_notify.Watchdog()
        for second in (100.0, 101.0, 102.9, 103.0, 104.0):
            watchdog.beat(second)
        assert manager.recv(100) == manager.recv(100) == b"WATCHDOG=1"
        with pytest.raises(BlockingIOError):
            manager.recv(100)
        monkeypatch.setenv("WATCHDOG_PID", "1")
        sd_notify.Watchdog().beat(1.0)
        with pytest.raises(BlockingIOError):
            manager.recv(100)


@pytest.mark.parametrize("name", ["", "relative", "/nowhere/at/all", "@nobody-listens-here"])
def test_nobody_listens(name, monkeypatch):
    monkeypatch.setenv("NOTIFY_SOCKET", name)
    assert sd_notify.tell("READY=1") is False


# The whole, under systemd


class UserManager:
    """A systemd user manager of the test's own, in a mount namespace in which /run says that systemd is there."""

    START = "mount --make-rshared / && mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system && exec /lib/systemd/systemd --user"

    def __init__(self, home: Path) -> None:
        (home / "run").mkdir(mode=0o700, parents=True)
        units = home / ".config" / "systemd" / "user"
        units.mkdir(parents=True)
        (units / "probe.service").write_text("[Service]\nType=oneshot\nExecStart=/bin/true\n")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG", "RESPONDER"))}
        self.environment = kept | {
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home / "run"),
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={home}/run/bus",
            "SYSTEMD_LOG_TARGET": "console",
        }
        self.log = home / "manager.log"

    def start(self) -> bool:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["unshare", *([] if os.getuid() == 0 else ["-r"]), "-m", "sh", "-c", self.START],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        until(lambda: self.process.poll() is not None or self.systemctl("show", "--property=Version").returncode == 0)
        return self.systemctl("start", "probe.service").returncode == 0  # in some containers no unit can be started

    def systemctl(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["systemctl", "--user", *words], env=self.environment, capture_output=True, text=True)

    def drop_in(self, text: str) -> None:
        folder = Path(self.environment["HOME"], ".config", "systemd", "user", f"{UNIT}.d")
        folder.mkdir(parents=True)
        (folder / "override.conf").write_text(text)

    def shown(self, key: str) -> str:
        return self.systemctl("show", UNIT, f"--property={key}", "--value").stdout.strip()

    def responder(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "responder", *words], env=self.environment, capture_output=True, text=True
        )

    def stop(self) -> None:
        self.systemctl("exit")
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def until(true, seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def user_manager(tmp_path):
    if (
        not all(shutil.which(program) for program in ("systemctl", "unshare"))
        or not Path("/lib/systemd/systemd").exists()
    ):
        pytest.skip("systemd is not installed")
    manager = UserManager(tmp_path / "home")
    if not manager.start():
        manager.process.kill()
        pytest.skip(f"a systemd user manager cannot run here: {manager.log.read_text(errors='replace')[-300:]}")
    yield manager
    manager.stop()


def test_the_unit_under_a_real_user_manager(user_manager, tmp_path):
    with Server({"ana": Account("secret")}) as server:
        secret = tmp_path / "secret"
        secret.write_text("secret")
        secret.chmod(0o600)
        file = tmp_path / "c.toml"
        file.write_text(
            f'[me]\nname = "Ana Souza"\n[[account]]\nname = "home"\naddress = "ana@example.org"\n[account.imap]\nhost = "127.0.0.1"\n'
            f'port = {server.port}\nsecurity = "none"\nusername = "ana"\n'
        )
        # as the user may: the password by systemd itself; and a watchdog that would bite while the test runs
        user_manager.drop_in(f"[Service]\nLoadCredential=responder.home:{secret}\nWatchdogSec=4\n")
        config = ("--config", str(file))
        assert user_manager.responder("service", "status").returncode == 1
        installed = user_manager.responder("service", "install", *config)
        assert installed.returncode == 0, installed.stderr + user_manager.log.read_text()
        assert "enable-linger" in installed.stdout.replace("\n", " ")
        assert user_manager.shown("ActiveState") == "active"  # Type=notify: it has said READY=1
        assert user_manager.shown("WatchdogUSec") == "4s"
        assert "1 account" in user_manager.responder("service", "status").stdout
        assert until(lambda: server.connections("ana") == 1)
        state = next((tmp_path / "home").rglob("state.sqlite3"))
        first = user_manager.shown("MainPID")

        again = user_manager.responder("service", "install", *config)  # as one does after an upgrade
        assert again.returncode == 0
        assert user_manager.shown("MainPID") not in ("0", first)
        assert until(lambda: server.connections("ana") == 1)

        since = user_manager.shown("WatchdogTimestampMonotonic")
        assert until(lambda: user_manager.shown("WatchdogTimestampMonotonic") != since)  # it beats
        assert user_manager.shown("NRestarts") == "0"

        user_manager.stop()  # as at a reboot
        assert until(lambda: server.connections("ana") == 0)
        assert user_manager.start()
        assert until(lambda: server.connections("ana") == 1), user_manager.log.read_text()
        assert state.exists()

        good = file.read_text()
        file.write_text("nonsense")  # what the user must fix is not started anew, again and again
        user_manager.systemctl("restart", UNIT)
        assert until(lambda: user_manager.shown("ActiveState") == "failed")
        assert (user_manager.shown("ExecMainStatus"), user_manager.shown("NRestarts")) == ("2", "0")
        assert "needs you" in user_manager.responder("service", "status").stdout
        file.write_text(good)

        removed = user_manager.responder("service", "remove")
        assert "removed" in removed.stdout
        assert until(lambda: server.connections("ana") == 0)
        assert "not installed" in user_manager.responder("service", "status").stdout
        assert state.exists()
