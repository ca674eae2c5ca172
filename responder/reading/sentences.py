"""A mail's own text -> its sentences as they were written, without salutation and signature."""

from __future__ import annotations

import re

_END = re.compile(r"(?<=[.!?…])[\"')”’]*\s+(?=[\"'(„“«¿¡]*[^\W\d_a-zà-ÿ])|(?<=[。！？])\s*|\n")
_ABBREVIATED = re.compile(
    r"(?:^|\s)(?:[A-Z]|Dr|Prof|Mr|Mrs|Ms|St|Nr|No|bzw|ca|inkl|usw|etc|ing|dott|dott\.ssa|Dipl|M|Mme|Sr|Sra|z\.\s?B|d\.\s?h|e\.g|i\.e|Ing|avv|sig)\.$"
)
_DAY = re.compile(r"\b\d{1,2}\.$")  # "am 24. September"
_MONTH = re.compile(r"(?:Jan|Jän|Feb|März|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)")
_WRAPPED = 50  # a line at least this long may go on in the next one
_CJK = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def unwrap(text: str) -> str:
    """The text with each paragraph's wrapped lines joined; short lines (names, lists) keep their ends."""
    lines: list[str] = []
    joins = False
    for raw in text.split("\n"):
        line = raw.strip()
        if joins and line and not re.match(r"[-*•\d]", line):
            lines[-1] += ("" if _CJK.search(line[:1]) else " ") + line
        else:
            lines.append(line)
        joins = _goes_on(line)
    return "\n".join(lines)


def _goes_on(line: str) -> bool:
    width = sum(2 if _CJK.match(one) else 1 for one in line)
    return width >= _WRAPPED and line[-1:] not in ".!?。！？:："


def split(text: str) -> list[str]:
    """The sentences, each with its mark at the end."""
    found: list[str] = []
    for part in _pieces(unwrap(text)):
        if found and (_ABBREVIATED.search(found[-1]) or (_DAY.search(found[-1]) and _MONTH.match(part))):
            found[-1] = f"{found[-1]} {part.strip()}"
        elif part.strip():
            found.append(part.strip())
    return found


def _pieces(text: str) -> list[str]:
    pieces, start = [], 0
    for match in _END.finditer(text):
        pieces.append(text[start : match.end()].rstrip())
        start = match.end()
    return [*pieces, text[start:]]
