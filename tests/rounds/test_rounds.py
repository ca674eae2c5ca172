"""Rounds over a mailbox in memory: what happens to a rejection, in the order of its life."""

import re
from dataclasses import replace
from datetime import UTC, timedelta
from email import message_from_bytes, policy

import pytest
from rounds.world import ADDRESS, Died, mail

from responder.errors import Refused, TryLater
from responder.life.window import Window
from responder.store import Store


def parsed(raw: bytes):
    return message_from_bytes(raw, policy=policy.default)


def release_time(world):
    world.pass_time(hours=24)


def test_a_rejection_becomes_a_held_draft(world):
    rejection = world.reject()
    world.round()
    (draft,) = world.drafts()
    assert world.state() == "held"
    assert {"\\Draft", "\\Seen"} <= draft.flags
    letter = parsed(draft.raw)
    assert letter["In-Reply-To"] == rejection
    assert letter["References"] == rejection
    assert letter["To"].addresses[0].addr_spec == world.case().recipient
    assert letter.get_content_type() == "text/plain"
    assert "responder" not in draft.raw.decode().lower()
    assert "Auto-Submitted" not in letter


def test_what_is_no_rejection_is_left_alone(world):
    world.deliver(
        mail(
            "Jobs <jobs@acme.example>",
            "Your application",
            "Thank you for applying to Acme.",
            "<x@acme.example>",
            world.clock.now(),
        )
    )
    world.round()
    assert world.cases() == []
    assert world.drafts() == []


def test_nothing_is_done_twice(world):
    world.reject()
    for _ in range(4):
        world.round()
        world.pass_time(minutes=5)
    assert len(world.drafts()) == 1
    assert len(world.cases()) == 1


def test_the_hold_ends_when_it_is_due_and_one_note_says_so(world):
    world.reject()
    world.round()
    world.pass_time(hours=23, minutes=59)
    world.round()
    assert world.state() == "held"
    world.pass_time(minutes=1)
    world.round()
    assert world.state() == "ready"
    notes = [parsed(m.raw) for m in world.server.mails("INBOX") if b"auto-generated" in m.raw]
    assert len(notes) == 1
    assert notes[0]["From"] == ADDRESS
    assert "\\Seen" not in world.server.mails("INBOX")[-1].flags
    assert not re.search(r"fernhill|reject|responder", notes[0]["Subject"], re.IGNORECASE)
    assert "Fernhill" in notes[0].get_content()
    world.pass_time(minutes=10)
    world.round()
    assert len([m for m in world.server.mails("INBOX") if b"auto-generated" in m.raw]) == 1


def test_a_late_found_rejection_is_held_four_hours_at_least(world):
    world.reject()
    world.pass_time(hours=30)
    world.round()
    world.pass_time(hours=3, minutes=59)
    world.round()
    assert world.state() == "held"
    world.pass_time(minutes=1)
    world.round()
    assert world.state() == "ready"


def test_notes_keep_their_hours_but_the_draft_is_ready(world):
    world.policy = replace(world.policy, note_hours=Window.parse("08:00-21:00"))
    world.pass_time(hours=14)  # 23:00
    world.reject()
    world.round()
    release_time(world)
    world.round()
    assert world.state() == "ready"
    assert not any(b"auto-generated" in m.raw for m in world.server.mails("INBOX"))
    world.pass_time(hours=9)
    world.round()
    assert any(b"auto-generated" in m.raw for m in world.server.mails("INBOX"))


def test_at_most_one_note_a_day(world):
    for _ in range(3):
        world.reject()
        world.round()
        world.pass_time(hours=3)
    for _ in range(30):
        world.round()
        world.pass_time(hours=1)
    notes = [m for m in world.server.mails("INBOX") if b"auto-generated" in m.raw]
    assert 1 <= len(notes) <= 2
    assert all(
        b - a >= timedelta(days=1) for a, b in zip([n.when for n in notes], [n.when for n in notes][1:], strict=False)
    )


def test_a_deleted_draft_is_a_veto_after_a_day(world):
    world.reject()
    world.round()
    world.server.delete("Drafts", world.drafts()[0].uid)
    world.pass_time(minutes=6)
    world.round()
    assert world.state() == "missing"
    for _ in range(24):
        world.pass_time(hours=1, minutes=1)
        world.round()
    assert world.state() == "vetoed"
    assert world.drafts() == []


def test_a_draft_under_another_message_id_is_still_the_draft(world):
    world.reject()
    world.round()
    world.server.edit(
        "Drafts", world.drafts()[0].uid, lambda raw: raw + b"\r\nPS: hello\r\n", message_id="<new@client.example>"
    )
    world.round()
    release_time(world)
    world.round()
    assert world.state() == "ready"
    assert b"PS: hello" in world.drafts()[0].raw


