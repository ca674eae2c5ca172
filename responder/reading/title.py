"""What stands about the name of a post and is no part of it: gender tails, numbers of vacancies, "Re:". Patterns only."""

from __future__ import annotations

import re
from functools import cache

from responder.reading.vocabulary import any_of, common

_SHAPE = (
    r"(?<!\S)(?=\S*\d\S*\d)(?!(?:19|20)\d\d(?!\S))(?:[A-Z0-9]{1,8}[-/_.])*"
    r"(?:[A-Z0-9]*\d{3,}|(?<=[-/_])\d{2,}|\d{2}[-/]\d+|\d[A-Z]{2}\d\d)[A-Z0-9/_.-]*-?(?!\S)"
)


@cache
def gender() -> re.Pattern[str]:
    """ "(m/w/d)" and its like, with brackets or without."""
    inside, bare = "|".join(common("gender_tails")), "|".join(common("gender_tails_bare"))
    return re.compile(rf"(?i)\s*[\(\[（]?\s*(?<!\w)(?:{inside})\s*[\)\]）]|\s+(?:{bare})\b")


@cache
def number() -> re.Pattern[str]:
    """The number of a vacancy: behind a word that announces one, in brackets, or by its shape."""
    return re.compile(
        rf"(?i:[\s,–-]*[\(\[]?\s*(?:(?:{'|'.join(common('number_labels'))})\.?(?:\s*(?:id|no|nr|number|n°))?[\s.:#-]*)+"
        r"[A-Z0-9][\w./-]*\d[\w./-]*\s*[\)\]]?|[\(\[][^()\[\],]{0,24}\d{3,}[^()\[\],]{0,24}[\)\]]|\b(?:R|JR|REQ|ID)[-_ ]?\d{3,}\w*\b\s*[-–:]?"
        r"|\s*\b[A-Z]{2,4}[-/ ]?\d{3,}[\w/-]*\b|\b\d{5,}\b\s*[-–:]?|\s*#\s?\d+|\b[A-Z]{2}/\d{3,}\b)"
        rf"|{_SHAPE}"
    )


@cache
def _lead() -> re.Pattern[str]:
    return re.compile(rf"(?i)^(?:\s*(?:{any_of(common('reply_prefixes'))})\s*[:：]\s*)+")


def without_lead(subject: str) -> str:
    """A subject without what a mail program writes before one that answers or passes on: "AW:"."""
    return _lead().sub("", subject)
