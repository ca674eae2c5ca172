"""The plainest mails of each language come out right: what the weights were learned on may not make a plain thing doubtful."""

from __future__ import annotations

import tomllib
from email.message import EmailMessage
from pathlib import Path

import pytest

from responder.reading.judge import judge
from responder.reading.knowledge import load
from responder.reading.message import Me, Message, read

PLAIN = tomllib.loads((Path(__file__).parent / "plain.toml").read_text("utf-8"))
ME = Me("Ana Souza", frozenset({"ana@mail.example"}))
SUBJECTS = {"rejections": "Ana Souza", "others": "Re:"}  # nothing that tells anything
CASES = [
    pytest.param(kind, text, id=f"{kind}-{language}-{number}")
    for kind, by_language in PLAIN.items()
    for language, texts in by_language.items()
    for number, text in enumerate(texts, 1)
]


@pytest.mark.parametrize(("kind", "text"), CASES)
def test_plain(kind: str, text: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Jane Doe <jane@firm.example>", "ana@mail.example", SUBJECTS[kind]
    mail["Message-ID"] = "<1@firm.example>"
    mail.set_content(text)
    message = read(mail.as_bytes())
    assert isinstance(message, Message)
    verdict = judge(message, ME, load())
    assert verdict.rejection is (kind == "rejections"), (verdict.confidence, verdict.reasons)
