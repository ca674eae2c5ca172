"""Load: many rejections at once, many accounts in one daemon, a very large mailbox. `make load`, or this file with --small.

The daemon runs in a process of its own. What is told: whether every rejection was handled, how long each took, the
most memory the process had beside one that handles a single rejection, and the most connections an account had at once.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from responder.daemon import state_file
from responder.demo.server import Server
from responder.demo.store import Account
from responder.store import Store

HOME = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOME / "tests"))

from servers.base import PASSWORD  # noqa: E402  the path had to be set first
from servers.dovecot import Dovecot  # noqa: E402  the same

REJECTION = """From: {name} <{local}@firm{number:04}.example>
To: Ana Souza <{address}>
Subject: Your application as Data Engineer at Firm{number:04}
Date: {date:%a, %d %b %Y %H:%M:%S} +0000
Message-ID: <r{number}@firm{number:04}.example>

Dear Ana,

thank you for taking the time to interview with us for the Data Engineer position at Firm{number:04}.
After careful consideration, we have decided to move forward with another candidate for this role.

Kind regards,
{name}
Talent Partner, Firm{number:04}
"""
OTHER = """From: Bo <bo{number}@example.net>
To: ana@example.org
Subject: Lunch {number}
Date: {date:%a, %d %b %Y %H:%M:%S} +0000
Message-ID: <{number}@example.net>

