"""What the table of rules (test_behaviour.py) does not show: due times, waiting after failures, chores before anything else."""

from dataclasses import replace
from datetime import timedelta

import pytest
from life.made import DAY, DRAFT, HOUR, NOW, POLICY, case, view

from responder.life.case import Chore
from responder.life.plan import Discard, Policy, backoff, due_of, next_step
from responder.life.states import State


@pytest.mark.parametrize(
    ("received", "filed", "due"),
    [
        (NOW, NOW, NOW + DAY),
        (NOW, NOW + 20 * HOUR, NOW + DAY),
        (NOW, NOW + 23 * HOUR, NOW + 27 * HOUR),
        (NOW - 9 * DAY, NOW, NOW + 4 * HOUR),
    ],
)
def test_due_is_the_later_of_arrival_and_filing(received, filed, due):
    assert due_of(case(State.FILING, received=received), POLICY, filed) == due


def test_a_chore_goes_first_and_needs_a_single_draft():
    dropped = case(State.VETOED, chore=Chore.DISCARD)
    assert next_step(dropped, view(DRAFT), NOW, POLICY) == Discard(DRAFT)
    assert next_step(dropped, view(DRAFT, replace(DRAFT, uid=4)), NOW, POLICY) == Discard(None)
    assert next_step(case(State.FOUND, chore=Chore.DISCARD), None, NOW, POLICY) is None
    assert next_step(case(State.FOUND, chore=Chore.DISCARD), view(DRAFT), NOW, POLICY) == Discard(DRAFT)


@pytest.mark.parametrize(
    ("tries", "wait"),
    [(0, 1), (1, 2), (3, 8), (8, 256), (9, 360), (500, 360)],
)
def test_backoff_doubles_up_to_a_ceiling(tries, wait):
    assert backoff(tries, POLICY) == timedelta(minutes=wait)


def test_backoff_of_other_policies():
    assert backoff(20, replace(POLICY, retry_most=timedelta(days=99))) == timedelta(minutes=2**16)


def test_the_timings_of_the_behaviour_page():
    """The demo shortens them; nothing else may."""
    policy = Policy(zone=POLICY.zone)
    assert (policy.cooldown, policy.hold_after_filing, policy.expires) == (DAY, 4 * HOUR, 14 * DAY)
    assert (policy.veto_after, policy.veto_looks, policy.veto_looks_apart) == (DAY, 3, HOUR)
    minutes = (policy.quiet, policy.star_apart, policy.sending_apart, policy.look_apart)
    assert minutes == tuple(timedelta(minutes=count) for count in (15, 2, 20, 5))
    assert (policy.round_limit, policy.max_per_day, policy.one_note_days, policy.lookback) == (20, 2, 30 * DAY, 5 * DAY)
    assert policy.action == "remind"
    assert not policy.star_after_due
    assert not policy.at_end
