"""The mails in benchmarks/mails: written for the training of the weights and for measuring, each with the truth about it.

A block begins with "=== R subject" (a rejection of the reader's application) or "=== O subject" (anything else). Where "From:"
is next, headers and facts follow up to an empty line: `from`, `reply-to`, `company`, `role`, `signer`, `reached`, `reply` (where
a note would reach a human), `phone`; right forms are parted by " | ", two signers by " & ". All else is the text.
The letter behind a file's language tells its kind: n is ordinary mail, m are refusals of other matters; all else was made hard,
q and r by going on where a part of the written corpora that is not blind leaves off.
Nothing here is a real mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formataddr, parseaddr
from pathlib import Path

WHOLE = Path(__file__).resolve().parent / "mails"
_EASY = re.compile(r"[a-z]{2}-[nm]")
_GOING_ON = re.compile(r"[a-z]{2}-[qr]")
_HEADERS = ("from", "reply-to")


@dataclass(frozen=True, slots=True)
class Written:
    """One mail as it was written down."""

    id: str  # file and number
    language: str
    rejection: bool
    subject: str
    text: str
    told: dict[str, str] = field(default_factory=dict)  # headers and facts; empty where only the text was written

    def raw(self) -> bytes:
        """The mail."""
        mail = EmailMessage()
        mail["Message-ID"] = f"<{self.id}@written.example>"
        mail["From"] = _address(self.told.get("from", "office@firm.example"))
        if "reply-to" in self.told:
            mail["Reply-To"] = _address(self.told["reply-to"])
        mail["To"], mail["Subject"] = "me@mailbox.example", self.subject
        mail.set_content(self.text + "\n")
        return mail.as_bytes()


def is_hard(file: str) -> bool:
    """Whether the mails of a file (its name, what follows does not matter) were made hard: half of them are near-misses of the rest."""
    return not _EASY.match(file)


def goes_on(file: str) -> bool:
    """Whether the mails of a file go on where a part of the written corpora leaves off."""
    return bool(_GOING_ON.match(file))


def _address(told: str) -> str:
    name, address = parseaddr(told)
    return formataddr((name, address)) if "@" in address and address.isascii() else "office@firm.example"


def load_written(folder: Path = WHOLE) -> list[Written]:
    """All mails of the folder's .txt files, in order."""
    return [mail for file in sorted(folder.glob("*.txt")) for mail in _blocks(file)]


def _blocks(file: Path) -> Iterator[Written]:
    text = file.read_text("utf-8").strip().removeprefix("=== ")
    for number, block in enumerate(text.split("\n=== ")):
        head, _, rest = block.partition("\n")
        told: dict[str, str] = {}
        if rest.lower().startswith("from:"):
            facts, _, rest = rest.partition("\n\n")
            told = {
                name.strip().lower(): value.strip()
                for name, _, value in (line.partition(":") for line in facts.splitlines())
            }
        yield Written(
            f"{file.stem}-{number:03}", file.stem[:2], head.startswith("R"), head[2:].strip(), rest.strip(), told
        )
