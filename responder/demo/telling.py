"""What the demo says: news of the daemon -> lines of plain words, 76 columns at most. Pure."""

from __future__ import annotations

import re
import textwrap
from email import message_from_string
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING, Final

from responder.reading.facts import Source

if TYPE_CHECKING:
    from responder.dossier import Dossier
    from responder.life.case import Case
    from responder.reading.judge import Evidence

WIDTH: Final = 76

_LEFT_ALONE: Final = {  # kinds of evidence against, by how their rules' names begin
    "none.": "nothing in it speaks of an application and its outcome",
    "what.": "it is about something else",
    "guard.invitation": "an invitation",
    "guard.receipt": "a receipt",
    "receipt.": "a receipt",
    "guard.article": "a piece to read, not a letter to her",
    "guard.bulk": "a mailing, not a letter to her",
    "list.": "a mailing, not a letter to her",
}
_WORDLESS: Final = (
    "none.",
    "guard.article",
    "guard.bulk",
    "list.",
)  # where the words that matched tell a reader nothing
_WHOLE: Final = ("model", "matter")  # the rules that weigh the text as a whole: they have no words to show
_DECIDING: Final = ("decision.", "closed.", "status.", "link.")  # the rules whose words alone say what was decided
_SOURCES: Final = {
    Source.SIGNER: "who signed the rejection",
    Source.REPLY_TO: "the address that the mail wants answers to go to",
    Source.FROM: "the sender of the rejection",
    Source.BODY: "the address that the mail names for answers",
}


def paragraph(text: str, indent: int = 0) -> str:
    """The text, wrapped."""
    return textwrap.fill(
        text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * indent, break_on_hyphens=False
    )


def heading(text: str) -> str:
    """A heading, underlined."""
    return f"\n{text}\n{'-' * len(text)}"


def judged(dossier: Dossier, aside: str = "") -> str:
    """Who wrote what, whether it is a rejection, and by which words."""
    message, verdict = dossier.message, dossier.verdict
    if message is None or verdict is None:
        return paragraph(f"A mail that cannot be read: {dossier.error}", 2)
    sender = next((who.name or who.address for who in message.from_), "somebody")
    first = paragraph(f"{sender}: {message.subject}", 2)
    ranked = sorted(verdict.reasons, key=lambda reason: reason.weight, reverse=verdict.rejection)
    if verdict.rejection:
        words = _deciding([reason for reason in ranked if reason.weight > 0 and reason.rule not in _WHOLE])
        said = f': "{sentence(message.text, words)}"' if words else ", by its wording as a whole."
        return first + "\n" + paragraph(f"A rejection{said}", 6)
    return first + "\n" + paragraph(f"Left alone: {_against(ranked)}. {aside}".rstrip(), 6)


def _deciding(ranked: list[Evidence]) -> str:
    """The words that say the decision, else those that weigh most: a heavy sentence may only say how sorry they are."""
    said = [reason for reason in ranked if reason.rule.startswith(_DECIDING)]
    return next((reason.text for reason in (*said, *ranked)), "")


def _against(ranked: list[Evidence]) -> str:
    for reason in ranked:
        for start, words in _LEFT_ALONE.items():
            if reason.weight < 0 and reason.rule.startswith(start):
                return words if start in _WORDLESS else f'{words} ("{reason.text}")'
    return "no sentence in it turns her down"


def sentence(text: str, words: str) -> str:
    """The sentence of the text that holds the words, else the words."""
    folded = " ".join(text.split())
    at = folded.casefold().find(" ".join(words.split()).casefold())
    if at < 0:
        return words
    start = max((match.end() for match in re.finditer(r"[.!?:,] (?=[A-ZÄÖÜ])", folded[:at])), default=0)
    end = re.search(r"[.!?](?= |$)", folded[at:])
    return folded[start : at + end.end() if end else len(folded)]


def skipped(case: Case) -> str:
    """Why no letter is written."""
    return paragraph(f"{_firm(case)}: no note. {case.why}", 2)


def written(case: Case, dossier: Dossier) -> str:
    """To whom, why to that person, and the letter itself."""
    letter, recipient = dossier.letter, dossier.recipient
    if letter is None:
        return ""
    lines = [paragraph(f"{_firm(case)}: a note to {_whom(dossier)}.", 2)]
    if dossier.brief is not None and dossier.brief.impressed_by and recipient is not None:
        lines.append(paragraph("What it says of the company are Ana's own words, from a mail in Sent.", 4))
    return "\n".join([*lines, "", _quoted(letter.subject, letter.body)])


def _whom(dossier: Dossier) -> str:
    recipient, message = dossier.recipient, dossier.message
    if recipient is None:
        return "nobody yet, since no address can be reached; Ana may know one"
    name = f"{recipient.name} <{recipient.address}>" if recipient.name else recipient.address
    if recipient.source is not Source.HISTORY:
        return f"{name}, {_SOURCES[recipient.source]}"
    sender = next((who.address for who in message.from_), "the sender") if message is not None else "the sender"
    if recipient.address.casefold() == sender.casefold():
        return f"{name}, whom Ana had met, and who wrote the rejection"
    return f"{name}, whom Ana had met: nobody reads answers to {sender}"


def note(mail: str) -> str:
    """The note in INBOX, as it would be read."""
    message = message_from_string(mail, _class=EmailMessage, policy=SMTP)
    return _quoted(message["Subject"], message.get_content())


def _quoted(subject: str, body: str) -> str:
    bar = "    | "
    lines = []
    for line in (f"Subject: {subject}", "", *body.strip().splitlines()):
        lines += textwrap.wrap(line, WIDTH, initial_indent=bar, subsequent_indent=bar) or [bar.rstrip()]
    return "\n".join(lines)


def addressee(case: Case) -> str:
    """Whom the draft is for, in a few words."""
    return case.recipient_name or case.recipient or "nobody yet"


def _firm(case: Case) -> str:
    return case.company or "A company that is not named"
