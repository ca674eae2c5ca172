"""What in a letter is missing or out of place, each finding with its words and a kind sentence. Judges text; changes none.

The patterns are data (knowledge/manners/xx.toml). What needs facts (wrong company, invented date) is only looked for where
a Context gives them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from responder.reading.judge import Reached
from responder.writing import cleaning, phrasebook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from responder.writing.phrasebook import Phrasebook

SENTENCES_AFTER_PAPER = 3
MAX_TEXT = 50_000  # characters looked at


class Kind(StrEnum):
    """What can be wrong with a letter."""

    ASKS = "asks"
    ARGUES = "argues"
    BLAMES = "blames"
    VENTS = "vents"
    BEGS = "begs"
    BELITTLES = "belittles"
    PLACEHOLDER = "placeholder"
    WRONG_COMPANY = "wrong-company"
    WRONG_PERSON = "wrong-person"
    MISSING_THANKS = "missing-thanks"
    MISSING_WISHES = "missing-wishes"
    CONGRATULATES = "congratulates"
    TOO_LONG = "too-long"
    INVENTED = "invented"


GRAVE = frozenset({Kind.PLACEHOLDER, Kind.WRONG_COMPANY, Kind.WRONG_PERSON})  # these stop a starred letter as well

_SENTENCES = {
    Kind.ASKS: "This asks for reasons or feedback; a thank-you that asks for nothing is remembered better.",
    Kind.ARGUES: "This argues with the decision; it is made, and a gracious word leaves the door open.",
    Kind.BLAMES: "This can be read as blame; leaving it out costs nothing.",
    Kind.VENTS: "This shows frustration; it is understandable, and better told to a friend.",
    Kind.BEGS: "This sounds like begging; one calm sentence about other openings is stronger.",
    Kind.BELITTLES: "This makes you smaller than you are; it can simply go.",
    Kind.PLACEHOLDER: "This is a gap that was not filled in.",
    Kind.WRONG_COMPANY: "This names a company that the letter does not go to.",
    Kind.WRONG_PERSON: "This greets somebody else than the person the letter goes to.",
    Kind.MISSING_THANKS: "A word of thanks for the news and the consideration is missing.",
    Kind.MISSING_WISHES: "Good wishes are missing.",
    Kind.CONGRATULATES: "This congratulates on a hire that the rejection does not speak of.",
    Kind.TOO_LONG: "The letter is long; {limit} are enough.",
    Kind.INVENTED: "Your mailbox knows nothing of this name or date; please check that it is right.",
}


_IN_NOTES = {
    Kind.ASKS: "asks",
    Kind.ARGUES: "argues",
    Kind.BLAMES: "argues",
    Kind.VENTS: "vents",
    Kind.BEGS: "begs",
    Kind.BELITTLES: "belittles",
    Kind.PLACEHOLDER: "gap",
    Kind.WRONG_COMPANY: "check",
    Kind.WRONG_PERSON: "check",
    Kind.INVENTED: "check",
    Kind.MISSING_THANKS: "missing",
    Kind.MISSING_WISHES: "missing",
    Kind.CONGRATULATES: "congratulates",
    Kind.TOO_LONG: "long",
}


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of the letter's case; everything may be missing."""

    company: str | None = None
    company_aliases: tuple[str, ...] = ()
    other_companies: tuple[str, ...] = ()  # of other cases: none of them belongs into this letter
    role: str | None = None
    greeting_names: tuple[str, ...] = ()  # as they are greeted and in full, all forms that are right
    people: tuple[str, ...] = ()  # everybody else who may be named, the user included
    days: tuple[date, ...] = ()  # the rejection, the conversations, today
    someone_hired: bool | None = None
    reached: Reached | None = None
    own_words: tuple[str, ...] = ()  # sentences of the user's that the letter may quote


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is missing or out of place."""

    kind: Kind
    words: str  # as they stand in the letter; "" where something is missing
    sentence: str  # for the user


def check(text: str, context: Context | None = None, language: str | None = None) -> tuple[Finding, ...]:
    """Everything found in a letter's body, in the order of Kind. Quoted earlier mail (lines with ">") is not looked at."""
    own = "\n".join(line for line in cleaning.body(text[:MAX_TEXT]).split("\n") if not line.startswith(">"))
    base = (language or "").partition("-")[0]
    tongue = base if base in phrasebook.available() else phrasebook.spoken(own) or "en"
    book = phrasebook.load(tongue)
    found = [*_said(own, book), *_gaps(own), *_missing(own, book), *_too_long(own, book, context)]
    if context is not None:
        found += [*_greeted(own, book, context), *_companies(own, book, context), *_congratulates(own, book, context)]
        found += [*_invented(own, book, context)]
    order = list(Kind)
    return tuple(dict.fromkeys(sorted(found, key=lambda f: order.index(f.kind))))


