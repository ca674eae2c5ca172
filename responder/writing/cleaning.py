"""Strings from mails made fit for a letter or a header: one line, printable, short. Knows no language and no fact."""

from __future__ import annotations

import re
import unicodedata

DASHES = re.compile(r"\s*[\u2012-\u2015]+\s*")  # figure, en, em dash, horizontal bar: they look typed by a machine
_DROPPED = frozenset(
    {"Cc", "Cf", "Cs", "Co", "Cn"}
)  # controls, bidi and zero-width marks, surrogates, private, unassigned
_BRACKETS = re.compile(r"[{}<>\[\]]|\(\s*\)|（\s*）")
_LINK = re.compile(
    r"https?:|www\.|\S@\S|\w\.[a-z]{2,24}/", re.IGNORECASE
)  # the last: mail programs make links of those too
_EMPTY = frozenset({"none", "null", "nil", "n/a", "na", "unknown", "undefined", "tbd"})


def one_line(text: str, limit: int = 500) -> str:
    """`text` on one line without anything invisible, cut to `limit` characters."""
    spaced = "".join(" " if c.isspace() else c for c in text[: limit * 4])
    visible = "".join(c for c in spaced if unicodedata.category(c) not in _DROPPED)
    return " ".join(visible.split())[:limit].strip()


def several_lines(text: str, limit: int = 1000) -> str:
    """Like one_line, line by line; for signatures, which have lines of their own."""
    lines = (one_line(line, limit) for line in text[:limit].splitlines())
    return "\n".join(lines).strip("\n")


def fact(text: str | None, limit: int = 80) -> str | None:
    """A name, company or role as a letter may use it; None where it would read like a gap, a link or a mistake.

    A fact that is too long is left out rather than cut: half a name is worse than none.
    """
    if text is None:
        return None
    line = one_line(_BRACKETS.sub(" ", text), limit + 1)
    line = re.sub(r"\s+([,.;:!?])", r"\1", DASHES.sub(" - ", line)).strip(" ,;:-|/")
    line = re.sub(r"\(\s*\)|([,;:!?])(?=[,;:!?])", "", line)
    good = 0 < len(line) <= limit and any(c.isalpha() for c in line) and line.casefold() not in _EMPTY
    return line if good and not _LINK.search(line) else None


_LEGAL_FORM = re.compile(
    r"(?:,|\s)\s*(?:GmbH(?: & Co\.? (?:KG|OHG)a?A?)?|gGmbH|mbH|SE|AG(?: & Co\.? KGa?A?)?|KG|KGaA|OHG|UG|e\. ?[VK]\.|Inc\.?|LLC|L\.L\.C\.|LLP|Ltd\.?|Limited|"
    r"S\.?A\. de C\.V\.|S\. de R\.L\. de C\.V\.|VOF|vzw|VZW|CLG|"
    r"PLC|plc|Pty Ltd\.?|Corp\.?|S\.?A\.?S\.?|SARL|S\.?p\.?A\.?|S\.?r\.?l\.?|S\.?L\.?U?\.?|Ltda\.?|Lda\.?|S\.A\.|S/A|B\.?V\.?|N\.?V\.?|AB|A/S|ApS|ASA|AS|Oy|"
    r"Sp\. z o\.o\.|sp\. z o\.o\.|A\.Ş\.|Ltd\. Şti\.)$"
)


# a name that ran on into the sentence behind it: "Kiln AG und für das Gespräch"
_RUN_ON = re.compile(
    r"^(.{3,60}?\s(?:GmbH|AG|SE|KG|Ltd\.?|Inc\.?|LLC|plc|S\.?A\.?|AB|AS|A/S|BV|B\.V\.))\s+(?:und|and|et|y|e|en|og|och|sowie)\s+[a-zà-ÿ].*$"
)


def everyday(company: str | None) -> str | None:
    """A company's name as people say it: without its legal form at the end."""
    if company is None:
        return None
    company = _RUN_ON.sub(r"\1", company)
    short = _LEGAL_FORM.sub("", company).strip(" ,")
    return short if len(short) > 2 else company


def words(text: str, limit: int = 400) -> str | None:
    """A phrase or sentence of the user's own: as `fact`, dashes turned to commas, quotes and white space trimmed."""
    line = one_line(text, limit + 1)
    if len(line) > limit or _LINK.search(line) or _BRACKETS.search(line):
        return None
    line = DASHES.sub(", ", line).strip(" ,;\"'“”„«»")
    line = re.sub(r"\s+([,.])", r"\1", line)
    return line if any(c.isalpha() for c in line) else None


def body(text: str) -> str:
    """A letter's text fit for a text/plain part: line ends \\n, nothing invisible, no lone surrogate."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").split("\n")
    kept = ("".join(c for c in line if c == "\t" or unicodedata.category(c) not in _DROPPED) for line in lines)
    return "\n".join(kept).strip("\n") + "\n"
