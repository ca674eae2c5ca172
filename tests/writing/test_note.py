from __future__ import annotations

import string

import pytest

from responder.writing import letter, phrasebook
from responder.writing.note import Item, Occasion, compose

LANGUAGES = sorted(letter.languages())
READY = Item(Occasion.READY, to="Jane Doe", company="Harbour Robotics", role="Data Engineer")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_subject_tells_a_locked_phone_nothing(language: str) -> None:
    for items in (
        [READY],
        [READY, Item(Occasion.ANSWERED, to="Tom")],
        [Item(Occasion.STOPPED, to="Tom", words="Why.")],
        [Item(Occasion.ASIDE, count=2)],
    ):
        note = compose(items, language)
        for word in ("Harbour", "Jane", "Data", "responder", "reject", "Absage", "refus"):
            assert word.casefold() not in note.subject.casefold()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_says_to_whom_and_that_nothing_happens_by_itself(language: str) -> None:
    plain = compose([READY], language, expires_days=14)
    assert "Jane Doe (Harbour Robotics, Data Engineer)" in plain.body
    assert "14" in plain.body
    with_line = compose(
        [Item(Occasion.READY, to="Jane", wants_a_line=True, findings=("Good wishes are missing.",))], language
    )
    assert phrasebook.load(language).note["line"] in with_line.body
    assert "Good wishes are missing." in with_line.body
    assert phrasebook.load(language).note["star"] in compose([READY], language, sends=True).body


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_words_with_the_same_gaps(language: str) -> None:
    def gaps(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    mine, english = phrasebook.load(language).note, phrasebook.load("en").note
    assert {key: gaps(text) for key, text in mine.items()} == {key: gaps(text) for key, text in english.items()}


@pytest.mark.parametrize("occasion", list(Occasion))
def test_nothing_known_leaves_no_gap(occasion: Occasion) -> None:
    note = compose([Item(occasion, words="A sentence.", count=3)], "en")
    assert "None" not in note.body
    assert "()" not in note.body
    assert "{" not in note.body
    assert note.body.strip()


def test_control_characters_of_a_mail_do_not_reach_the_note() -> None:
    note = compose([Item(Occasion.READY, to="Ja\x00ne\r\nBcc: x", company="A\u202ecme")], "en")
    assert "\r" not in note.body
    assert "\u202e" not in note.body
    assert "Bcc: x" in note.body.split("\n")[0]


def test_a_language_without_letters_is_told_in_english() -> None:
    assert compose([READY], "fi").subject == compose([READY], "en").subject
    assert compose([READY], "zh-Hant").subject == compose([READY], "zh").subject
