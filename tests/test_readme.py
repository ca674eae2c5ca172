"""What the README shows and names is what the program does."""

import re
from datetime import UTC
from pathlib import Path

import pytest

from responder.cli import COMMANDS
from responder.cli.mailfiles import mailbox_in
from responder.dossier import Rules, examine
from responder.reading.knowledge import load
from responder.reading.message import Me, Message, read

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
EXAMPLE = ROOT / "docs" / "example"


def shown(name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", README, re.DOTALL)
    assert found, name
    return found[1].replace("<br>\n", "\n").strip()


def test_the_letter_beside_the_rejection_is_the_one_that_is_written() -> None:
    raw = (EXAMPLE / "INBOX" / "rejection.eml").read_bytes()
    message = read(raw)
    assert isinstance(message, Message) and message.date is not None
    assert shown("rejection") == message.text.strip()
    me = Me("Ana Souza", frozenset({"ana@mail.example"}))
    mails = tuple(mailbox_in(EXAMPLE, message.date))
    dossier = examine(raw, me, load(), Rules(zone=UTC), received=message.date, now=message.date, mails=mails)
    assert dossier.recipient is not None and dossier.recipient.address == "jonas.weber@harborlight.example"
    assert dossier.letter is not None and dossier.letter.subject == "Re: Interview: Data Engineer at Harborlight"
    assert shown("letter") == dossier.letter.body.strip()


@pytest.mark.parametrize(
    "command", [name for name in COMMANDS if name not in ("login", "logout", "run", "letter-check")]
)
def test_every_command_is_named(command: str) -> None:
    assert f"responder {command}" in README


def test_what_it_points_to_is_there() -> None:
    for place in re.findall(r"`((?:docs|templates|responder|tests)/[\w./-]+)`", README):
        if "xx" not in place and "name" not in place:
            assert (ROOT / place).exists(), place
    for file in ("SECURITY.md", "config.example.toml"):
        assert (ROOT / file).exists(), file
    for target in re.findall(r"(?:`|^ {4})make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE), target
