"""The built-in server as the providers it plays."""

import imaplib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import CapabilityError, IMAPClientError, InvalidCriteriaError, LoginError

from responder.demo import quirks
from responder.demo.quirks import Quirks
from responder.demo.server import Server

Play = Callable[..., Server]
Connect = Callable[[Server], IMAPClient]
WHEN = datetime(2026, 11, 3, 10, 0, tzinfo=UTC)
DRAFT = (
    b"Message-ID: <d1@mail.example>\r\nIn-Reply-To: <r@acme.example>\r\nReferences: <q@acme.example>\r\n <r@acme.example>\r\n"
    b"Subject: Re: News\r\n\r\nMessage-ID: in the text\r\n"
)


@pytest.mark.parametrize("name", quirks.PRESETS)
def test_drafts_can_be_found_and_filled_on_every_server(play: Play, connect: Connect, name: str) -> None:
    preset = quirks.PRESETS[name]
    client = connect(play(preset))
    names = [folder.name for folder in preset.folders]
    assert {listed for _, _, listed in client.list_folders()} == set(names)
    drafts = next(
        folder.name for folder in preset.folders if folder.use == "\\Drafts" or folder.name.endswith("Drafts")
    )
    client.append(drafts, DRAFT, flags=[b"\\Draft"])
    client.select_folder(drafts)
    (uid,) = client.search("ALL")
    assert b"\\Draft" in client.get_flags([uid])[uid]


def test_gmail_folders_are_labels(play: Play, connect: Connect) -> None:
    server = play(quirks.GMAIL)
    account = server.users["ana"]
    account.deliver("INBOX", DRAFT, WHEN)
    client = connect(server)
    client.select_folder("INBOX")
    (uid,) = client.search("ALL")
    client.add_flags([uid], [b"\\Flagged"])
    assert account.messages("[Gmail]/All Mail")[0].flags == {"\\Flagged"}
    client.delete_messages([uid])
    client.expunge([uid])
    assert account.messages("INBOX") == ()
    assert len(account.messages("[Gmail]/All Mail")) == 1

    client.select_folder("[Gmail]/All Mail")
    client.copy(client.search("ALL"), "[Gmail]/Trash")
    assert account.messages("[Gmail]/All Mail") == ()
    assert len(account.messages("[Gmail]/Trash")) == 1


def test_gmail_keeps_one_of_the_same(play: Play, connect: Connect) -> None:
    server = play(quirks.GMAIL)
    client = connect(server)
    for _ in range(2):
        client.append("[Gmail]/Sent Mail", DRAFT)
    assert len(server.users["ana"].messages("[Gmail]/Sent Mail")) == 1


def test_gmail_refuses_too_many_connections(play: Play, connect: Connect) -> None:
    server = play(replace(quirks.GMAIL, max_connections=1))
    connect(server)
    with pytest.raises(LoginError, match="Too many simultaneous"):
        connect(server)


def test_exchange_loses_keywords_and_refuses_to_search_them(play: Play, connect: Connect) -> None:
    client = connect(play(quirks.EXCHANGE))
    client.append("Entwürfe", DRAFT, flags=[b"\\Draft", b"$Held"])
    assert b"\\*" not in client.select_folder("Entwürfe")[b"PERMANENTFLAGS"]
    client.add_flags([1], [b"$Held", b"\\Flagged"])
    assert client.get_flags([1])[1] == (b"\\Draft", b"\\Flagged")
    with pytest.raises(InvalidCriteriaError, match="Command Argument Error"):
        client.search(["KEYWORD", "$Held"])
    assert not [flags for flags, _, _ in client.list_folders() if b"\\Drafts" in flags]


def test_yahoo_has_no_idle_and_no_not(play: Play, connect: Connect) -> None:
    client = connect(play(quirks.YAHOO))
    client.select_folder("INBOX")
    with pytest.raises(CapabilityError):
        client.idle()
    with pytest.raises(InvalidCriteriaError):
        client.search(["NOT", "SEEN"])


def test_icloud_has_no_move(play: Play, connect: Connect) -> None:
    client = connect(play(quirks.ICLOUD))
    client.append("INBOX", DRAFT)
    client.select_folder("INBOX")
    with pytest.raises(CapabilityError):
        client.move([1], "Archive")
    with pytest.raises(imaplib.IMAP4.error, match="BAD"):
        client._imap.uid("MOVE", "1", "Archive")


def test_proton_drops_what_threads_a_draft(play: Play, connect: Connect) -> None:
    server = play(quirks.PROTON)
    connect(server).append("Drafts", DRAFT)
    (mail,) = server.users["ana"].messages("Drafts")
    assert mail.header("In-Reply-To") is None
    assert "r@acme.example" not in (mail.header("References") or "")
    assert mail.header("Message-ID") == "<d1@mail.example>"
    assert mail.raw.endswith(b"\r\n\r\nMessage-ID: in the text\r\n")


def test_a_message_id_may_be_rewritten(play: Play, connect: Connect) -> None:
    server = play(Quirks(rewrites_message_id=True))
    connect(server).append("Drafts", DRAFT)
    (mail,) = server.users["ana"].messages("Drafts")
    assert mail.header("Message-ID") not in (None, "<d1@mail.example>")


def test_courier_has_its_own_ways(play: Play, connect: Connect) -> None:
    client = connect(play(quirks.COURIER))
    assert client.namespace().personal == (("INBOX.", "."),)
    with pytest.raises(IMAPClientError):
        client.create_folder("Drafts")
    client.append("INBOX", DRAFT)
    client.select_folder("INBOX")
    assert client._imap.uid("FETCH", "5:*", "(UID)") == ("OK", [None])
    assert list(client.fetch([1], ["BODY.PEEK[HEADER.FIELDS (SUBJECT)]"])[1])[1] == b'BODY[HEADER.FIELDS ("SUBJECT")]'


@pytest.mark.parametrize(
    ("preset", "plain", "asked"),
    [
        (Quirks(), True, True),
        (quirks.ZOHO, True, True),
        (Quirks(special_use_in_list=False), False, True),
        (quirks.CYRUS, False, False),  # lower case
    ],
)
def test_where_special_uses_are_told(play: Play, connect: Connect, preset: Quirks, plain: bool, asked: bool) -> None:
    client = connect(play(preset))
    assert any(b"\\Drafts" in flags for flags, _, _ in client.list_folders()) is plain
    _, lines = client._imap._simple_command("LIST", '""', '"*"', "RETURN", "(SPECIAL-USE)")
    lines = client._imap.untagged_responses["LIST"]
    assert any(b"\\Drafts" in line for line in lines) is asked


def test_a_session_ends_by_itself(play: Play, connect: Connect) -> None:
    client = connect(play(Quirks(session_seconds=0.1)))
    with pytest.raises(IMAPClientError):
        while True:
            client.noop()


def test_status_may_be_refused(play: Play, connect: Connect) -> None:
    client = connect(play(Quirks(status=False)))
    with pytest.raises(IMAPClientError):
        client.folder_status("INBOX")
