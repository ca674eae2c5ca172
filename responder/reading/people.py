"""Persons as mails show them: who signed, and the From header read as a person. Teams and companies are no persons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from responder.reading.names import DENSE, Name
from responder.reading.words import plain, squeezed

if TYPE_CHECKING:
    from responder.reading.message import Address
    from responder.reading.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Signer:
    """A person who signed, with the place in the signature where they stand (-1: elsewhere) and the title found beside them."""

    name: Name
    line: int
    title: str | None = None
    as_signed: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """The From header read as a person; `company` is the rest of the display name.

    `perhaps`: the display name where it may be a person's and is one's only if somebody signs with it: "Demelza Trewin" at hr@.
    """

    name: Name | None
    company: str | None
    perhaps: Name | None = None


def is_known(name: Name, vocabulary: Vocabulary) -> bool:
    """One of its words is a given name, or its script leaves no doubt."""
    return any(
        part in vocabulary.given for token in name.text.split() for part in re.findall(r"\w+", plain(token))
    ) or bool(DENSE.search(name.text))


def is_mine(name: Name, address: Address) -> bool:
    """The local part of the address is made of this name: j.doe, jane.doe, doe, jdoe."""
    local = squeezed(address.local)
    tokens = [token for token in name.tokens if len(token) > 1]
    if not tokens:
        return False
    return any(len(token) >= 3 and token in local for token in tokens) or local == "".join(
        token[0] for token in name.tokens
    )
