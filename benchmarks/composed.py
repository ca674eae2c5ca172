"""Mails for the training of the weights: short ones of the sentences in benchmarks/sentences, whole ones in benchmarks/mails, our letters.

A sentence that turns somebody down, or one that leaves things open, stands among others that any mail about an application
has; what is about other things stands alone or with its like. Nothing here is a real mail, and nothing is measured on it.
"""

from __future__ import annotations

import itertools
import random
import tomllib
from datetime import date
from email.message import EmailMessage
from pathlib import Path

from written import load_written

from responder.reading.judge import Reached, Stage
from responder.reading.message import Message, read
from responder.writing import letter

NEIGHBOURS = 10
# What a short mail begins and ends with: of itself it says neither yes nor no
FRAMES = {
    "da": ("Kære Ana,", "Venlig hilsen"),
    "de": ("Sehr geehrte Frau Souza,", "Mit freundlichen Grüßen"),
    "en": ("Dear Ana,", "Kind regards,"),
    "es": ("Hola Ana:", "Un saludo,"),
    "fr": ("Bonjour Madame,", "Cordialement,"),
    "it": ("Gentile Ana,", "Cordiali saluti,"),
    "ja": ("アナ様", "よろしくお願いいたします。"),
    "nl": ("Beste Ana,", "Met vriendelijke groet,"),
    "no": ("Hei Ana,", "Med vennlig hilsen"),
    "pl": ("Dzień dobry,", "Pozdrawiam,"),
    "pt": ("Olá Ana,", "Atenciosamente,"),
    "sv": ("Hej Ana,", "Vänliga hälsningar,"),
    "tr": ("Merhaba Ana,", "Saygılarımla,"),
    "zh": ("Ana，您好：", "此致"),
}
SIGNERS = (
    "Jane Doe",
    "Mia Brandt",
    "Jon Vale",
    "Jane Doe\nSenior Recruiter, Acme",
    "HR",
    "Mia Brandt\nTalent Acquisition",
)
FIRMS = ("Tidewell", "Orrin & Vale", "Kestrel Foods", "Norrland", "Halden", "Sunbeck", "Meridia")
SENTENCES = Path(__file__).resolve().parent / "sentences"


def compose() -> list[tuple[Message, bool]]:
    """Mails with whether they are rejections; the same ones on every run."""
    return [
        (message, rejection)
        for file in sorted(SENTENCES.glob("*.toml"))
        for subject, text, rejection in _texts(
            tomllib.loads(file.read_text("utf-8")), FRAMES[file.stem], random.Random(file.stem)
        )
        if isinstance(message := _mail(text, subject), Message)
    ]


def _texts(
    told: dict[str, str | list[str]], frame: tuple[str, str], chance: random.Random
) -> list[tuple[str, str, bool]]:
    """Subjects and texts: each sentence that decides twice, with what may stand around it; frames around nothing that decides."""
    roles = told["roles"]
    lines = {
        kind: [line.replace("{r}", chance.choice(roles)) for line in text.strip().splitlines()]
        for kind, text in told.items()
        if isinstance(text, str)
    }
    found = []
    for kind in ("refused", "open"):
        for line in lines[kind]:
            before = [chance.choice(lines["job"])] if chance.random() < 0.8 else []
            after = [chance.choice(lines["job"])] if chance.random() < 0.5 else []
            found.append(("", "\n".join((*before, line, *after)), kind == "refused"))
            found.append((*_framed(chance.choice(lines["job"][:3]), line, frame, chance), kind == "refused"))
    found += [(*_framed(chance.choice(lines["job"][:3]), "", frame, chance), False) for _ in lines["open"]]
    for line in lines["other"]:
        after = [chance.choice(lines["other"])] if chance.random() < 0.5 else []
        found.append(("", "\n".join((line, *after)), False))
    return found


def _framed(thanks: str, line: str, frame: tuple[str, str], chance: random.Random) -> tuple[str, str]:
    before = [thanks] if chance.random() < 0.7 or not line else []
    subject = chance.choice((thanks, "", "Re:", "Ana Souza"))
    return subject, "\n".join((frame[0], "", *before, line, "", frame[1], chance.choice(SIGNERS)))


def whole() -> list[tuple[Message, bool, str]]:
    """The whole mails with whether they are rejections, and a group: neighbours in a file may be alike on purpose."""
    written = ((mail, read(mail.raw())) for mail in load_written())
    return [
        (message, mail.rejection, f"{mail.id[:-4]}-{int(mail.id[-3:]) // NEIGHBOURS}")
        for mail, message in written
        if isinstance(message, Message)
    ]


def letters() -> list[tuple[Message, str]]:
    """Letters that this program writes, as mail from somebody, with their language: an answer to a rejection is none."""
    chance = random.Random("letters")
    rows = itertools.product(sorted(letter.languages()), Stage, (True, False), (None, True, False), range(3))
    found = []
    for number, (language, stage, known, formal, turn) in enumerate(rows):
        roles = tomllib.loads((SENTENCES / f"{language[:2]}.toml").read_text("utf-8"))["roles"]
        reached = Reached.APPLICATION if stage is Stage.CLOSED else Reached(stage.value)
        brief = letter.Brief(
            language=language,
            stage=stage,
            reached=reached,
            someone_hired=False if stage is Stage.CLOSED else (None, True)[turn % 2],
            formal=formal,
            company=chance.choice(FIRMS) if known or turn == 2 else None,
            company_is_agency=False,
            role=chance.choice(roles) if known or turn == 1 else None,
            greeting_names=("Kim Ito",) if known else (),
            greeting_full_names=("Kim Ito",) if known else (),
            recipient_wrote_rejection=turn < 2,
            heard_on=date(2026, 5, 8) if known else None,
            today=date(2026, 5, 12),
            people_met=(),
            interviewed_on=date(2026, 3, 3) if known and reached is not Reached.APPLICATION else None,
            impressed_by=None,
            impressed_is_note=True,
            me_name="Robin Sander",
            me_phone="",
            signature="",
            seed=f"letter-{number}",
        )
        if isinstance(message := _mail(letter.compose(brief).body), Message):
            found.append((message, language))
    return found


def _mail(text: str, subject: str = "") -> object:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "office@firm.example", "me@mailbox.example", subject
    mail.set_content(text)
    return read(mail.as_bytes())
