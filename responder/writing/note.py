"""The words of the note in INBOX: neutral subject, kind and short text. Pure; round.notices files it.

The contract is `Item`, `Occasion` and `compose`; the words are data (knowledge), by language.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Occasion(StrEnum):
    """Why something stands in a note."""

    READY = "ready"  # the hold is over
    NEEDS_USER = "needs-user"  # conflict, unsure, failed, vanished: the words say what
    STOPPED = "stopped"  # a reason not to write turned up after filing; the draft stays
    WAITING = "waiting"  # too many at once
    ANSWERED = "answered"  # the recipient wrote back
    ASIDE = "aside"  # a mail could not be read


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to be told."""

    occasion: Occasion
    to: str | None = None  # name, else address of the recipient
    company: str | None = None
    role: str | None = None
    words: str = ""  # the reason, a sentence
    wants_a_line: bool = False  # after an interview about which nothing personal was found
    findings: tuple[str, ...] = ()  # manners of the user's edits, sentences


@dataclass(frozen=True, slots=True)
class InboxNote:
    """Subject (neutral: no company, no word of rejection, no name of the program) and text."""

    subject: str
    body: str


def compose(items: Sequence[Item], language: str, *, expires_days: int | None = None, sends: bool = False) -> InboxNote:
    """One note for all items; `expires_days`: untouched drafts go to Trash after so many days; `sends`: a star sends."""
    ready = [item for item in items if item.occasion is Occasion.READY]
    subject = "A note is ready in Drafts" if ready else "A draft needs a look"
    lines: list[str] = []
    for item in items:
        for_what = f" about {item.role}" if item.role else ""
        at = f" at {item.company}" if item.company else ""
        match item.occasion:
            case Occasion.READY:
                lines.append(f"A thank-you to {item.to or 'the team'}{at}{for_what} is ready in Drafts.")
                if item.wants_a_line:
                    lines.append(
                        "Nothing personal was found about your conversation: one line of your own would make it."
                    )
                lines.extend(item.findings)
            case Occasion.WAITING:
                lines.append(item.words)
            case _:
                lines.append(f"{item.to or item.company or 'One draft'}: {item.words}")
    if ready:
        lines.append("Read it, change it, send it or delete it, as you like. If you leave it, nothing happens.")
        if expires_days:
            lines.append(f"A draft that nobody touches goes to Trash after {expires_days} days.")
    return InboxNote(subject, "\n\n".join(lines) + "\n")
