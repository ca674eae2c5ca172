"""The table of transitions: closed, and every state reachable."""

import pytest

from responder.life.states import DRAFTED, NEXT, OPEN, Event, Impossible, State, advance


def test_every_state_has_a_row():
    assert set(NEXT) == set(State)


def test_every_state_can_be_reached():
    reached, todo = {State.FOUND}, [State.FOUND]
    while todo:
        for after in NEXT[todo.pop()].values():
            if after not in reached:
                reached.add(after)
                todo.append(after)
    assert reached == set(State)


def test_every_event_has_a_use():
    assert {event for row in NEXT.values() for event in row} == set(Event)


def test_an_unlisted_pair_names_both():
    with pytest.raises(Impossible, match="'release' cannot happen to a rejection that is 'vetoed'"):
        advance(State.VETOED, Event.RELEASE)


def test_vetoed_and_answered_are_final():
    assert NEXT[State.VETOED] == {}
    assert NEXT[State.ANSWERED] == {}


@pytest.mark.parametrize("state", [State.SENT, State.SENT_BY_USER, State.UNSURE, State.SENDING])
def test_what_may_have_gone_out_is_never_sent_by_itself_again(state):
    # UNSURE -> READY exists for the user's word alone (`release`); nothing else leads back to sending
    assert Event.SEND not in NEXT[state]


def test_only_ready_is_sent():
    assert [state for state, row in NEXT.items() if Event.SEND in row] == [State.READY]


def test_drafted_is_open():
    assert DRAFTED < OPEN
