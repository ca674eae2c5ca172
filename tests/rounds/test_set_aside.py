"""What the user hears of mails that could not be read: one note in INBOX, never twice, and `status` goes on listing them."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from rounds.world import Died


def parsed(raw: bytes):
    return message_from_bytes(raw, policy=policy.default)


def poisoned(world, monkeypatch, count=1, **flags):
    """Mails that cannot be read, and the rounds in which they are given up."""
    import responder.rounds.intake as intake

    whole = intake.recognise

    def stumbles(raw, *args, **kwargs):
        if b"poison" in raw:
            raise IndexError("a bug")
        return whole(raw, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(intake, "recognise", stumbles)
        for number in range(count):
            world.deliver(f"From: x@x.example\r\nMessage-ID: <{number}@x>\r\n\r\npoison".encode())
        world.round(**flags)


def notes(world):
    return [message for mail in world.server.mails("INBOX") if "Auto-Submitted" in (message := parsed(mail.raw))]


def test_a_mail_set_aside_is_told_once_in_inbox(world, monkeypatch):
    poisoned(world, monkeypatch, count=2)
    for _ in range(3):
        world.round()
        world.pass_time(hours=13)
    (note,) = notes(world)
    assert "could not be read and was left alone: 2." in " ".join(note.get_content().split())
    assert "mail" in note["Subject"].lower()
    assert "draft" not in note["Subject"].lower()
    store = world.store()
    assert len(store.asides("home")) == 2  # `status` goes on listing them
    assert store.asides("home", untold=True) == []
    store.close()


def test_mails_set_aside_are_told_in_one_note_a_day(world, monkeypatch):
    poisoned(world, monkeypatch)
    poisoned(world, monkeypatch, count=3)
    assert len(notes(world)) == 1
    world.pass_time(hours=24)
    world.round()
    assert ["left alone: 1." in note.get_content() for note in notes(world)] == [True, False]
    assert "left alone: 3." in notes(world)[1].get_content()


def test_where_notes_are_off_the_desktop_tells_of_a_mail_set_aside_once(world, monkeypatch):
    world.policy = replace(world.policy, notes=False)
    poisoned(world, monkeypatch)
    world.round()
    assert notes(world) == []
    assert [subject for subject, _ in world.notified] == ["A mail needs a look"]


def test_a_note_that_dies_before_it_is_filed_is_filed_in_the_next_round(world, monkeypatch):
    def dies(name):
        if name == "append":
            raise Died

    with pytest.raises(Died):
        poisoned(world, monkeypatch, on_io=dies)
    assert notes(world) == []
    world.round()
    world.round()
    assert len(notes(world)) == 1