def in_note(kind: Kind, words: str, language: str) -> str:
    """A finding as the note in INBOX says it, in the note's language, with the letter's own words behind it."""
    base = language.partition("-")[0]
    said = phrasebook.load(base if base in phrasebook.available() else "en").findings[_IN_NOTES[kind]]
    shown = cleaning.one_line(words, 80)
    return f"{said} ({shown})" if shown else said


def _finding(kind: Kind, words: str, **more: str) -> Finding:
    return Finding(kind, " ".join(words.split())[:200], _SENTENCES[kind].format(**more))


def _matches(kind: Kind, text: str, patterns: tuple[re.Pattern[str], ...]) -> Iterator[Finding]:
    found = next((m for p in patterns if (m := p.search(text))), None)
    if found:
        yield _finding(kind, found.group())


_SAID = (Kind.ASKS, Kind.ARGUES, Kind.BLAMES, Kind.VENTS, Kind.BEGS, Kind.BELITTLES)


def _said(text: str, book: Phrasebook) -> Iterator[Finding]:
    for sentence in _sentences(text, book):
        for kind in _SAID:
            yield from _matches(kind, sentence, book.manners[kind.value])


_GAP = re.compile(
    r"\[[^\]\n]{1,60}\]|【[^】\n]{1,40}】|\{+[^}\n]{0,60}\}+|\{%|<(?!https?:)[^>@\n]{1,40}>|_{3,}|\bX{3,}\b|\.{4,}|%\(?\w*\)?s\b|"
    r"\b(?:TODO|TBD|FIXME|None|null|undefined)\b|[〇○]{2,}|(?<=\s)(?:N\.N\.|XY)(?=\W)|\(\s*\)"
)
_EMPTY_GREETING = re.compile(
    r"^(?:Dear|Hello|Hi|Hallo|Beste|Bonjour|Cher|Gentile|Sayın|Kære|Hej|Hei|Sehr geehrte\w*|Liebe\w?)\s+[,:]",
    re.MULTILINE,
)


def _gaps(text: str) -> Iterator[Finding]:
    for match in [*_GAP.finditer(text), *_EMPTY_GREETING.finditer(text)]:
        yield _finding(Kind.PLACEHOLDER, match.group())


def _blocks(text: str) -> list[str]:
    return [block.strip() for block in re.split(r"\n\s*\n", text) if block.strip()]


def _core(text: str, book: Phrasebook) -> str:
    """The letter without its salutation and without what follows the last paragraph of prose."""
    blocks = _blocks(text)
    if len(blocks) > 1 and not re.search(r"[.。]", blocks[0]) and len(blocks[0]) < 120:
        blocks.pop(0)  # a Japanese address has two lines
    elif blocks and book.salutation and book.salutation.match(blocks[0]):
        first, _, rest = blocks[0].partition("\n")
        blocks[0] = rest if len(first) < 80 else blocks[0]
    while len(blocks) > 1 and not re.search(r"[.!?。！？]\s*$", blocks[-1]):
        blocks.pop()
    return "\n\n".join(block for block in blocks if block)


# a full stop behind these ends no sentence
_SHORT = (
    "Dr",
    "Mr",
    "Ms",
    "St",
    "Co",
    "Mrs",
    "Inc",
    "Ltd",
    "Sra",
    "Sr",
    "Ing",
    "Dott",
    "Prof",
    "Dipl",
    "Corp",
    "bzw",
    "inkl",
)
_NOT_SHORT = "".join(rf"(?<!\b{word}\.)" for word in _SHORT)


def _sentences(text: str, book: Phrasebook) -> list[str]:
    pattern = r"(?<=[。！？])\s*|\n+" if book.joiner == "" else rf"{_NOT_SHORT}(?<=[.!?])\s+(?!&)(?=\W*[^\W\da-z])|\n+"
    return [s.strip() for s in re.split(pattern, text) if s.strip()]


def _missing(text: str, book: Phrasebook) -> Iterator[Finding]:
    core = _core(text, book)
    if not any(p.search(core) for p in book.manners["thanks"]):
        yield _finding(Kind.MISSING_THANKS, "")
    wished = (*book.manners["wishes"], *book.manners["congratulates"])
    if not any(p.search(core) for p in wished):
        yield _finding(Kind.MISSING_WISHES, "")


def words(text: str, book: Phrasebook) -> int:
    """How long a text is: words, characters where a script has no spaces."""
    if book.joiner == "":
        return len(re.findall(r"[\u3040-\u9fff]|[A-Za-z0-9]+", text))
    return len(re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text))


