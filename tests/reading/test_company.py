"""Which company a mail is about: the forms that its places give, how a domain spells a name, and which one wins."""

from __future__ import annotations

import math
from email.message import EmailMessage

import pytest

from responder.reading.company import candidates, choose, weights
from responder.reading.facts import scene_of
from responder.reading.judge import judge
from responder.reading.knowledge import load
from responder.reading.message import Me, Message, read
from responder.reading.organisations import dense_pieces, kinds_of, registrable, spelled
from responder.reading.traits import to_domain
from responder.reading.vocabulary import vocabulary_of

VOCABULARY = vocabulary_of(load())


@pytest.mark.parametrize(
    ("label", "text", "right"),
    [
        ("thebrazenhare", "", "The Brazenhare"),
        ("thebrazenhare", "All at the Brazen Hare say hello", "The Brazen Hare"),
        ("keoghhaulage", "", "Keogh Haulage"),
        ("praxis-am-markt", "", "Praxis am Markt"),
        ("werkenbijwolkenveld", "", "Wolkenveld"),
        ("careers-lumen", "", "Lumen"),
        ("energiehuis-nl", "", "Energie Huis"),
        ("opticabru", "Un saludo, Encarna Bru", "Óptica Bru"),
        ("kitebuoy", "", "Kitebuoy"),
    ],
)
def test_spelled(label: str, text: str, right: str) -> None:
    assert spelled(label, text, VOCABULARY) == right


@pytest.mark.parametrize(
    ("name", "stem", "right"),
    [
        ("Fil & Trame", "filettrame", "same"),
        ("The Linton Arms", "lintonarms", "same"),
        ("Müller Präzision GmbH", "muellerpraezision", "same"),
        ("Klitrosen", "hotelklitrosen", "piece"),
        ("University of Saltmarsh", "saltmarsh", "holds"),
        ("Instituto de Química Aplicada de Campinas", "iqcampinas", "abbreviates"),
        ("Musée des Beaux-Arts d'Orvanne", "wollgrund", "none"),
        ("Anything", "", "unknown"),
    ],
)
def test_to_domain(name: str, stem: str, right: str) -> None:
    assert to_domain(name, stem) == right


@pytest.mark.parametrize(
    ("piece", "name"),
    [
        ("东睿汽车电子有限公司人力资源部", "东睿汽车电子有限公司"),
        ("我是百翼教育的人事", "百翼教育"),
        ("あけぼの運輸株式会社採用係", "あけぼの運輸株式会社"),
        ("城南理科大学工学部", "城南理科大学"),
    ],
)
def test_dense_pieces(piece: str, name: str) -> None:
    assert name in {one for one, _ in dense_pieces(piece, VOCABULARY)}


def test_kinds_of_words() -> None:
    kinds = kinds_of(["Human", "Resources", "Faculty", "of", "Law", "University", "of", "Saltmarsh"], VOCABULARY)
    assert kinds == ["team", "team", "unit", "small", "org", "public", "small", "other"]


@pytest.mark.parametrize(
    ("names", "scores", "right"),
    [
        ([], [], None),
        (["Acme"], [-1.0], None),
        (["Acme", "Bolt"], [1.0, 2.0], 1),
        (["Kodownia", "Bolt"], [-0.6, -3.0], None),
        (["Kodownia", "Kodownia Sp. z o.o."], [-0.2, -0.3], 0),  # together likelier than none
    ],
)
def test_choose(names: list[str], scores: list[float], right: int | None) -> None:
    assert choose(names, scores, 0.0) == right


def test_weights_are_data() -> None:
    assert "none" in weights()
    assert all(math.isfinite(weight) and abs(weight) < 20 for weight in weights().values())


def test_a_domain_of_a_public_suffix_is_its_own() -> None:
    assert registrable("hr.acme.co.uk") == "acme.co.uk"
    assert registrable("acme.github.io") == "acme.github.io"


def test_a_mail_full_of_names_is_read_in_bounds() -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = '"One Group | Two Bank" <hr@one.example>', "Your application"
    lines = [" ".join(f"Name{at}x{other} Group Ltd" for other in range(8)) for at in range(300)]
    mail.set_content("Dear X\n\nNo.\n\nKind regards\nJane\n" + "\n".join(lines))
    message, me, knowledge = read(mail.as_bytes()), Me("", frozenset()), load()
    assert isinstance(message, Message)
    assert 0 < len(candidates(scene_of(judge(message, me, knowledge), me, knowledge))) <= 250


def test_a_team_is_no_company_in_scripts_without_spaces() -> None:
    made = EmailMessage()
    made["From"], made["To"] = "白樺測器 採用担当 森 <y.mori@shirakaba-sokki.example>", "me@mailbox.example"
    made["Subject"] = "選考結果のご連絡(株式会社白樺測器)"
    made.set_content(
        "三浦 怜 様\n\n白樺測器の森です。\n\n誠に残念ながら、今回は検査員としての採用を見送らせていただくこととなりました。\n\n"
        "--------------------\n株式会社白樺測器\n人事部 採用担当\n森 由香\n直通 03-0000-0199\n--------------------\n"
    )
    message = read(made.as_bytes())
    assert isinstance(message, Message)
    me = Me("", frozenset({"me@mailbox.example"}))
    found = candidates(scene_of(judge(message, me, load()), me, load()))
    assert {"株式会社白樺測器", "白樺測器"} <= {one.name for one in found}
    assert not {"採用担当", "人事部 採用担当", "人事部"} & {one.name for one in found}
