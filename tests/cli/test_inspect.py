"""`inspect`: every kind of file, the exact keys of the JSON, and what it says for people."""

import io
import json
import mailbox
import sys

import pytest

from responder.cli.mailfiles import mailbox_in, mails_in
from responder.clock import Clock

NO = b"""From: Jane Doe <jane@acme.example>
To: Ana Souza <ana@example.org>
Subject: Your application as Data Engineer
Date: Mon, 02 Nov 2026 10:00:00 +0000
Message-ID: <1@acme.example>
Content-Type: text/plain; charset=utf-8

Dear Ana,

Thank you for your application for the Data Engineer role at Acme.
Unfortunately, we have decided to move forward with other candidates.

Kind regards,
Jane Doe
Senior Recruiter, Acme
"""
OTHER = NO.replace(b"<1@", b"<2@").replace(
    b"Unfortunately, we have decided to move forward with other candidates.", b"We received it and will be in touch."
)
KEYS = ["file", "message_id", "rejection", "confidence", "reasons", "language", "stage", "reached", "someone_hired", "company", "role",
        "people_met", "impressed_by", "signer", "recipient", "greeting_name", "write", "why_not", "letter", "error"]  # fmt: skip


@pytest.fixture
def bare(home):
    """Without any configuration."""
    (home.folder / "config.toml").unlink()
    return home


def test_one_mail(bare, tmp_path):
    file = tmp_path / "a.eml"
    file.write_bytes(NO)
    [found] = bare("inspect", "--json", str(file)).objects
    assert list(found) == KEYS
    assert (found["file"], found["rejection"], found["company"], found["error"]) == (str(file), True, "Acme", None)
    assert found["recipient"] == {"address": "jane@acme.example", "name": "Jane Doe", "source": "signer"}
    assert set(found["letter"]) == {"subject", "body"}
    assert "Ana Souza" in found["letter"]["body"]
    assert set(found["reasons"][0]) == {"rule", "text", "weight"}
    out = bare("inspect", str(file)).out
    for words in ("a rejection", "Company:      Acme", "Answer to:", "Subject:", "Dear Jane"):
        assert words in out
    assert max(len(line) for line in out.splitlines() if not line.startswith(str(file))) < 80


def test_the_same_mail_gives_the_same_answer_at_any_time(bare, tmp_path):
    file = tmp_path / "a.eml"
    file.write_bytes(NO)
    [first] = bare("inspect", "--json", str(file)).objects
    [again] = bare("inspect", "--json", str(file)).objects
    assert first == again
    assert "2026" not in first["letter"]["body"]  # as if it had just come


def test_what_cannot_be_read_is_said_and_the_next_is_judged(bare, tmp_path):
    (tmp_path / "empty.eml").write_bytes(b"")
    (tmp_path / "good.eml").write_bytes(NO)
    found = bare(
        "inspect", "--json", str(tmp_path / "empty.eml"), str(tmp_path / "none.eml"), str(tmp_path / "good.eml"), code=1
    ).objects
    assert [one["rejection"] for one in found] == [False, False, True]
    assert all(one["error"] for one in found[:2])
    assert all(list(one) == KEYS for one in found)
    assert "could not be read" in bare("inspect", str(tmp_path / "none.eml"), code=1).out


