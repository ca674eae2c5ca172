"""How far an application came, and when the conversations were, by the mails about it. It does not ask who took part."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from responder.reading.cues import Cues, plain
from responder.reading.judge import Reached
from responder.reading.sentences import split

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from responder.reading.correspondence import Mail

_ORDER = list(Reached)
_CJK_DATE = re.compile(r"(\d{1,2})\s?月\s?(\d{1,2})\s?日")
_ISO_DATE = re.compile(r"\b(20\d\d)-(\d\d)-(\d\d)\b")
_NUMERIC = re.compile(r"\b(\d{1,2})\.\s?(\d{1,2})\.(?:\s?(20\d\d))?")
_ICS_START = re.compile(r"^DTSTART[^:\n]*:(\d{4})(\d\d)(\d\d)", re.MULTILINE)
_DAY_ONLY = re.compile(
    r"\b(?:on the|the|am|le|el|il|op|den|d\.|de|dia|día)\s(\d{1,2})(?:st|nd|rd|th|\.|e|º)?(?=[\s.,!?]|$)", re.IGNORECASE
)
_AHEAD = timedelta(days=150)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it came, and the day of the last conversation."""

    reached: Reached
    talked_on: date | None


def progress(mails: Sequence[Mail], first: Reached, rejected: datetime, cues: Cues) -> Progress:
    """From the mails before the rejection and from how far that mail itself says it came."""
    reached, days = first, []
    for mail in mails:
        level = level_of(mail, cues)
        when = dates_in(mail, cues)
        held = [day for day in when if day <= rejected.date()]
        if when and not held and level is not Reached.APPLICATION and not thanks_for_talk(mail, cues):
            continue  # the conversation would only have come
        reached = max(reached, level, key=_ORDER.index)
        if level is not Reached.APPLICATION:
            days += held
        if thanks_for_talk(mail, cues):
            days.append(_day_thanked_for(mail, cues))
    return Progress(reached, max(days, default=None))


def level_of(mail: Mail, cues: Cues) -> Reached:
    """What one mail shows: an invitation, a schedule, thanks for a conversation; a receipt's "if we invite you" shows nothing."""
    if mail.automatic:
        return Reached.APPLICATION
    if mail.mine and not thanks_for_talk(mail, cues):
        return Reached.APPLICATION
    levels = [_level(sentence, cues) for sentence in said(mail)]
    if mail.message.calendars and Reached.INTERVIEW not in levels:
        levels.append(Reached.SCREEN)
    return max(levels, key=_ORDER.index, default=Reached.APPLICATION)


def said(mail: Mail) -> list[str]:
    """The sentences of a mail, its subject and the words of its invitations with them."""
    message = mail.message
    return [message.subject, *split(message.text), *(line for ics in message.calendars for line in ics_words(ics))]


def ics_words(calendar: str) -> list[str]:
    """SUMMARY and DESCRIPTION of an invitation (RFC 5545 s3.1: folded lines; s3.3.11: escaped text)."""
    unfolded = unfold(calendar)
    found = re.findall(r"^(?:SUMMARY|DESCRIPTION)[^:\n]*:(.*)$", unfolded, re.MULTILINE)
    return [
        part for text in found for part in re.sub(r"\\([,;\\])", r"\1", text).replace("\\n", "\n").split("\n") if part
    ]


def unfold(calendar: str) -> str:
    """A calendar with its folded lines joined (RFC 5545 s3.1)."""
    return re.sub(r"\r?\n[ \t]", "", calendar).replace("\r\n", "\n")


def _level(sentence: str, cues: Cues) -> Reached:
    if cues.has("conditional", sentence):
        return Reached.APPLICATION
    if cues.has("final", sentence):
        return Reached.FINAL
    screens = list(cues.every("screen", sentence))
    rest = plain(sentence)
    for match in screens:
        rest = rest.replace(match[0], " ")
    if cues.has("interview", rest):
        return Reached.INTERVIEW
    return Reached.SCREEN if screens else Reached.APPLICATION


def thanks_for_talk(mail: Mail, cues: Cues) -> bool:
    """Whether somebody thanks for a conversation that has been."""
    return any(cues.has("past_meeting", sentence) for sentence in split(mail.text)[:6])


def _day_thanked_for(mail: Mail, cues: Cues) -> date:
    day = mail.at.date()
    yesterday = "|".join(re.escape(word) for word in cues.words("yesterday"))
    return (
        day - timedelta(days=1) if yesterday and re.search(yesterday, mail.message.text[:600], re.IGNORECASE) else day
    )


def dates_in(mail: Mail, cues: Cues) -> list[date]:
    """The days that a mail names, each taken as the next such day from the mail on."""
    text = plain(f"{mail.message.subject}\n{mail.text}")
    found = list(_named_days(text, mail, cues))
    for calendar in mail.message.calendars:
        found += [day for parts in _ICS_START.findall(unfold(calendar)) if (day := _date(*map(int, parts)))]
    if not found:
        found += [day for number in _DAY_ONLY.findall(text) if (day := _next_day(int(number), mail.at.date()))]
    return [day for day in found if -timedelta(days=30) <= day - mail.at.date() <= _AHEAD]


def _named_days(text: str, mail: Mail, cues: Cues) -> Iterable[date]:
    for months in cues.lists("months"):
        for number, names in enumerate(months, 1):
            for match in re.finditer(
                rf"\b(\d{{1,2}})(?:st|nd|rd|th|\.|er|º)?(?: de| of| d'| d’)? ?(?:{names})\b|\b(?:{names})\.? (\d{{1,2}})(?:st|nd|rd|th)?\b",
                text,
                re.IGNORECASE,
            ):
                yield from _near(number, int(match[1] or match[2]), mail.at)
    for month, day in _CJK_DATE.findall(text):
        yield from _near(int(month), int(day), mail.at)
    for parts in _ISO_DATE.findall(text):
        if day_found := _date(*map(int, parts)):
            yield day_found
    for day, month, _ in _NUMERIC.findall(text):
        yield from _near(int(month), int(day), mail.at)


def _near(month: int, day: int, at: datetime) -> list[date]:
    days = [found for year in (at.year - 1, at.year, at.year + 1) if (found := _date(year, month, day))]
    return sorted(days, key=lambda one: abs(one - at.astimezone(UTC).date()))[:1]


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _next_day(day: int, after: date) -> date | None:
    for ahead in range(45):
        if (after + timedelta(days=ahead)).day == day:
            return after + timedelta(days=ahead)
    return None
