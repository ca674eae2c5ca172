"""What every mail program does to a draft, in both orders around the daemon's rounds: the program ends in the right state."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest
from clients.conftest import Both
from clients.desk import text_of
from clients.standins import (
    AERC,
    ALPINE,
    CLIENTS,
    EVOLUTION,
    FAIREMAIL,
    GMAIL,
    MUTT,
    NEOMUTT,
    THUNDERBIRD,
    THUNDERBIRD_HTML,
    Delete,
    Old,
    Star,
)

from responder.life.plan import Action

pytestmark = pytest.mark.server
EDIT = "USEREDIT I liked the tour of the workshop — thank you for that."
LOOKS = pytest.mark.parametrize("looks", [False, True], ids=["no look between", "looks between"])


def look(both: Both, looks: bool, expected: str | None = None) -> None:
    """A round of the daemon in the middle of what the user does, or none."""
    if looks:
        both.home.pass_time(minutes=6)
        both.home.round()
        if expected is not None:
            assert both.home.state() == expected


def hidden(both: Both) -> bool:
    return both.client.old is Old.GONE


ONE_OF_EACH = pytest.mark.parametrize(  # way with the old copy; nothing else that a program does has a part in these
    "both", [THUNDERBIRD, NEOMUTT, MUTT, AERC, ALPINE, EVOLUTION, GMAIL], ids=lambda client: client.name, indirect=True
)


@LOOKS
def test_an_edited_draft_is_still_the_draft(both, looks):
    both.file()
    due = both.home.case().due
    both.desk.open()
    look(both, looks, "missing" if hidden(both) else "held")
    both.desk.type(EDIT)
    both.desk.save()
    look(both, looks, "conflict" if both.client.old is Old.STAYS else "held")
    both.desk.type("And a second sentence.")
    both.desk.save()
    both.desk.leave()
    both.home.round()
    (saved,) = both.desk.mails()
    assert "USEREDIT" in text_of(saved)
    assert both.home.state() == "held"
    assert both.home.case().draft_uid == both.desk.uids()[0]
    if not (hidden(both) and looks):
        assert both.home.case().due == due
    else:
        assert both.home.case().due > due  # it had been gone: a new hold
    both.home.clock.moment = both.home.case().due
    both.home.round()
    assert both.home.state() == "ready"
    assert both.desk.mails() == [saved]  # never changed by the program


def test_saved_again_and_again_while_the_composer_is_open(both):
    """Roundcube saves by itself every five minutes: the hold goes on, and never is the letter taken for deleted."""
    both.file()
    both.desk.open()
    for number in range(5):
        both.desk.type(f"Sentence {number}.")
        both.desk.save()
        look(both, looks=True)
        assert both.home.state() in ("held", "conflict")
    both.desk.leave()
    both.home.round()
    assert both.home.state() == "held"
    assert len(both.desk.uids()) == 1


def test_left_without_saving(both):
    """The draft is as it was, or (Mutt, Alpine, NeoMutt from another folder) lost: then it is a veto like any other."""
    both.file()
    before = both.desk.mails()
    both.desk.open()
    look(both, looks=True)
    both.desk.type(EDIT)
    both.desk.discard()
    both.desk.leave()
    both.home.round()
    if hidden(both):
        assert both.home.state() == "missing"
        both.until_vetoed()
    else:
        assert both.home.state() == "held"
        assert both.desk.mails() == before


@pytest.mark.parametrize(
    ("looks", "edited"), [(False, False), (True, True)], ids=["as it was", "edited, looks between"]
)
def test_sent_by_hand(both, looks, edited):
    """Known by the copy in Sent; Alpine leaves none, and its draft is gone: vetoed is as good an end."""
    both.file()
    both.desk.open()
    if edited:
        both.desk.type(EDIT)
        both.desk.save()
        look(both, looks)
    both.desk.send()
    look(both, looks)
    both.desk.leave()
    both.home.round()
    if both.client.copy_in_sent:
        assert both.home.state() == "sent_by_user"
        assert len(both.desk.uids(both.desk.sent)) == 1
    else:
        assert both.home.state() == "missing"
        both.until_vetoed()
    assert both.desk.uids() == []
    both.home.hours(48, 24)
    assert both.desk.uids() == []  # and no second one is written
    assert both.post == []


def test_a_starred_draft_that_is_sent_by_hand_is_not_sent_again(both):
    """NeoMutt leaves the sent draft in Drafts, starred, until it is left."""
    both.file(Action.SEND_STARRED)
    both.to_the_end()
    both.desk.star()
    both.desk.open()
    both.desk.send()
    both.home.hours(3, 1)
    both.desk.leave()
    both.home.hours(48, 12)
    assert both.post == []
    assert both.home.state() == ("sent_by_user" if both.client.copy_in_sent else "vetoed")


def test_deleting_is_a_veto_after_a_day(both):
    both.file()
    both.desk.delete()
    look(both, True, "held" if both.client.delete is Delete.LATE else "missing")
    both.desk.leave()
    both.home.round()
    assert both.home.state() == "missing"
    both.home.hours(23, 11.5)
    assert both.home.state() == "missing"
    both.until_vetoed()
    both.home.hours(24, 12)
    assert both.home.state() == "vetoed"
    assert both.desk.uids() == []


def test_a_composer_is_open_while_the_hold_ends(both):
    """Hidden, it is not announced, and comes back with a new hold; to be seen, it is ready, and the edit stays."""
    both.file()
    both.desk.open()
    both.to_the_end()
    assert both.home.state() == ("missing" if hidden(both) else "ready")
    both.desk.type(EDIT)
    both.desk.save()
    both.home.round()
    both.desk.leave()
    both.home.round()
    assert both.home.state() == ("held" if hidden(both) else "ready")
    assert "USEREDIT" in text_of(both.desk.mails()[0])
    both.home.pass_time(hours=24)
    both.home.round()
    assert both.home.state() == "ready"


STARRING = pytest.mark.parametrize(
    "both", [client for client in CLIENTS if client.star is not Star.NEVER], ids=lambda c: c.name, indirect=True
)


@STARRING
def test_a_starred_draft_is_sent_once_and_nothing_private_goes_along(both):
    both.file(Action.SEND_STARRED)
    both.desk.open()
    both.desk.type(EDIT)
    both.desk.save()
    both.desk.leave()
    both.home.round()
    both.home.clock.moment = both.home.case().due
    both.home.round()
    assert both.home.state() == "ready"
    both.desk.star()
    both.desk.leave()
    both.home.hours(2, 0.25)
    (raw,) = both.post
    mail = message_from_bytes(raw, policy=policy.default)
    assert both.home.state() == "sent"
    assert mail.get_content_type() == "text/plain"
    assert " ".join(EDIT.replace("—", "-").split()) in " ".join(mail.get_content().replace("—", "-").split())
    assert mail["In-Reply-To"] == mail["References"] == both.home.case().message_id
    assert mail["Message-ID"] == both.home.case().draft_message_id
    assert sorted(mail.keys(), key=str.lower) == [
        *("Content-Transfer-Encoding", "Content-Type", "Date", "From", "In-Reply-To", "Message-ID", "MIME-Version"),
        *("References", "Subject", "To"),
    ]
    assert len(both.desk.uids(both.desk.sent)) == 1
    assert both.desk.uids() == []
    both.home.hours(48, 16)
    assert len(both.post) == 1


@STARRING
def test_an_edit_takes_the_star_back(both):
    """Also in Evolution, which leaves it on the old copy in Trash, and in FairEmail, which copies it onto the new one."""
    both.file(Action.SEND_STARRED)
    both.to_the_end()
    both.desk.star()
    both.desk.leave()
    both.home.round()
    both.desk.open()
    both.desk.type(EDIT)
    both.desk.save()
    both.desk.leave()
    both.home.hours(12, 2)
    assert both.post == []
    assert both.home.state() == ("held" if hidden(both) and both.home.case().ready_at is None else "ready")


@pytest.mark.parametrize(
    "both",
    [client for client in CLIENTS if client.old is not Old.GONE and client.star is not Star.NEVER],
    ids=lambda c: c.name,
    indirect=True,
)
def test_a_draft_that_the_program_sends_while_the_composer_is_open(both):
    """The copy that is saved afterwards is the user's, whatever becomes of it: no second letter from the program."""
    both.file(Action.SEND_STARRED)
    both.to_the_end()
    both.desk.star()
    both.desk.leave()
    both.desk.open()
    both.home.hours(2, 0.25)
    assert both.home.state() == "sent"
    assert both.desk.uids() == []
    both.desk.type(EDIT)
    both.desk.save()
    both.home.hours(3, 1)
    assert "USEREDIT" in text_of(both.desk.mails()[0])
    both.desk.star()
    both.home.hours(3, 1)
    both.desk.send()
    both.desk.leave()
    both.home.hours(24, 6)
    assert len(both.post) == 1
    assert both.home.state() == "sent"