def test_mbox_maildir_folder_and_standard_input(bare, tmp_path, monkeypatch):
    box = mailbox.mbox(str(tmp_path / "both.mbox"))
    box.add(NO)
    box.add(OTHER)
    box.close()
    maildir = mailbox.Maildir(str(tmp_path / "md"))
    maildir.add(NO)
    maildir.add(OTHER)
    (tmp_path / "md" / "tmp" / "half").write_bytes(NO)
    (tmp_path / "plain" / "deep").mkdir(parents=True)
    (tmp_path / "plain" / "a.eml").write_bytes(NO)
    (tmp_path / "plain" / "deep" / "b.eml").write_bytes(OTHER)
    (tmp_path / "plain" / ".hidden").write_bytes(NO)
    for name in ("both.mbox", "md", "plain"):
        found = bare("inspect", "--json", str(tmp_path / name)).objects
        assert sorted(one["rejection"] for one in found) == [False, True], name
        assert len({one["file"] for one in found}) == 2
    for raw, count in ((NO, 1), ((tmp_path / "both.mbox").read_bytes(), 2)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        assert len(bare("inspect", "--json", "-").objects) == count


def test_from_in_the_text_splits_no_mail(tmp_path):
    file = tmp_path / "x.mbox"
    file.write_bytes(
        b"From a Mon\n" + NO + b"\n>From the start it was clear.\nFrom here on, too.\n\nFrom b Tue\n" + OTHER
    )
    first, second = mails_in(str(file))
    assert b"\nFrom the start" in first.raw
    assert second.raw.startswith(b"From: Jane")


def test_the_mailbox_gives_history(bare, tmp_path):
    tree = tmp_path / "box"
    for folder in ("INBOX", "Sent", "Drafts", "Trash", "Projects"):
        (tree / folder).mkdir(parents=True)
    (tree / "INBOX" / "no.eml").write_bytes(NO)
    (tree / "Trash" / "old.eml").write_bytes(OTHER)
    (tree / "Drafts" / "mine.eml").write_bytes(OTHER)
    (tree / "Projects" / "x.eml").write_bytes(OTHER)
    answer = (
        b"From: Ana Souza <ana@example.org>\nTo: jane@acme.example\nSubject: Re: Your application as Data Engineer\n"
        b"Date: Mon, 02 Nov 2026 11:00:00 +0000\nMessage-ID: <3@example.org>\nIn-Reply-To: <1@acme.example>\n\nThank you.\n"
    )
    found = {(mail.folder, mail.draft) for mail in mailbox_in(tree, Clock().now())}
    assert found == {("inbox", False), ("drafts", True), ("Projects", False)}
    (tree / "Sent" / "re.eml").write_bytes(answer)
    [judged] = bare(
        "inspect",
        "--json",
        "--mailbox",
        str(tree),
        "--me",
        "Ana Souza <ana@example.org>",
        str(tree / "INBOX" / "no.eml"),
    ).objects
    assert judged["write"] is False
    assert judged["why_not"]
    assert (
        "no such folder" in bare("inspect", "--mailbox", str(tree / "nope"), str(tree / "INBOX" / "no.eml"), code=2).err
    )


def test_maildir_flags(tmp_path):
    box = mailbox.Maildir(str(tmp_path / "md"))
    for flags in ("RS", "D", ""):
        mail = mailbox.MaildirMessage(NO)
        mail.set_subdir("cur")
        mail.set_flags(flags)
        box.add(mail)
    sent = box.add_folder("Sent")
    sent.add(OTHER)
    found = sorted((mail.folder, mail.draft, mail.answered) for mail in mailbox_in(tmp_path / "md", Clock().now()))
    assert found == [("inbox", False, False), ("inbox", False, True), ("inbox", True, False), ("sent", False, False)]


def test_me(bare, tmp_path):
    file = tmp_path / "a.eml"
    file.write_bytes(NO)
    [found] = bare("inspect", "--json", "--me", "Bo Li <bo@example.net>", str(file)).objects
    assert "Ana Souza" not in json.dumps(found["letter"])
    assert "no address" in bare("inspect", "--me", "Bo", str(file), code=2).err


def test_a_broken_configuration_is_left_aside_unless_it_was_asked_for(home):
    file = home.folder / "a.eml"
    file.write_bytes(NO)
    (home.folder / "config.toml").write_text("x = 1")
    found = home("inspect", "--json", str(file))
    assert found.objects[0]["rejection"]
    assert "left aside" in found.err
    home("inspect", "--config", str(home.folder / "config.toml"), str(file), code=2)


def test_hostile_text_stays_on_its_line(bare, tmp_path):
    file = tmp_path / "a.eml"
    file.write_bytes(
        NO.replace(b"Jane Doe\n", b"Jane \xe2\x80\xa8Doe\x1b[2J\n").replace(b"role at", b"role\x1b]0;x\x07 at")
    )
    assert "\x1b" not in bare("inspect", str(file)).out
    lines = bare("inspect", "--json", str(file)).out.split("\n")
    assert len(lines) == 2
    assert "\x1b" not in lines[0]
