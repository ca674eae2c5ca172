"""The words of the note in INBOX: neutral subject, kind and short text. Pure; round.notices files it.

The words are data (knowledge/manners/xx.toml, table [note]), for each language that there are letters in.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from responder.writing import cleaning, phrasebook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


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
    count: int = 0  # of WAITING and ASIDE: how many


@dataclass(frozen=True, slots=True)
class InboxNote:
    """Subject (neutral: no company, no word of rejection, no name of the program) and text."""

    subject: str
    body: str


def compose(items: Sequence[Item], language: str, *, expires_days: int | None = None, sends: bool = False) -> InboxNote:
    """One note for all items; `expires_days`: untouched drafts go to Trash after so many days; `sends`: a star sends."""
    base = language.partition("-")[0]
    say = phrasebook.load(base if base in phrasebook.available() else "en").note
    ready = [item for item in items if item.occasion is Occasion.READY]
    others = [item for item in items if item.occasion is not Occasion.READY]
    paragraphs = [_paragraph(item, say) for item in (*ready, *others)]
    if ready:
        about = [say["leave"]]
        if sends:
            about.append(say["star"])
        if expires_days:
            about.append(say["expires"].format(days=expires_days))
        paragraphs.insert(len(ready), "\n".join(about))
    return InboxNote(_subject({item.occasion for item in items}, say), "\n\n".join(paragraphs) + "\n")


def _subject(occasions: set[Occasion], say: Mapping[str, str]) -> str:
    if not occasions or Occasion.READY in occasions:
        return say["subject_ready"]
    return say["subject_mail" if occasions == {Occasion.ASIDE} else "subject_look"]


def _paragraph(item: Item, say: Mapping[str, str]) -> str:
    who, words = _who(item, say), cleaning.one_line(item.words)
    match item.occasion:
        case Occasion.READY:
            lines = [say["ready"].format(who=who)]
            if item.wants_a_line:
                lines.append(say["line"])
            if item.findings:
                lines += [say["findings"], *(f"- {cleaning.one_line(finding)}" for finding in item.findings)]
            return "\n".join(lines)
        case Occasion.WAITING:
            return say["waiting"].format(count=item.count) if item.count else words
        case Occasion.ANSWERED:
            return say["answered"].format(who=who)
        case Occasion.STOPPED:
            return say["stopped"].format(who=who, words=words)
        case Occasion.ASIDE:
            return say["aside"].format(count=item.count)
        case Occasion.NEEDS_USER:
            named = item.to or item.company
            return say["look"].format(who=who, words=words) if named else words


def _who(item: Item, say: Mapping[str, str]) -> str:
    """ "Jane Doe (Acme, Data Engineer)": brackets need no grammar, whatever the language."""
    to, company, role = (cleaning.one_line(text or "", 100) for text in (item.to, item.company, item.role))
    about = ", ".join(part for part in (company, role) if part)
    return f"{to or say['team']} ({about})" if about else to or say["team"]
