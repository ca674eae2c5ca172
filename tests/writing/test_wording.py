"""Words around names: in the company, the job in a sentence, and which form of a language a mail is in."""

from __future__ import annotations

import pytest

from responder.reading.judge import Reached, Stage
from responder.writing import letter, phrasebook
from responder.writing.letter import compose, variant
from responder.writing.manners import Context, check
from responder.writing.wording import at, in_a_sentence, is_post, values
from tests.writing.briefs import brief, grid

PLACES = (
    ("en", "Acme", "at Acme"),
    ("en", "University of Orrin", "at the University of Orrin"),
    ("de", "Kupferkern", "bei Kupferkern"),
    ("de", "Landratsamt Hügelau", "beim Landratsamt Hügelau"),
    ("de", "Universität Mehren", "an der Universität Mehren"),
    ("de", "Technische Universität Mehren", "an der Technischen Universität Mehren"),
    ("de", "Städtisches Klinikum Ohe", "beim Städtischen Klinikum Ohe"),
    ("de", "Stadtwerke Ilmen", "bei den Stadtwerken Ilmen"),
    ("de", "Kalten Gruppe", "bei der Kalten Gruppe"),
    ("de", "Museumsbau Ohe", "bei Museumsbau Ohe"),
    ("fr", "Nuagia", "chez Nuagia"),
    ("fr", "Université de Morlac", "à l’Université de Morlac"),
    ("fr", "Théâtre des Dunes", "au Théâtre des Dunes"),
    ("fr", "Le Fournil de Zoé", "au Fournil de Zoé"),
    ("fr", "Lebrun", "chez Lebrun"),
    ("es", "Verdesol", "en Verdesol"),
    ("es", "Grupo Sarmiento", "en el Grupo Sarmiento"),
    ("es", "Universidad de Almara", "en la Universidad de Almara"),
    ("pt", "Marazul", "na Marazul"),
    ("pt", "Banco Oriente", "no Banco Oriente"),
    ("pt", "Águas do Norte", "nas Águas do Norte"),
    ("it", "Logitre", "presso Logitre"),
    ("it", "Università di Valdo", "presso l’Università di Valdo"),
    ("nl", "Gemeente Duinrand", "bij de gemeente Duinrand"),
    ("sv", "Lundborgs universitet", "vid Lundborgs universitet"),
    ("sv", "Älvsboda kommun", "i Älvsboda kommun"),
    ("da", "Fjordby Kommune", "i Fjordby Kommune"),
    ("no", "Vågen kommune", "i Vågen kommune"),
    ("pl", "Latarnia", "w firmie Latarnia"),
    ("pl", "Urząd Gminy Jawor", "(Urząd Gminy Jawor)"),
)


@pytest.mark.parametrize(("language", "company", "words"), PLACES)
def test_a_company_gets_the_word_that_its_name_wants(language: str, company: str, words: str) -> None:
    assert at(company, phrasebook.load(language)) == words
    body = compose(brief(language=language, company=company)).body
    assert words in body
    context = Context(company=company, people=("Tom Vogel", "Leila Farrokh", "Ana Souza"), reached=Reached.INTERVIEW)
    assert [finding.kind for finding in check(body, context, language) if finding.kind == "wrong-company"] == []


@pytest.mark.parametrize(
    ("language", "role", "written"),
    [
        ("sv", "Miljöinspektör", "miljöinspektör"),
        ("da", "Backend-udvikler", "backend-udvikler"),
        ("nl", "Medewerker klantenservice", "medewerker klantenservice"),
        ("fr", "Chargée de communication", "chargée de communication"),
        ("no", "UX-designer", "UX-designer"),
        ("nl", "Data Engineer", "Data Engineer"),
        ("sv", "Python-utvecklare", "Python-utvecklare"),
        ("da", "VVS-montør", "VVS-montør"),
        ("de", "Klempner", "Klempner"),
        ("en", "Baker", "Baker"),
    ],
)
def test_a_job_is_written_as_within_a_sentence(language: str, role: str, written: str) -> None:
    assert in_a_sentence(role, phrasebook.load(language)) == written


@pytest.mark.parametrize(
    ("language", "role", "post"),
    [
        ("en", "Lectureship in Early Modern History", True),
        ("en", "Software Engineering Internship", True),
        ("en", "bar job", True),
        ("en", "Programme Manager", False),
        ("en", "Internship Coordinator", False),
        ("de", "W1-Professur Digitale Editorik", True),
        ("de", "Sachbearbeitung Wohngeld", True),
        ("de", "Stellvertretende Leitung", True),
        ("de", "Leiter Softwareentwicklung", False),
        ("de", "Elektroniker für Betriebstechnik", False),
        ("fr", "Alternance BTS Maintenance", True),
        ("fr", "Chargée de mission", False),
        ("it", "Tirocinio in architettura", True),
        ("nl", "Stage marketing", True),
        ("nl", "Stagebegeleider", False),
        ("no", "Læreplass", True),
    ],
)
def test_a_post_is_not_what_somebody_is(language: str, role: str, post: bool) -> None:
    assert is_post(role, phrasebook.load(language)) is post
    body = compose(brief(language=language, role=role, company=None)).body
    assert ("role" not in body and "als " + role not in body and "come " + role not in body) or not post


