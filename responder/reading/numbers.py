"""A person's direct telephone number, from the signature of their own mail or where a colleague gives it. Owns nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import phonenumbers

from responder.reading.acquaintance import Contact
from responder.reading.posts import fold, words
from responder.reading.progress import said
from responder.reading.sentences import split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from responder.reading.correspondence import Correspondence

_REGIONS = {
    "en": ("GB", "US"), "de": ("DE", "AT", "CH"), "fr": ("FR", "BE", "CH"), "es": ("ES", "MX"), "pt": ("PT", "BR"), "it": ("IT",), "nl": ("NL", "BE"),
    "sv": ("SE",), "da": ("DK",), "no": ("NO",), "pl": ("PL",), "tr": ("TR",), "ja": ("JP",), "zh": ("CN", "TW"),
}  # fmt: skip
_NOT_DIRECT = re.compile(
    r"\bfax|intern\b|reception|switchboard|zentrale|empfang|accueil|standard|centralino|kansli|växel", re.IGNORECASE
)
_DIGITS = re.compile(r"(?:\+|\(?0|\(?\d)[\d\s().\-/]{6,22}\d")


def direct_number(contact: Contact, around: Correspondence, language: str | None) -> str | None:
    """E.164, or None where the mails give no number that is surely theirs."""
    regions = _regions(contact, language)
    for mail in sorted(contact.wrote, key=lambda one: one.at, reverse=True):
        for line in mail.text.splitlines():
            if len(line) < 60 and not _NOT_DIRECT.search(line) and (number := _first(line, regions)):
                return number
    family = words(contact.name)
    for mail in around.ours:
        if mail.mine or mail.automatic:
            continue
        for sentence in (*split(mail.text), *said(mail)):
            named = contact.address.lower() in sentence.lower() or (
                family and family[0] in words(sentence) and mail.message.calendars
            )
            if named and not _NOT_DIRECT.search(sentence) and (number := _first(sentence, regions)):
                return number
    return None


def _first(text: str, regions: tuple[str, ...]) -> str | None:
    return next(_numbers(text, regions), None)


def _numbers(text: str, regions: tuple[str, ...]) -> Iterator[str]:
    for match in _DIGITS.finditer(text[:300]):
        written = match[0]
        order = ("US", *regions) if written.startswith("(") and not written.startswith("(0") else regions
        for region in order:
            try:
                number = phonenumbers.parse(written, region)
            except phonenumbers.NumberParseException:
                continue
            if phonenumbers.is_possible_number(number) and len(str(number.national_number)) >= 7:
                yield phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
                break


def _regions(contact: Contact, language: str | None) -> tuple[str, ...]:
    ending = fold(contact.address.rpartition(".")[2]).upper()
    country = {"UK": "GB"}.get(ending, ending)
    known = (country,) if country in phonenumbers.SUPPORTED_REGIONS else ()
    return tuple(dict.fromkeys((*known, *_REGIONS.get(language or "en", ()), "GB", "US")))
