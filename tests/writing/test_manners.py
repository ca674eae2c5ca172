from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from responder.reading.judge import Reached, Stage
from responder.writing import letter, phrasebook
from responder.writing.letter import Brief, compose
from responder.writing.manners import GRAVE, Context, Finding, Kind, check
from tests.writing.briefs import brief, grid

LANGUAGES = sorted(letter.languages())
BAD = tomllib.loads((Path(__file__).parent / "bad_sentences.toml").read_text(encoding="utf-8"))


def context(facts: Brief, **more: Any) -> Context:
    known: dict[str, Any] = {
        "company": facts.company,
        "role": facts.role,
        "greeting_names": facts.greeting_names + facts.greeting_full_names,
        "people": (*facts.people_met, facts.me_name),
        "days": tuple(day for day in (facts.heard_on, facts.interviewed_on, facts.today) if day),
        "someone_hired": facts.someone_hired,
        "reached": facts.reached,
    }
    return Context(**(known | more))


def kinds(text: str, facts: Brief | None = None, language: str | None = None, **more: Any) -> set[Kind]:
    return {finding.kind for finding in check(text, context(facts, **more) if facts else None, language)}


def with_sentence(body: str, sentence: str) -> str:
    """The letter with one more sentence, before its last paragraph of prose."""
    first, *rest = body.split("\n\n")
    return "\n\n".join([first, sentence + " " + rest[0] if rest[0].isascii() else sentence + rest[0], *rest[1:]])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_shipped_letter_keeps_its_manners(language: str) -> None:
    for facts in grid(language):
        body = compose(facts).body
        assert check(body, context(facts), language) == (), body
        assert check(body) == (), body


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["asks", "argues", "blames", "vents", "begs", "belittles"])
def test_bad_sentences_are_found_by_their_words(language: str, kind: str) -> None:
    good = compose(brief(language=language)).body
    missed = []
    for sentence in BAD[language][kind]:
        found = check(with_sentence(good, sentence), context(brief(language=language)), language)
        hits = [finding for finding in found if finding.kind == kind]
        if not hits or hits[0].words not in sentence:
            missed.append(sentence)
    assert missed == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_missing(language: str) -> None:
    book = phrasebook.load(language)
    facts = brief(language=language, people_met=(), interviewed_on=None)
    blocks = compose(facts).body.split("\n\n")
    bare = [blocks[0], "Harbour Robotics.", blocks[-1]]
    assert {Kind.MISSING_THANKS, Kind.MISSING_WISHES} <= kinds("\n\n".join(bare), facts, language)
    thanks = [blocks[0], *blocks[1:-2], blocks[-1]]
    if not any(pattern.search("".join(thanks[1:-1])) for pattern in book.manners["wishes"]):
        assert Kind.MISSING_WISHES in kinds("\n\n".join(thanks), facts, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_congratulations_only_where_somebody_was_hired(language: str) -> None:
    hired = compose(brief(language=language, someone_hired=True)).body
    assert kinds(hired, brief(language=language, someone_hired=True), language) == set()
    assert Kind.CONGRATULATES in kinds(hired, brief(language=language, someone_hired=None), language)
    nobody = brief(language=language, someone_hired=False, stage=Stage.CLOSED)
    welcome = compose(brief(language=language, someone_hired=None)).body
    assert Kind.CONGRATULATES in kinds(welcome, nobody, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_to_the_wrong_person_or_company(language: str) -> None:
    facts = brief(language=language, role=None)
    body = compose(facts).body
    other = compose(
        brief(language=language, role=None, greeting_names=("Zoltan",), greeting_full_names=("Zoltan Kertes",))
    )
    assert Kind.WRONG_PERSON in kinds(other.body, facts, language)
    assert Kind.WRONG_COMPANY in kinds(
        with_sentence(body, "Globex Tidal."), facts, language, other_companies=("Globex Tidal",)
    )
    assert Kind.WRONG_COMPANY not in kinds(body, facts, language, other_companies=("Globex Tidal", "Harbour Robotics"))


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "pt", "it", "nl", "sv", "da", "no", "pl", "tr"])
def test_a_company_that_the_case_does_not_know(language: str) -> None:
    facts = brief(language=language)
    for number in range(6):
        other = compose(brief(language=language, company="Globex Tidal", seed=str(number))).body
        if "Globex" in other.split("\n\n", 1)[1]:
            assert Kind.WRONG_COMPANY in kinds(other, facts, language), other


