"""What stands about the name of a post and is no part of it: gender tails, numbers of vacancies, "Re:". Patterns only."""

from __future__ import annotations

import re
from functools import cache

from responder.reading.vocabulary import any_of, common

# Every repetition is bounded: these patterns go over whole mails, and spaces or digits by the thousand must not hold them up.
_SHAPE = (
    r"(?<!\S)(?=\S{0,30}\d\S{0,30}\d)(?!(?:19|20)\d\d(?!\S))(?:[A-Z0-9]{1,8}[-/_.]){0,5}"
    r"(?:[A-Z0-9]{0,8}\d{3,12}|(?<=[-/_])\d{2,12}|\d{2}[-/]\d{1,8}|\d[A-Z]{2}\d\d)[A-Z0-9/_.-]{0,20}(?!\S)"
)


@cache
def gender() -> re.Pattern[str]:
    """ "(m/w/d)" and its like, with brackets or without."""
    inside, bare = "|".join(common("gender_tails")), "|".join(common("gender_tails_bare"))
    return re.compile(rf"(?i)\s?[\(\[（]?\s?(?<!\w)(?:{inside})\s?[\)\]）]|\s(?:{bare})\b")


@cache
def number() -> re.Pattern[str]:
    """The number of a vacancy: behind a word that announces one, in brackets, or by its shape."""
    label = rf"(?:{'|'.join(common('number_labels'))})\.?(?:\s?(?:id|no|nr|number|n°))?[\s.:#-]{{0,3}}"
    return re.compile(
        rf"(?i:(?:[\s,–-]{{1,3}}|(?<!\w))[\(\[]?\s?(?:{label}){{1,3}}"
        r"[A-Z0-9][\w./-]{0,15}\d[\w./-]{0,15}\s?[\)\]]?|[\(\[][^()\[\],]{0,24}\d{3,12}[^()\[\],]{0,24}[\)\]]"
        r"|\b(?:R|JR|REQ|ID)[-_ ]?\d{3,12}\w{0,12}\b\s?[-–:]?"
        r"|\s?\b[A-Z]{2,4}[-/ ]?\d{3,12}[\w/-]{0,12}\b|\b\d{5,}\b\s?[-–:]?|\s?#\s?\d{1,12}|\b[A-Z]{2}/\d{3,12}\b)"
        rf"|{_SHAPE}"
    )


@cache
def _lead() -> re.Pattern[str]:
    return re.compile(rf"(?i)^(?:\s{{0,9}}(?:{any_of(common('reply_prefixes'))})\s?[:：]\s{{0,9}}){{1,20}}")


def without_lead(subject: str) -> str:
    """A subject without what a mail program writes before one that answers or passes on: "AW:"."""
    return _lead().sub("", subject)
