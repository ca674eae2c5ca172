"""The call sheet under `responder show`: from what is stored of a rejection to the words to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from responder.life.case import Case


def call_sheet_of(case: Case, examined: dict[str, Any], phone: str | None, me: str) -> tuple[str, ...]:
    """Lines to print; none where no number of a person the user has met is known."""
    if not phone or not case.recipient_name or not examined["reached"]:
        return ()
    from responder.reading.judge import Reached, Stage
    from responder.writing.call import call_sheet
    from responder.writing.letter import Brief

    reached = Reached(examined["reached"])
    brief = Brief(
        language=examined["language"] or "en",
        stage=Stage(case.stage or reached.value),
        reached=reached,
        someone_hired=examined["someone_hired"],
        formal=None,
        company=case.company,
        company_is_agency=False,
        role=case.role,
        greeting_names=(),
        greeting_full_names=(),
        recipient_wrote_rejection=False,
        heard_on=None,
        today=case.received.date(),
        people_met=(),
        interviewed_on=None,
        impressed_by=None,
        impressed_is_note=False,
        me_name=me,
        me_phone="",
        signature="",
        seed=case.key,
    )
    sheet = call_sheet(brief, case.recipient_name, phone)
    return ("A call can be the better letter:", *sheet.lines()) if sheet else ()
