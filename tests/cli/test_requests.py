"""Commands that change something: with no daemon they are done at once, with one they are left to it."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from responder.cli import requests
from responder.life.states import State
from responder.rounds.requests import settle_requests
from responder.store import Store, only_instance, state_file


def the(home, case_id):
    store = Store.open(state_file(home.state))
    try:
        return store.case(case_id)
    finally:
        store.close()


def test_release_hold_drop(full):
    assert "hold" in full("release", "a001").out
    assert the(full, "a001").due <= datetime.now(UTC)
    full("hold", "a002", "2d")
    assert timedelta(hours=47) < the(full, "a002").due - datetime.now(UTC) <= timedelta(hours=48)
    assert "next `responder run`" in full("drop", "a001", "--not-a-rejection").err
    assert the(full, "a001").state is State.VETOED
    assert "no rejection" in the(full, "a001").why


@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        (("release", "zzzz"), 2, "status --all"),
        (("hold", "a001", "soon"), 2, "duration"),
        (("release", "a005"), 1, "vetoed"),
        (("draft", "a001"), 1, "--again"),
        (("draft", "a005", "--again"), 1, "vetoed"),
    ],
)
def test_what_cannot_be_done_is_said(full, argv, code, says):
    found = full(*argv, code=code)
    assert says in found.out + found.err


def test_a_draft_all_the_same(full):
    full("draft", "a006")
    assert (the(full, "a006").state, the(full, "a006").forced) == (State.FOUND, True)


def test_pause_and_resume(full):
    full("pause", "3d")
    assert "Resting" in full("status").out
    full("pause")
    full("resume")
    assert "Resting" not in full("status").out


def test_note(full):
    full("note", "Acme", "the way your team publishes its failures")
    store = Store.open(state_file(full.state))
    assert store.impressions() == {"Acme": "the way your team publishes its failures"}
    full("note", "Acme", "")
    assert store.impressions() == {}


def test_forget(full):
    full("forget", "a001")
    assert the(full, "a001") is None
    assert "Your mailbox is untouched" in full("forget", "everything").out
    assert full("status", "--json", "--all").objects == []


def test_a_running_daemon_is_asked(full, monkeypatch):
    """The lock is held elsewhere: the command waits for the outcome that the holder writes."""
    stop = threading.Event()

    def hold_the_lock(ready):
        with only_instance(full.state):
            store = Store.open(state_file(full.state))
            ready.set()
            while not stop.wait(0.01):
                settle_requests(store, datetime.now(UTC))
            store.close()

    ready = threading.Event()
    thread = threading.Thread(target=hold_the_lock, args=(ready,))
    thread.start()
    ready.wait(5)
    try:
        found = full("release", "a001")
        assert "is over" in found.out
        assert "No daemon" not in found.err
    finally:
        stop.set()
        thread.join()


def test_a_daemon_that_does_not_answer(full, monkeypatch):
    monkeypatch.setattr(requests, "_PATIENCE", 0.1)
    with only_instance(full.state):
        assert "not answered yet" in full("release", "a001", code=1).err
    full("pause", "1h")
    assert the(full, "a001").due <= datetime.now(UTC)  # whoever comes next does what was left
