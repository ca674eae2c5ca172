"""Mail that means harm, from its arrival to the draft: no command, no header, no template, no third party, no circle, no stop.

Each goes through whole rounds. What holds for one module alone is tested there: broken mail and limits in
tests/reading/test_message.py, servers in tests/mailbox/test_hostile.py, automatic mail in tests/rounds/test_sending.py.
"""

from __future__ import annotations

import re
import time
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from proxy import FaultProxy
from rounds.test_daemon import SHORT, Site
from rounds.world import ADDRESS, REJECTION, World
from servers import MailServer
from servers.base import PASSWORD

from responder import daemon
from responder.mailbox import Server

BAD_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe]")


def rejection(world: World, change: str = "", to: str = "", text: str = REJECTION, **header: str) -> bytes:
    """A rejection of the world whose header line `change` is replaced by `to`, with more header lines put before it."""
    raw, _ = world.rejection(text=text if text != REJECTION else None)
    if change:
        raw, count = re.subn(
            rb"(?im)^" + change.encode() + rb":.*\r\n", lambda _: to.encode() + b"\r\n" if to else b"", raw
        )
        assert count == 1
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in header.items())
    return more.encode() + raw


def draft(world: World) -> EmailMessage | None:
    """The one draft there is, if there is one."""
    drafts = world.drafts()
    assert len(drafts) <= 1
    return message_from_bytes(drafts[0].raw, policy=policy.default) if drafts else None  # type: ignore[return-value]


NEVER = {
    "a bounce": lambda w: rejection(w, Return_Path="<>"),
    "from myself": lambda w: rejection(w, "From", f"From: Ana Souza <{ADDRESS}>"),
    "two senders in two fields": lambda w: rejection(w, From="Eve <eve@evil.example>"),
    "nobody": lambda w: rejection(w, "From"),
    "two addresses in one": lambda w: rejection(w, "From", "From: alice@corp.example)bob@evil.example"),
    "a mail system": lambda w: rejection(w, "From", "From: Mail Delivery <MAILER-DAEMON@corp.example>"),
    "a postmaster": lambda w: rejection(w, "From", "From: postmaster@corp.example"),
    "an answer to a third party": lambda w: rejection(w, Reply_To="Eve <eve@evil.example>"),
    "answers to several": lambda w: rejection(w, Reply_To="a@evil.example, b@evil.example"),
    "two fields for answers": lambda w: rejection(w, Reply_To="a@evil.example", reply_to="b@evil.example"),
    "forwarded by somebody": lambda w: _forwarded(rejection(w)),
    "returned by a server": lambda w: _returned(rejection(w)),
}  # fmt: skip


def _forwarded(inner: bytes) -> bytes:
    hers = inner.replace(ADDRESS.encode(), b"sister@else.example").replace(b"Ana", b"Lea")
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = "Max <max@friend.example>", ADDRESS, "Fwd: look what they write"
    mail["Message-ID"] = "<fwd@friend.example>"
    mail.set_content("Look what they wrote to my sister.")
    mail.add_attachment(message_from_bytes(hers, policy=policy.SMTP))
    return mail.as_bytes()


def _returned(inner: bytes) -> bytes:
    head = (
        b"From: Mail System <MAILER-DAEMON@mx.example>\r\nTo: "
        + ADDRESS.encode()
        + b"\r\nSubject: Undelivered mail\r\n"
        b"Message-ID: <dsn@mx.example>\r\nAuto-Submitted: auto-replied\r\nReturn-Path: <>\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nIt came back.\r\n"
    )
    status = b"--b\r\nContent-Type: message/delivery-status\r\n\r\nStatus: 5.1.1\r\n"
    return head + status + b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--b--\r\n"


@pytest.mark.parametrize("case", NEVER)
def test_some_mail_is_never_answered(world: World, case: str) -> None:
    world.deliver(NEVER[case](world))
    world.reject()
    world.round()
    written = draft(world)  # the honest one
    assert written is not None
    assert "evil" not in str(written["To"])
    assert [str(case.state) for case in world.cases()].count("held") == 1


@pytest.mark.parametrize("folder", ["Junk"])
def test_junk_is_never_answered(world: World, folder: str) -> None:
    world.deliver(rejection(world), folder)
    world.round()
    assert not world.cases()


