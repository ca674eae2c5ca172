"""How a post is found: the words of a text, the runs that may name it, and the choice among them."""

from __future__ import annotations

from functools import cache
from time import process_time

import pytest

from responder.reading.glossary import Glossary
from responder.reading.knowledge import load
from responder.reading.occupations import occupations_of
from responder.reading.role import Weights, choose, weights
from responder.reading.spans import Place, Span, spans_of
from responder.reading.vocabulary import vocabulary_of
from responder.reading.words import plain

CODES = sorted(load().languages)


@cache
def glossary(code: str) -> Glossary:
    return Glossary(vocabulary_of(load()), code)


@pytest.mark.parametrize(
    ("code", "text", "words"),
    [
        ("en", "the Land Surveyor role", "the/det Land/cap Surveyor/head role/post"),
        ("en", "Nurse (R-48213)", "Nurse/head №/number"),
        ("de", "Kranführer (m/w/d)", "Kranführer/head ⚥/gender"),
        ("de", "einen Kesselwagenfahrer", "einen/few Kesselwagenfahrer/made"),
        ("de", "der Fachangestellten", "der/det Fachangestellte/bent"),
        ("de", "Product Owners", "Product/field Owner/bent"),
        ("de", "Florist, 60 %", "Florist/head ,/mark 60/hours %/mark"),
        ("nl", "Florist 28 uur", "Florist/loan 28/hours uur/hours"),
        ("en", "Mr Baker", "Mr/person Baker/head"),
        ("pl", "asystent projektanta", "asystent/head projektanta/bent"),
        ("pl", "fryzjer/fryzjerka", "fryzjer/head //mark fryzjerka/head"),
        ("pl", "Kierowca kat. C", "Kierowca/head kat./low C/cap"),
        ("nl", "Controller-rol", "Controller/head rol/post"),
        ("fr", "d'Office Manager", "d/det Office/field Manager/common"),
        ("da", "kordegnen", "kordegn/bent"),
        ("pl", "programisty", "programista/bent"),
        ("ja", "システムエンジニアの面接", "システムエンジニア/head の/small 面接/app"),
        ("ja", "ホールスタッフ募集", "ホールスタッフ/head 募集/post"),
        ("zh", "我司嵌入式工程师岗位", "我司/small 嵌入式/field 工程师/head 岗位/post"),
    ],
)
def test_words_and_their_kinds(code: str, text: str, words: str) -> None:
    assert " ".join(f"{token.text}/{token.kind}" for token in glossary(code).read(text)) == words


def test_every_word_keeps_its_place() -> None:
    text = "Re the Fachangestellten-Stelle, d'Or: 「営業」職 (m/w/d) No. 4711-B."
    tokens = glossary("de").read(text)
    assert [token.start for token in tokens] == sorted(token.start for token in tokens)
    assert all(0 <= token.start < token.end <= len(text) for token in tokens)


@pytest.mark.parametrize("code", CODES)
def test_every_language_has_occupations(code: str) -> None:
    known = occupations_of(code)
    assert len(known.heads) > 150
    assert known.fields
    assert not [word for word in known.heads | known.fields if word != word.strip() or not word]


@pytest.mark.parametrize(
    ("code", "word", "made"),
    [
        ("de", "wohngeldsachbearbeiter", True),
        ("de", "sonnenblume", False),
        ("nl", "klantenservicemedewerker", True),
        ("sv", "kvällssjuksköterska", True),
        ("es", "mozo/a", False),  # a head by itself: see below
        ("en", "table", False),
    ],
)
def test_words_that_are_made_as_occupations(code: str, word: str, made: bool) -> None:
    assert occupations_of(code).is_made_as_one(plain(word)) is made


@pytest.mark.parametrize(
    ("code", "word"),
    [("es", "mozo/a"), ("pt", "enfermeiro(a)"), ("de", "lehrer:in"), ("fr", "boulangère"), ("pl", "asystentka")],
)
def test_both_genders_are_one_occupation(code: str, word: str) -> None:
    assert occupations_of(code).is_head(plain(word))


def runs(code: str, text: str, company: tuple[str, ...] = ()) -> set[str]:
    return {span.text for span in spans_of([Place("body", text)], glossary(code), company)}


