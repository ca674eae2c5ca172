from datetime import UTC, datetime

import pytest

from responder.demo.telling import WIDTH, judged, sentence, skipped, written
from responder.dossier import Dossier
from responder.life.case import Case
from responder.life.states import State
from responder.reading.facts import Recipient, Source
from responder.reading.judge import Evidence, Verdict
from responder.reading.message import Message, read
from responder.writing.letter import Letter

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
RAW = b"From: Kim Lund <kim@acme.example>\r\nSubject: News\r\n\r\nDear Ana,\r\n\r\nthank you. We chose\r\nsomebody else. Bye.\r\n"


def dossier(*reasons: Evidence, recipient: Recipient | None = None, letter: Letter | None = None) -> Dossier:
    message = read(RAW)
    assert isinstance(message, Message)
    rejection = sum(reason.weight for reason in reasons) > 0
    verdict = Verdict(rejection, 0.9, reasons, "en", None, None, message)
    return Dossier(NOW, message=message, verdict=verdict, recipient=recipient, letter=letter)


def case(why: str = "") -> Case:
    return Case("a1b2", "demo", "<r@x>", "<r@x>", NOW, NOW, State.SKIPPED, why, NOW, company="Acme")


def test_a_rejection_is_told_by_its_own_sentence() -> None:
    told = judged(dossier(Evidence("soft.thanks", "thank you", 0.8), Evidence("decision.x", "chose somebody", 4.0)))
    assert told == '  Kim Lund: News\n      A rejection: "We chose somebody else."'


def test_the_weight_of_the_whole_text_is_no_sentence_to_show() -> None:
    whole = Evidence("model", "the wording as a whole", 3.0)
    told = judged(dossier(whole, Evidence("decision.x", "chose somebody", 1.5)))
    assert told.endswith('A rejection: "We chose somebody else."')
    assert judged(dossier(whole)).endswith("A rejection, by its wording as a whole.")


@pytest.mark.parametrize(
    ("weak", "rule"),
    [
        (weak, rule)
        for weak in ("meaning", "matter", "model", "regret.sorry", "soft.thanks", "new.kind")
        for rule in ("decision.x", "closed.filled", "status.declined", "link.outcome")
    ],
)
def test_the_sentence_that_decides_is_shown_before_a_heavier_one(weak: str, rule: str) -> None:
    told = judged(dossier(Evidence(weak, "thank you", 5.0), Evidence(rule, "chose somebody", 0.5)))
    assert told.endswith('A rejection: "We chose somebody else."')


def test_where_nothing_decides_the_heaviest_sentence_is_shown() -> None:
    told = judged(dossier(Evidence("soft.thanks", "thank you", 1.0), Evidence("meaning", "chose somebody", 2.0)))
    assert told.endswith('A rejection: "We chose somebody else."')


def test_what_decides_for_another_outcome_is_not_shown() -> None:
    told = judged(dossier(Evidence("decision.offer", "thank you", -1.0), Evidence("meaning", "chose somebody", 2.0)))
    assert told.endswith('A rejection: "We chose somebody else."')


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Evidence("none.no-cue", "no word", -6.0), "nothing in it speaks of an application"),
        (Evidence("guard.invitation", "invite you", -3.0), 'an invitation ("invite you")'),
        (Evidence("new.kind", "x", -3.0), "no sentence in it turns her down"),
    ],
)
def test_other_mail_is_told_with_what_speaks_against(reason: Evidence, words: str) -> None:
    told = " ".join(judged(dossier(reason), "So it is.").split())
    assert f"Left alone: {words}" in told
    assert told.endswith(". So it is.")


def test_words_that_are_not_found_stand_for_themselves() -> None:
    assert sentence("Something else.", "not there") == "not there"


@pytest.mark.parametrize(
    ("source", "words"),
    [(Source.SIGNER, "who signed the rejection"), (Source.HISTORY, "nobody reads answers to kim@acme.example")],
)
def test_the_letter_is_told_with_its_reader(source: Source, words: str) -> None:
    letter = Letter("Re: News", "Dear Tom,\n\n" + "thank you " * 30 + "\n\nAna", "en")
    told = written(case(), dossier(recipient=Recipient("tom@acme.example", "Tom", source), letter=letter))
    assert words in " ".join(told.split())
    assert "    | Subject: Re: News\n    |\n    | Dear Tom,\n    |\n" in told
    assert max(map(len, told.splitlines())) <= WIDTH


def test_a_rejection_without_a_note_is_told_with_the_reason() -> None:
    assert skipped(case("Nobody can be reached.")) == "  Acme: no note. Nobody can be reached."