CRLF = "=?utf-8?q?x=0D=0ABcc=3A_eve=40evil.example=0D=0A=0D=0Abody?="
HOSTILE_FIELDS = {
    "answers to an address with a line end": lambda w: rejection(
        w, Reply_To="=?utf-8?q?a=40b.example=0D=0ABcc:_e=40evil.example?="
    ),
    "subject": lambda w: rejection(w, "Subject", f"Subject: {CRLF}"),
    "subject of control characters": lambda w: rejection(w, "Subject", "Subject: =?utf-8?q?Your_=00=07=1B[31m=E2=80=AE_application?="),
    "a huge subject": lambda w: rejection(w, "Subject", "Subject: " + "Your application " * 3000),
    "name": lambda w: rejection(w, "From", f"From: {CRLF} <jane@fernhill.example>"),
    "name of bidirectional characters": lambda w: rejection(w, "From", "From: =?utf-8?b?4oCuSmFuZSBEb2XigKw=?= <jane@fernhill.example>"),
    "name with an address in it": lambda w: rejection(w, "From", 'From: "eve@evil.example" <jane@fernhill.example>'),
    "message-id": lambda w: rejection(w, "Message-ID", "Message-ID: =?utf-8?q?=3Cx=40y=3E=22=0D=0AZ1_DELETE_INBOX=0D=0A?="),
    "message-id of quotes": lambda w: rejection(w, "Message-ID", 'Message-ID: <a"b{3}\\ (c@y>'),
    "references": lambda w: rejection(w, References="<a@b>\r\n\t=?utf-8?q?=0D=0ABcc:_e=40evil.example?= <c@d>" + " <x@y>" * 500),
    "a wrong charset": lambda w: rejection(w, "Subject", "Subject: =?x-none?q?=FF=FE?= application"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE_FIELDS)
def test_no_field_of_a_mail_adds_one_to_the_draft(world: World, case: str) -> None:
    world.deliver(HOSTILE_FIELDS[case](world))
    world.round()
    for filed in world.drafts():
        raw = filed.raw
        written = message_from_bytes(raw, policy=policy.default)
        assert not written.defects
        assert set(map(str.lower, written.keys())) <= {
            "from", "to", "subject", "date", "message-id", "in-reply-to", "references", "mime-version", "content-type",
            "content-transfer-encoding",
        }  # fmt: skip
        assert len(written.keys()) == len(set(map(str.lower, written.keys())))
        assert "evil" not in f"{written['To']} {written['In-Reply-To']} {written['References']} {written.get_content()}"
        assert not BAD_CHARACTERS.search("".join(str(value) for value in written.values()) + written.get_content())
        assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert [str(found.state) for found in world.cases()] in ([], ["held"], ["skipped"])


TEMPLATES = ["{{ 7 * 191 }}", "{% raise %}", "{0.__class__.__mro__}", "%(passwd)s", "${7*191}", "{{ config }}"]


@pytest.mark.parametrize("source", TEMPLATES)
def test_words_of_a_mail_are_never_a_template(world: World, source: str) -> None:
    text = REJECTION.format(company="Fernhill", name="Jane Doe").replace("Data Engineer", f"Data Engineer {source}")
    text = text.replace("Talent Partner, Fernhill", f"Talent Partner {source}, Fernhill {source}")
    world.deliver(rejection(world, "From", f'From: "Jane {source} Doe" <jane@fernhill.example>', text=text))
    world.round()
    for filed in world.drafts():
        body = message_from_bytes(filed.raw, policy=policy.default).get_content()
        assert "1337" not in body
        assert "<class" not in body


@pytest.mark.parametrize(
    "link", ["http://evil.example/x", "https://evil.example", "www.evil.example", "evil.example/pay"]
)
def test_no_link_of_a_mail_gets_into_a_letter(world: World, link: str) -> None:
    text = REJECTION.format(company=f"Fernhill {link}", name="Jane Doe").replace(
        "Data Engineer", f"Data Engineer {link}"
    )
    world.deliver(rejection(world, "From", f'From: "Jane Doe {link}" <jane@fernhill.example>', text=text))
    world.round()
    assert all(b"evil.example" not in filed.raw for filed in world.drafts())


def test_two_instances_do_not_answer_each_other(tmp_path) -> None:
    """The letter of one is delivered to the other, and back: nobody writes again; nor to a note."""
    ours, theirs = World(tmp_path / "a"), World(tmp_path / "b")
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
    ours.reject()
    ours.round()
    ours.pass_time(hours=25)
    ours.round()
    (letter,) = (filed.raw for filed in ours.drafts())
    notes = [mail.raw for mail in ours.server.mails("INBOX") if b"Auto-Submitted" in mail.raw]
    assert notes
    for number, raw in enumerate((letter, *notes)):
        swapped = raw.replace(ADDRESS.encode(), b"%d@fernhill.example" % number).replace(b"To: ", b"X-To: ", 1)
        theirs.deliver(b"To: " + ADDRESS.encode() + b"\r\n" + swapped)
        ours.deliver(b"To: " + ADDRESS.encode() + b"\r\n" + swapped)
    for world in (ours, theirs):
        world.round()
        world.pass_time(hours=25)
        world.round()
    assert len(ours.drafts()) == 1
    assert not theirs.drafts()
    assert not theirs.cases()


BOMBS = {
    "parts within parts": b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(1500)),
    "ten thousand parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 10_000,
    "a mail in a mail in a mail": b"Content-Type: message/rfc822\r\n\r\n" * 800,
    "a header of a megabyte": b"X-Big: " + b"a" * 1_000_000 + b"\r\n\r\nhi",
    "a hundred thousand fields": b"X-A: b\r\n" * 100_000 + b"\r\nhi",
    "fifty thousand commas": b"From: " + b"a," * 50_000 + b"\r\n\r\nhi",
    "twenty thousand quotes": b'From: ' + b'"' * 20_000 + b"\r\n\r\nhi",
    "three thousand comments": b"From: " + b"(" * 3000 + b"a@b.example\r\n\r\nhi",
    "tags without end": b"Content-Type: text/html\r\n\r\n" + b"<div>" * 60_000,
    "comments without end": b"Content-Type: text/html\r\n\r\n" + b"<!--" * 60_000,
    "words without end": b"Content-Type: text/plain\r\n\r\n" + b"On 1.1. x wrote: > " * 40_000,
    "one line of a megabyte": b"Content-Type: text/plain\r\n\r\n" + b"unfortunately " * 70_000,
    "encoded words without end": b"Subject: " + b"=?utf-8?q?a?= " * 20_000 + b"\r\n\r\nhi",
    "an encoding in an encoding": b"Content-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"AAAA" * 200_000,
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_costs_little_and_stops_nobody(world: World, bomb: str) -> None:
    head = b"" if BOMBS[bomb].startswith(b"From") else b"From: Eve <eve@evil.example>\r\n"
    world.deliver(head + b"To: " + ADDRESS.encode() + b"\r\nMessage-ID: <bomb@evil.example>\r\n" + BOMBS[bomb])
    world.reject()
    began = time.process_time()
    world.round()
    assert time.process_time() - began < 10
    assert [str(case.state) for case in world.cases()] == ["held"]
    store = world.store()
    assert store.asides() == []  # read within its limits, not merely survived
    store.close()


@pytest.mark.server
def test_no_mail_makes_a_command(dovecot: MailServer, tmp_path) -> None:
    """The whole way on a real server: what a mail says reaches no command but as a value in its place."""
    user = dovecot.new_user()
    allowed = {
        "CAPABILITY", "LOGIN", "LIST", "NAMESPACE", "STATUS", "EXAMINE", "SELECT", "NOOP", "UID SEARCH", "UID FETCH", "APPEND",
        "LOGOUT", "UID MOVE",
    }  # fmt: skip
    with FaultProxy((dovecot.host, dovecot.port)) as proxy:
        from imapclient import IMAPClient

        def client() -> IMAPClient:
            plain = IMAPClient("127.0.0.1", dovecot.port, ssl=False)
            plain.login(user, PASSWORD)
            return plain

        site = Site(tmp_path, Server("127.0.0.1", proxy.port, "none", user), client, policy=SHORT)
        world = World(tmp_path)
        world.clock.moment = daemon.Clock().now() - timedelta(minutes=5)
        hostile = [make(world) for make in HOSTILE_FIELDS.values()]
        with site.client() as outside:
            for raw in hostile:
                outside.append("INBOX", raw)
        assert daemon.run_once(site.setting()) == 0
        assert set(proxy.commands) <= allowed
        arrived = [raw for raw in site.mails("INBOX").values() if b"Auto-Submitted" not in raw]
        assert len(arrived) == len(hostile)
        with site.client() as outside:
            assert {name for _, _, name in outside.list_folders()} == {
                "INBOX",
                "Drafts",
                "Sent",
                "Trash",
                "Archive",
                "Junk",
            }
