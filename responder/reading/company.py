"""Which company a mail is about: the name with the most evidence wins. Relays and boards are no companies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from responder.reading.evidence import Evidence, gather_evidence, stem_of_sender
from responder.reading.names import DENSE, parse_name, same_person
from responder.reading.organisations import bare, in_small_letters, key_of, legal_tail, matches, registrable, same
from responder.reading.vocabulary import any_of, common, common_set, places, plain, squeezed

if TYPE_CHECKING:
    from responder.reading.layout import Layout
    from responder.reading.message import Message
    from responder.reading.people import Sender, Signer
    from responder.reading.vocabulary import Speech, Vocabulary


@dataclass(frozen=True, slots=True)
class Company:
    """The employer, or the agency where the client is unnamed, with other forms of the name in the mail."""

    name: str | None
    agency: bool
    aliases: tuple[str, ...]
    domains: tuple[str, ...]
    from_label: bool = False  # a "Company: X" line of a portal named it


def find_company(
    message: Message,
    layout: Layout,
    signers: tuple[Signer, ...],
    sender: Sender,
    relay: bool,
    speeches: tuple[Speech, ...],
    own: tuple[str, ...],
    vocabulary: Vocabulary,
) -> Company:
    """The company. `relay`: the From domain is a system's or board's, so it names no company; `own`: names that are the applicant's."""
    address = message.from_[0] if message.from_ else None
    domain = address.domain if address else ""
    stem = stem_of_sender(message, domain, relay, vocabulary)
    tenant = squeezed(address.local if relay and address else "") + squeezed(domain.split(".")[0] if relay else "")
    people = [squeezed(signer.name.text) for signer in signers] + [
        squeezed(part) for name in own for part in (name, *name.split())
    ]
    found = [
        piece
        for piece in gather_evidence(message, layout, signers, sender, stem, speeches, vocabulary)
        if _possible(piece, people, vocabulary) and not _is_person(piece, signers, vocabulary)
    ]
    scored = _group(found, stem, tenant, _is_weak_domain(message, layout, vocabulary))
    client_words = bool(vocabulary.client.search(plain(layout.body)))
    if not scored:
        return Company(None, False, (), ())
    winner = scored[0]
    best, agency = (
        _best_form(winner, stem),
        bool(vocabulary.agency.search(plain(" ".join(piece.name for piece in winner)))) or client_words,
    )
    if client_words or agency:
        client = next((group for group in scored if any(piece.place == "client" for piece in group)), None)
        if client is None and (name := _client_in_subject(message.subject, layout, winner, vocabulary)):
            client = [Evidence(name, 1, "client")]
        if client is not None:
            if (name := _client_in_subject(message.subject, layout, [], vocabulary)) and any(
                same(key_of(name), key_of(piece.name)) for piece in client
            ):
                client = [Evidence(name, 1, "subject"), *client]
            winner, best, client_words = client, _best_form(client, ""), False
    domains = (registrable(domain),) if stem and any(matches(piece.name, stem) for piece in winner) else ()
    aliases = tuple(dict.fromkeys(piece.name for piece in winner if piece.name != best))
    return Company(best, client_words, aliases, domains, any(piece.place == "label" for piece in winner))


def _client_in_subject(subject: str, layout: Layout, agency: list[Evidence], vocabulary: Vocabulary) -> str | None:
    """The client that an agency writes about: a subject that is a name, which the text has as well (perhaps in another case)."""
    name = re.split(r"\s[-–|]\s", re.sub(r"^\s*\w{2,4}:\s*", "", subject))[0].strip()
    words = name.split()
    if (
        not 2 <= len(words) <= 5
        or not all(word[:1].isupper() for word in words)
        or vocabulary.title_words.search(plain(name))
    ):
        return None
    if any(same(key_of(name), key_of(piece.name)) for piece in agency) or " ".join(words[1:]) not in layout.body:
        return None
    return name


def _is_post(piece: Evidence, words: str, vocabulary: Vocabulary) -> bool:
    """A job title in running text, and nothing in it that only a firm has."""
    if piece.place not in {"body", "subject"} or not vocabulary.title_words.search(words):
        return False
    return not (vocabulary.org_words.search(words) or legal_tail().search(piece.name) or DENSE.search(piece.name))


def _is_person(piece: Evidence, signers: tuple[Signer, ...], vocabulary: Vocabulary) -> bool:
    """A signer in another form: "Prof. L. van Beveren", "Fr Des"."""
    words = [word.strip(".") for word in plain(piece.name).split()]
    bare = [word for word in words if word not in vocabulary.honorifics]
    if 0 < len(bare) < len(words) and any(
        all(any(token.startswith(word) for token in signer.name.tokens) for word in bare) for signer in signers
    ):
        return True
    name = parse_name(piece.name, vocabulary)
    if name is None or vocabulary.org_words.search(plain(piece.name)):
        return False
    return (name.honorific is not None or len(name.tokens) > 1) and any(
        same_person(name, signer.name) for signer in signers
    )