BRAZIL = "Olá Ana, agradecemos o contato. A nossa equipe decidiu seguir com outra pessoa. Abraços, Talita"
PORTUGAL = "Estimada Ana, a nossa equipa agradece o contacto e a candidatura. Com os melhores cumprimentos, Rui"
BARE = "Olá, Ana. Escolhemos outra pessoa para a vaga. Obrigado, Rui"


@pytest.mark.parametrize(
    ("language", "text", "form"),
    [
        ("pt", BRAZIL, "pt"),
        ("pt", PORTUGAL, "pt-PT"),
        ("pt", BARE, "pt"),
        ("pt", f"{BARE}\nrui@fabrica.pt", "pt-PT"),
        ("pt", f"{BARE}\n+351 912 000 000", "pt-PT"),
        ("pt", f"{BRAZIL}\nrui@fabrica.com.br", "pt"),
        ("zh", "感謝您應徵我們的職位", "zh-Hant"),
        ("zh", "感谢您应聘我们的职位", "zh"),
        ("de", "equipa, contacto", "de"),
        ("xx", "equipa", "xx"),
    ],
)
def test_which_form_of_a_language_a_mail_is_in(language: str, text: str, form: str) -> None:
    assert variant(language, text) == form


def test_a_letter_to_portugal_holds_no_word_of_brazil() -> None:
    other = phrasebook.load("pt").other_form
    assert other is not None
    for facts in grid("pt-PT"):
        written = compose(facts)
        assert written.language == "pt"
        assert not other.against.search(written.body), written.body
    for facts in grid("pt"):
        assert "equipa" not in compose(facts).body


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("form", ["pt-PT", "zh-Hant"])
def test_two_letters_in_the_other_form_do_not_read_alike(form: str, stage: Stage) -> None:
    reached = Reached.APPLICATION if stage is Stage.APPLICATION else Reached.INTERVIEW
    for number in range(6):
        first = compose(brief(language=form, stage=stage, reached=reached, seed=f"first {number}")).body
        other = brief(language=form, stage=stage, reached=reached, seed=f"second {number}", earlier=(first,))
        assert letter.similarity(first, compose(other).body) < letter.ALIKE, first


@pytest.mark.parametrize(
    ("language", "note", "phrase"),
    [
        ("da", "Måden, I lærer jeres elever op på", True),
        ("tr", "çıraklar için gösterdiğiniz özen", True),
        ("tr", "hatalarınızı çok açık paylaşıyorsunuz", False),
        ("zh", "坦诚面对失误的态度", True),
        ("zh", "团队坦诚面对失误", True),
        ("zh", "我很欣赏这种做法", False),
        ("ja", "失敗を隠さない姿勢", True),
        ("ja", "誤差まで載せていること", True),
        ("ja", "その姿勢に感銘を受けました", False),
        ("pt", "como vocês cuidam dos clientes", True),
        ("en", "how your team rehearses outages", True),
        ("en", "You publish your failures.", False),
    ],
)
def test_a_note_is_woven_in_as_what_it_is(language: str, note: str, phrase: bool) -> None:
    known = values(brief(language=language, impressed_by=note), phrasebook.load(language))
    assert (known["impressed_phrase"] is not None) is phrase
    assert (known["impressed_sentence"] is not None) is not phrase


@pytest.mark.parametrize(
    ("language", "name", "full", "greeted"),
    [
        ("de", "Weidinger", "Weidinger", False),
        ("de", "Lisa", "Lisa", True),
        ("de", "Dr. Weyrauch", "Dr. Weyrauch", True),
        ("de", "Mareike", "Mareike Stolz", True),
        ("en", "Weidinger", "Weidinger", True),
        ("ja", "楠", "楠", True),
    ],
)
def test_nobody_is_greeted_by_a_bare_family_name_where_one_says_sie(
    language: str, name: str, full: str, greeted: bool
) -> None:
    body = compose(brief(language=language, formal=True, greeting_names=(name,), greeting_full_names=(full,))).body
    assert (name in body.split("\n\n")[0]) is greeted


@pytest.mark.parametrize(
    ("language", "company", "written"),
    [
        ("en", "STURDEE BRICKWORK", "Sturdee Brickwork"),
        ("en", "HUTCHENS DIESEL & AG REPAIR", "Hutchens Diesel & AG Repair"),
        ("en", "IKEA", "IKEA"),
        ("en", "BBC Wales", "BBC Wales"),
        ("ja", "採用担当", None),
        ("ja", "人事部採用担当者様", None),
        ("ja", "採用総研株式会社", "採用総研株式会社"),
    ],
)
def test_a_company_is_written_as_within_a_sentence(language: str, company: str, written: str | None) -> None:
    assert values(brief(language=language, company=company), phrasebook.load(language))["company"] == written
