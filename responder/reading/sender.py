"""The From header read as a person and a company: "Haag, Barbara (P&P)", "Bea from Tidepool". What the text says is not its business."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from responder.reading.firm import is_shared
from responder.reading.names import DENSE, Name, parse_name
from responder.reading.organisations import is_freemail, is_mailbox
from responder.reading.people import Sender, is_known, is_mine
from responder.reading.vocabulary import common_set
from responder.reading.words import plain, squeezed

if TYPE_CHECKING:
    from responder.reading.message import Address
    from responder.reading.vocabulary import Vocabulary


_VIA = re.compile(r"(?i)\s*\(?\b(?:via|through|über|par)\s+[^)]*\)?\s*$")


_PARTED = re.compile(r"[^\W\d_][._-][^\W\d_]")  # jane.doe, j-doe


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
    if found.perhaps and (robot or relay) and plain(found.perhaps.text.split()[0]) not in vocabulary.given:
        return Sender(None, found.company)
    if found.name is None or not (robot or relay) or DENSE.search(found.name.text) or (found.company and not system):
        return found
    first = plain(found.name.text.split()[0]).split("-")[0]
    if first == plain(address.local) and address.domain.count(".") == 1 and " " in found.name.text:
        return Sender(None, address.name.strip(" \"'"))  # a tenant: anka@myworkday.com
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
        if plain(tokens[at]) in common_set("particles") and " " not in rest and not stem.startswith(squeezed(rest)):
            continue  # "Charlotte de Wynter" <cdw@dewynterassociates.example>
        if name and at <= 2 and ours and squeezed(rest) not in squeezed(address.local):
            return Sender(name, rest)
    if DENSE.search(display):
        return _dense_sender(display, address, vocabulary)
    name = parse_name(display, vocabulary)
    if name is None and display.islower():
        small = parse_name(display, vocabulary, lenient=True)
        name = small if small and len(small.tokens) > 1 and is_mine(small, address) else None
    if name is None:
        return _owner(display, address, vocabulary)
    if _is_person(name, address, vocabulary, said):
        return Sender(name, None)
    known = plain(name.text.split()[0]) in vocabulary.given
    anybody = is_freemail(address.domain) or is_mailbox(squeezed(address.domain.split(".")[0]))
    firm = _is_in_domain(name, address) or _is_short_for(address, name)
    perhaps = not firm and len(name.tokens) <= 3 and (known or not anybody)
    return Sender(None, display, name if perhaps else None)


def _is_person(name: Name, address: Address, vocabulary: Vocabulary, said: str) -> bool:
    """Whether a display name that reads like a name is a person's by itself, whoever signs."""
    stem = squeezed(address.domain.split(".")[0])
    whole, local = squeezed(name.text), squeezed(address.local)
    first = plain(name.text.split()[0].split("-")[0]) in vocabulary.given
    known, mine = is_known(name, vocabulary), is_mine(name, address)
    if not known and set(plain(name.text).split()) & common_set("ands"):
        return False  # "Inclusão e Diversidade"
    if name.honorific:
        return True
    if len(name.tokens) == 1:
        if first and whole not in said and not _is_in_domain(name, address):
            return True  # "Agnieszka" <pracownia@stitchandhem.example>
        own = whole == local and not is_shared(address.address) and not _is_in_domain(name, address)
        return own or (known and whole in local and (whole != stem or whole == local))
    own = mine and (_PARTED.search(address.local) is not None or _is_login(local, name, address))
    if not first and not own and _is_in_domain(name, address):
        return False  # "Chez Firmin" <chezfirmin@bistrot-firmin.example>
    # a rare name at an address of its own is a person's; at one that a whole office has, or spoken of in the text, a firm's
    firm = is_shared(address.address) or whole in said or whole[:5] in squeezed(address.domain)
    if not known and not mine:
        return not firm and (_PARTED.search(address.local) is not None or local[:2] == whole[:2])
    if not known and len(name.text.split()) > 3 and not _PARTED.search(address.local):
        return False  # "Dipartimento di Scienze Chimiche"
    if not known and _is_short_for(address, name):
        return False
    if not known and whole == local and (is_freemail(address.domain) or is_mailbox(stem)):
        return False  # "Larkspur Aviation" <larkspuraviation@webmail.example>
    return not (whole == stem and whole != local)


def _is_login(local: str, name: Name, address: Address) -> bool:
    """lyle@hutchensdiesel.example, otrammell@trammell-law.example: a person's, whoever the firm is called after."""
    if len(name.tokens) != 2:
        return False
    first, last = name.tokens
    return local == first[0] + last or (local == first and local not in squeezed(address.domain))


def _is_in_domain(name: Name, address: Address) -> bool:
    """Whether the domain is made of the name: a firm's, or that of somebody who is their own firm."""
    labels = [squeezed(label) for label in address.domain.split(".")[:-1]]
    whole = squeezed(name.text)
    return any(
        whole[:5] in label
        or (len(label) >= 5 and label in whole)
        or any(len(token) >= 4 and token in label for token in name.tokens)
        for label in labels
    )


def _is_short_for(address: Address, name: Name) -> bool:
    """ "Larchmont Biologics" <larchmontbio@...>: the beginning of a firm's name."""
    whole, local = squeezed(name.text), squeezed(address.local)
    return address.local.isalnum() and whole.startswith(local) and local not in (whole, name.tokens[0])


def _owner(display: str, address: Address, vocabulary: Vocabulary) -> Sender:
    """ "Tracey's Paw Spa" <tracey@traceyspawspa.example>: the address has the given name that the display name begins with."""
    first = re.split(r"[\s'’]", display, maxsplit=1)[0]
    local = squeezed(address.local)
    if (
        len(local) >= 4
        and local in vocabulary.given
        and squeezed(first).removesuffix("s") in {local, local.removesuffix("s")}
    ):
        return Sender(parse_name(first if squeezed(first) == local else first.removesuffix("s"), vocabulary), display)
    return Sender(None, display)


def _dense_sender(display: str, address: Address, vocabulary: Vocabulary) -> Sender:
    pieces = re.split(r"[\s　-]+", display)
    for size in (2, 1):
        for at in range(len(pieces) - size, -1, -1):
            name = parse_name(" ".join(pieces[at : at + size]), vocabulary)
            if name and DENSE.search(name.text) and (size == 2 or len(name.text) >= 2 or pieces[at] != name.text):
                rest = " ".join(pieces[:at] + pieces[at + size :])
                if size == 1 and not rest and not _is_short_name(name, address, vocabulary):
                    return Sender(None, display, name if len(name.text) <= 3 else None)
                return Sender(name, rest or None)
    return Sender(None, display)


def _is_short_name(name: Name, address: Address, vocabulary: Vocabulary) -> bool:
    """有馬 <arima@kobo.example>: a family name alone at an address of somebody's own, or a whole name."""
    shared = is_shared(address.address)
    if name.text[0] in vocabulary.surnames:
        return len(name.text) <= 3 or not shared
    return not shared and len(name.text) <= 3 and squeezed(address.local) not in squeezed(address.domain)