@ONE_OF_EACH
def test_a_letter_written_anew_while_the_composer_is_open(both):
    """`responder draft ID --again`: two drafts are a conflict until the user has chosen."""
    both.file()
    both.desk.open()
    both.home.ask("draft", both.home.case().id, again=True)
    both.home.round()
    both.desk.type(EDIT)
    both.desk.save()
    both.home.round()
    assert both.home.state() == "conflict"
    both.desk.leave()
    both.to_the_end()
    assert both.home.state() == "conflict"
    both.desk.delete()
    both.desk.leave()
    both.home.hours(6, 2)
    assert both.home.state() == "ready"


@ONE_OF_EACH
def test_a_letter_written_anew_while_the_old_one_is_sent(both):
    """The new draft stays in Drafts and must never follow the other."""
    both.file(Action.SEND_STARRED)
    both.desk.open()
    both.home.ask("draft", both.home.case().id, again=True)
    both.home.round()
    both.desk.send()
    both.desk.leave()
    both.home.hours(48, 8)
    assert both.post == []
    assert both.home.state() == ("sent_by_user" if both.client.copy_in_sent else "ready")


@pytest.mark.parametrize(
    "both", [client for client in CLIENTS if not client.gmail], ids=lambda c: c.name, indirect=True
)  # a draft on Gmail takes no other label
def test_moved_to_another_folder_and_back(both):
    both.file()
    due = both.home.case().due
    both.desk.imap.create_folder("Approved")
    for seen_away in (False, True):
        both.desk.move("Drafts", "Approved")
        look(both, seen_away, "missing")
        both.desk.move("Approved", "Drafts")
        both.home.round()
        assert both.home.state() == "held"
        assert (both.home.case().due > due) is seen_away
    both.desk.move("Drafts", "Approved")
    both.until_vetoed()