def _too_long(text: str, book: Phrasebook, context: Context | None) -> Iterator[Finding]:
    core = _core(text, book)
    unit = "characters" if book.joiner == "" else "words"
    if words(text, book) > book.max_words:
        yield _finding(Kind.TOO_LONG, f"{words(text, book)} {unit}", limit=f"{book.max_words} {unit}")
    elif context is not None and context.reached is Reached.APPLICATION:
        count = len(_sentences(core, book))
        if count > SENTENCES_AFTER_PAPER + (5 if book.joiner == "" else 0):
            yield _finding(
                Kind.TOO_LONG, f"{count} sentences", limit="two or three sentences after a paper application"
            )


_NAME_WORD = re.compile(r"[^\W\d_](?:[\w'’.-]*\w)?")


def _tokens(*texts: str | None) -> frozenset[str]:
    return frozenset(w.casefold() for text in texts if text for w in _NAME_WORD.findall(text))


def _greeted(text: str, book: Phrasebook, context: Context) -> Iterator[Finding]:
    """The salutation may name those the letter goes to, by any of their names, and the company's team."""
    lines = text.strip().split("\n")[: 2 if book.joiner == "" else 1]  # a Japanese letter names the company first
    matches = [m for line in lines if book.salutation and (m := book.salutation.match(line))]
    match, first = (matches[0], matches[0].string) if matches else (None, "")
    if match is None or not context.greeting_names:
        return
    known = _tokens(*context.greeting_names, context.company, *context.company_aliases) | frozenset(book.titles)
    named = [w for w in _NAME_WORD.findall(match.group("name")) if w[0].isupper() or not w[0].islower()]
    if book.joiner == "":
        compact = re.sub(r"\s", "", match.group("name"))
        strange = (
            compact
            if compact and not any(re.sub(r"\s", "", n).rstrip("様さん") in compact for n in context.greeting_names)
            else ""
        )
        team = any(p.search(first) for p in book.manners["team"])
    else:
        team = any(p.search(first) for p in book.manners["team"])
        strange = " ".join(w for w in named if w.casefold() not in known)
    if strange and not team:
        yield _finding(Kind.WRONG_PERSON, first)


def _companies(text: str, book: Phrasebook, context: Context) -> Iterator[Finding]:
    right = " ".join(filter(None, (context.company, *context.company_aliases, *context.own_words))).casefold()
    for other in context.other_companies:
        if other.casefold() not in right and re.search(rf"(?<!\w){re.escape(other)}(?!\w)", text):
            yield _finding(Kind.WRONG_COMPANY, other)
    if not context.company:
        return
    known = _tokens(right, context.role, *context.people, *context.greeting_names, *book.months)
    for pattern in book.manners.get("at_company", ()):
        # These patterns tell names by their capital letter: (?-i:...) in the data.
        for match in pattern.finditer(text):
            named = _tokens(match.group("name"))
            whole = (context.company or "").casefold()
            if named and not named & known and not any(n in right or whole in n for n in named):
                yield _finding(Kind.WRONG_COMPANY, match.group("name"))


def _congratulates(text: str, book: Phrasebook, context: Context) -> Iterator[Finding]:
    if context.someone_hired is not True:
        yield from _matches(Kind.CONGRATULATES, text, book.manners["congratulates"])
    if context.someone_hired is False:
        yield from _matches(Kind.CONGRATULATES, text, book.manners["hire"])


def _invented(text: str, book: Phrasebook, context: Context) -> Iterator[Finding]:
    letter = text
    for own in context.own_words:
        letter = letter.replace(own.rstrip("."), " ")
    known = _tokens(*context.people, *context.greeting_names, context.company, *context.company_aliases, context.role)
    known |= frozenset(book.titles)
    for pattern in book.manners.get("person", ()):
        for match in pattern.finditer(letter):
            named = frozenset(w.casefold() for w in _NAME_WORD.findall(match.group("name")) if not w[0].islower())
            if named and not named <= known:
                yield _finding(Kind.INVENTED, match.group("name"))
    if context.days:
        yield from _strange_dates(letter, book, context)


def _strange_dates(text: str, book: Phrasebook, context: Context) -> Iterator[Finding]:
    months = {day.month for day in context.days}
    weekdays = {day.weekday() for day in context.days}
    before, after = (r"(?<!\d)", "") if book.joiner == "" else (r"(?<!\w)", r"(?!\w)")
    for number, (spoken, name) in enumerate(zip(book.in_month, book.months, strict=True), 1):
        dated = re.escape(book.on_date).replace(r"\{day\}", r"\d{1,2}").replace(r"\{month\}", re.escape(name))
        match = re.search(f"{before}(?:{re.escape(spoken)}|{dated}){after}", text, re.IGNORECASE)
        if match and number not in months:
            yield _finding(Kind.INVENTED, match.group())
    for number, weekday in enumerate(book.on_weekday):
        match = re.search(f"{before}{re.escape(weekday)}{after}", text, re.IGNORECASE)
        if match and number not in weekdays:
            yield _finding(Kind.INVENTED, match.group())