def test_a_client_that_hides_the_draft_while_editing_starts_a_new_hold(world):
    world.reject()
    world.round()
    raw = world.drafts()[0].raw
    world.server.delete("Drafts", world.drafts()[0].uid)
    world.pass_time(hours=2)
    world.round()
    world.server.deliver("Drafts", raw)
    world.round()
    case = world.case()
    assert (str(case.state), case.due) == ("held", world.clock.now() + timedelta(hours=24))


def test_one_sent_by_hand_is_noticed(world):
    world.reject()
    world.round()
    world.server.move("Drafts", world.drafts()[0].uid, "Sent")
    world.round()
    assert world.state() == "sent_by_user"


def test_an_answer_of_the_recipient_is_noticed(world):
    world.reject()
    world.round()
    sent = parsed(world.drafts()[0].raw)
    world.server.move("Drafts", world.drafts()[0].uid, "Sent")
    world.round()
    world.deliver(
        mail(
            str(sent["To"]),
            "Re: thanks",
            "How kind of you, Ana!",
            "<a@fernhill.example>",
            world.clock.now(),
            In_Reply_To=sent["Message-ID"],
        )
    )
    world.round()
    assert world.state() == "answered"


def test_two_drafts_are_a_conflict_until_one_is_left(world):
    world.reject()
    world.round()
    copy = world.server.deliver("Drafts", world.drafts()[0].raw)
    world.round()
    assert world.state() == "conflict"
    world.server.delete("Drafts", copy)
    world.round()
    assert world.state() == "held"


def test_three_drafts_gone_at_once_are_no_veto(world):
    for _ in range(3):
        world.reject()
    world.round()
    for draft in world.drafts():
        world.server.delete("Drafts", draft.uid)
    for _ in range(30):
        world.pass_time(hours=1, minutes=1)
        world.round()
    assert {str(case.state) for case in world.cases()} == {"held"}


def test_a_rebuilt_drafts_folder_is_no_veto_and_the_draft_is_found(world):
    world.reject()
    world.round()
    world.server.rebuild("Drafts")
    world.round()
    assert world.state() == "held"
    release_time(world)
    world.round()
    assert world.state() == "ready"


def test_a_drafts_folder_that_vanishes_and_comes_back(world):
    world.reject()
    world.round()
    box = world.server.folders.pop("Drafts")
    for _ in range(30):
        world.pass_time(hours=1)
        world.round()
    assert world.state() == "held"
    assert world.row().status == "trouble"
    assert "there is no such folder" in world.row().message
    world.server.folders["Drafts"] = box
    world.round()
    assert world.state() == "ready"
    assert world.row().status == "ok"


def test_ready_lapses_and_the_untouched_draft_goes_to_trash(world):
    world.reject()
    world.round()
    release_time(world)
    world.round()
    world.pass_time(days=14)
    world.round()
    assert world.state() == "lapsed"
    assert world.drafts() == []
    assert len(world.server.mails("Trash")) == 1


def test_ready_lapses_and_an_edited_draft_stays(world):
    world.reject()
    world.round()
    world.server.edit("Drafts", world.drafts()[0].uid, lambda raw: raw + b"\r\nmine\r\n")
    release_time(world)
    world.round()
    world.pass_time(days=14)
    world.round()
    assert world.state() == "lapsed"
    assert len(world.drafts()) == 1


def test_out_of_sight_until_the_end(world):
    world.policy = replace(world.policy, at_end=True)
    world.reject()
    world.round()
    assert (world.state(), world.drafts()) == ("waiting", [])
    release_time(world)
    world.round()
    assert world.state() == "ready"
    assert len(world.drafts()) == 1


def test_an_old_rejection_is_noticed_not_answered(world):
    world.reject()
    world.pass_time(days=6)
    world.round()
    assert world.state() == "skipped"
    assert "older" in world.case().why


def test_an_old_date_counts_as_old(world):
    old = world.clock.now() - timedelta(days=20)
    world.deliver(
        mail(
            "Jane Doe <jane@acme.example>",
            "Your application",
            "Dear Ana, we have decided to move forward with other candidates for the Data Engineer position. Best, Jane Doe",
            "<o@acme.example>",
            old,
        )
    )
    world.round()
    assert world.state() == "skipped"


def test_two_rejections_from_one_person_get_one_note(world):
    world.reject(name="Jane Doe")
    world.round()
    world.pass_time(hours=1)
    world.count -= 1
    world.reject(name="Jane Doe", message_id="<second@fernhill.example>")
    world.round()
    states = sorted(str(case.state) for case in world.cases())
    assert states == ["held", "skipped"]
    assert len(world.drafts()) == 1


