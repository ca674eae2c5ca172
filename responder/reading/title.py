"""The name of a post cleaned of what is not part of it: requisition numbers, gender tails, places, the company, what every subject says."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from responder.reading.vocabulary import any_of, common, plain

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
    return re.compile(rf"(?i)[\s,]+\d{{1,3}}\s?(?:{hours})(?:(?<=%)|\b).*$|\s*\d{{1,2}}(?:-\d{{1,2}})? ?(?:uur|%)$")


def clean_role(text: str, vocabulary: Vocabulary) -> str:
    """A role as one would say it: no numbers, no (m/w/d), no quotes, no place in brackets."""
    text = gender().sub(" ", text.strip())
    text = _TOKEN_NUMBER.sub(" ", _number().sub(" ", text))
    text = re.sub(r"\s+", " ", text).strip(" \t\"“”„«»'‘’「」『』*-–—:,.|【】")
    match = _PLACE.search(text)
    if match and not _DENSE.search(text):
        inside = match[0].strip(" ()（）")
        if (
            not _level().search(inside)
            and not vocabulary.title_words.search(plain(inside))
            and (re.search(r"[A-ZÀ-Þ]", inside) or re.search(r"\d", inside))
            and len(text) > len(match[0])
        ):
            text = text[: match.start()]
    text = re.sub(
        r"(?i)\s*[\(（](?:part|full)[- ]?time[\)）]|\s+-\s+[A-ZÀ-Þ][\w .'-]+/[A-Z]{2}$|[（(](?:校招|社招|[\u4e00-\u9fff]{1,2})[）)]$|^[A-Z]社[ 　]",
        "",
        _tail().sub("", text),
    )
    if text.count("(") != text.count(")"):
        text = text.replace("(", "").replace(")", "") if text.endswith(")") else text.split("(")[0]
    return re.sub(r"\s+,.*$", "", text).strip(" \t\"“”„«»'‘’,;:-–—|/")


def without_company(role: str, company: str | None, aliases: tuple[str, ...]) -> str:
    """A role without the company before or behind it: "Staff SRE at Acme"."""
    for name in (company, *aliases):
        if name and len(name) > 2:
            role = re.sub(
                rf"(?i)\s*(?:[-–|,@]|\bat\b|\bbei\b|\bchez\b|\bhos\b|\bbij\b)\s*{re.escape(name)}\b.*$", "", role
            )
            role = re.sub(rf"(?i)^{re.escape(name)}\s*[-–|:,]\s*", "", role)
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
