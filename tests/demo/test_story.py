"""The demo from begin to end: the real daemon on the built-in server, with a hold of a second or two."""

import io
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import pytest
from imapclient import IMAPClient

from responder.demo.quirks import Quirks
from responder.demo.store import Account, Content, Mail
from responder.demo.story import ANIMATED, PLAIN, Pace, Story, edited, run

QUICK = Pace(hold=2.5, veto_after=0.8)
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    out = io.StringIO()
    code = run(True, False, out, QUICK)
    assert code == 0, out.getvalue()
    assert list(tmp_path.iterdir()) == []
    return out.getvalue()


def test_the_demo_tells_the_whole_story_and_leaves_nothing_behind(told: str) -> None:
    assert told.endswith("\nNothing was sent.\n")
    assert max(map(len, told.splitlines())) <= 80
    assert "\x1b" not in told
    text = " ".join(told.split())
    for part in (
        "Harbourline Recruiting: We have received your application Left alone: ",
        "It says what happens if she is not selected; nothing is decided yet.",
        "a note to Priya Raman <priya.raman@fernhill.example>, who signed the rejection",
        "a note to Tomas Vogel <tomas.vogel@quillmark.example>, whom Ana had met: nobody reads answers to no-reply@quillmark.example",
        "Sehr geehrte Frau Wolters",
        "Greenvault: no note. After a paper application only, and nobody to thank",
        "Still gone: a deleted draft is a no. Mark Oyelaran gets no note, now or later.",
        "The hold is over: the draft to Priya Raman is ready.",
        "The one that she changed is, to the letter, as she saved it.",
    ):
        assert part in text
    assert len(re.findall(r"A rejection: ", told)) == 5
    assert len(re.findall(r"Left alone: ", told)) == 7
    assert len(re.findall(r"Subject: ", told)) == 5  # four letters, and one note for all drafts that are ready


def test_it_stays_for_a_mail_client_until_ctrl_c() -> None:
    code = "import sys; from responder.demo.story import *; sys.exit(run(True, True, sys.stdout, Pace(hold=2.5, veto_after=0.8)))"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        found = re.search(r"host (\S+) +port (\d+).*user (\S+) +password (\S+)", "".join(lines), re.DOTALL)
        assert found, "".join(lines)
        with IMAPClient(found[1], port=int(found[2]), ssl=False, timeout=5) as client:
            client.login(found[3], found[4])
            client.select_folder(client.find_special_folder(b"\\Drafts"))
            assert len(client.search()) == 3
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)
        assert (process.returncode, errors) == (0, "")
    finally:
        process.kill()
        process.communicate()


def test_a_story_without_a_daemon_says_that_it_did_not_end() -> None:
    account = Account()
    account.prepare(Quirks())
    out = io.StringIO()
    story = Story(account, QUICK, out, queue.SimpleQueue())
    story.begin()
    assert story.tell(threading.Thread()) is False
    assert "did not come to its end: no rejection was found." in " ".join(out.getvalue().split())


def test_an_edit_keeps_what_threads_the_draft() -> None:
    raw = (
        b"Message-ID: <d@mail.example>\r\nIn-Reply-To: <r@x.example>\r\nReferences: <q@x.example> <r@x.example>\r\nTo: kim@x.example\r\n"
        b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: 8bit\r\n\r\nSch\xc3\xb6nen Dank.\r\n'
    )
    message = message_from_bytes(edited(Mail(3, Content(raw, NOW)), "P.S."), policy=SMTP)
    assert message["Message-ID"] == "<edited.3@mail.example>"
    assert (message["In-Reply-To"], message["References"]) == ("<r@x.example>", "<q@x.example> <r@x.example>")
    assert message.get_content().splitlines() == ["Schönen Dank.", "", "P.S."]


@pytest.mark.parametrize("pace", [PLAIN, ANIMATED])
def test_the_hold_is_longer_than_the_telling_and_all_is_over_in_half_a_minute(pace: Pace) -> None:
    telling = 12 * pace.mail + 5 * pace.letter
    assert telling + pace.veto_after < pace.hold
    assert pace.hold + pace.veto_after < 25