def test_edited_as_new_from_another_folder(seat):
    """Thunderbird offers no "Edit draft" there: it makes a second one, HTML only, in Drafts, and leaves the other."""
    both = seat(THUNDERBIRD_HTML)
    both.file(Action.SEND_STARRED)
    both.desk.open()
    both.desk.imap.create_folder("Approved")
    both.desk.move("Drafts", "Approved")
    both.desk.type(EDIT)
    both.desk.save()
    both.to_the_end()
    assert both.home.state() == "ready"
    both.desk.star()
    both.home.hours(1, 0.25)
    assert len(both.post) == 1
    assert len(both.desk.uids("Approved")) == 1


def test_two_copies_at_once_send_nothing_and_are_told_once(seat):
    """aerc, when the user leaves the question at Cancel."""
    both = seat(AERC)
    both.file(Action.SEND_STARRED)
    both.desk.open()
    both.desk.type(EDIT)
    both.desk.save()
    both.desk.imap.add_flags(both.desk.uids(), ["\\Flagged"])
    both.home.hours(60, 6)
    assert both.home.state() == "conflict"
    assert both.post == []
    notes = [raw for raw in both.desk.mails("INBOX") if b"auto-generated" in raw]
    assert len(notes) == 1


def test_alpine_on_top_of_a_folder_that_the_program_has_open(seat):
    """The deleted folder is made anew by the next save, under another UIDVALIDITY."""
    both = seat(ALPINE)
    both.file()
    before = both.home.case().draft_uidvalidity
    both.desk.open()
    both.home.round()
    both.desk.type(EDIT)
    both.desk.save()
    both.home.hours(1, 0.25)
    assert both.home.state() == "held"
    assert both.home.case().draft_uidvalidity != before


def test_evolutions_copies_in_trash_mean_nothing(seat):
    both = seat(EVOLUTION)
    both.file(Action.SEND_STARRED)
    both.to_the_end()
    both.desk.star()
    for _ in range(3):
        both.desk.open()
        both.desk.type(EDIT)
        both.desk.save()
    both.desk.leave()
    assert len(both.desk.uids("Trash")) == 3
    both.home.hours(30, 3)
    assert both.home.state() == "ready"
    assert both.post == []


def test_a_program_that_copies_flags_approves_nothing_until_the_star_is_set_anew(seat):
    both = seat(FAIREMAIL)
    both.file(Action.SEND_STARRED)
    both.to_the_end()
    both.desk.star()
    both.desk.open()
    both.desk.type(EDIT)
    both.desk.save()
    flags = both.desk.imap.get_flags(both.desk.uids())
    assert any(b"\\Flagged" in one for one in flags.values())
    both.home.hours(12, 2)
    assert both.post == []
    both.desk.imap.remove_flags(both.desk.uids(), ["\\Flagged"])
    both.home.hours(1, 0.5)
    both.desk.star()
    both.home.hours(1, 0.25)
    assert len(both.post) == 1