def test_more_than_twenty_at_once_wait_for_the_user(world):
    for _ in range(23):
        world.reject(name=None)
        world.pass_time(seconds=1)
    world.round()
    states = [str(case.state) for case in world.cases()]
    assert states.count("waiting") == 3
    assert states[:3] == ["waiting"] * 3  # the newest twenty are filed
    assert len(world.drafts()) == 20
    world.ask("all")
    world.round()
    assert len(world.drafts()) == 23


def test_a_lost_answer_to_append_is_found_again(world):
    world.reject()

    def lose(name: str) -> None:
        if name == "append done":
            raise TryLater("the connection was lost")

    world.round(lose)
    assert world.state() == "filing"
    assert len(world.drafts()) == 1
    world.round()
    assert world.state() == "held"
    assert len(world.drafts()) == 1


def test_dying_between_append_and_record_files_no_second_draft(world):
    world.reject()

    def die(name: str) -> None:
        if name == "append done":
            raise Died

    with pytest.raises(Died):
        world.round(die)
    world.round()
    assert world.state() == "held"
    assert len(world.drafts()) == 1


def test_a_server_that_refuses_the_draft_is_asked_again_later_and_told_at_last(world):
    world.reject()

    def refuse(name: str) -> None:
        if name == "append":
            raise Refused("the mailbox is full")

    for _ in range(60):
        world.round(refuse)
        world.pass_time(hours=6)
    assert world.state() == "failed"
    assert "mailbox is full" in world.case().why


def test_a_lost_state_folder_writes_nothing_again(world):
    world.reject()
    world.round()
    for path in world.folder.iterdir():
        path.unlink()
    world.round()
    assert world.state() == "skipped"
    assert len(world.drafts()) == 1


def test_a_restored_state_finds_its_draft(world):
    world.reject()

    def die(name: str) -> None:
        if name == "append":
            raise Died

    with pytest.raises(Died):
        world.round(die)
    backup = {path.name: path.read_bytes() for path in world.folder.iterdir()}
    world.round()
    for name, data in backup.items():
        (world.folder / name).write_bytes(data)
    world.round()
    assert world.state() == "held"
    assert len(world.drafts()) == 1


def test_a_rejection_moved_away_before_it_was_seen_is_swept_up(world):
    world.round()
    uid = world.deliver(mail("x@x.example", "hello", "hello", "<h@x.example>", world.clock.now()))
    world.reject()
    world.server.move("INBOX", uid + 1, "Archive")
    world.pass_time(hours=25)
    world.round()
    assert [str(case.state) for case in world.cases()] == ["held"]


def test_a_clock_that_was_a_year_ahead_puts_off_no_sweep(world):
    world.pass_time(days=365)
    world.round()
    world.pass_time(days=-365)
    world.reject()
    world.server.move("INBOX", world.server.mails("INBOX")[0].uid, "Archive")
    world.round()
    assert world.state() == "held"


def test_a_stop_in_the_first_scan_loses_nothing(world):
    """The daemon is stopped while it reads: what it has not read is read by the next one."""
    import threading

    for _ in range(3):
        world.reject()
    stop = threading.Event()
    world.round(lambda name: stop.set() if name == "texts" else None, stop=stop)
    assert not world.cases()
    world.round()
    assert len(world.cases()) == 3


def test_a_stop_in_a_sweep_loses_nothing(world):
    import threading

    world.round()
    world.pass_time(days=20)
    world.reject()
    world.pass_time(days=9)
    world.server.move("INBOX", world.server.mails("INBOX")[0].uid, "Archive")
    stop = threading.Event()
    world.round(lambda name: stop.set() if name == "texts" else None, stop=stop)
    assert not world.cases()
    world.round()
    assert len(world.cases()) == 1


def test_a_disk_that_fills_up_between_two_writes_sets_no_mail_aside(world, monkeypatch):
    """The try is small enough to be counted; the case with its mail is not. That is no fault of the mail."""
    world.reject()
    full = Store.take

    def no_room(self, account, place, key, case, *args, **kwargs):
        if case is not None:
            raise TryLater("the disk is full")
        return full(self, account, place, key, case, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "take", no_room)
        for _ in range(5):
            world.round()
    world.round()
    assert world.state() == "held"


def test_a_mail_that_raises_is_set_aside_and_told(world, monkeypatch):
    """Whatever comes out of reading one mail: it is tried three times, told once, and the next one is handled."""
    import responder.rounds.intake as intake

    whole = intake.recognise

    def stumbles(raw, *args, **kwargs):
        if b"poison" in raw:
            raise IndexError("a bug")
        return whole(raw, *args, **kwargs)

    monkeypatch.setattr(intake, "recognise", stumbles)
    world.deliver(b"From: x@x.example\r\n\r\npoison")
    world.reject()
    for _ in range(4):
        world.round()
    assert world.state() == "held"
    store = world.store()
    (aside,) = store.asides("home")
    store.close()
    assert "could not be read" in aside.reason


