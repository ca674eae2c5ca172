"""`status` and `show`: what needs the user first, no totals, harmless on a terminal, and the same facts as JSON."""

import json
from dataclasses import replace

import pytest

from responder.life.plan import VANISHED
from responder.life.states import State
from responder.store import Store, state_file

from .conftest import THEN, case


def test_before_the_first_round(home):
    assert "responder run" in home("status").out
    assert home("status", "--json").out == ""


def test_nothing_needs_the_user(home):
    home.add()
    assert home("status").out == "Nothing needs you.\n"


def test_what_needs_the_user_comes_first(full):
    out = full("status").out
    assert not out.startswith("\n")
    headings = [line for line in out.splitlines() if line and not line.startswith(" ")]
    assert headings == ["Somebody answered a note", "Needs you", "Held", "Under way", "Sent"]
    assert "Jane Doe wrote back" in out
    assert "a006" not in out
    assert max(len(line) for line in out.splitlines()) < 80
    everything = full("status", "--all").out
    assert "one note is enough" in " ".join(everything.split())
    assert "You gave it up" in everything
    for text in (out, everything):
        assert "7" not in text.replace("a007", "")  # no running total of rejections


@pytest.mark.parametrize("state", [State.HELD, State.READY])
def test_a_draft_that_vanished_with_others_needs_the_user(home, state):
    home.add(replace(case(1, state), why=VANISHED), case(2, State.HELD, due=THEN))
    out = home("status").out
    needs, held = out.split("Held")
    assert needs.startswith("Needs you")
    assert "a001" in needs
    assert VANISHED in " ".join(needs.split())
    assert "is held in Drafts" not in needs
    assert "is ready in Drafts" not in needs
    assert "a002" in held
    assert "a001" not in held


def test_json_has_what_the_interface_names(full):
    objects = full("status", "--json").objects
    assert [found["state"] for found in objects] == [
        "held",
        "ready",
        "sent_by_user",
        "answered",
        "vetoed",
        "skipped",
        "found",
    ]
    keys = {"id", "account", "message_id", "received", "company", "role", "stage", "signer", "recipient", "state", "due", "why",
            "draft_message_id", "history"}  # fmt: skip
    assert all(set(found) == keys for found in objects)
    held = objects[0]
    assert held["recipient"] == {"address": "jane@acme.example", "name": "Jane Doe", "source": "signer"}
    assert held["due"] == "2026-11-03T09:30:00+00:00"
    assert [change["state"] for change in held["history"]] == ["found", "filing", "held"]


def test_show_is_both_objects_in_one(full):
    [found] = full("show", "a001", "--json").objects
    assert found["letter"]["subject"] == "Re: Your application"
    assert found["letter"]["body"].split() == ["Dear", "Jane,", "Thank", "you."]
    assert (found["reached"], found["state"], found["rejection"], found["error"]) == ("interview", "held", True, None)
    assert {
        "file",
        "confidence",
        "reasons",
        "people_met",
        "greeting_name",
        "write",
        "why_not",
        "draft_message_id",
    } <= set(found)
    [skipped] = full("show", "a006", "--json").objects
    assert (skipped["write"], skipped["letter"]) == (False, None)
    assert "one note" in skipped["why_not"]


def test_show_for_people(full):
    out = full("show", "a001").out
    for words in (
        "Acme, Data Engineer",
        "held in Drafts until",
        "Answer to:",
        "jane@acme.example",
        "Dear Jane,",
        "The draft was filed.",
    ):
        assert words in out
    assert max(len(line) for line in out.splitlines()) < 80


def test_a_call_sheet_where_the_number_of_somebody_met_is_known(full):
    assert "A call" not in full("show", "a001").out
    store = Store.open(state_file(full.state))
    known = {"reached": "interview", "language": "en", "recipient_phone": "+49301234567"}
    store.note("a001", facts=json.dumps(known))
    out = full("show", "a001").out
    assert "A call can be the better letter:" in out
    assert "030 1234567" in out
    assert full("show", "a001", "--json").objects[0]["recipient_phone"] == "+49301234567"
    store.note("a001", facts=json.dumps({**known, "reached": "application"}))
    assert "A call" not in full("show", "a001").out


def test_an_unknown_id(full):
    assert "status --all" in full("show", "zzzz", code=2).err


def test_the_beginning_of_an_id_is_enough_where_it_is_the_only_one(full):
    full("show", "a00", code=2)
    assert full("show", "a001").out


def test_escape_sequences_of_a_mail_do_not_reach_the_terminal(full):
    store = Store.open(state_file(full.state))
    store.note("a001", company="\x1b]0;evil\x07\x1b[2JAcme")
    out = full("status").out
    assert "\x1b" not in out
    assert "\x07" not in out


def test_an_account_in_trouble_is_told_first(full):
    store = Store.open(state_file(full.state))
    store.set_account(replace(store.account("home"), status="stopped", message="The login was refused."), THEN)
    assert full("status").out.startswith("Account home: The login was refused.")
