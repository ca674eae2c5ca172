"""The whole way, from a rejection to a draft that is ready, vetoed or sent, on every server and at every provider played."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from clients.conftest import Both, Home
from clients.desk import Desk, text_of
from clients.standins import ROUNDCUBE, THUNDERBIRD, Client
from imapclient import IMAPClient
from servers.base import PASSWORD

from responder.demo import quirks
from responder.demo.quirks import Quirks
from responder.demo.server import Server as BuiltIn
from responder.demo.store import Account as Holder
from responder.life.plan import Action
from responder.mailbox import Server

PLAYED = {
    "plain": Quirks(),
    **quirks.PRESETS,
    "outlook.com": replace(quirks.EXCHANGE, rewrites_message_id=True),
    "old": Quirks(idle=False, move=False, uidplus=False, unselect=False, literal_plus=False, special_use_in_list=False),
}
NO_KEY = Quirks(rewrites_message_id=True, drops_in_reply_to=True, collapses_references=True)
REAL = tuple(pytest.param(name, marks=pytest.mark.server) for name in ("dovecot", "cyrus", "hoodiecrow"))


@pytest.fixture
def play(tmp_path, request) -> Iterator[Callable[..., Both]]:
    """The program and a user at that provider; `files_own_copy`: what is submitted appears in Sent by itself."""
    with ExitStack() as stack:

        def start(name: str | Quirks, client: Client = ROUNDCUBE, *, files_own_copy: bool = False) -> Both:
            if isinstance(name, str) and name not in PLAYED:
                running = request.getfixturevalue("mail_server")(name)
                port, user = running.port, running.new_user()
            else:
                found = name if isinstance(name, Quirks) else PLAYED[name]
                running = stack.enter_context(BuiltIn({"ana": Holder(PASSWORD)}, found))
                port, user = running.port, "ana"
            real = not isinstance(running, BuiltIn)
            server = Server(
                "localhost", port, "starttls" if real else "none", user, running.ca_file if real else None, timeout=20
            )
            imap = IMAPClient("127.0.0.1", port, ssl=False, timeout=20)
            stack.callback(imap.shutdown)
            imap.login(user, PASSWORD)
            home = Home(tmp_path, host=server, imap=imap, stack=stack)
            roles = home.connection(lambda _: None).roles()
            desk = Desk(client, imap, home.clock, roles.drafts, roles.sent, roles.trash)
            both = Both(home, desk, [])

            def submit(_sender: str, _recipient: str, raw: bytes) -> None:
                both.post.append(raw)
                if files_own_copy:
                    imap.append(desk.sent, raw, ["\\Seen"], home.clock.now())

            home.post = submit
            return both

        yield start


EVERYWHERE = pytest.mark.parametrize("name", [*PLAYED, *REAL])


def parsed(raw: bytes):
    return message_from_bytes(raw, policy=policy.default)


@EVERYWHERE
def test_from_a_rejection_to_a_draft_that_is_ready(play, name):
    both = play(name)
    both.file()
    (draft,) = both.desk.mails()
    flags = next(iter(both.desk.imap.get_flags(both.desk.uids()).values()))
    assert {b"\\Draft", b"\\Seen"} <= set(flags)
    assert parsed(draft)["To"].addresses[0].addr_spec == both.home.case().recipient
    both.home.hours(23, 23)
    assert both.home.state() == "held"
    both.home.hours(1.1, 1.1)
    assert both.home.state() == "ready"
    assert both.desk.mails() == [draft]
    assert len([raw for raw in both.desk.mails("INBOX") if b"auto-generated" in raw]) == 1


@EVERYWHERE
def test_edited_then_deleted(play, name):
    both = play(name)
    both.file()
    both.desk.open()
    both.desk.type("One more line of mine.")
    both.desk.save()
    both.home.round()
    assert both.home.state() == "held"
    both.desk.imap.select_folder(both.desk.drafts)
    (uid,) = both.desk.uids()
    both.desk.imap.add_flags([uid], ["\\Deleted"])
    both.home.round()
    assert both.home.state() == "missing"
    both.until_vetoed()


@EVERYWHERE
@pytest.mark.parametrize("own", [False, True], ids=["", "the provider files a copy"])
def test_starred_and_sent(play, name, own):
    """One copy in Sent, whoever files it; the draft goes to Trash; the star on it does not count for longer."""
    both = play(name, files_own_copy=own)
    both.file(Action.SEND_STARRED)
    both.to_the_end()
    both.desk.imap.select_folder(both.desk.drafts)
    both.desk.imap.add_flags(both.desk.uids(), ["\\Flagged"])
    both.home.hours(1, 0.25)
    assert both.home.state() == "sent"
    both.home.hours(24, 8)
    (mail,) = both.post
    assert parsed(mail)["In-Reply-To"] == both.home.case().message_id
    assert len(both.desk.uids(both.desk.sent)) == 1
    assert both.desk.uids() == []


def test_the_last_key_goes_with_an_edit(play):
    """The bridge drops what threads a draft, Thunderbird makes another Message-ID: the edited draft is the user's alone."""
    both = play("proton", THUNDERBIRD)
    both.file(Action.SEND_STARRED)
    both.desk.open()
    both.desk.type("One more line of mine.")
    both.desk.save()
    both.desk.star()
    both.home.hours(60, 6)
    assert both.home.state() == "vetoed"
    assert "One more line" in text_of(both.desk.mails()[0])
    assert both.post == []


def test_no_key_survives_so_a_draft_that_is_gone_is_unsure_and_never_a_veto(play):
    both = play(NO_KEY, THUNDERBIRD)
    both.file()
    assert not both.home.case().keyed
    both.home.round()
    assert both.home.state() == "held"  # known by its place
    both.desk.open()
    both.desk.type("One more line of mine.")
    both.desk.save()
    both.home.hours(50, 5)
    assert both.home.state() == "unsure"
    assert "was it sent?" in both.home.case().why


def test_sessions_that_end_with_their_token_file_one_draft(play):
    """Each session ends in the middle of something; what was begun is looked for before it is done again."""
    both = play(Quirks(session_seconds=0.3))
    both.home.reject()
    for _ in range(40):
        both.home.round()
        if both.home.cases() and both.home.state() == "held":
            break
    assert both.home.state() == "held"
    fresh = IMAPClient("127.0.0.1", both.home.host.port, ssl=False)
    fresh.login("ana", PASSWORD)
    assert fresh.select_folder("Drafts")[b"EXISTS"] == 1
    fresh.shutdown()
