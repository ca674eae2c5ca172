"""By what a company is known: whole words of its name, in texts, display names and domains, never a piece of another's."""

from __future__ import annotations

import pytest
from history_cases import ME, Box, mail

from responder.reading.firm import firm_of, label_names, says
from responder.reading.knowledge import load


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        ("firm3", "your application at firm3"),
        ("firm3", "firm3, berlin"),
        ("acme", "acme's team"),
        ("acme", "acmes rekryteringsteam"),
        ("harrow kites", "the team of harrow\nkites"),
        ("acme", "acme-team"),
        ("b&o", "b&o wrote"),
        ("アクメ", "アクメ採用チーム"),
        ("株式会社アクメ", "株式会社アクメの採用担当"),
    ],
)
def test_a_name_is_found_as_a_whole_word(mark: str, text: str):
    assert says(text, mark)


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        ("firm3", "your application at firm30"),
        ("firm3", "firm30s team"),
        ("nova", "novartis wrote"),
        ("nova", "supernova wrote"),
        ("harrow kites", "harrow kitesurfing"),
    ],
)
def test_a_piece_of_another_name_is_none(mark: str, text: str):
    assert not says(text, mark)


@pytest.mark.parametrize(
    ("company", "domain", "expected"),
    [
        ("Firm3", "firm3.example", True),
        ("Firm3", "firm30.example", False),
        ("Firm3", "firm3-jobs.example", True),
        ("Harrow Kites", "harrowkites.example", True),
        ("Harrow Kites", "harrow-kites.example", True),
        ("Harrow Kites", "harrow.example", True),
        ("Harrow Kites", "harrowgate.example", False),
        ("Harrow Kites", "harrowgroup.example", True),
        ("Harrow Kites", "careersharrow.example", True),
        ("Harrow Kites GmbH", "harrowkitesgmbh.example", True),
        ("Nova", "novartis.example", False),
        ("Nova", "supernova.example", False),
    ],
)
def test_a_domain_names_a_firm_by_its_whole_words(company: str, domain: str, expected: bool):
    box = Box(mail("2026-03-30", "No.", "Careers <no-reply@jobs.example>"), company=company)
    firm = firm_of(box.verdict(), box.facts(), ME, load())
    assert label_names(domain.partition(".")[0], firm) is expected
