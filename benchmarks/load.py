"""Load: many rejections at once, many accounts in one daemon, a very large mailbox. `make load`, or this file with --small.

The daemon runs in a process of its own. What is told: whether every rejection was handled, how long each took, the
most memory the process had beside one that handles a single rejection, and the most connections an account had at once.
The very large mailbox is written to the disk of a Dovecot; each rejection in it must have exactly one draft, and no other
mail one, and the commands and bytes that each took are counted. It takes some minutes.
"""

from __future__ import annotations

import argparse
import contextlib
import email
import os
import random
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

from load_mails import ME, other, rejection

from responder.demo.server import Server
from responder.demo.store import Account
from responder.store import Store, state_file

HOME = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOME / "tests"))

from recorder import Recorder  # noqa: E402  the path had to be set first
from servers.base import PASSWORD  # noqa: E402  the same
from servers.dovecot import Dovecot  # noqa: E402  the same


@dataclass
class Daemon:
    """Runs the program, and watches its memory and its connections."""

    folder: Path
    connections: Callable[[], dict[str, int]]
    peak: float = 0.0  # MB
    most: int = 0  # connections of one account at once
    talk: str = ""  # what was said between it and the server, where that is counted

    def configure(self, port: int, users: dict[str, str], watch: str = "") -> None:
        accounts = "".join(
            f"[[account]]\nname = '{user}'\naddress = '{address}'\n[account.imap]\nhost = '127.0.0.1'\nport = {port}\n"
            f"security = 'none'\nusername = '{user}'\n[account.secret]\nenv = 'SECRET'\n"
            for user, address in users.items()
        )
        (self.folder / "config.toml").write_text(
            f"state_dir = '{self.folder}/state'\n[me]\nname = 'Ana Souza'\n[watch]\n{watch}\n[notify]\n"
            f"desktop = false\n{accounts}"
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
                self.peak = max(self.peak, _memory(process.pid))
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
            box.deliver("INBOX", rejection(number, now, f"Ana Souza <{users[user]}>"), now)
        with daemon.running():
            while daemon.states() != Counter(held=count):
                _demand(time.monotonic() - began < 30 + 10 * count, f"{count} accounts: {dict(daemon.states())}")
                time.sleep(0.2)
        took = time.monotonic() - began
        for user, box in boxes.items():
            _demand(len(box.messages("Drafts")) == 1, f"{user}: {len(box.messages('Drafts'))} drafts")
    return daemon, took


def large(folder: Path, mails: int, rejections: int) -> tuple[Daemon, float]:
    """A mailbox of `mails` mails of the last 400 days on Dovecot, which the daemon looks at all: two thirds of the
    rejections lie among them, the others arrive while it runs, among other mail."""
    with Dovecot() as dovecot:
        user = dovecot.new_user()
        box = _fill(dovecot, user, mails, range(rejections * 2 // 3))
        with Recorder((dovecot.host, dovecot.port)) as relay:
            daemon = Daemon(folder, lambda: {user: relay.most_open})
            daemon.configure(relay.port, {user: "ana@example.org"}, watch="poll = '1s'\nlookback = '400d'")
            began = time.monotonic()
            daemon.once()
            first = daemon.states()
            _demand(first.total() == rejections * 2 // 3, f"{mails} mails: {dict(first)}")
            while daemon.states()["waiting"]:
                daemon.once("--all")
            _arrive(daemon, box, range(rejections * 2 // 3, rejections))
            took = time.monotonic() - began
            daemon.talk = f"; {relay.round_trips / rejections:.0f} commands and {relay.received / rejections / 1000:.0f} kB for each"
        _demand(daemon.states() == Counter(held=rejections), f"{mails} mails: {dict(daemon.states())}")
        answered = Counter(_answered(box / ".Drafts"))
        wanted = Counter(f"<r{number}@firm{number:04}.example>" for number in range(rejections))
        _demand(answered == wanted, f"{mails} mails: drafts for {len(answered)} mails, {answered.total()} in all")
    return daemon, took


def _arrive(daemon: Daemon, box: Path, numbers: range) -> None:
    """Ten at a time, each with nine other mails, while the daemon runs: no more than one round files by itself."""
    chance, done = random.Random(2), numbers.start
    with daemon.running():
        for start in range(numbers.start, numbers.stop, 10):
            batch = numbers[start - numbers.start :][:10]
            for number in batch:
                now = datetime.now(UTC)
                for noise in range(9):
                    _put(box, f"x{number}-{noise}", other(1_000_000 + number * 9 + noise, now, chance), now)
                _put(box, f"r{number}", rejection(number, now), now)
            done += len(batch)
            end = time.monotonic() + 300
            while daemon.states() != Counter(held=done):
                _demand(time.monotonic() < end, f"{len(batch)} that arrived: {dict(daemon.states())}")
                time.sleep(0.2)


def _fill(dovecot: Dovecot, user: str, mails: int, numbers: range) -> Path:
    """The Maildir, straight on the disk: so many APPENDs would take longer than all the rest."""
    box = dovecot.dir / "home" / user / "Maildir"
    for folder in (box, *(box / name for name in (".Archive", ".Sent", ".Drafts"))):
        for name in ("cur", "new", "tmp"):
            (folder / name).mkdir(parents=True, exist_ok=True)
    chance, now = random.Random(1), datetime.now(UTC)
    for number in range(mails - len(numbers)):
        when = now - timedelta(days=400) * chance.random()
        folder = chance.choices((box, box / ".Archive", box / ".Sent"), (0.6, 0.25, 0.15))[0]
        sender = ME if folder.name == ".Sent" else None
        _put(folder, f"m{number}", other(number, when, chance, sender=sender), when, new=False)
    for number in numbers:
        when = now - timedelta(days=390) * chance.random()
        _put(box, f"r{number}", rejection(number, when), when, new=False)
    subprocess.run(["chown", "-R", f"{dovecot.uid}:{dovecot.gid}", str(dovecot.dir / "home")], check=True)
    return box


def _put(folder: Path, name: str, raw: bytes, when: datetime, *, new: bool = True) -> None:
    """As a delivery does it: whole in tmp, then moved. INTERNALDATE is the file's time."""
    path = folder / "tmp" / f"{int(when.timestamp())}.{name}.load,S={len(raw)}"
    path.write_bytes(raw)
    os.utime(path, (when.timestamp(), when.timestamp()))
    path.rename(folder / "new" / path.name if new else folder / "cur" / f"{path.name}:2,S")


def _answered(drafts: Path) -> Iterator[str]:
    """What the drafts on the disk are answers to."""
    for path in (*drafts.glob("cur/*"), *drafts.glob("new/*")):
        yield str(email.message_from_bytes(path.read_bytes())["In-Reply-To"])


def _memory(pid: int) -> float:
    """The most that a process has had, in MB; what it has now where the kernel does not tell that."""
    with contextlib.suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text("ascii"))
        return int(found[1]) / 1024 if found else 0.0
    size = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(size.stdout) / 1024


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
        ("rejections among 3,000 mails", 300 if not small else 30, lambda folder: large(folder, 3000, 300 if not small else 30)),
        ("rejections among 100,000 mails", 300, lambda folder: large(folder, 100_000, 300)),
    ]  # fmt: skip
    single = 0.0
    for name, count, load in loads[:-1] if small else loads:
        with tempfile.TemporaryDirectory() as folder:
            daemon, took = load(Path(folder))
        single = single or daemon.peak
        print(
            f"{count:4} {name:30} all handled in {took:6.1f} s, {took / count:5.2f} s each; most memory {daemon.peak:5.0f} MB "
            f"({daemon.peak / single:.1f} times one rejection's); most connections of an account: {daemon.most}{daemon.talk}",
            flush=True,
        )


if __name__ == "__main__":
    main()