At one?
"""
NAMES = ("Jane Doe", "Tom Vogel", "Priya Raman", "Lena Hart", "Omar Said", "Rosa Lind", "Ivo Blank", "Mia Stone")


def rejection(number: int, date: datetime, address: str = "ana@example.org") -> bytes:
    """One from a firm of its own, signed by a person."""
    name = NAMES[number % len(NAMES)]
    local = name.lower().replace(" ", ".")
    return (
        REJECTION.format(name=name, local=local, number=number, date=date, address=address)
        .replace("\n", "\r\n")
        .encode()
    )


@dataclass
class Daemon:
    """Runs the program, and watches its memory and its connections."""

    folder: Path
    connections: Callable[[], dict[str, int]]
    peak: float = 0.0  # MB
    most: int = 0  # connections of one account at once

    def configure(self, port: int, users: dict[str, str]) -> None:
        accounts = "".join(
            f"[[account]]\nname = '{user}'\naddress = '{address}'\n[account.imap]\nhost = '127.0.0.1'\nport = {port}\n"
            f"security = 'none'\nusername = '{user}'\n[account.secret]\nenv = 'SECRET'\n"
            for user, address in users.items()
        )
        (self.folder / "config.toml").write_text(
            f"state_dir = '{self.folder}/state'\n[me]\nname = 'Ana Souza'\n[notify]\ndesktop = false\n{accounts}"
        )

    @contextlib.contextmanager
    def running(self, *options: str) -> Iterator[subprocess.Popen[bytes]]:
        command = [sys.executable, "-m", "responder", "run", *options, "--config", str(self.folder / "config.toml")]
        with subprocess.Popen(command, env={**os.environ, "SECRET": PASSWORD}, stderr=subprocess.DEVNULL) as process:
            watcher = threading.Thread(target=self._watch, args=(process,))
            watcher.start()
            try:
                yield process
            finally:
                process.terminate()
                process.wait()
                watcher.join()

    def once(self, *options: str) -> int:
        """One round over all accounts; its exit status."""
        with self.running("--once", *options) as process:
            return process.wait()

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        while process.poll() is None:
            with contextlib.suppress(subprocess.CalledProcessError, ValueError):
                size = subprocess.run(["ps", "-o", "rss=", "-p", str(process.pid)], capture_output=True, text=True, check=True)  # fmt: skip
                self.peak = max(self.peak, int(size.stdout) / 1024)
            self.most = max([self.most, *self.connections().values()])
            time.sleep(0.1)

    def states(self) -> Counter[str]:
        if not state_file(self.folder / "state").exists():
            return Counter()
        store = Store.open(state_file(self.folder / "state"))
        try:
            return Counter(str(case.state) for case in store.cases())
        finally:
            store.close()


def at_once(folder: Path, count: int) -> tuple[Daemon, float]:
    """`count` rejections lie in INBOX when the daemon first looks; the user goes on with all of them."""
    account = Account(PASSWORD)
    with Server({"ana": account}) as server:
        now = datetime.now(UTC)
        for number in range(count):
            account.deliver("INBOX", rejection(number, now), now)
        daemon = Daemon(folder, lambda: {"ana": server.connections("ana")})
        daemon.configure(server.port, {"ana": "ana@example.org"})
        began = time.monotonic()
        daemon.once()
        first = daemon.states()
        expected = Counter({"held": min(count, 20), "waiting": count - min(count, 20)})
        _demand(first == +expected, f"{count} at once: {dict(first)}")
        while daemon.states()["waiting"]:
            daemon.once("--all")
        took = time.monotonic() - began
        drafts = [mail.header("in-reply-to") for mail in account.messages("Drafts")]
        _demand(daemon.states() == Counter(held=count), f"{count} at once: {dict(daemon.states())}")
        _demand(len(set(drafts)) == len(drafts) == count, f"{count} at once: {len(drafts)} drafts")
    return daemon, took


def accounts(folder: Path, count: int) -> tuple[Daemon, float]:
    """As many accounts in one daemon, a rejection in each."""
    boxes = {f"user{number}": Account(PASSWORD) for number in range(count)}
    users = {user: f"{user}@example.org" for user in boxes}
    with Server(boxes) as server:
        daemon = Daemon(folder, lambda: {user: server.connections(user) for user in boxes})
        daemon.configure(server.port, users)
        began = time.monotonic()
        now = datetime.now(UTC)
        for number, (user, box) in enumerate(boxes.items()):
            box.deliver("INBOX", rejection(number, now, users[user]), now)
        with daemon.running():
            while daemon.states() != Counter(held=count):
                _demand(time.monotonic() - began < 30 + 10 * count, f"{count} accounts: {dict(daemon.states())}")
                time.sleep(0.2)
        took = time.monotonic() - began
        for user, box in boxes.items():
            _demand(len(box.messages("Drafts")) == 1, f"{user}: {len(box.messages('Drafts'))} drafts")
    return daemon, took


def large(folder: Path, mails: int, rejections: int) -> tuple[Daemon, float]:
    """A mailbox of `mails` mails of the last 400 days on Dovecot, `rejections` among those of the last four."""
    with Dovecot() as dovecot:
        user = dovecot.new_user()
        _fill(dovecot, user, mails, rejections)
        daemon = Daemon(folder, lambda: {user: _established(dovecot.port)})
        daemon.configure(dovecot.port, {user: "ana@example.org"})
        began = time.monotonic()
        daemon.once()
        found = daemon.states()
        _demand(found.total() == rejections, f"{mails} mails: {dict(found)}")
        while daemon.states()["waiting"]:
            daemon.once("--all")
        took = time.monotonic() - began
        _demand(daemon.states() == Counter(held=rejections), f"{mails} mails: {dict(daemon.states())}")
    return daemon, took


def _fill(dovecot: Dovecot, user: str, mails: int, rejections: int) -> None:
    """Straight into the Maildir: so many APPENDs would take longer than all the rest."""
    folder = dovecot.dir / "home" / user / "Maildir"
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    ours = {(mails - 1 - step * max(mails // 100 // rejections, 1)) for step in range(rejections)}
    for number in range(mails):
        age = timedelta(days=400) * (1 - (number + 1) / mails)
        when = now - age
        raw = (
            rejection(number, when)
            if number in ours
            else OTHER.format(number=number, date=when).replace("\n", "\r\n").encode()
        )
        path = folder / "cur" / f"{int(when.timestamp())}.M{number}P1.host,S={len(raw)},W={len(raw)}:2,S"
        path.write_bytes(raw)
        os.utime(path, (when.timestamp(), when.timestamp()))
    subprocess.run(["chown", "-R", f"{dovecot.uid}:{dovecot.gid}", str(dovecot.dir / "home")], check=False)


def _established(port: int) -> int:
    """Connections to this port as the kernel lists them; 0 where there is no such list."""
    try:
        table = Path("/proc/net/tcp").read_text("ascii")
    except OSError:
        return 0
    return len(re.findall(rf"(?m)^\s*\d+: \S+ [0-9A-F]+:{port:04X} 01 ", table))


def _demand(holds: object, words: str) -> None:
    if not holds:
        sys.exit(f"not all was handled: {words}")


def main() -> None:
    """Print a line for each load; exit 1 if anything was not handled."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a tenth or less of each")
    small = parser.parse_args().small
    loads: list[tuple[str, int, Callable[[Path], tuple[Daemon, float]]]] = [
        ("one rejection", 1, lambda folder: at_once(folder, 1)),
        ("rejections at once", 40 if small else 500, lambda folder: at_once(folder, 40 if small else 500)),
        ("accounts", 5 if small else 50, lambda folder: accounts(folder, 5 if small else 50)),
        ("rejections among many mails", 20 if small else 300,
         lambda folder: large(folder, 3000 if small else 100_000, 20 if small else 300)),
    ]  # fmt: skip
    single = 0.0
    for name, count, load in loads:
        with tempfile.TemporaryDirectory() as folder:
            daemon, took = load(Path(folder))
        single = single or daemon.peak
        print(
            f"{count:4} {name:28} all handled in {took:6.1f} s, {took / count:5.2f} s each; most memory {daemon.peak:5.0f} MB "
            f"({daemon.peak / single:.1f} times one rejection's); most connections of an account: {daemon.most}",
            flush=True,
        )


if __name__ == "__main__":
    main()
