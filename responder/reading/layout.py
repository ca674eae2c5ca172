"""How a mail is laid out: salutation, body, sign-off, signature, footers. Finds no facts itself; facts are looked for in the right part."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from responder.reading.organisations import legal_tail
from responder.reading.words import plain

if TYPE_CHECKING:
    from responder.reading.vocabulary import Vocabulary

_LIMIT = 20_000  # characters; facts stand in the first pages of a mail
_DENSE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_SENTENCE = re.compile(r"[.!?。！？…][\"')»”]*\s*$")
_ABBREVIATION = re.compile(
    r"(?i)\b(?:ltd|inc|co|corp|llc|pvt|pty|s\.a|s\.l|s\.p\.a|s\.r\.l|b\.v|n\.v|a\.ş|şti|z o\.o|e\.v|[a-zà-ÿ]|dr|mr|mrs|st|engg?|deptt|dept|sr|jr)\.$"
)
_INITIAL = re.compile(r"(?:^|\s)(?:[^\W\d_a-z]|Dr|Mr|Mrs|Ms|Fr|Hr|\d+)\.$")
_WIDE = re.compile(r"(?<=\S)(?: {4,40}|\t{1,8} *)(?=\S)")
_PARTING = re.compile(r"[^\W\d][^\d,:|@]{1,40},$")
_ROW = re.compile(r"^([^:：|]{2,40}?)\s*(?:[:：|]|\s→)\s*(\S.{0,150})$")
_URL = re.compile(r"(?i)^\W*(?:https?://|www\.|[\w.-]+\.[a-z]{2,}/)")
_RULER = re.compile(r"^[\W_]+$")
_ENDS = re.compile(r"(?<=[.!?。！？…)☕🍺])\s+|\s{2,}")


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of a text; lines are stripped and not empty."""

    salutation: str  # "" if there is none
    body: str  # line ends kept
    signoff: str  # the line, "" if there is none
    signature: tuple[str, ...]  # below the sign-off, or the short lines at the end
    footers: tuple[str, ...]  # legal lines and small print below
    rows: tuple[tuple[str, str], ...]  # "Label: value" lines anywhere, label in plain()
    tail: str  # what follows the last full sentence where a whole mail is one paragraph: "Gruß Heiko"


def lay_out(text: str, vocabulary: Vocabulary) -> Layout:
    """The parts of a mail's own text."""
    raw = text[:_LIMIT].splitlines()
    lines = [re.sub(r"[ \t\u3000\xa0]+", " ", line).strip(" \t*_") for line in raw]
    kept = [(index, line) for index, line in enumerate(lines) if line and not _RULER.match(line)]
    start = next((at for at, (_, line) in enumerate(kept[:6]) if _is_salutation(line, vocabulary)), None)
    salutation = kept[start][1] if start is not None else ""
    low = 0 if start is None else start + 1
    sign = _find_signoff(kept, low, vocabulary)
    if sign is None:
        sign_line, below_from = "", _first_of_closing(kept, low, vocabulary)
    else:
        sign_line, below_from = kept[sign][1], sign + 1
    end = len(kept) if sign is None else sign
    body_end = below_from if sign is None else end
    signature, footers = _split_footers([_columns(raw[index], line) for index, line in kept[below_from:]], vocabulary)
    if sign is None and len(signature) > 1 and _PARTING.match(signature[0]):
        sign_line, signature, end = signature[0], signature[1:], below_from  # "Miigwech,", "Axé e caminhos abertos,"
    body = "\n".join(line for _, line in kept[:body_end])
    return Layout(salutation, body, sign_line, signature, footers, _rows(kept), _tail(kept, sign, vocabulary))


def _columns(raw: str, line: str) -> str:
    """Two who sign beside each other, parted by a bar rather than by blanks."""
    halves = _WIDE.split(raw.strip(" \t*_"))
    two = len(halves) == 2 and not re.search(r"\d", line) and not _DENSE.search(line)
    return " | ".join(halves) if two else line


def _is_salutation(line: str, vocabulary: Vocabulary) -> bool:
    return len(line) <= 70 and bool(vocabulary.salutations.match(plain(line)) or re.search(r"(?:様|さん|殿)\s*$", line))


def _find_signoff(kept: list[tuple[int, str]], low: int, vocabulary: Vocabulary) -> int | None:
    """The line that says goodbye: the last one with something but small print below, else the last one."""
    found = [at for at in range(low, len(kept)) if _is_signoff(kept[at][1], vocabulary)]
    with_more = [
        at for at in found if at + 1 < len(kept) and not _is_footer(kept[at + 1][1], vocabulary) and len(kept) - at < 30
    ]
    # "Kind regards, / Jane / ... / Thanks" below a signature is rare; two partings in a row ("All the best, / Cheers") are not.
    if with_more:
        first = with_more[0]
        while first + 1 in with_more:
            first += 1
        later = [at for at in with_more if at > first and at - first > 6]
        return later[0] if later and first < low + 2 else first
    return found[-1] if found else None


