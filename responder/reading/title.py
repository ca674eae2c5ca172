"""The name of a post cleaned of what is not part of it: requisition numbers, gender tails, places, the company, what every subject says."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from responder.reading.vocabulary import any_of, common, common_set, places, plain

if TYPE_CHECKING:
    from responder.reading.vocabulary import Vocabulary


_TOKEN_NUMBER = re.compile(
    r"(?<!\S)(?=\S*\d\S*\d)(?!(?:19|20)\d\d(?!\S))(?:[A-Z0-9]{1,8}[-/_.])*(?:[A-Z0-9]*\d{3,}|(?<=[-/_])\d{2,}|\d{2}[-/]\d+|\d[A-Z]{2}\d\d)[A-Z0-9/_.-]*-?(?!\S)"
)


_PLACE = re.compile(r"\s*[\(（][^()（）]*[\)）]\s*$")


_DENSE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


@cache
def gender() -> re.Pattern[str]:
    """ "(m/w/d)" and its like, with brackets or without."""
    inside, bare = "|".join(common("gender_tails")), "|".join(common("gender_tails_bare"))
    return re.compile(rf"(?i)\s*[\(\[（]?\s*(?<!\w)(?:{inside})\s*[\)\]）]|\s+(?:{bare})\b")


@cache
def _number() -> re.Pattern[str]:
    """A requisition number: behind a word that announces one, in brackets, or by its shape."""
    return re.compile(
        rf"(?i)[\s,–-]*[\(\[]?\s*(?:(?:{'|'.join(common('number_labels'))})\.?(?:\s*(?:id|no|nr|number|n°))?[\s.:#-]*)+"
        r"[A-Z0-9][\w./-]*\d[\w./-]*\s*[\)\]]?|[\(\[][^()\[\]]*\d{3,}[^()\[\]]*[\)\]]|\b(?:R|JR|REQ|Req|ID)[-_ ]?\d{3,}\w*\b\s*[-–:]?"
        r"|\s*\b[A-Z]{2,4}[-/ ]?\d{3,}[\w/-]*\b|\b\d{5,}\b\s*[-–:]?|\s*#\s?\d+|\b[A-Z]{2}/\d{3,}\b"
    )


@cache
def lead() -> re.Pattern[str]:
    """What a mail program writes before a subject that answers or passes on: "AW:"."""
    return re.compile(rf"(?i)^\s*(?:{any_of(common('reply_prefixes'))})\s*[:：]\s*")


@cache
def _level() -> re.Pattern[str]:
    return re.compile(rf"(?i)^(?:{'|'.join(common('role_levels'))})|(?:{'|'.join(common('role_kinds'))})")


@cache
def _tail() -> re.Pattern[str]:
    hours = any_of(common("hours"))
    return re.compile(rf"(?i)[\s,]+\d{{1,3}}(?:\s?[-–]\s?\d{{1,3}})?\s?(?:{hours})(?:(?<=%)|\b).*$")


def clean_role(text: str, vocabulary: Vocabulary) -> str:
    """A role as one would say it: no numbers, no (m/w/d), no quotes, no place in brackets."""
    text = _without_post_word(_tail().sub("", gender().sub(" ", text.strip())), vocabulary)
    text = _TOKEN_NUMBER.sub(" ", _number().sub(" ", text))
    text = re.sub(r"\s+", " ", text).strip(" \t\"“”„«»'‘’「」『』*-–—:,.|【】")
    text = _without_brackets(_without_ends(_once(text), vocabulary), vocabulary)
    text = re.sub(
        r"(?i)\s*[\(（](?:part|full)[- ]?time[\)）]|\s+-\s+[A-ZÀ-Þ][\w .'-]+/[A-Z]{2}$|[（(](?:校招|社招|[\u4e00-\u9fff]{1,2})[）)]$|^[A-Z]社様?の?[ 　]?",
        "",
        _tail().sub("", text),
    )
    if text.count("(") != text.count(")"):
        text = text.replace("(", "").replace(")", "") if text.endswith(")") else text.split("(")[0]
    text = _without_dense(text) if _DENSE.search(text) else _without_year(_without_place(_without_contract(text)))
    text = text if _DENSE.search(text) else _without_ends(text, vocabulary)
    return re.sub(r"\s+,.*$", "", text).strip(" \t\"“”„«»'‘’,;:-–—|/")


def _without_brackets(text: str, vocabulary: Vocabulary) -> str:
    """ "Data Scientist (Evergreen) (Open)" without what is no level and no kind of post; at most three of them."""
    for _ in range(3):
        match = _PLACE.search(text)
        if match is None or _DENSE.search(text) or len(text) <= len(match[0]):
            break
        inside = match[0].strip(" ()（）")
        if _level().search(inside) or vocabulary.title_words.search(plain(inside)):
            break
        text = text[: match.start()]
    return text


def _without_ends(text: str, vocabulary: Vocabulary) -> str:
    """ "open Backend Developer role": what is said of any post goes from both ends."""
    words = text.split()
    while len(words) > 1 and (
        (words[-1].islower() and plain(words[-1]) in common_set("joining"))
        or (words[-1].strip(".").isdigit() and words[-2].islower() and plain(words[-2]) in common_set("joining"))
    ):
        words = words[:-1]
    while len(words) > 1 and plain(words[0]) in common_set("vacant_words"):
        words = words[1:]
    while (
        len(words) > 1
        and plain(words[-1]) in common_set("post_words")
        and vocabulary.title_words.search(plain(" ".join(words[:-1])))
    ):
        words = words[:-1]
    return " ".join(words)


def _once(text: str) -> str:
    """ "Associate Engineer (Open) Associate Engineer": a title that is written twice, once."""
    words = text.split()
    for size in range(len(words) // 2, 1, -1):
        if words[:size] in (words[at : at + size] for at in range(size, len(words) - size + 1)):
            return " ".join(words[:size])
    return text


def _without_post_word(text: str, vocabulary: Vocabulary) -> str:
    """ "Position Finanzbuchhalter", "poste d'Office Manager": the word for a post before its name goes, with what joins them."""
    match = re.match(
        r"([^\W\d_]+)(?::?\s+|\s*(?=[\"“„«]))(?:(?:as|als|de|di|som|jako|of|da|do|des|an?)\s+|d['’]\s?)*(?=\S)",
        text,
        re.IGNORECASE,
    )
    if match is None or plain(match[1]) not in _post_words():
        return text
    rest = text[match.end() :]
    begins = vocabulary.title_words.search(plain(" ".join(rest.split()[:2])))
    return rest if begins or rest[:1].isupper() else text


@cache
def _post_words() -> frozenset[str]:
    return frozenset(plain(word) for word in common("post_words"))


def _without_contract(text: str) -> str:
    return re.sub(rf"(?i)\s*(?:,|\s[-–—/|]|[(\[])\s*(?:{any_of(common('contract_words'))})(?!\w).*$", "", text)


def _without_dense(text: str) -> str:
    """The part of a Chinese or Japanese run that is the role: behind the last word that leads to one, before what follows one."""
    for mark in common("dense_right"):
        text = text.removesuffix(mark) if len(text) > len(mark) + 1 else text
    cut = max((text.rfind(mark) + len(mark) for mark in common("dense_left") if mark in text), default=0)
    return text[cut:] if len(text) - cut >= 2 else text


def _without_place(text: str) -> str:
    """ "Data Analyst, Madrid" and "Data Analyst - Madrid" without the place; at most two of them."""
    for _ in range(2):
        match = re.search(r"(?:,|\s[-–—/]|\s\||\s(?:in|en|em|à|a|i))?\s([^,|–—/]{2,30})$", text)
        tails = (match[1], " ".join(match[1].split()[-2:]), match[1].split()[-1]) if match else ()
        tail = next((one for one in tails if plain(one) in places() and one[:1].isupper()), None)
        if tail is None or len(text) <= len(tail) + 2:
            break
        text = re.sub(r"(?:,|\s[-–—/]|\s\||\s(?:in|en|em|à|a|i))?\s*$", "", text[: -len(tail)])
    return text


def _without_year(text: str) -> str:
    """ "Summer 2026 Machine Learning Internship", "Training Contract 2027": the intake is no part of the post."""
    seasons = any_of(common("seasons"))
    bare = re.sub(
        rf"(?i)^(?:(?:{seasons})\s)?(?:19|20)\d\d(?:[/-]\d{{2,4}})?\s+|\s+(?:(?:{seasons})\s)?(?:19|20)\d\d(?:[/-]\d{{2,4}})?$",
        "",
        text,
    )
    return bare or text


def without_company(role: str, company: str | None, aliases: tuple[str, ...]) -> str:
    """A role without the company before or behind it: "Staff SRE at Acme"."""
    for name in (company, *aliases):
        if name and len(name) > 2:
            role = re.sub(
                rf"(?i)\s*(?:[-–|,@]|\b(?:{any_of(common('at_company'))})\b)\s*{re.escape(name)}\b.*$", "", role
            )
            role = re.sub(rf"(?i)^{re.escape(name)}(?:\s*[-–|:,]\s*|\s+)", "", role)
    return role.strip(" -–|,:")


def strip_generic(text: str, vocabulary: Vocabulary) -> str:
    """Words that every subject has go from both ends."""
    if _DENSE.search(text):
        changed = True
        words = sorted((word for word in vocabulary.generic_subject if _DENSE.search(word)), key=len, reverse=True)
        while changed:
            changed = False
            for word in words:
                if text.startswith(word):
                    text, changed = text[len(word) :].strip(), True
                if text.endswith(word) and text:
                    text, changed = text[: -len(word)].strip(), True
        return text
    tokens = text.split()
    changed = True
    while tokens and changed:
        changed = False
        for size in (6, 5, 4, 3, 2, 1):
            if len(tokens) < size:
                continue
            if plain(" ".join(tokens[:size])).strip(".,:!?'") in vocabulary.generic_subject:
                tokens, changed = tokens[size:], True
                break
            if plain(" ".join(tokens[-size:])).strip(".,:!?'") in vocabulary.generic_subject:
                tokens, changed = tokens[:-size], True
                break
    return " ".join(tokens)
