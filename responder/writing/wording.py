"""Brief -> the values that a template may use (templates/README.md lists them). Says in words what is known, leaves out the rest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from responder.reading.cues import given_names
from responder.reading.posts import fold
from responder.writing import cleaning, phrasebook
from responder.writing.templates import BREAK

if TYPE_CHECKING:
    from datetime import date

    from responder.writing.letter import Brief
    from responder.writing.phrasebook import Phrasebook

MONTH_AFTER_DAYS = 28  # "our conversation in March" only then; a nearer one by its weekday or not at all
WEEKDAY_UNTIL_DAYS = 4  # the draft is read and sent some days later: "on Friday" must still be the last Friday
LONGEST_QUOTE = 40  # words of the user's own sentence


def values(brief: Brief, book: Phrasebook) -> dict[str, object]:
    """The variables of a letter. Every fact is cleaned; one that is not known is None (or an empty tuple)."""
    formal = book.formal_by_default if brief.formal is None else brief.formal
    names = _people(brief.greeting_names, 2)
    full_names = _people(brief.greeting_full_names, 2) or names
    if formal and book.formal_by_default and book.joiner and any(map(_is_family_name, full_names)):
        names = full_names = ()  # "Im Auftrag, Weidinger": Frau or Herr is not known, and "Guten Tag Weidinger" is rude
    company = _company(brief)
    phrase, sentence = _impressed(brief, book)
    return {
        "language": book.language,
        "stage": brief.stage.value,
        "reached": brief.reached.value,
        "met": brief.reached.value != "application" or bool(brief.people_met),
        "hired": brief.someone_hired,
        "formal": formal,
        "company": None if brief.company_is_agency else company,
        "agency": company if brief.company_is_agency else None,
        "is_agency": brief.company_is_agency,
        "at_company": None if brief.company_is_agency or not company else at(company, book),
        "role": in_a_sentence(_role(brief), book),
        "role_is_post": is_post(_role(brief), book),
        "names": names,
        "full_names": full_names if len(full_names) == len(names) else names,
        "wrote": brief.recipient_wrote_rejection,
        "heard": heard(brief.heard_on, brief.today, book),
        "talk": conversation(brief.interviewed_on, brief.today, book),
        "people": _others(brief.people_met, names + full_names),
        "together": book.all_of,
        "impressed_phrase": phrase,
        "impressed_sentence": sentence,
        "me": _own_name(brief),
        "signature": signature(brief),
    }


def _role(brief: Brief) -> str | None:
    """The role, if it can be one: what a Japanese mail calls the company itself ("貴社", "〇〇社様") was seen taken for it."""
    role = cleaning.fact(brief.role, 100)
    if role is None or re.fullmatch(r".*(?:様|御中)|[貴御弊当]?社.{0,2}", role):
        return None
    if brief.language == "de" and role.islower():  # "finden": a noun has a capital letter there
        return None
    return _spoken(role) if role.isupper() and len(role) > _LONGEST_ACRONYM else role


def _company(brief: Brief) -> str | None:
    """The company, if it can be one: "採用担当" is whoever hires; one in capitals is written as in a sentence."""
    company = cleaning.everyday(cleaning.fact(brief.company))
    if company is None or re.fullmatch(
        r"(?:(?:中途|新卒)?(?:採用|人事)(?:ご?担当|部|課|係|チーム|グループ)*)+(?:者|様)*", company
    ):
        return None
    return _spoken(company) if company.isupper() and " " in company and len(company) > _LONGEST_ACRONYM else company


def _spoken(role: str) -> str:
    """ "LECTURER IN HISTORY" as one writes it in a sentence; what may be an acronym stays."""
    words = [word.lower() if word in _SMALL else word.capitalize() for word in role.split()]
    return " ".join(word if len(word) > 2 or word.islower() else word.upper() for word in words)


def in_a_sentence(role: str | None, book: Phrasebook) -> str | None:
    """ "Bibliotekar" with the small letter that it has within a sentence, in languages that write jobs so.

    A title of several words with capitals ("Data Engineer"), an acronym and a product's name keep theirs, and a post stands in quotes.
    """
    if role is None or not book.small_roles or is_post(role, book):
        return role
    first, *others = re.findall(r"[^\W\d_][\w-]*", role) or [""]
    small = len(first) > 3 and first[1:].islower() and first.partition("-")[0] not in _PRODUCTS
    return role[0].lower() + role[1:] if small and role[0] == first[0] and all(o.islower() for o in others) else role


def is_post(role: str | None, book: Phrasebook) -> bool:
    """Whether a role is the post ("Internship in Design") and not what somebody is there ("Designer")."""
    return role is not None and book.post is not None and bool(book.post.search(role))


def at(company: str, book: Phrasebook) -> str:
    """ "at Acme", "beim Landratsamt", "no Banco Oriente": in the company, in words that its name wants."""
    for pattern, says in book.at_companies:
        if pattern.search(company):
            return pattern.sub(says, company, count=1)
    return book.at_company.format(company=company)


_PRODUCTS = frozenset({"Java", "Python", "Linux", "Excel", "Salesforce", "React", "Scala", "Kotlin", "Swift", "Unity"})
_LONGEST_ACRONYM = 8
_SMALL = frozenset(
    {
        *("IN", "OF", "AND", "FOR", "TO", "THE", "ON", "DE", "DU", "DES", "EN", "ET", "DI", "DA", "DO", "E", "Y"),
        *("PARA", "DEL", "DELLA", "FÜR", "UND", "VON", "IM", "VAN", "VOOR", "OCH", "OG", "I", "W"),
    }
)


def _people(names: tuple[str, ...], limit: int) -> tuple[str, ...]:
    cleaned = (cleaning.fact(name, 60) for name in names)
    good = (name for name in cleaned if name and not any(c.isdigit() for c in name))
    return tuple(dict.fromkeys(good))[:limit]


def _is_family_name(name: str) -> bool:
    """Whether a single word without a title is likely a family name."""
    return " " not in name and "." not in name and fold(name) not in given_names()


def _others(people: tuple[str, ...], recipients: tuple[str, ...]) -> tuple[str, ...]:
    """At most two people who are not being written to; "Frau Lamm" is the same person as "Karin Lamm"."""
    greeted = [name.casefold().split() for name in recipients]
    others = []
    for name in _people(people, 9):
        parts = name.casefold().split()
        if not any(parts[-1] in g or (len(parts) == 1 and parts[0] in g) for g in greeted):
            others.append(name)
    return tuple(others[:2])


def heard(day: date | None, today: date, book: Phrasebook) -> str | None:
    """ "on Friday", later "on 3 March"; None where the day is not known or lies in the future."""
    if day is None or day > today or (today - day).days > 60:
        return None
    if (today - day).days <= WEEKDAY_UNTIL_DAYS:
        return book.on_weekday[day.weekday()]
    return book.on_date.format(day=day.day, month=book.months[day.month - 1])


def conversation(day: date | None, today: date, book: Phrasebook) -> str | None:
    """When a conversation was: "on Tuesday", "in March", or None where plain wording is better."""
    if day is None or day > today:
        return None
    days = (today - day).days
    if days <= WEEKDAY_UNTIL_DAYS:
        return book.on_weekday[day.weekday()]
    # Eleven months later the month's bare name would mean this year's.
    return book.in_month[day.month - 1] if MONTH_AFTER_DAYS <= days <= 330 else None


def _impressed(brief: Brief, book: Phrasebook) -> tuple[str | None, str | None]:
    """(phrase, sentence): at most one of them, and none that would not read well in this letter."""
    text = cleaning.words(brief.impressed_by) if brief.impressed_by else None
    if text is None or not phrasebook.speaks(book.language, text) or not _fits_address(text, brief, book):
        return None, None
    ends = book.phrase_ends is not None and book.phrase_ends.search(text)
    if brief.impressed_is_note and (ends or text.casefold().startswith(book.phrase_starts)):
        phrase = text.rstrip(".!。！ ")
        lower = (
            phrase if book.language == "de" and not phrase.startswith(_DE_STARTS) else phrase[0].lower() + phrase[1:]
        )
        return (lower, None) if not re.search(r"[.!?]\s", phrase) else (None, None)
    return None, _sentence(text, book)


_DE_STARTS = ("Der ", "Die ", "Das ", "Wie ", "Dass ", "Eure ", "Euer ", "Deine ", "Dein ")


def _sentence(text: str, book: Phrasebook) -> str | None:
    for cut in book.cut_before:
        text = text.partition(cut)[0]
    stale = book.stale is not None and book.stale.search(text)
    long = len(text) > 140 if book.language in {"ja", "zh"} else not 4 <= len(text.split()) <= LONGEST_QUOTE
    if stale or long or "?" in text or "？" in text:
        return None
    stop = "。" if book.language in {"ja", "zh"} else "."
    return text[0].upper() + text[1:].rstrip(".!。！…,; ") + stop


def _fits_address(text: str, brief: Brief, book: Phrasebook) -> bool:
    """Whether du and Sie in the user's words are those of this letter."""
    formal = book.formal_by_default if brief.formal is None else brief.formal
    wrong = book.familiar_words if formal else book.formal_words
    return wrong is None or not wrong.search(text)


def _own_name(brief: Brief) -> str:
    return re.sub(r"\(\s*\)", "", cleaning.one_line(brief.me_name, 80)).strip()


def signature(brief: Brief) -> str:
    """The user's signature, else name and phone."""
    own = cleaning.several_lines(brief.signature)
    lines = own.split("\n") if own else [_own_name(brief), cleaning.one_line(brief.me_phone, 40)]
    return BREAK.join(line for line in lines if line)


def subject(brief: Brief, book: Phrasebook) -> str:
    """The letter's own subject, for a note that answers no mail: "<role>: thank you"."""
    role, company = _role(brief), _company(brief)
    if role:
        return book.subject_role.format(role=role)
    return book.subject_company.format(company=company) if company else book.subject
