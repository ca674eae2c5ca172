"""A Drafts folder from which no conclusions can be drawn: nothing is vetoed, the user is told, and `status` says so."""

from __future__ import annotations

from dataclasses import replace

from responder.life.plan import BACK_AGAIN, Action


def status(world) -> tuple[str, str]:
    store = world.store()
    row = store.account("home")
    store.close()
    return row.status, row.message


def notes(world) -> list[bytes]:
    return [one.raw.replace(b"=\r\n", b"") for one in world.server.mails("INBOX") if b"auto-generated" in one.raw]


def three_held(world):
    for _ in range(3):
        world.reject()
    world.round()
    return world.drafts()


def test_three_drafts_gone_at_once_are_told_in_one_note_and_vetoed_never(world):
    for draft in three_held(world):
        world.server.delete("Drafts", draft.uid)
    for _ in range(6):
        world.pass_time(hours=8)
        world.round()
    assert {str(case.state) for case in world.cases()} == {"held"}
    assert len(notes(world)) == 1
    assert b"nothing is concluded" in notes(world)[0]
    assert status(world)[0] == "trouble"
    assert "gone from Drafts at once" in status(world)[1]


def test_they_come_back_and_are_released(world):
    drafts = three_held(world)
    for draft in drafts:
        world.server.delete("Drafts", draft.uid)
    world.round()
    for draft in drafts:
        world.server.deliver("Drafts", draft.raw, draft.flags)
    world.round()
    assert {case.why for case in world.cases()} == {BACK_AGAIN}
    assert status(world) == ("ok", "")
    world.pass_time(hours=24)
    world.round()
    assert {str(case.state) for case in world.cases()} == {"ready"}


def test_what_was_deleted_among_them_can_be_dropped(world):
    for draft in three_held(world):
        world.server.delete("Drafts", draft.uid)
    world.round()
    world.ask("drop", world.cases()[0].id)
    world.round()
    for _ in range(4):
        world.pass_time(hours=12)
        world.round()
    assert sorted(str(case.state) for case in world.cases()) == ["held", "held", "vetoed"]


def test_a_folder_that_cannot_be_opened_is_told_once_and_shown(world):
    world.reject()
    world.round()
    box = world.server.folders.pop("Drafts")
    for _ in range(4):
        world.pass_time(hours=12)
        world.round()
    assert world.state() == "held"
    assert status(world)[0] == "trouble"
    assert "Drafts cannot be looked at" in status(world)[1]
    world.server.folders["Drafts"] = box
    world.round()
    assert status(world) == ("ok", "")
    assert world.state() == "ready"


def test_a_folder_made_anew_concludes_nothing_in_that_look(world):
    world.reject()
    world.round()
    world.round()
    world.server.delete("Drafts", world.drafts()[0].uid)
    world.server.rebuild("Drafts")
    world.round()
    assert world.state() == "held"
    assert "made anew" in status(world)[1]
    world.round()
    assert world.state() == "missing"


def test_no_trouble_outlives_the_last_open_case(world):
    world.reject()
    world.round()
    world.server.folders.pop("Drafts")
    world.round()
    world.ask("drop", world.case().id)
    store = world.store()
    store.note(world.case().id, chore=None)
    store.close()
    world.round()
    assert status(world) == ("ok", "")


def test_a_rejection_marked_as_answered_is_stopped_when_its_hold_ends(world):
    world.reject()
    world.round()
    world.server.flag("INBOX", world.server.mails("INBOX")[0].uid, "\\Answered")
    world.server.move("INBOX", world.server.mails("INBOX")[0].uid, "Archive")
    world.pass_time(hours=24)
    world.round()
    assert world.state() == "stopped"
    assert "marked the rejection as answered" in world.case().why
    assert len(world.drafts()) == 1


def test_a_letter_that_the_user_asked_for_is_not_stopped_by_that(world):
    world.reject()
    world.pass_time(days=6)
    world.round()
    world.ask("draft", world.case().id)
    world.round()
    world.server.flag("INBOX", world.server.mails("INBOX")[0].uid, "\\Answered")
    world.pass_time(hours=24)
    world.round()
    assert world.state() == "ready"


def test_two_notes_of_one_moment_are_two(world):
    world.reject()
    world.round()
    world.pass_time(hours=24)
    world.round()
    copy = world.server.deliver("Drafts", world.drafts()[0].raw)
    world.round()
    assert world.state() == "conflict"
    assert len(notes(world)) == 2
    world.server.delete("Drafts", copy)
    world.round()
    assert world.state() == "ready"
    assert len(notes(world)) == 2


def test_another_schedulers_draft_is_left_to_it(world):
    world.policy = replace(world.policy, action=Action.SEND_STARRED)
    world.reject()
    world.round()
    mark = b"X-Send-Later-At: Tue, 24 Nov 2026 09:00:00 +0000\r\n"
    world.server.edit("Drafts", world.drafts()[0].uid, lambda raw: mark + raw)
    world.round()
    assert world.state() == "stopped"
    assert len(world.drafts()) == 1


def test_a_copy_in_trash_is_neither_a_draft_nor_a_veto(world):
    world.reject()
    world.round()
    world.server.deliver("Trash", world.drafts()[0].raw, {"\\Flagged", "\\Draft"})
    world.round()
    assert world.state() == "held"
    world.server.delete("Drafts", world.drafts()[0].uid)
    world.round()
    assert world.state() == "missing"