@pytest.mark.parametrize("language", LANGUAGES)
def test_too_long(language: str) -> None:
    facts = brief(language=language)
    blocks = compose(facts).body.split("\n\n")
    long = "\n\n".join([blocks[0], *(blocks[1:-1] * 6), blocks[-1]])
    assert Kind.TOO_LONG in kinds(long, facts, language)
    paper = brief(language=language, reached=Reached.APPLICATION, stage=Stage.APPLICATION)
    more = "\n\n".join([blocks[0], *(blocks[1:-1] * 3), blocks[-1]])
    assert Kind.TOO_LONG in kinds(more, paper, language, days=())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_date_that_the_mailbox_does_not_know(language: str) -> None:
    facts = brief(language=language, people_met=())
    body = compose(brief(language=language, people_met=(), interviewed_on=date(2026, 5, 5))).body
    assert Kind.INVENTED in kinds(body, facts, language), body


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "I enjoyed meeting Walter Brisk."),
        ("en", "Please thank Sabine for the tour."),
        ("de", "Das Gespräch mit Walter Brisk hat mir gefallen."),
        ("de", "Bitte grüßen Sie Frau Brisk."),
        ("fr", "J’ai été heureuse de parler avec Walter Brisk."),
        ("es", "Me gustó hablar con Walter Brisk."),
        ("pt", "Gostei de falar com Walter Brisk."),
        ("it", "Ho parlato volentieri con Walter Brisk."),
        ("nl", "Ik sprak graag met Walter Brisk."),
        ("sv", "Det var roligt att träffa Walter Brisk."),
        ("da", "Det var godt at møde Walter Brisk."),
        ("no", "Det var hyggelig å møte Walter Brisk."),
        ("pl", "Miło wspominam spotkanie z Walter Brisk."),
        ("tr", "Walter Brisk ile konuşmak güzeldi."),
        ("ja", "山本様とお話しできて光栄でした。"),
        ("zh", "很高兴认识王经理。"),
    ],
)
def test_a_person_whom_the_mailbox_does_not_know(language: str, sentence: str) -> None:
    facts = brief(language=language)
    assert Kind.INVENTED in kinds(with_sentence(compose(facts).body, sentence), facts, language)


@pytest.mark.parametrize(
    "gap",
    [
        "[Company]",
        "[Firmenname]",
        "{{ role }}",
        "{name}",
        "<Name>",
        "______",
        "XXX",
        "%s",
        "TODO",
        "None",
        "【会社名】",
        "〇〇",
        "()",
    ],
)
def test_placeholders_in_any_language(gap: str) -> None:
    for language in LANGUAGES:
        found = check(with_sentence(compose(brief(language=language)).body, f"Acme {gap}."), None, language)
        assert Kind.PLACEHOLDER in {finding.kind for finding in found}
    assert Kind.PLACEHOLDER in GRAVE


def test_an_empty_salutation_is_a_gap() -> None:
    assert Kind.PLACEHOLDER in kinds("Dear ,\n\nThank you for the news. All the best to the team.\n\nAna")


@pytest.mark.parametrize(
    "text",
    [
        "Dear Jane,\n\nThank you for the kind feedback and for your time. All the best to the team.\n\nAna",
        "Dear Jane,\n\nThanks for letting me know. I was a little sad, of course, and I wish you a good start with the new colleague.\n\nAna <ana@example.org>",
        "Dear Jane,\n\nThank you for the news, and for the reasons to smile. I wish the team every success.\n\nAna\n\n> Why were you angry?\n> Any feedback?",
        "Hello Jane,\n\nmany thanks for your time in September. I hope the team does well. Please keep me in mind.\n\nAna",
    ],
)
def test_good_letters_of_the_users_own_pass(text: str) -> None:
    assert check(text) == ()


def test_the_quoted_words_of_the_user_are_not_taken_for_invented() -> None:
    facts = brief()
    said = "I loved the way Margaret Holt runs your night school in May."
    body = with_sentence(compose(facts).body, said)
    assert Kind.INVENTED not in kinds(body, facts, own_words=(said,))


def test_each_finding_has_its_words_and_a_kind_sentence() -> None:
    found = check("Dear Jane,\n\nCould you tell me why? I am angry.\n\nAna")
    assert [finding.kind for finding in found] == [
        Kind.ASKS, Kind.VENTS, Kind.MISSING_THANKS, Kind.MISSING_WISHES,
    ]  # fmt: skip
    assert found[0].words == "Could you tell"
    assert all(isinstance(finding, Finding) and finding.sentence.endswith(".") for finding in found)


def test_at_least_sixty_bad_letters() -> None:
    assert sum(len(sentences) for faults in BAD.values() for sentences in faults.values()) >= 60
    assert set(BAD) == set(LANGUAGES)


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=300), language=st.none() | st.sampled_from(LANGUAGES) | st.text(max_size=8))
def test_any_text_is_checked(text: str, language: str | None) -> None:
    for finding in check(text, context(brief()), language):
        assert finding.sentence
