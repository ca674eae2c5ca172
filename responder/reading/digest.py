"""The row of a job board's digest that turns the user down, where several applications stand with a status each. Judges nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from responder.reading.phrases import fold

if TYPE_CHECKING:
    from responder.reading.knowledge import Knowledge
    from responder.reading.message import Message

_WORDS = re.compile(r"\w+")
_LIMIT = 20_000  # characters of a text that are looked at
_ROW = 3  # lines of a row above its status


def row_of_digest(message: Message, knowledge: Knowledge) -> Message | None:
    """The mail with nothing but the one row that turns an application down; None where it is no digest of applications.

    Two rows that turn down are two rejections in one mail, which no case is made for.
    """
    if not _of_applications(message, knowledge):
        return None
    lines = [line.strip() for line in message.text[:_LIMIT].splitlines()]
    statuses = [number for number, line in enumerate(lines) if knowledge.status_line.match(line)]
    if len(statuses) < 2:
        return None
    down = [number for number in statuses if _turns_down(lines[number], knowledge)]
    if len(down) != 1:
        return None
    first = max([0, down[0] - _ROW, *(number + 1 for number in statuses if number < down[0])])
    row = [line for line in lines[first : down[0] + 1] if line]
    return replace(message, text="\n".join(row[-_ROW:]))


def _of_applications(message: Message, knowledge: Knowledge) -> bool:
    subject = message.subject.lower()
    return knowledge.application_cues.count(set(_WORDS.findall(subject)), subject) > 0


def _turns_down(line: str, knowledge: Knowledge) -> bool:
    folded = fold(line)
    patterns = (language.pattern("status.rejected") for language in knowledge.languages.values())
    return any(pattern is not None and pattern.search(folded) for pattern in patterns)
