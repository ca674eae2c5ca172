"""How one speaks to the person who signed: formal or not, by which name, and whom of the company the mail says that the user met."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from responder.reading.names import DENSE, parse_name
from responder.reading.vocabulary import any_of, common
from responder.reading.words import plain, squeezed

if TYPE_CHECKING:
    from responder.reading.layout import Layout
    from responder.reading.people import Signer
    from responder.reading.vocabulary import Speech, Vocabulary


@cache
def _joined() -> re.Pattern[str]:
    return re.compile(rf",\s*|\s+(?:{any_of(common('ands'))})\s+|[、和與与]")


def is_formal(layout: Layout, speeches: tuple[Speech, ...]) -> bool | None:
    """True for Sie, vous, usted; False for du, tu; None where the language has no such form or the mail does not show it."""
    if not speeches or (speeches[0].formal is None and speeches[0].informal is None):
        return None
    text = f"{layout.salutation}\n{layout.body}\n{layout.signoff}"
    formal = len(speeches[0].formal.findall(text)) if speeches[0].formal else 0
    informal = len(speeches[0].informal.findall(text)) if speeches[0].informal else 0
    if formal == informal:
        return None
    return formal > informal


def greeting(signers: tuple[Signer, ...], layout: Layout, formal: bool | None, vocabulary: Vocabulary) -> str | None:
    """The name behind "Dear": the first name where they signed with it or the mail is on first-name terms, else the honorific that the mail
    shows with the family name, else the full name. A gender is never guessed."""
    if not signers:
        return None
    signer = signers[0]
    name = signer.name
    words = name.text.split()
    if DENSE.search(name.text):
        return name.text
    alone = len(signer.as_signed.split()) == 1 and not signer.name.honorific
    if (alone and parse_name(signer.as_signed, vocabulary, lenient=True)) or len(words) == 1:
        return name.text if len(words) == 1 else words[0]
    shown = [
        word for word in (name.honorific or "").split() if plain(word).rstrip(".") in vocabulary.greeting_honorifics
    ]
    if formal is not False and shown and not _first_name_terms(layout, vocabulary):
        return f"{' '.join(shown)} {_family_name(words)}"
    if _first_name_terms(layout, vocabulary) and formal is not True and len(words[0].rstrip(".")) > 1:
        return words[0]
    return name.text


def _family_name(words: list[str]) -> str:
    """The words from the first particle or the last word on: "van Beveren", "Wolters"."""
    for at, word in enumerate(words[1:], 1):
        if word[:1].islower():
            return " ".join(words[at:])
    return words[-1]


def _first_name_terms(layout: Layout, vocabulary: Vocabulary) -> bool:
    """The mail greets the user with one name and no honorific: "Hi Ana,"."""
    match = vocabulary.salutations.match(plain(layout.salutation))
    if match is None or len(plain(layout.salutation)) != len(layout.salutation):
        return False
    rest = re.findall(r"[\w'-]+", layout.salutation[match.end() :])
    return len(rest) == 1 and plain(rest[0]) not in vocabulary.honorifics


def people_met(
    layout: Layout, speeches: tuple[Speech, ...], own: tuple[str, ...], vocabulary: Vocabulary
) -> tuple[str, ...]:
    """Persons whom the mail names as met by the user, in its order; an honorific is kept only by a family name alone."""
    found: dict[str, str] = {}
    for speech in speeches[:1]:
        for pattern in speech.met:
            for match in list(pattern.finditer(layout.body))[:4]:
                for part in _joined().split(match["people"]):
                    words = re.match(r"(?:(?:[^\W\d_a-zß-ÿ][\w'’.-]*|van|de|von|der|di|da)\s?){1,4}", part.strip())
                    name = parse_name(words[0].strip(), vocabulary) if words else None
                    if name is None:
                        break
                    if (
                        len(name.tokens) >= 1
                        and (name.honorific or any(token in vocabulary.given for token in name.tokens))
                        and not any(squeezed(name.text) in squeezed(one) for one in own)
                    ):
                        alone = len(name.tokens) == 1 and name.honorific
                        shown = f"{name.honorific} {name.text}".replace("Herrn ", "Herr ") if alone else name.text
                        found.setdefault(squeezed(name.text), shown)
    return tuple(found.values())