def _possible(piece: Evidence, people: list[str], vocabulary: Vocabulary) -> bool:
    name = piece.name
    whole = squeezed(name)
    if (
        len(whole) < (2 if DENSE.search(name) or name.isupper() else 3)
        or len(name) > 90
        or whole in vocabulary.systems
        or whole in people
        or re.search(r"[@{}<>\ufffd]|https?:", name)
    ):
        return False
    words = plain(name)
    if len(name.split()) == 1 and (vocabulary.signoffs.match(words) or vocabulary.phone_labels.fullmatch(words)):
        return False
    if re.search(r"[:：]\s*\d|\d{3}[ -]?\d{2}", name):
        return False
    if _is_post(piece, words, vocabulary):
        return False
    if DENSE.search(name) and name.endswith(common("dense_team_ends")) and not vocabulary.org_words.search(name):
        return False
    if piece.place != "label" and all(
        part in places() for part in re.split(rf",\s|\s(?:{any_of(common('ands'))})\s", words)
    ):
        return False
    if (
        words.split()[0] in vocabulary.role_stop - common_set("articles")
        or vocabulary.salutations.match(words)
        or (in_small_letters(name) and piece.place != "from")
        or all(word in vocabulary.team or word in vocabulary.role_labels for word in words.split())
    ):
        return False
    if (
        words in vocabulary.team
        or words in vocabulary.titles
        or words in vocabulary.role_stop
        or words in vocabulary.generic_subject
        or whole in vocabulary.legal
    ):
        return False
    if piece.place == "from":
        return any(char.isalpha() for char in name)
    return (
        any(char.isalpha() for char in name)
        and any(char.isupper() or not char.islower() for char in name if char.isalpha())
    ) or bool(DENSE.search(name))


def _is_weak_domain(message: Message, layout: Layout, vocabulary: Vocabulary) -> bool:
    """Whether the From domain says little: that of a robot, perhaps a portal's, or spelled in other letters than the mail."""
    local = message.from_[0].local if message.from_ else ""
    return bool(vocabulary.noreply_local.fullmatch(local)) or bool(DENSE.search(layout.body))


def _group(found: list[Evidence], stem: str, tenant: str, weak_domain: bool) -> list[list[Evidence]]:
    """Evidence for one company together, strongest company first."""
    groups: list[list[Evidence]] = []
    for piece in sorted(found, key=lambda one: -len(key_of(one.name))):
        key = key_of(piece.name)
        for group in groups:
            if any(same(key, key_of(other.name)) for other in group):
                group.append(piece)
                break
        else:
            groups.append([piece])

    def score(group: list[Evidence]) -> float:
        total, seen = 0.0, set[tuple[str, str]]()
        for piece in group:
            if (piece.place, key_of(piece.name)) not in seen:
                seen.add((piece.place, key_of(piece.name)))
                total += piece.weight
        if stem and any(matches(piece.name, stem) for piece in group):
            alone = all(piece.place == "domain" for piece in group)
            total += (0.5 if weak_domain else 1.2) if alone else 4
        if tenant and any(
            len(key_of(piece.name)) >= 3
            and (key_of(piece.name) in tenant or (len(tenant) > 3 and tenant in key_of(piece.name)))
            for piece in group
        ):
            total += 2
        return total

    return sorted((group for group in groups if score(group) > 0), key=score, reverse=True)


def _best_form(group: list[Evidence], stem: str) -> str:
    """The form to write: the one that most was said for; a signature or legal line before running text."""
    rank = {
        "label": 0,
        "client": 3.5,
        "signature": 1,
        "from": 1.5,
        "team": 2,
        "footer": 3,
        "body": 3,
        "subject": 4,
        "domain": 6,
    }

    def quality(piece: Evidence) -> tuple[float, int, int]:
        matched = -2.0 if stem and matches(piece.name, stem) else 0.0
        if piece.place == "body" and legal_tail().search(piece.name):
            matched -= 1.2  # "Acme Operations GmbH" rather than what is left of "Acme Operations Recruiting"
        return (
            matched + rank.get(piece.place, 5) - (1 if piece.weight >= 5 and piece.place == "signature" else 0),
            0,
            -len(piece.name),
        )

    best = min(group, key=quality).name
    letters = [char for char in bare(best) if char.isalpha()]
    if letters and all(char.isupper() for char in letters) and len(letters) > 5:
        other = next(
            (
                piece.name
                for piece in group
                if piece.place != "domain"
                and key_of(piece.name) == key_of(best)
                and any(char.islower() for char in bare(piece.name))
            ),
            None,
        )
        best = other or " ".join(
            word
            if len(word) <= 3
            and word.isupper()
            and squeezed(word)
            in {"gmbh", "ag", "se", "kg", "llp", "llc", "nv", "bv", "ab", "as", "rh", "hr", "nhs", "it"}
            else word[:1] + word[1:].lower()
            for word in best.split()
        )
    return best
