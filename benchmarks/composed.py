"""Short mails for the training of the weights: made of the sentences in benchmarks/sentences, and whole ones in benchmarks/mails.

A sentence that turns somebody down, or one that leaves things open, stands among others that any mail about an application
has; what is about other things stands alone or with its like. Nothing here is a real mail, and nothing is measured on it.
"""

from __future__ import annotations

import random
import tomllib
from email.message import EmailMessage
from pathlib import Path

from written import load_written

from responder.reading.message import Message, read

NEIGHBOURS = 10
SENTENCES = Path(__file__).resolve().parent / "sentences"


def compose() -> list[tuple[Message, bool]]:
    """Mails with whether they are rejections; the same ones on every run."""
    return [
        (message, rejection)
        for file in sorted(SENTENCES.glob("*.toml"))
        for text, rejection in _texts(tomllib.loads(file.read_text("utf-8")), random.Random(file.stem))
        if isinstance(message := _mail(text), Message)
    ]


def _texts(told: dict[str, str | list[str]], chance: random.Random) -> list[tuple[str, bool]]:
    """Each sentence that decides once, with what may stand around it."""
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
            found.append(("\n".join((*before, line, *after)), kind == "refused"))
    for line in lines["other"]:
        after = [chance.choice(lines["other"])] if chance.random() < 0.5 else []
        found.append(("\n".join((line, *after)), False))
    return found


def whole() -> list[tuple[Message, bool, str]]:
    """The whole mails with whether they are rejections, and a group: neighbours in a file may be alike on purpose."""
    written = ((mail, read(mail.raw())) for mail in load_written())
    return [
        (message, mail.rejection, f"{mail.id[:-4]}-{int(mail.id[-3:]) // NEIGHBOURS}")
        for mail, message in written
        if isinstance(message, Message)
    ]


def _mail(text: str) -> object:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "office@firm.example", "me@mailbox.example", ""
    mail.set_content(text)
    return read(mail.as_bytes())
