"""The From header read as a person and a company: "Haag, Barbara (P&P)", "Bea from Tidepool". What the text says is not its business."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from responder.reading.firm import is_shared
from responder.reading.names import DENSE, parse_name
from responder.reading.organisations import is_freemail, is_mailbox
from responder.reading.people import Sender, is_known, is_mine
from responder.reading.vocabulary import plain, squeezed

if TYPE_CHECKING:
    from responder.reading.message import Address
    from responder.reading.vocabulary import Vocabulary


_VIA = re.compile(r"(?i)\s*\(?\b(?:via|through|über|par)\s+[^)]*\)?\s*$")


_LAST_FIRST = re.compile(r"^([^,()]{2,30}),\s*([^,()]{2,30})(?:\s*\(.*\))?$")


def read_sender(address: Address | None, vocabulary: Vocabulary, *, relay: bool = False, said: str = "") -> Sender:
    """The person and the company in a display name: "Haag, Barbara (P&P)", "Bea from Tidepool", "Jane Doe via Greenhouse".

    A robot's and, at a `relay`, an unsure name is a company's unless it begins with a given name and the mail does not speak of it
    (`said`: subject and text, squeezed).
    """
    if address is None:
        return Sender(None, None)
    found = _read(address, vocabulary, said)
    robot = vocabulary.noreply_local.fullmatch(address.local) is not None or "+" in address.local
    system = found.company is not None and squeezed(found.company) in vocabulary.systems
    if found.name is None or not (robot or relay) or DENSE.search(found.name.text) or (found.company and not system):
        return found
    first = plain(found.name.text.split()[0]).split("-")[0]
    own = not robot and is_mine(found.name, address) and "." in address.local
    if (first in vocabulary.given and squeezed(found.name.text) not in said) or own:
        return found
    return Sender(None, found.name.text if system else address.name.strip(" \"'"))


def _read(address: Address, vocabulary: Vocabulary, said: str) -> Sender:
    display = _without_system(_VIA.sub("", address.name.strip(" \"'")).strip(), vocabulary)
    if not display or "@" in display.split(" ")[0]:
        return Sender(None, None)
    if match := _LAST_FIRST.match(display):
        name = parse_name(f"{match[2]} {match[1]}", vocabulary)
        if name and not all(squeezed(word) in vocabulary.degrees for word in match[2].split()):
            return Sender(name, None)
    pieces = [piece for piece in re.split(r"\s*[|@·]\s*|\s+[–—-]\s+", display) if piece]
    if len(pieces) > 1:
        for at, piece in enumerate(pieces):
            name = parse_name(piece, vocabulary)
            if (name and is_mine(name, address)) or (name and is_known(name, vocabulary)):
                return Sender(name, " ".join(pieces[:at] + pieces[at + 1 :]))
        return Sender(None, display)
    return _connected(display, address, vocabulary, said)


def _without_system(display: str, vocabulary: Vocabulary) -> str:
    """ "HireVue for Lark Airlines": the system that sends goes."""
    tokens = display.split()
    if len(tokens) > 1 and squeezed(tokens[-1]) in vocabulary.systems:
        return " ".join(tokens[:-1]).rstrip(" @|-–")
    if len(tokens) > 2 and squeezed(tokens[0]) in vocabulary.systems and tokens[1] in {"-", "–", "|"}:
        return " ".join(tokens[2:])
    match = re.match(r"(?i)(.{2,30}?)\s+(?:for|on behalf of|pour|für|para|per|voor|för|for|dla)\s+(?=\S)", display)
    return display[match.end() :] if match and squeezed(match[1]) in vocabulary.systems else display


def _connected(display: str, address: Address, vocabulary: Vocabulary, said: str) -> Sender:
    tokens = display.split()
    for at in range(1, len(tokens) - 1):
        if plain(tokens[at]) not in vocabulary.connectors:
            continue
        name, rest = parse_name(" ".join(tokens[:at]), vocabulary), " ".join(tokens[at + 1 :])
        stem = squeezed(address.domain)
        ours = (
            squeezed(rest)[: max(4, len(squeezed(rest)) * 2 // 3)] in stem
            or (plain(tokens[at]) in {"at", "@", "from", "fra", "från", "bei"} and at == 1)
            or (name is not None and address.local == plain(" ".join(name.tokens)))
        )
        if name and at <= 2 and ours and squeezed(rest) not in squeezed(address.local):
            return Sender(name, rest)
    if DENSE.search(display):
        return _dense_sender(display, vocabulary)
    name = parse_name(display, vocabulary)
    if name is None and display.islower():
        small = parse_name(display, vocabulary, lenient=True)
        name = small if small and len(small.tokens) > 1 and is_mine(small, address) else None
    if name is None:
        return Sender(None, display)
    stem = squeezed(address.domain.split(".")[0])
    whole = squeezed(name.text)
    # a rare name at an address of its own is a person's; at one that a whole office has, or spoken of in the text, a firm's
    firm = is_shared(address.address) or whole in said or whole[:5] in squeezed(address.domain)
    if len(name.tokens) > 1 and firm and not is_known(name, vocabulary) and not is_mine(name, address):
        return Sender(None, display)
    joined = len(name.tokens) == 1 or whole == squeezed(address.local)
    if not is_known(name, vocabulary) and joined and (is_freemail(address.domain) or is_mailbox(stem)):
        return Sender(None, display)  # "Larkspur Aviation" <larkspuraviation@webmail.example>
    if squeezed(name.text) == stem and squeezed(name.text) != squeezed(address.local):
        return Sender(None, display)
    if (
        len(name.tokens) == 1
        and not (is_known(name, vocabulary) and is_mine(name, address))
        and squeezed(name.text) not in squeezed(address.local)
    ):
        return Sender(None, display)
    return Sender(name, None)


def _dense_sender(display: str, vocabulary: Vocabulary) -> Sender:
    pieces = re.split(r"[\s　-]+", display)
    for size in (2, 1):
        for at in range(len(pieces) - size, -1, -1):
            name = parse_name(" ".join(pieces[at : at + size]), vocabulary)
            if name and (size == 2 or len(name.text) >= 2):
                rest = " ".join(pieces[:at] + pieces[at + size :])
                if size == 1 and not rest and name.text[0] not in vocabulary.surnames:
                    continue
                return Sender(name, rest or None)
    return Sender(None, display)
