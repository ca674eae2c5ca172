"""A job board's digest: one row may turn an application down."""

from __future__ import annotations

import pytest

from responder.reading.digest import row_of_digest
from responder.reading.judge import judge
from responder.reading.knowledge import load
from responder.reading.message import Me, Message, glance, read

ME = Me("Ana Souza", frozenset({"ana@mail.example"}))
ROWS = """Your week on Jobhafen

Alder Foods - Taster
Status: Shortlisted

Birch Labs - Lab Technician
Status: {status}

Cedar Tools - Fitter
Status: Viewed by employer

You get this mail every Friday.
"""


def digest(text: str, subject: str = "Ana, 3 updates on your applications") -> Message:
    head = (
        "From: Jobhafen <digest@jobhafen.example>\r\nTo: Ana Souza <ana@mail.example>\r\nList-Id: <digest.jobhafen.example>\r\n"
        f"Precedence: bulk\r\nSubject: {subject}\r\nMessage-ID: <d@jobhafen.example>\r\n\r\n"
    )
    raw = head.encode() + text.replace("\n", "\r\n").encode()
    message = read(raw)
    seen = glance(raw)
    assert isinstance(message, Message) and isinstance(seen, Message)
    assert judge(seen, ME, load()).rejection == judge(message, ME, load()).rejection
    return message


def test_the_row_that_turns_down_is_judged_by_itself() -> None:
    found = judge(digest(ROWS.format(status="Not selected")), ME, load())
    assert found.rejection
    assert found.message.text == "Birch Labs - Lab Technician\nStatus: Not selected"
    assert found.message.message_id == "<d@jobhafen.example>"


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        (ROWS.format(status="Interview"), "Ana, 3 updates on your applications"),
        ("Status: Not selected\n\nStatus: Rejected\n", "2 updates on your applications"),
        ("Crash at start\nStatus: Closed\n\nWrong colour\nStatus: Open\n", "Weekly digest of the tracker"),
        ("Birch Labs - Lab Technician\nStatus: Not selected\n", "Your application"),
    ],
)
def test_what_is_no_such_digest(text: str, subject: str) -> None:
    assert row_of_digest(digest(text, subject), load()) is None
