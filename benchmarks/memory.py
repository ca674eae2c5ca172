"""Resident memory of the idle daemon with one account, beside an empty Python measured in the same run: `make bench`, or this file."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from responder.demo import correspondence
from responder.demo.server import Server
from responder.demo.store import Account
from responder.store import Store, state_file

MAILS = 500
SETTLE = 3.0  # seconds after the first round


def resident(pid: int) -> float:
    """MB; `ps` counts in kB on Linux and macOS."""
    return (
        int(subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True).stdout)
        / 1024
    )


def empty() -> float:
    """An interpreter that does nothing."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        time.sleep(1)
        size = resident(process.pid)
        process.communicate(b"\n")
    return size


def idle_daemon(folder: Path) -> float:
    """After a first round over an INBOX with some hundred mails."""
    account = Account("secret")
    raw = b"From: Bo <bo@example.net>\r\nTo: ana@example.org\r\nSubject: Lunch\r\nMessage-ID: <%d@example.net>\r\n\r\nAt one?\r\n"
    with Server({"ana": account}) as server:
        for number in range(MAILS):
            account.deliver("INBOX", raw % number, datetime.now(UTC))
        correspondence.fill(account, datetime.now(UTC))
        config = folder / "config.toml"
        config.write_text(
            f"state_dir = '{folder}/state'\n[me]\nname = 'Ana'\n[[account]]\nname = 'home'\naddress = 'ana@example.org'\n"
            f"[account.imap]\nhost = '127.0.0.1'\nport = {server.port}\nsecurity = 'none'\nusername = 'ana'\n"
            "[account.secret]\nenv = 'SECRET'\n[notify]\ndesktop = false\n"
        )
        command = [sys.executable, "-m", "responder", "run", "--config", str(config)]
        with subprocess.Popen(command, env={**os.environ, "SECRET": "secret"}, stderr=subprocess.DEVNULL) as process:
            wait_for_a_round(folder / "state")
            time.sleep(SETTLE)
            size = resident(process.pid)
            process.terminate()
    return size


def wait_for_a_round(state: Path) -> None:
    """Until the daemon has written down that a round is over."""
    for _ in range(600):
        time.sleep(0.1)
        if state_file(state).exists():
            store = Store.open(state_file(state))
            done = store.account("home").last_round
            store.close()
            if done:
                return
    sys.exit("the daemon finished no round within a minute")


def main() -> None:
    """Print both and their ratio."""
    nothing = empty()
    with tempfile.TemporaryDirectory() as folder:
        ours = idle_daemon(Path(folder))
    print(f"an empty Python:                 {nothing:6.1f} MB")
    print(f"the idle daemon with one account: {ours:5.1f} MB, {ours / nothing:.1f} times as much")


if __name__ == "__main__":
    main()
