"""How far an application had come by the mail alone, and what the weighing of its signs does."""

from __future__ import annotations

from array import array
from email.message import EmailMessage

import pytest

from responder.reading.judge import Stage, find_evidence, recognise_languages, stage_signs, wording
from responder.reading.knowledge import load
from responder.reading.message import Message, read
from responder.reading.model import Wording
from responder.reading.stage import StageWeights, signs
from responder.reading.words import hash_of

MAILS = [
    ("en", "Thank you for popping in to meet the girls on Tuesday. I have chosen somebody who is registered already.", "interview"),
    ("en", "Good to have you in the workshop on Tuesday. The bench went to a fellow who did his time with my uncle.", "interview"),
    ("en", "Thank you for completing the online assessment. Your test score was 54 points; the pass mark was 60.", "screen"),
    ("en", "It was between you and one other finalist, and the board voted for her by four to three.", "final"),
    ("en", "The project has lost its funding, so the position has been withdrawn and we are not hiring anyone. Nobody got the job.", "closed"),
    ("en", "We had 600 applications and could only invite ten. Your CV was not among them.", "application"),
    ("de", "Danke für das nette Gespräch am Donnerstag. Wir haben uns für eine andere Bewerberin entschieden.", "interview"),
    ("de", "In unserem Einstellungstest haben Sie 54 von 62 nötigen Punkten erreicht. Es hat leider nicht gereicht.", "screen"),
    ("fr", "Merci d'être venue nous rencontrer jeudi. Nous avons retenu une autre personne.", "interview"),
    ("es", "Gracias por venir el martes a la entrevista. Hemos elegido a otra persona.", "interview"),
    ("it", "Grazie per il colloquio di giovedì scorso. Abbiamo scelto un'altra persona.", "interview"),
    ("nl", "Bedankt voor je komst en het gesprek van dinsdag. We gaan verder met een andere kandidaat.", "interview"),
    ("sv", "Tack för intervjun i torsdags. Vi har valt en annan sökande.", "interview"),
    ("pl", "Dziękuję za rozmowę w czwartek. Wybraliśmy inną osobę.", "interview"),
]  # fmt: skip


def said(text: str, subject: str = "Your application") -> Message:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "office@firm.example", subject
    mail.set_content(text)
    message = read(mail.as_bytes())
    assert isinstance(message, Message)
    return message


@pytest.mark.parametrize(("language", "text", "stage"), MAILS)
def test_how_far_it_had_come(language: str, text: str, stage: str) -> None:
    knowledge, message = load(), said(text)
    assert knowledge.stage is not None
    languages = recognise_languages(text, knowledge)
    assert languages[0].code == language
    found = find_evidence(message, knowledge, languages)
    assert knowledge.stage.order(stage_signs(message, found, knowledge, languages), wording(message))[0] == stage


def test_signs_are_rules_of_the_stage_what_they_say_and_single_concepts() -> None:
    found = signs(["reached.met", "decision.refusal", "closed.filled"], "interview", ["meet", "c:meet", "hire|neg"])
    assert found == {"reached.met": 1.0, "closed.filled": 1.0, "told.interview": 1.0, "meant.meet": 0.5}


def test_signs_and_words_are_summed() -> None:
    grams = sorted([hash_of("visit"), hash_of("kettle")])
    by_gram = [(0, 100) if gram == hash_of("visit") else (90, 0) for gram in grams]
    weights = StageWeights(
        ("application", "interview"),
        (1.0, 0.0),
        {"reached.met": (0.0, 2.0)},
        array("I", grams),
        array("b", [weight for row in by_gram for weight in row]),
        scale=0.2,
    )
    assert weights.order({"meant.you": 0.5}, Wording.of("", "")) == ["application", "interview"]
    assert weights.order({"reached.met": 1.0}, Wording.of("", "")) == ["interview", "application"]
    assert weights.order({}, Wording.of("", "your visit")) == ["interview", "application"]
    assert weights.order({}, Wording.of("", "your kettle")) == ["application", "interview"]


def test_every_stage_is_known() -> None:
    knowledge = load()
    assert knowledge.stage is not None
    assert list(knowledge.stage.stages) == [stage.value for stage in Stage]
    assert all(len(row) == len(Stage) for row in knowledge.stage.weights.values())
    assert len(knowledge.stage.by_gram) == len(Stage) * len(knowledge.stage.grams)
    assert list(knowledge.stage.grams) == sorted(knowledge.stage.grams)
