"""What writing knows about a language: dates in words, subjects, how a phrase is woven in, what its manners are. Data lies in knowledge/manners."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class CallWords:
    """The words of a call sheet; `say` holds {me}."""

    say: tuple[str, ...]
    leave_out: str
    enough: str


@dataclass(frozen=True, slots=True)
class OtherForm:
    """A second form of a language with letters of its own: traditional characters, the Portuguese of Portugal."""

    folder: str  # of its templates: "zh-Hant", "pt-PT"
    also: tuple[str, ...]  # other codes that mean it
    signs: re.Pattern[str]  # each match in a mail speaks for this form
    against: re.Pattern[str]  # each match speaks for the language's first form


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """One language, as knowledge/manners/xx.toml has it."""

    language: str
    joiner: str  # between sentences
    formal_by_default: bool  # Sie, vous, usted ... where nothing is known
    all_of: str  # between the last two of several names
    comma: str
    in_month: tuple[str, ...]  # "in March", January first
    on_weekday: tuple[str, ...]  # "on Monday", Monday first
    months: tuple[str, ...]  # as `on_date` wants them
    on_date: str  # with {day} and {month}
    subject_role: str  # with {role}
    subject_company: str  # with {company}
    subject: str
    small_words: frozenset[str]  # by which a phrase is known to be in this language
    phrase_starts: tuple[str, ...]  # a note that starts so can be the object of "What impressed me is ..."
    phrase_ends: re.Pattern[str] | None  # or one that ends so, with no full stop
    formal_words: re.Pattern[str] | None  # what only a formal (familiar) text holds
    familiar_words: re.Pattern[str] | None
    stale: re.Pattern[str] | None  # sentences of another moment: "I look forward to meeting you"
    cut_before: tuple[str, ...]  # a user's sentence ends before ", so this is an easy yes"
    call: CallWords
    note: Mapping[str, str]  # the words of the note in INBOX; see note.py
    findings: Mapping[str, str]  # what the note says of the user's own wording; see manners.in_note
    manners: Mapping[str, tuple[re.Pattern[str], ...]]  # finding kind -> patterns; see manners.py
    max_words: int
    other_form: OtherForm | None
    at_company: str  # "bei {company}"
    at_companies: tuple[tuple[re.Pattern[str], str], ...]  # of names that want another word: what to put for what
    post: re.Pattern[str] | None  # a role that is a post and not what somebody is: "Internship", "Praktikum"
    small_roles: bool  # a job is written with a small letter within a sentence
    titles: tuple[str, ...]  # before a name in a salutation: "Frau", "Mr"
    salutation: re.Pattern[str] | None  # the first line of a letter; group "name" is who is greeted


@lru_cache(maxsize=1)
def available() -> frozenset[str]:
    """Languages that there is a phrasebook for."""
    folder = files("responder") / "knowledge" / "manners"
    return frozenset(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))


@lru_cache(maxsize=32)
def load(language: str) -> Phrasebook:
    """The phrasebook of an available language. A file that does not load is an error with file and key."""
    path = files("responder") / "knowledge" / "manners" / f"{language}.toml"
    try:
        return _book(language, tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, KeyError, re.error) as error:
        raise ValueError(f"{path}: {error!r}") from error


def _book(language: str, data: dict[str, Any]) -> Phrasebook:
    calendar, subject, quoting = data["calendar"], data["subject"], data["quoting"]
    salutation, other, place = data.get("salutation"), data.get("other_form"), data.get("place", {})
    return Phrasebook(
        language=language,
        joiner=data.get("joiner", " "),
        formal_by_default=data.get("formal_by_default", False),
        all_of=data["and"],
        comma=data.get("comma", ", "),
        in_month=tuple(calendar["in_month"]),
        on_weekday=tuple(calendar["on_weekday"]),
        months=tuple(calendar["months"]),
        on_date=calendar["on_date"],
        subject_role=subject["role"],
        subject_company=subject["company"],
        subject=subject["plain"],
        small_words=frozenset(quoting["small_words"]),
        phrase_starts=tuple(quoting.get("phrase_starts", ())),
        phrase_ends=_pattern(quoting.get("phrase_ends")),
        formal_words=_pattern(quoting.get("formal_words"), 0),
        familiar_words=_pattern(quoting.get("familiar_words"), 0),
        stale=_pattern(quoting.get("stale")),
        cut_before=tuple(quoting.get("cut_before", ())),
        call=CallWords(tuple(data["call"]["say"]), data["call"]["leave_out"], data["call"]["enough"]),
        note=dict(data["note"]),
        findings=dict(data["findings"]),
        manners={
            kind: tuple(re.compile(p, re.IGNORECASE) for p in patterns) for kind, patterns in data["manners"].items()
        },
        max_words=data.get("max_words", 150),
        other_form=_other_form(other) if other else None,
        at_company=place.get("at", "{company}"),
        at_companies=tuple((re.compile(pattern), says) for pattern, says in place.get("but", ())),
        post=_pattern(data.get("post")),
        small_roles=data.get("small_roles", False),
        titles=tuple(data.get("titles", ())),
        salutation=re.compile(salutation, re.IGNORECASE) if salutation else None,
    )


def _other_form(data: Mapping[str, Any]) -> OtherForm:
    signs, against = (re.compile(data[key], re.IGNORECASE) for key in ("signs", "against"))
    return OtherForm(data["folder"], tuple(data.get("also", ())), signs, against)


def _pattern(text: str | None, flags: int = re.IGNORECASE) -> re.Pattern[str] | None:
    return re.compile(text, flags) if text else None


def spoken(text: str) -> str | None:
    """The language whose small words `text` holds most of; None where no word is known. By script for ja and zh."""
    if re.search(r"[\u3040-\u30ff]", text):
        return "ja"
    if re.search(r"[\u4e00-\u9fff]", text):
        return "zh"
    found = re.findall(r"[^\W\d_]+", text.casefold())
    scores = {language: sum(word in load(language).small_words for word in found) for language in sorted(available())}
    best = max(scores.values(), default=0)
    return next(language for language, score in scores.items() if score == best) if best else None


def speaks(language: str, text: str) -> bool:
    """Whether `text` can be taken for `language`: no other language holds more of its small words."""
    if re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", text) or language in {"ja", "zh"}:
        return spoken(text) == language
    found = re.findall(r"[^\W\d_]+", text.casefold())
    scores = {other: sum(word in load(other).small_words for word in found) for other in available() | {language}}
    return scores[language] > 0 and scores[language] == max(scores.values())