def _is_signoff(line: str, vocabulary: Vocabulary) -> bool:
    if len(line) > 70:
        return False
    folded = plain(line)
    both = [part for part in re.split(r"\s*/\s*", line) if part]
    if len(both) == 2 and all(_is_signoff(part, vocabulary) for part in both):
        return True  # "Best / Beste Grüße"
    match = vocabulary.signoffs.match(folded)
    if match is None:
        match = vocabulary.weak_signoffs.match(folded)
        if match is not None and not re.search(r"\w", folded[match.end() :]):
            return True
        words = re.findall(r"\w+", folded)  # "Sonnige Grüße", though nobody listed it
        return 0 < len(words) <= 3 and words[-1] in vocabulary.partings and not line.endswith((".", ":", "?"))
    rest = folded[match.end() :]
    if _DENSE.match(line):
        return len(line) <= 14
    words = re.findall(r"\w+", rest)
    return not words or (len(words) <= 6 and not line.endswith((".", "?", ":")))


def _is_footer(line: str, vocabulary: Vocabulary) -> bool:
    if _URL.match(line):
        return True
    if plain(line) in vocabulary.titles:
        return False  # "Geschäftsführer" below a name, not before the names of all
    if len(line) > (40 if _DENSE.search(line) else 110):
        return True
    return bool(vocabulary.footers.search(plain(line)))


def _is_sentence(line: str) -> bool:
    if _DENSE.search(line):
        return bool(re.search(r"[。！？、，]|(?:ます|です|さい|した)[。！]?$", line)) or len(line) > 34
    if legal_tail().search(line[-30:]) and len(line.split()) <= 8:
        return False
    if len(line) > 75:
        return True
    return bool(_SENTENCE.search(line)) and len(line.split()) > 3 and not _ABBREVIATION.search(line)


def _first_of_closing(kept: list[tuple[int, str]], low: int, vocabulary: Vocabulary) -> int:
    """Where the signature begins in a mail without a sign-off: the short lines at the end, small print not counted."""
    at = len(kept)
    while (
        at > low
        and (_is_footer(kept[at - 1][1], vocabulary) or _is_sentence(kept[at - 1][1]))
        and len(kept) - at < 4
        and _has_short_above(kept, at - 1, low, vocabulary)
    ):
        at -= 1
    first = at
    while first > low and at - first < 9:
        line = kept[first - 1][1]
        if _is_sentence(line) or _is_footer(line, vocabulary) or line.startswith(("- ", "* ", "• ")):
            break
        if _known_row(line, vocabulary):
            break
        first -= 1
    return first


def _has_short_above(kept: list[tuple[int, str]], at: int, low: int, vocabulary: Vocabulary) -> bool:
    return any(
        not _is_sentence(line) and not _is_footer(line, vocabulary) and not _known_row(line, vocabulary)
        for _, line in kept[max(low, at - 6) : at]
    )


def _split_footers(lines: list[str], vocabulary: Vocabulary) -> tuple[tuple[str, ...], tuple[str, ...]]:
    for at, line in enumerate(lines):
        if _is_footer(line, vocabulary) or (at > 0 and _is_sentence(line) and not re.search(r"\d{3}", line)):
            return tuple(lines[:at]), tuple(lines[at:])
    return tuple(lines), ()


def label_of(line: str) -> tuple[str, str] | None:
    """("position", "Data Engineer") of "Position: Data Engineer"."""
    match = _ROW.match(line)
    return (plain(match[1]).strip(" -–•*"), match[2].strip()) if match else None


def _known_row(line: str, vocabulary: Vocabulary) -> bool:
    row = label_of(line)
    return row is not None and (
        row[0] in vocabulary.role_labels or row[0] in vocabulary.company_labels or row[0] in vocabulary.other_labels
    )


def _rows(kept: list[tuple[int, str]]) -> tuple[tuple[str, str], ...]:
    found = (label_of(line) for _, line in kept)
    return tuple(row for row in found if row is not None)


def _tail(kept: list[tuple[int, str]], sign: int | None, vocabulary: Vocabulary) -> str:
    """The words behind the last sentence of a mail that closes within its last paragraph."""
    if sign is not None or not kept:
        return ""
    last = next((line for _, line in reversed(kept) if not _is_footer(line, vocabulary) or len(kept) == 1), kept[-1][1])
    pieces = [piece for piece in _ENDS.split(last) if re.search(r"\w", piece)]
    while len(pieces) > 1 and _INITIAL.search(pieces[-2]):
        pieces[-2:] = [f"{pieces[-2]} {pieces[-1]}"]
    if len(pieces) < 2 and not re.search(r"[。！～]", last):
        return ""
    if re.search(r"[。！～]", last):
        pieces = [piece for piece in re.split(r"[。！～]", last) if piece.strip()]
    return (
        pieces[-1].strip()
        if (len(pieces[-1]) <= 70 and not last.endswith((".", "?", "。"))) or len(pieces[-1]) <= 14
        else ""
    )
