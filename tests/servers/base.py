"""What all servers share: a throw-away folder, a CA of its own, free ports, a child that never runs as root, a clean stop."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

import trustme

PASSWORD = "secret"
SPECIAL = {"Drafts": "\\Drafts", "Sent": "\\Sent", "Trash": "\\Trash", "Archive": "\\Archive", "Junk": "\\Junk"}
# Servers that are unpacked rather than installed (see install.sh).
PREFIX = Path(os.environ.get("RESPONDER_TEST_SERVERS") or Path(__file__).resolve().parents[2] / ".servers")


class ServerMissingError(Exception):
    """The server's program is not on this machine; the message says what to install."""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class MailServer:
    """One process. `with Dovecot() as server: server.port, server.tls_port, server.ca_file, server.new_user()`."""

    name = "?"
    implicit_tls = True
    fresh_process_per_test = False
    patience = 8.0  # seconds between asking the process to end and killing it

    def __init__(self) -> None:
        self.host, self.port, self.tls_port = "127.0.0.1", free_port(), free_port()
        self.process: subprocess.Popen[bytes] | None = None
        root = os.getuid() == 0
        entry = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.getuid())
        self.uid, self.gid, self.user_name = entry.pw_uid, entry.pw_gid, entry.pw_name
        self.drop = {"user": self.uid, "group": self.gid, "extra_groups": []} if root else {}

    # -- what a server fills in

    @classmethod
    def find(cls) -> Path:
        """The program; ServerMissingError if it is not here."""
        raise NotImplementedError

    def configure(self) -> None: ...

    def argv(self) -> list[str]:
        raise NotImplementedError

    def env(self) -> dict[str, str]:
        return {}

    def new_user(self) -> str:
        """A user whose mailbox is empty; the password is PASSWORD."""
        return f"user{secrets.token_hex(6)}"

    # -- life

    def __enter__(self) -> Self:
        self.find()
        self.dir = Path(tempfile.mkdtemp(prefix=f"imap-{self.name}-"))
        try:
            ca = trustme.CA()
            leaf = ca.issue_cert("localhost", "127.0.0.1")
            self.ca_file = str(self.dir / "ca.pem")
            ca.cert_pem.write_to_path(self.ca_file)
            (self.dir / "key.pem").write_bytes(leaf.private_key_pem.bytes())
            (self.dir / "cert.pem").write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
            self.configure()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self) -> None:
        """Start the process; also after stop(), with the same ports and mailboxes."""
        if self.drop:
            for path in (self.dir, *self.dir.rglob("*")):
                os.chown(path, self.uid, self.gid, follow_symlinks=False)
        with (self.dir / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.argv(), env={**os.environ, **self.env()}, cwd=self.dir, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, start_new_session=True, **self.drop,
            )  # fmt: skip
        self._await_banner()

    def _await_banner(self) -> None:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            assert self.process is not None
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), 1) as s:
                s.settimeout(5)
                if s.recv(200).startswith(b"* "):
                    return
            time.sleep(0.02)
        raise RuntimeError(f"{self.name} did not start:\n{self.log()}")

    def log(self) -> str:
        return "\n".join(path.read_text(errors="replace")[-3000:] for path in self.dir.rglob("*.log"))

    def stop(self) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(self.patience)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        with contextlib.suppress(ProcessLookupError):  # children of it, in its own process group
            os.killpg(process.pid, signal.SIGTERM)

    def __exit__(self, *_exc: object) -> None:
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)
