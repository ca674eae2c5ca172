"""The words that a search for the mails around a rejection is made of: few, safe in a command, and rare in a mailbox."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from responder.reading.cues import Cues, common
from responder.reading.posts import fold, words

if TYPE_CHECKING:
    from collections.abc import Iterable


MOST = 12  # values of each kind in a query
_SHORTEST = 4  # letters of a word worth searching for
_UNSAFE = re.compile(r"[^\w.@-]")
_NEVER_IN_AN_ID = re.compile(r"[\s<>\"\\()]")


def ids(raw: Iterable[str]) -> tuple[str, ...]:
    """Message-IDs without their angle brackets and whatever could end an argument."""
    return tuple(dict.fromkeys(one for text in raw if (one := _NEVER_IN_AN_ID.sub("", text))))[:MOST]


def values(texts: Iterable[str]) -> tuple[str, ...]:
    """Safe in a command, long enough to be worth it, each once."""
    clean = (_UNSAFE.sub("", text).strip(".-_") for text in texts)
    return tuple(dict.fromkeys(text for text in clean if len(text) >= _SHORTEST or (text and not text.isascii())))[
        :MOST
    ]


def least(values: tuple[str, ...]) -> tuple[str, ...]:
    """Without those that another one finds as well: SEARCH looks for parts of words (RFC 3501 s6.4.4)."""
    return tuple(one for one in values if not any(other != one and other in one for other in values))


def spelt(name: str) -> list[str]:
    """A name as a domain may spell it: without spaces, with hyphens."""
    parts = [word for word in words(name) if word not in {fold(one) for one in common("generic")}]
    return ["".join(parts), "-".join(parts)] if len(parts) > 1 else []


def as_written(company: str | None) -> list[str]:
    """The first telling word of the company with its accents, as a subject has it."""
    generic = {fold(one) for one in common("generic")}
    text = company or ""
    for form in common("forms"):
        text = text.replace(form, "")
    parts = [word for word in re.findall(r"[\w]+", text) if fold(word) not in generic]
    return [word for word in parts if len(word) >= _SHORTEST or not word.isascii()][:1]


def telling(role: str | None) -> list[str]:
    """The word of a post that few other subjects hold: a rare one before the trade at the end."""
    parts = re.findall(r"[^\W\d_]{5,}|[\u3040-\u30ff\u4e00-\u9fff]{3,}", role or "")
    common_words = {fold(word) for word in Cues(("en",)).words("titles")} | {"senior", "junior", "leiter", "leiterin"}
    common_words |= {fold(word) for word in common("subjects")} | {fold(word) for word in common("shared")}
    rare = [word for word in parts if fold(word) not in common_words]
    return sorted(rare, key=len, reverse=True)[:2]
