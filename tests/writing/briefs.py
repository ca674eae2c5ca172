"""Briefs for the tests of writing: one made-up application, and every fact known or unknown."""

from __future__ import annotations

import itertools
from datetime import date
from typing import TYPE_CHECKING, Any

from responder.reading.judge import Reached, Stage
from responder.writing.letter import Brief

if TYPE_CHECKING:
    from collections.abc import Iterator

TODAY = date(2026, 11, 24)
FRIDAY = date(2026, 11, 20)


def brief(**known: Any) -> Brief:
    """A brief with every fact known, but for what `known` says otherwise."""
    facts: dict[str, Any] = {
        "language": "en",
        "stage": Stage.INTERVIEW,
        "reached": Reached.INTERVIEW,
        "someone_hired": None,
        "formal": None,
        "company": "Harbour Robotics",
        "company_is_agency": False,
        "role": "Data Engineer",
        "greeting_names": ("Jane",),
        "greeting_full_names": ("Jane Doe",),
        "recipient_wrote_rejection": True,
        "heard_on": FRIDAY,
        "today": TODAY,
        "people_met": ("Tom Vogel", "Leila Farrokh"),
        "interviewed_on": date(2026, 9, 3),
        "impressed_by": None,
        "impressed_is_note": True,
        "me_name": "Ana Souza",
        "me_phone": "",
        "signature": "",
        "seed": "case-1",
    }
    return Brief(**(facts | known))


def grid(language: str) -> Iterator[Brief]:
    """Letters of every stage with every fact known or unknown: 72 for each language, of 360 combinations."""
    people = ((), ("Jane",), ("Jane Doe", "Tim Ott"))
    rows = itertools.product(Stage, (True, False), (None, True, False), (True, False), people, range(4))
    for number, (stage, wrote, formal, known, names, turn) in enumerate(rows):
        if number % 5:  # coprime to the length of every axis, so that each pair of values still meets
            continue
        reached = Reached(stage.value) if stage is not Stage.CLOSED else (Reached.APPLICATION, Reached.FINAL)[turn % 2]
        met = reached is not Reached.APPLICATION and turn > 0
        yield brief(
            language=language,
            stage=stage,
            reached=reached,
            someone_hired=False if stage is Stage.CLOSED else (None, True)[turn % 2],
            formal=formal,
            company="Harbour Robotics" if known or turn == 2 else None,
            company_is_agency=turn == 3,
            role="Data Engineer" if known or turn == 1 else None,
            greeting_names=names,
            greeting_full_names=names if names != ("Jane",) else ("Jane Doe",),
            recipient_wrote_rejection=wrote,
            heard_on=FRIDAY if known else None,
            people_met=("Tom Vogel", "Leila Farrokh")[: turn - 1] if met else (),
            interviewed_on=date(2026, 9, 3) if met and known else None,
            seed=f"case-{number}",
        )
