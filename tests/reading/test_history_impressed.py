# ruff: noqa: E501 - a mail or a table row on one line reads better than one broken into pieces
"""The one sentence of the user's own about a company: found in fourteen languages, and left out where it must be."""

from __future__ import annotations

import pytest
from history_cases import Box, mail
from test_history import TAMSIN, invitation, own, refusal

PRAISE = {
    "en": ["I was struck by how your sewing room stays open at night.", "I really admired the way you mend old kites for free.", "It impressed me that everybody at Harrow flies on Fridays.", "What stayed with me is that your apprentices choose the colours."],
    "de": ["Mich hat begeistert, dass bei Ihnen jede Näherin ihre Drachen selbst fliegt.", "Ich bewundere, wie Ihr Haus alte Drachen kostenlos flickt.", "Es hat mir sehr imponiert, dass Sie jeden Fehler öffentlich machen."],
    "fr": ["J'ai été très impressionné par votre façon de réparer les vieux cerfs-volants.", "Ce qui m'a touché, c'est que vous ouvrez l'atelier aux enfants le mercredi.", "Je trouve remarquable que vos apprentis choisissent les couleurs."],
    "es": ["Me impresionó mucho que reparéis gratis las cometas viejas.", "Admiro que en vuestro taller los aprendices elijan los colores.", "Me encantó ver cómo abrís el taller a los niños."],
    "it": ["Ammiro molto il modo in cui riparate gli aquiloni vecchi.", "Mi ha colpito che da voi gli apprendisti scelgano i colori."],
    "pt": ["Fiquei impressionado com a forma como vocês reparam as pipas velhas.", "Admiro muito que a vossa oficina abra às crianças."],
    "nl": ["Ik was onder de indruk van hoe jullie oude vliegers gratis herstellen.", "Wat mij raakte is dat jullie de werkplaats openstellen voor kinderen."],
    "sv": ["Jag är imponerad av hur ni lagar gamla drakar gratis.", "Jag beundrar att era lärlingar får välja färgerna."],
    "da": ["Jeg er imponeret over, hvordan I reparerer gamle drager gratis.", "Jeg beundrer, at jeres lærlinge selv vælger farverne."],
    "no": ["Jeg er imponert over hvordan dere reparerer gamle drager gratis.", "Jeg beundrer at lærlingene deres velger fargene selv."],
    "pl": ["Podziwiam to, że Państwa warsztat naprawia stare latawce za darmo.", "Ogromne wrażenie zrobiło na mnie, że u Państwa uczniowie wybierają kolory."],
    "tr": ["Eski uçurtmaları ücretsiz onarmanıza hayran kaldım.", "Çırakların renkleri seçmesine izin vermeniz beni çok etkiledi."],
    "ja": ["古い凧を無償で修理されている姿勢に感銘を受けました。", "見習いの方が色を選ばれるという取り組みに深く共感いたしました。"],
    "zh": ["贵公司免费修理旧风筝的做法令我十分敬佩。", "你们让学徒自己挑选颜色，给我留下了深刻的印象，让我印象深刻。"],
}  # fmt: skip


@pytest.mark.parametrize(("language", "sentence"), [(code, one) for code, every in PRAISE.items() for one in every])
def test_praise_is_found_in_each_language(language: str, sentence: str):
    box = Box(refusal(), language=language, mails=[invitation(), own(f"Hi Tamsin,\n\n{sentence}\n\nRobin")])
    assert box.history().impressed_by == sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "I have always admired how Brackley Kites stitches every seam twice, and I'd like to work to that standard.",
        "I appreciate your time and the invitation very much.",
        "I would love to see how you mend old kites.",
        "I was not impressed by the way you treat your apprentices.",
        "I loved how you answered, but could you tell me about the salary?",
        "I really enjoyed our conversation and your questions.",
        "I liked that I could show my own designs on the day.",
        "I was impressed, see https://harrowkites.example/mending for your own words.",
    ],
)
def test_what_is_no_praise_of_the_firm_is_left_out(sentence: str):
    box = Box(refusal(), mails=[invitation(), own(f"Hi Tamsin,\n\n{sentence}\n\nRobin")])
    assert box.history().impressed_by is None


PRAISED = "I was struck by how your sewing room stays open at night."


def test_words_of_others_are_never_quoted():
    theirs = invitation(f"Hi Robin,\n\nI joined last year. {PRAISED} Come on 12 March for the interview.\n\nTamsin")
    box = Box(refusal(), mails=[theirs, own(f"Thank you, I will come.\n\nRobin\n\n{PRAISED}\n")])
    assert box.history().impressed_by is None


def test_quoted_text_is_never_quoted():
    reply = own(
        f"Thank you, I will come.\n\nRobin\n\nOn Mon, 2 Mar 2026 at 09:00, Tamsin Vale <tamsin.vale@harrowkites.example> wrote:\n> {PRAISED}\n"
    )
    assert Box(refusal(), mails=[invitation(), reply]).history().impressed_by is None


def test_a_sentence_for_every_firm_is_left_out():
    sentence = "What I admire about {} is that you let your makers decide."
    here = own(
        f"Dear all,\n\n{sentence.format('Harrow Kites')}\n\nRobin",
        date="2026-02-20",
        to="Jobs <jobs@harrowkites.example>",
        subject="Application: Sail Designer",
    )
    there = mail(
        "2026-02-21",
        f"Dear all,\n\n{sentence.format('Mill Boats')}\n\nRobin",
        to="Jobs <jobs@millboats.example>",
        subject="Application: Sail Maker",
    )
    assert Box(refusal(), mails=[invitation(), here]).history().impressed_by == sentence.format("Harrow Kites")
    assert Box(refusal(), mails=[invitation(), here, there]).history().impressed_by is None


def test_a_mail_after_the_interview_comes_before_the_cover_letter():
    cover = own(
        "Dear all,\n\nI admire how your kites are mended for free.\n\nRobin",
        date="2026-02-20",
        to="Jobs <jobs@harrowkites.example>",
        subject="Application: Sail Designer",
    )
    after = own(f"Hi Tamsin,\n\nThank you for yesterday. {PRAISED}\n\nRobin", date="2026-03-13")
    assert Box(refusal(), mails=[cover, invitation(), after]).history().impressed_by == PRAISED
    assert (
        Box(refusal(), mails=[cover, invitation()]).history().impressed_by
        == "I admire how your kites are mended for free."
    )


def test_a_paper_application_quotes_nothing():
    cover = own(
        f"Dear all,\n\n{PRAISED}\n\nRobin",
        date="2026-02-20",
        to="Jobs <jobs@harrowkites.example>",
        subject="Application: Sail Designer",
    )
    assert Box(refusal(), mails=[cover]).history().impressed_by is None


def test_praise_from_another_application_is_left_out():
    other = own(
        f"Dear all,\n\nI am applying for Warehouse Manager. {PRAISED}\n\nRobin",
        date="2026-02-20",
        to="Jobs <jobs@harrowkites.example>",
        subject="Application: Warehouse Manager",
    )
    assert Box(refusal(), mails=[invitation(), other]).history().impressed_by is None


def test_a_wrapped_sentence_is_quoted_on_one_line():
    wrapped = own(
        "Hi Tamsin,\n\nThank you for yesterday. I was struck by how your sewing room stays open all\nnight long for anyone who cannot sleep.\n\nRobin"
    )
    assert (
        Box(refusal(), mails=[invitation(), wrapped]).history().impressed_by
        == "I was struck by how your sewing room stays open all night long for anyone who cannot sleep."
    )
    assert TAMSIN in f"{wrapped.to[0].name} <{wrapped.to[0].address}>"