@pytest.mark.parametrize(
    ("code", "text", "run"),
    [
        ("en", "your application for the post of Kelp Wrangler, based in Wick", "Kelp Wrangler"),
        ("en", "the plumber's mate job", "plumber's mate"),
        ("de", "Ihre Bewerbung als Leiterin Bauhof ist eingegangen", "Leiterin Bauhof"),
        ("it", "quest'anno l'architetto junior non lo assumiamo", "architetto junior"),
        ("es", "Oferta: Mozo/a de almacén con carretilla", "Mozo/a de almacén con carretilla"),
        ("ja", "先日は4tドライバーの面接", "4tドライバー"),
        ("zh", "感谢您应聘我司Java开发工程师岗位", "Java开发工程师"),
    ],
)
def test_runs_that_may_name_the_post(code: str, text: str, run: str) -> None:
    assert run in runs(code, text)


def test_the_company_is_known_as_such() -> None:
    spans = spans_of([Place("subject", "Application - Harbour Bakers")], glossary("en"), ("Harbour Baker",))
    assert [span.text for span in spans if "is company" in span.seen] == ["Harbour Baker"]


@pytest.mark.parametrize(
    ("code", "text", "run"),
    [
        ("en", "one baker", "one baker"),  # a word that counts
        ("en", "Mr Baker", "Mr Baker"),
        ("de", "Florist 28 Stunden", "Florist 28"),
        ("de", "Floristin Teilzeit", "Floristin Teilzeit"),
        ("en", "the role of baker", "role of baker"),
        ("en", "the baker and", "baker and"),
    ],
)
def test_what_is_no_part_of_a_post(code: str, text: str, run: str) -> None:
    assert run not in runs(code, text)
    assert runs(code, text)


def test_what_is_seen_of_a_run() -> None:
    pieces = [Place("subject", "Baker"), Place("below", "Jane Doe\nHead Baker")]
    spans = spans_of(pieces, glossary("en"), (), ("Head Baker",))
    seen = {span.text: set(span.seen) for span in reversed(spans)}
    assert {"at subject", "left edge", "right edge", "longer clean True"} <= seen["Baker"]
    assert {"at below", "under name", "title", "shorter clean False"} <= seen["Head Baker"]


def test_a_run_ends_within_a_sentence() -> None:
    assert not [run for run in runs("en", "We met the baker. The cook left.") if "." in run]


# --- the choice ---------------------------------------------------------------------------------------------------------

GIVEN = Weights({"good": 3.0, "fair": 1.0, "bad": -3.0}, 1.0, 0.4)


def span(text: str, *seen: str) -> Span:
    return Span(text, text.lower(), seen)


@pytest.mark.parametrize(
    ("spans", "post"),
    [
        ((), None),
        ((span("Cook", "bad"),), None),
        ((span("Cook", "good"), span("Head", "bad")), "Cook"),
        ((span("Cook", "fair"), span("cook", "fair"), span("Head", "fair")), "Cook"),  # two runs together
        ((span("cook", "fair"), span("Cook", "good")), "Cook"),  # as the likelier run has it
        ((span("Cook", "fair"), span("Head", "fair"), span("Maid", "fair")), None),  # none stands out
    ],
)
def test_choice(spans: tuple[Span, ...], post: str | None) -> None:
    assert choose(spans, GIVEN) == post


def test_a_thing_that_is_seen_twice_counts_once() -> None:
    assert choose([span("Cook", "fair", "fair", "fair", "fair")], Weights({"fair": 0.5}, 1.0, 0.5)) is None


def test_the_weights_of_the_program() -> None:
    given = weights()
    assert 0 < given.least < 1
    assert all(abs(value) < 20 for value in given.seen.values())
    assert given.seen["left post"] > given.seen.get("left low", 0.0)  # what stands behind "the position of"


@pytest.mark.parametrize(
    "text",
    [
        "1" * 5000,
        "ref " * 1200,
        " " * 5000,
        "nr." * 1500,
        "A1B2-" * 1000,
        "(" * 5000,
        "a." * 2500,
        ", ".join(["a baker b"] * 450),
        "（職）" * 1600,
    ],
    ids=["digits", "labels", "spaces", "points", "numbers", "brackets", "letters", "commas", "dense"],
)
def test_no_text_holds_it_up(text: str) -> None:
    before = process_time()
    spans = spans_of([Place("subject", text), Place("body", text)], glossary("en"), ())
    choose(spans, weights())
    assert len(spans) <= 800
    assert process_time() - before < 2.0
