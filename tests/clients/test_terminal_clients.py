"""NeoMutt and Mutt themselves, in a pseudo-terminal on Dovecot, with the daemon's rounds between their steps."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pexpect
import pytest
from clients.conftest import Both
from clients.standins import MUTT, NEOMUTT, NEOMUTT_FROM_INBOX
from servers.base import PASSWORD

from responder.life.plan import Action

pytestmark = pytest.mark.server
CONFIG = """
set folder="imap://127.0.0.1:{port}/" imap_user="{user}" imap_pass="{password}" imap_authenticators="login"
set ssl_starttls=no ssl_force_tls=no
set spoolfile="+{start}" postponed="+Drafts" record="+Sent" trash="+Trash"
set realname="Ana Souza" from="ana@mail.example" use_from=yes copy=yes
set editor="{d}/edit" sendmail="{d}/submit" sendmail_wait=0
set quit=yes postpone=no abort_unmodified=no delete=yes confirmappend=no confirmcreate=no move=no recall=no wait_key=no
set sleep_time=0 mail_check=600 timeout=600 imap_keepalive=600 text_flowed=yes include=no charset="utf-8" send_charset="utf-8"
"""
EDITOR = """#!/bin/sh
sed -i '/^Dear/a\\
\\
USEREDIT I liked the tour of the workshop.' "$1"
"""
SUBMIT = """#!/bin/sh
cat > {d}/submitted
"""
COMPOSING, INDEX = "y:Send", "q:Quit"


@dataclass
class Terminal:
    """One run of the program."""

    child: pexpect.spawn
    folder: Path

    def keys(self, keys: str, until: str) -> None:
        self.child.send(keys)
        self.child.expect(until)

    def quit(self) -> None:
        self.child.send("q")
        self.child.expect(pexpect.EOF)
        self.child.close()

    @property
    def submitted(self) -> bytes:
        path = self.folder / "submitted"
        return path.read_bytes() if path.exists() else b""


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """`terminal(both, "neomutt", "Drafts")`: the program, started in that folder."""
    with ExitStack() as stack:

        def start(both: Both, program: str, folder: str = "Drafts") -> Terminal:
            path = shutil.which(program)
            if path is None:
                pytest.skip(f"{program} is not installed (tests/servers/install.sh)")
            host = both.home.host
            config = CONFIG.format(port=host.port, user=host.username, password=PASSWORD, start=folder, d=tmp_path)
            (tmp_path / "rc").write_text(config)
            for name, text in (("edit", EDITOR), ("submit", SUBMIT.format(d=tmp_path))):
                (tmp_path / name).write_text(text)
                (tmp_path / name).chmod(stat.S_IRWXU)
            child = pexpect.spawn(
                path, ["-n", "-F", str(tmp_path / "rc")], env={"TERM": "vt100", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
                dimensions=(40, 200), timeout=30,
            )  # fmt: skip
            stack.callback(child.close, force=True)
            child.expect(INDEX)
            return Terminal(child, tmp_path)

        yield start


@pytest.mark.parametrize(
    ("program", "client", "start"),
    [("neomutt", NEOMUTT, "Drafts"), ("neomutt", NEOMUTT_FROM_INBOX, "INBOX"), ("mutt", MUTT, "INBOX")],
)
def test_edited_and_postponed(seat, terminal, program, client, start):
    both = seat(client)
    both.file()
    mutt = terminal(both, program, start)
    mutt.keys("R", COMPOSING)
    both.home.round()
    assert both.home.state() == ("held" if client is NEOMUTT else "missing")
    mutt.keys("P", INDEX)
    mutt.quit()
    both.home.round()
    assert both.home.state() == "held"
    (saved,) = both.desk.mails()
    assert b"USEREDIT" in saved
    both.home.clock.moment = both.home.case().due
    both.home.round()
    assert both.home.state() == "ready"


def test_neomutt_keeps_two_copies_until_it_is_left(seat, terminal):
    both = seat(NEOMUTT)
    both.file()
    mutt = terminal(both, "neomutt")
    mutt.keys("R", COMPOSING)
    mutt.keys("P", INDEX)
    assert len(both.desk.uids()) == 2
    both.home.round()
    assert both.home.state() == "conflict"
    mutt.quit()
    both.home.round()
    assert both.home.state() == "held"


@pytest.mark.parametrize(("program", "client"), [("neomutt", NEOMUTT), ("mutt", MUTT)])
def test_starred_and_sent_by_hand(seat, terminal, program, client):
    """The star on what was sent, and still lies in Drafts, sends nothing."""
    both = seat(client)
    both.file(Action.SEND_STARRED)
    both.to_the_end()
    both.desk.imap.select_folder("Drafts")
    both.desk.imap.add_flags(both.desk.uids(), ["\\Flagged"])
    mutt = terminal(both, program)
    mutt.keys("R", COMPOSING)
    mutt.keys("y", INDEX)
    assert b"In-Reply-To: " + both.home.case().message_id.encode() in mutt.submitted
    both.home.hours(1, 0.25)
    assert both.home.state() == "sent_by_user"
    mutt.quit()
    both.home.hours(24, 6)
    assert both.home.state() == "sent_by_user"
    assert both.post == []


@pytest.mark.parametrize("program", ["neomutt", "mutt"])
def test_a_star_set_in_the_program_sends(seat, terminal, program):
    both = seat(NEOMUTT)
    both.file(Action.SEND_STARRED)
    both.to_the_end()
    mutt = terminal(both, program)
    mutt.keys("F", "!")
    mutt.quit()
    both.home.hours(1, 0.25)
    assert both.home.state() == "sent"
    assert len(both.post) == 1
    assert both.desk.uids() == []


@pytest.mark.parametrize("program", ["neomutt", "mutt"])
def test_deleted_in_the_program(seat, terminal, program):
    both = seat(NEOMUTT)
    both.file()
    mutt = terminal(both, program)
    mutt.keys("d", "D")
    both.home.round()
    assert both.home.state() == "held"
    mutt.quit()
    assert len(both.desk.uids("Trash")) == 1
    both.home.round()
    both.until_vetoed()
