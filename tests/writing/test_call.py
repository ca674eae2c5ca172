from __future__ import annotations

import pytest

from responder.reading.judge import Reached, Stage
from responder.writing import letter
from responder.writing.call import call_sheet, dialled
from responder.writing.manners import Kind, check
from tests.writing.briefs import brief

LANGUAGES = sorted(letter.languages())


@pytest.mark.parametrize("language", LANGUAGES)
def test_five_sentences_that_keep_to_the_manners_of_a_letter(language: str) -> None:
    sheet = call_sheet(brief(language=language), "Jane Doe", "+49301234567")
    assert sheet is not None
    assert len(sheet.sentences) == 5
    assert "Ana Souza" in sheet.sentences[0]
    found = {finding.kind for finding in check("\n".join(sheet.sentences[1:]), None, language)}
    assert not found & {Kind.ASKS, Kind.ARGUES, Kind.BEGS, Kind.VENTS, Kind.BLAMES, Kind.BELITTLES}
    assert sheet.enough in sheet.lines()[-1]


def test_the_number_stands_in_the_form_dialled_in_its_country() -> None:
    assert dialled("+49301234567") == "030 1234567 (+49 30 1234567)"
    assert dialled("+442083661177") == "020 8366 1177 (+44 20 8366 1177)"
    assert dialled("12") is None
    assert dialled("call me\r\nmaybe") is None


@pytest.mark.parametrize("reached", [Reached.APPLICATION, Reached.SCREEN])
def test_nobody_is_called_after_a_paper_application(reached: Reached) -> None:
    early = brief(reached=reached, stage=Stage(reached.value))
    assert call_sheet(early, "Jane Doe", "+49301234567") is None
