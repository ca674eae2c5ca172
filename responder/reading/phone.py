"""The signer's telephone number, in E.164. Owns phonenumbers. A number counts in a signature block or with a cue that it is the writer's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import phonenumbers
from phonenumbers import PhoneNumberFormat

from responder.reading.vocabulary import everywhere
from responder.reading.words import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from responder.reading.layout import Layout
    from responder.reading.message import Message
    from responder.reading.vocabulary import Vocabulary

_AUSTRIAN_MOBILE = re.compile(r"06(?:50|60|64|76|77|78|80|81|88|99)\d{5,8}$")
_FIRST = re.compile(r"[.;]\s")
_TRUNK = re.compile(r"\(0\)")


@dataclass(frozen=True, slots=True)
class _Regions:
    """Regions whose national numbers may stand in a mail, likeliest first."""

    told: tuple[str, ...]  # the mail says so: top-level domain, legal forms, places
    awake: tuple[str, ...]  # of the language, in the mail's time zone
    likely: tuple[str, ...]  # of the language, the commonest first
    guests: tuple[str, ...]  # whose people write this language to strangers, by the time zone


def regions(message: Message, layout: Layout, language: str | None, vocabulary: Vocabulary) -> _Regions:
    """Where the national numbers of this mail may belong."""
    domain = message.from_[0].domain if message.from_ else ""
    tld = domain.rpartition(".")[2].upper()
    told = ["GB" if tld == "UK" else tld] if len(tld) == 2 else []
    text = "\n".join((*layout.signature, *layout.footers, layout.body[:3000]))
    candidates = vocabulary.regions(language)
    told += [
        region
        for region, pattern in everywhere().table("region_cues").items()
        if (region in candidates or (language == "en" and region != "DE")) and re.search(pattern, text)
    ]
    hours = _hours(message)
    awake = tuple(region for region in candidates if hours in _offsets(region))
    guests = tuple(region for region in vocabulary.guests(language) if hours in _offsets(region))
    return _Regions(tuple(dict.fromkeys(told)), awake, tuple(dict.fromkeys([*candidates, "US"])), guests)


def _hours(message: Message) -> float | None:
    offset = re.search(r"([+-])(\d\d)(\d\d)\s*(?:\(|$)", message.header("date") or "")
    return None if offset is None else (int(offset[2]) + int(offset[3]) / 60) * (1 if offset[1] == "+" else -1)


def _offsets(region: str) -> tuple[float, ...]:
    return tuple(float(hours) for hours in everywhere().table("offsets").get(region, "").split())


def find_phone(message: Message, layout: Layout, language: str | None, vocabulary: Vocabulary) -> str | None:
    """The first number of the signature that is no fax or switchboard; else one that the text calls the writer's own. Only for a mail that a person signed."""
    where = regions(message, layout, language, vocabulary)
    small = (line if len(line) < 100 else _FIRST.split(line)[0][:100] for line in layout.footers[:4])
    for line in (*layout.signature[:14], layout.tail, *small):
        for number in _in_line(line, where, vocabulary):
            return number
    for sentence in re.split(r"(?<=[.!?。])\s+|\n", layout.body + "\n" + layout.tail):
        folded = plain(sentence)
        if (
            re.search(r"\d[\d .()/-]{5,}\d", sentence)
            and vocabulary.phone_mine.search(folded)
            and not vocabulary.phone_skip.search(folded)
        ):
            for number in _in_line(sentence, where, vocabulary):
                return number
    return None


def _in_line(line: str, where: _Regions, vocabulary: Vocabulary) -> Iterator[str]:
    line = _TRUNK.sub(
        " ",
        line[:300].translate(
            {
                0xFF1A: ":",
                0xFF08: "(",
                0xFF09: ")",
                0x2010: "-",
                0x2011: "-",
                0x2012: "-",
                0x2013: "-",
                0xFF0D: "-",
                0x00B7: "|",
            }
        ),
    )
    line = re.sub(r"(?<=\d)\.(?=\d{2}\b)", " ", line)
    for start, raw in _runs(line):
        before = plain(line[:start])
        label = re.split(r"[|,;]|\d", before)[-1][-40:]
        labelled = re.search(r"([^\W\d_][\w. ]*)[\s.:]*\(?$", label)
        if (labelled and vocabulary.phone_skip.search(labelled[1].strip(" ."))) or vocabulary.phone_skip.search(label):
            continue
        if number := _number(raw, where):
            yield number


def _runs(line: str) -> Iterator[tuple[int, str]]:
    """Runs of digits that may be a number, with what belongs to it; an extension ("Ext. 104") ends it."""
    for match in re.finditer(r"(?<![\w.@-])\+?\(?\+?\d[\d ()/.-]{5,22}\d(?![\w@])", line):
        digits = re.sub(r"\D", "", match[0])
        if 7 <= len(digits) <= 15 and not re.fullmatch(
            r"(?:\d{1,2}[./-]){2}\d{2,4}|(?:19|20)\d\d[ ./-](?:19|20)\d\d|\d{5}-\d{3}|20\d\d[-/]\d{1,2}[-/]\d{1,2}|(?:19|20)\d\d/\d{3,6}",
            match[0].strip(),
        ):
            yield match.start(), match[0]


def _number(raw: str, where: _Regions) -> str | None:
    if raw.lstrip("( ").startswith("+"):
        found = _parsed(raw, None)
        return (
            phonenumbers.format_number(found, PhoneNumberFormat.E164)
            if found and phonenumbers.is_possible_number(found)
            else None
        )
    valid, possible = phonenumbers.is_valid_number, phonenumbers.is_possible_number
    tries = [(region, valid) for region in where.told]
    if {"DE", "AT"} <= {*where.told, *where.awake} and _AUSTRIAN_MOBILE.match(re.sub(r"\D", "", raw)):
        tries.insert(0, ("AT", possible))
    tries += [(region, possible) for region in where.awake if _is_grouped(raw, region)]
    tries += [(region, valid) for region in where.guests if _is_grouped(raw, region)]
    tries += [(region, valid) for region in where.awake or where.likely[:3]]
    first = (*where.told, *where.awake, *where.likely)[0]
    tries += [(first, possible), *((region, valid) for region in (*where.likely, *where.guests))]
    if raw.lstrip("( ").startswith(
        "0"
    ):  # a trunk prefix: as long as numbers are there, though none such has been given out
        tries += [(region, possible) for region in where.likely]
    for region, check in tries:
        found = _parsed(raw, region)
        if found and check(found):
            return str(phonenumbers.format_number(found, PhoneNumberFormat.E164))
    return None


def _is_grouped(raw: str, region: str) -> bool:
    """Whether the digits stand in groups as that region writes them: "070-174 06 12" is Swedish."""
    found = _parsed(raw, region)
    if found is None:
        return False
    national = phonenumbers.format_number(found, PhoneNumberFormat.NATIONAL)
    groups = re.findall(r"\d+", national)
    return len(groups) > 1 and groups == re.findall(r"\d+", raw)


def _parsed(raw: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(raw, region)
    except phonenumbers.NumberParseException:
        return None
