"""What impressed the user about a company, in the user's own words: one whole sentence from their own mail, or nothing.

It must be about the company, be the user's, read well in a letter, and not be one that they write to every company.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from responder.reading.posts import fold, words
from responder.reading.sentences import split
from responder.reading.words import is_dense

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from responder.reading.correspondence import Correspondence, Mail
    from responder.reading.cues import Cues

_SHORTEST, _LONGEST = 25, 320  # characters of a sentence that can be quoted
_SAME = 0.85  # of a sentence, company name aside, that was written to another company too
_CAPITALISED = re.compile(r"(?<![.!?:]\s)(?<!^)\b([^\W\d_a-zà-ÿ][\w'-]{2,})")
_ODD = re.compile(r"https?:|@|[{}\[\]<>|]|\?|？|\d{4,}")
_NEAR = 45  # characters behind the cue in which its object begins


def impression(
    mails: Sequence[Mail], around: Correspondence, recipient: str | None, talked_on: date | None, cues: Cues
) -> tuple[str | None, str | None]:
    """(sentence, Message-ID): from a mail after the conversation before one to the recipient before any other."""
    own = [mail for mail in mails if mail.mine and not mail.draft]
    theirs = fold("\n".join(mail.text for mail in around.ours if not mail.mine))
    elsewhere = [
        _without(sentence, around.firm.stems)
        for mail in (*around.strangers, *around.elsewhere)
        if mail.mine
        for sentence in split(mail.text)
    ]
    for mail in sorted(own, key=lambda one: _nearness(one, recipient, talked_on), reverse=True):
        for sentence in split(mail.text):
            if not _is_praise(sentence, around, cues, mail) or fold(sentence) in theirs:
                continue
            if _recurs(_without(sentence, around.firm.stems), elsewhere):
                continue
            return sentence, mail.message.message_id
    return None, None


def _nearness(mail: Mail, recipient: str | None, talked_on: date | None) -> tuple[bool, bool, float]:
    to = {one.address.lower() for one in (*mail.message.to, *mail.message.cc)}
    after = talked_on is not None and mail.at.date() >= talked_on
    return after, bool(recipient and recipient.lower() in to), mail.at.timestamp()


def _is_praise(sentence: str, around: Correspondence, cues: Cues, mail: Mail) -> bool:
    if not _SHORTEST <= sum(2 if is_dense(one) else 1 for one in sentence) <= _LONGEST or _ODD.search(sentence):
        return False
    if sentence[-1] not in ".!。！" or cues.has("not_admiration", sentence):
        return False
    match = cues.first("admiration", sentence)
    return match is not None and _about_firm(sentence, sentence[match.end() :], around, cues, mail)


def _about_firm(sentence: str, behind: str, around: Correspondence, cues: Cues, mail: Mail) -> bool:
    """Addressed to them, or naming them, or (after the cue) naming nobody at all; never naming another firm first."""
    stems = around.firm.stems
    if any(stem in fold(sentence) for stem in stems):
        return True
    addressed = cues.first("you", sentence)
    foreign = [name for name in _names(sentence, cues) if fold(name) not in around.theirs]
    near = [name for name in foreign if name in behind[:_NEAR]]
    if near and (addressed is None or sentence.find(near[0]) < addressed.start()):
        return False
    return addressed is not None or (not foreign and _goes_to_people(mail, around))


def _goes_to_people(mail: Mail, around: Correspondence) -> bool:
    """Whether a mail that names nobody can only speak of this firm: it went to somebody there."""
    return any(mail is one for one in around.ours)


def _names(sentence: str, cues: Cues) -> list[str]:
    """Words with a capital that a name may have; in German every noun has one, so none counts there."""
    if "de" in cues.codes[:1]:
        return []
    known = {fold(part) for key in ("months", "days") for word in cues.words(key) for part in word.split("|")}
    return [name for name in _CAPITALISED.findall(sentence) if fold(name) not in known]


def _without(sentence: str, stems: Iterable[str]) -> str:
    return " ".join(word for word in words(sentence) if not any(word.startswith(stem) for stem in stems))


def _recurs(sentence: str, elsewhere: Sequence[str]) -> bool:
    return any(
        other and (sentence == other or SequenceMatcher(None, sentence, other, autojunk=False).ratio() >= _SAME)
        for other in elsewhere
        if abs(len(other) - len(sentence)) < 40
    )
