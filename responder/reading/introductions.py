"""Whom the user met or was to meet, by the names in invitations, schedules and calendars. Addresses are not its business."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from responder.reading.acquaintance import clean_name, organisers
from responder.reading.cues import common, given_names, plain
from responder.reading.judge import Reached
from responder.reading.posts import fold, words
from responder.reading.progress import ics_words, level_of
from responder.reading.sentences import split

if TYPE_CHECKING:
    from datetime import datetime

    from responder.reading.acquaintance import Contact
    from responder.reading.correspondence import Correspondence, Mail
    from responder.reading.cues import Cues
    from responder.reading.message import Me

_TITLED = (
    r"(?:(?:Dr|Prof|Professor|Mr|Mrs|Ms|Miss|Captain|Herrn?|Frau|ing|dott|dott\.ssa|M|Mme|Sr|Sra|Pani?|dhr|mevr)\.? )"
)
_PARTICLE = r"(?:van|von|de|der|den|del|della|di|da|dos|la|le|el|al|bin|ten|ter|zu)"
_NEVER = "(?!)"  # for a language that has no words for it
_CJK_PANEL = re.compile(r"面接官|面試官|面试官")
_CJK_NAMED = re.compile(r"(?:[長部課]|担当|经理|總監|总监)[ \u3000]([\u4e00-\u9fff々]{1,4})(?=[、，,。\s]|$)")


def people_met(
    around: Correspondence, people: dict[str, Contact], me: Me, until: datetime, cues: Cues
) -> tuple[str, ...]:
    """Whom the user spoke with or was invited to speak with, as they are named, in the order in which they appear."""
    names: list[str] = []
    for mail in around.before(until):
        if mail.mine or mail.automatic:
            continue
        writer = people.get(mail.writer.address.lower()) if mail.writer else None
        if writer is not None and writer.talked and not writer.coordinator and writer.name:
            _add(names, writer.name)
        for _, name, address in organisers(mail):
            if address.lower() in people:
                _add(names, people[address.lower()].name or clean_name(name))
        if level_of(mail, cues) is not Reached.APPLICATION:
            for name in (*_named(mail, around, me, cues), *_known(mail, people, cues)):
                _add(names, name)
    return tuple(names)


def _known(mail: Mail, people: dict[str, Contact], cues: Cues) -> list[str]:
    """People with an address whom an invitation calls by their first name alone."""
    said = {word for line in _body_lines(mail)[1:] if not cues.has("handover", line) for word in words(line)}
    return [
        one.name
        for one in people.values()
        if len(words(one.name)) > 1 and words(one.name)[0] in said and not one.coordinator
    ]


def _add(names: list[str], name: str) -> None:
    """Add a name unless it is part of one that is there; a fuller one replaces the shorter."""
    for number, known in enumerate(names):
        if _core(name) <= _core(known):
            return
        if _core(known) < _core(name):
            names[number] = name
            return
    if _core(name):
        names.append(name)


def _core(name: str) -> set[str]:
    titles = {fold(word).strip(".") for word in common("honorifics")}
    return {word.strip(".") for word in words(name)} - titles


def _named(mail: Mail, around: Correspondence, me: Me, cues: Cues) -> list[str]:
    """Names in the body of an invitation, found by where they stand: after "with", before "and I", at the head of a line."""
    found: list[str] = []
    never = set(words(me.name)) | set(words(around.role or "")) | common("shared")
    never |= {fold(part) for key in ("months", "days") for word in cues.words(key) for part in word.split("|")}
    for line in _body_lines(mail):
        if cues.has("handover", line) and not cues.has("interview", line):
            continue
        if _CJK_PANEL.search(line):
            found += _CJK_NAMED.findall(line)
        for match in _places(cues).finditer(plain(line)):
            sure = match["sure"] or match["titled"] or match["slot"]
            likely = match["listed"] or match["joined"] or match["there"]
            name = (sure or _from_given(likely or "", match["joined"] is not None)).strip(" .,")
            if name and not never & set(words(name)) and words(name)[0] not in around.firm.stems:
                found.append(_untitled(name))
    return found


def _from_given(name: str, alone: bool) -> str:
    """A run of capitals as a name: from a first name on ("Via Wouter" -> "Wouter"); one word only before "and I"."""
    parts = name.split()
    titled = next(
        (n for n, part in enumerate(parts) if part in ("Herr", "Herrn", "Frau", "Mrs", "Mr", "Ms", "M.", "Mme")), None
    )
    if titled is not None:
        return " ".join(parts[titled:]) if titled + 1 < len(parts) else ""
    while parts and fold(parts[0]) not in given_names():
        if alone and len(parts) == 1 and len(name.split()) == 1:
            return name
        parts.pop(0)
    return " ".join(parts) if len(parts) > 1 or alone else ""


def _untitled(name: str) -> str:
    """A whole name without its title; a family name alone keeps it ("Herr Quint")."""
    bare = clean_name(name)
    return bare if len(bare.split()) > 1 else name


def _body_lines(mail: Mail) -> list[str]:
    """The sentences before the signature: it begins where the writer's own name stands on a line."""
    lines: list[str] = []
    own = set(words(clean_name(mail.writer.name))) if mail.writer else set()
    for line in split(mail.text):
        if lines and 0 < len(words(line)) <= 4 and set(words(line)) <= own | {"dr", "professor", "prof"}:
            break
        lines.append(line)
    return [*lines, *(line for calendar in mail.message.calendars for line in ics_words(calendar))]


def _places(cues: Cues) -> re.Pattern[str]:
    return _pattern(
        "|".join(map(re.escape, (*cues.words("with"), *cues.words("and")))),
        *("|".join(map(re.escape, cues.words(key))) for key in ("and", "me", "be_there")),
    )


@cache
def _pattern(lead: str, joins: str, me: str, there: str) -> re.Pattern[str]:
    """The places where an invitation names people."""
    word = r"[^\W\d_a-zß-ÿ][\w'-]*\w"
    full = rf"{word}(?: {_PARTICLE}){{0,2}}(?: {word}){{1,2}}"
    return re.compile(
        rf"(?i:\b(?:{lead}|la|il) |l')(?i:(?:{me}),? (?:(?:{joins}) )?)?(?:our |my )?{_TITLED}?(?P<sure>{full})"
        rf"|(?P<titled>\b(?:Herrn?|Frau|Mrs|Mr|Ms|M\.|Mme|Dr|mevrouw|meneer)\.? (?:Dr\. |Prof\. )?{word}(?: {word})?)"
        rf"|\d{{1,2}}[:.]\d\d\b.{{0,40}}[-–:] (?P<slot>{full})$"
        rf"|\b(?P<joined>{word}(?: {word})?)(?:, [^,.]{{2,40}},)?(?i: (?:{joins}) (?:{me}))\b"
        rf"|^(?P<there>{full}) (?i:{there or _NEVER})\b"
        rf"|(?:^|, |: |\(|\b[^\W\d_]+ ){_TITLED}?(?P<listed>{full})(?= ?[,).(:;]| (?i:{joins}|{lead})\b|$)"
    )