def test_junk_is_never_swept(world):
    world.round()
    world.reject()
    world.server.move("INBOX", world.server.mails("INBOX")[0].uid, "Junk")
    world.pass_time(hours=25)
    world.round()
    assert world.cases() == []


def test_a_changed_uidvalidity_of_inbox_makes_nothing_twice(world):
    world.reject()
    world.round()
    world.server.rebuild("INBOX")
    world.reject()
    world.round()
    assert len(world.cases()) == 2
    assert len(world.drafts()) == 2


def test_one_answered_by_hand_is_left_alone(world):
    rejection = world.reject()
    world.server.deliver(
        "Sent",
        mail(
            f"Ana <{ADDRESS}>",
            "Re: Your application",
            "Thank you, Jane.",
            "<own@mail.example>",
            world.clock.now(),
            In_Reply_To=rejection,
        ),
    )
    world.round()
    assert world.state() == "skipped"
    assert world.drafts() == []


def test_the_same_message_id_with_another_body_is_another_case(world):
    world.reject(message_id="<same@acme.example>", name="Jane Doe")
    world.reject(message_id="<same@acme.example>", name="Tom Vogel")
    world.round()
    assert len({case.key for case in world.cases()}) == 2


def test_a_rest_files_nothing_and_leaves_no_backlog(world):
    world.ask("pause")
    world.reject()
    world.round()
    assert world.state() == "skipped"
    world.ask("resume")
    world.round()
    assert world.drafts() == []


def test_commands(world):
    world.reject()
    world.round()
    case = world.case()
    assert "held until" in world.ask("hold", case.id, seconds=7200)
    assert world.case().due == world.clock.now() + timedelta(hours=2)
    assert "is over" in world.ask("release", case.id)
    world.round()
    assert world.state() == "ready"
    assert "dropped" in world.ask("drop", case.id)
    world.round()
    assert world.state() == "vetoed"
    assert world.drafts() == []
    assert "cannot be done" in world.ask("hold", case.id, seconds=5)
    assert "no rejection zzzz" in world.ask("drop", "zzzz")


def test_dropping_leaves_an_edited_draft(world):
    world.reject()
    world.round()
    world.server.edit("Drafts", world.drafts()[0].uid, lambda raw: raw + b"\r\nmine\r\n")
    world.ask("drop", world.case().id)
    world.round()
    assert len(world.drafts()) == 1


def test_a_skipped_one_can_be_written_all_the_same(world):
    world.reject()
    world.pass_time(days=6)
    world.round()
    assert world.state() == "skipped"
    world.ask("draft", world.case().id)
    world.round()
    assert world.state() == "held"
    assert len(world.drafts()) == 1


def test_a_held_one_can_be_written_anew(world):
    world.reject()
    world.round()
    first = parsed(world.drafts()[0].raw)["Message-ID"]
    assert "--again" in world.ask("draft", world.case().id)
    world.ask("draft", world.case().id, again=True)
    world.round()
    (draft,) = world.drafts()
    assert parsed(draft.raw)["Message-ID"] != first
    assert world.state() == "held"
    assert len(world.server.mails("Trash")) == 1


def test_a_poison_mail_is_set_aside_and_the_next_one_handled(world):
    """The process dies while it parses this mail: three times, then never again."""
    world.reject()
    world.deliver(b"From: x@x.example\r\n\r\npoison")
    world.reject()

    import responder.rounds.intake as intake

    whole = intake.recognise

    def dies(raw, *args, **kwargs):
        if b"poison" in raw:
            raise Died
        return whole(raw, *args, **kwargs)

    intake.recognise = dies
    try:
        for _ in range(3):
            with pytest.raises(Died):
                world.round()
        world.round()
    finally:
        intake.recognise = whole
    assert len(world.cases()) == 2
    store = world.store()
    assert len(store.asides("home")) == 1
    store.close()


def test_times_are_utc(world):
    world.reject()
    world.round()
    assert world.case().due.tzinfo == UTC


def test_an_answer_to_a_note_is_never_a_rejection(world):
    world.reject()
    world.round()
    sent = parsed(world.drafts()[0].raw)
    world.server.move("Drafts", world.drafts()[0].uid, "Sent")
    world.round()
    raw, _ = world.rejection(name=world.case().recipient_name)  # they say once more how it was
    world.count -= 1
    answer = parsed(raw)
    answer["In-Reply-To"] = sent["Message-ID"]
    answer.replace_header("From", str(sent["To"]))
    world.deliver(answer.as_bytes())
    world.round()
    assert world.state() == "answered"
    assert len(world.drafts()) == 0
