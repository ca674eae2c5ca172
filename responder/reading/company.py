"""Which company a mail is about: of all forms that may name it the one that its traits speak for most, or none. Relays and boards are no companies."""

from __future__ import annotations

import math
import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from responder.reading.evidence import gather_mentions
from responder.reading.names import DENSE
from responder.reading.organisations import key_of, kinds_of, matches, registrable, same
from responder.reading.traits import traits_of
from responder.reading.words import squeezed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from responder.reading.evidence import Mention, Scene
    from responder.reading.vocabulary import Vocabulary


_MOST = 250  # forms: of a mail that has more, the first ones are looked at, in the order of the places
SURE = 0.4  # how likely a company must be to be named: a wrong name in a letter is worse than none


@dataclass(frozen=True, slots=True)
class Company:
    """The employer, or the agency where the client is unnamed, with other forms of the name in the mail."""

    name: str | None
    agency: bool
    aliases: tuple[str, ...]
    domains: tuple[str, ...]
    from_label: bool = False  # a "Company: X" line of a portal named it


@dataclass(frozen=True, slots=True)
class Candidate:
    """A form that may name the company."""

    name: str
    mentions: tuple[Mention, ...]
    traits: frozenset[str]


@cache
def weights() -> Mapping[str, float]:
    """What each trait speaks for or against a form, in log-odds; "none" is what speaks for naming none."""
    return dict(tomllib.loads((files("responder") / "knowledge" / "company.toml").read_text("utf-8"))["weights"])


def find_company(scene: Scene) -> Company:
    """The company that the mail is about."""
    found = candidates(scene)
    named = scene.client and all(_is_client(one) for one in found)
    at = choose(
        [one.name for one in found], [score(one.traits) for one in found], -math.inf if named else weights()["none"]
    )
    best = None if at is None else found[at]
    if best is None:
        return Company(None, False, (), ())
    ours = [one for one in found if same(key_of(one.name), key_of(best.name)) and not _is_generic(one)]
    aliases = tuple(one.name for one in ours if one is not best and any(not mention.cut for mention in one.mentions))
    domain = scene.message.from_[0].domain if scene.message.from_ else ""
    domains = (
        (registrable(domain),) if scene.stem and any(matches(one.name, scene.stem) for one in (best, *ours)) else ()
    )
    places = {mention.place for one in (best, *ours) for mention in one.mentions}
    return Company(best.name, scene.client and not _is_client(best), aliases, domains, "label" in places)


def _is_client(one: Candidate) -> bool:
    """Whether the mail calls it a client: "our client, Tilling Brothers"."""
    return any(mention.place == "client" and not mention.cut for mention in one.mentions) and not _is_generic(one)


def _is_generic(one: Candidate) -> bool:
    """Whether a form has no word that only this company has."""
    return not DENSE.search(one.name) and bool(
        one.traits & {"only.org", "only.team", "only.title", "only.small", "only.place"}
    )


def choose(names: Sequence[str], scores: Sequence[float], none: float) -> int | None:
    """The number of the likeliest form, None where its company in all its forms is not likely enough."""
    if not names:
        return None
    top = max((*scores, none))
    likely = [math.exp(score - top) for score in scores]
    best = max(range(len(names)), key=lambda at: (likely[at], len(names[at])))
    key = key_of(names[best])
    together = sum(power for name, power in zip(names, likely, strict=True) if same(key, key_of(name)))
    return best if together >= SURE * (sum(likely) + math.exp(none - top)) else None


def score(traits: frozenset[str]) -> float:
    """The log-odds of a form."""
    return sum(weights().get(trait, 0.0) for trait in traits)


def candidates(scene: Scene) -> list[Candidate]:
    """Every form that may name the company, with its traits; where a client is named, only the forms of its name."""
    by_name: dict[str, list[Mention]] = defaultdict(list)
    mine = {squeezed(part) for name in scene.own for part in (name, *name.split())}
    for mention in gather_mentions(scene):
        if len(by_name) >= _MOST and mention.name not in by_name:
            continue
        if _possible(mention.name, mine, scene.vocabulary):
            by_name[mention.name].append(mention)
    by_key: dict[str, set[str]] = defaultdict(set)
    for name, mentions in by_name.items():
        by_key[key_of(name)] |= {mention.place for mention in mentions}
    longer = _longer(list(by_name), scene.vocabulary)
    out = []
    for name, mentions in by_name.items():
        here, key = {mention.place for mention in mentions}, key_of(name)
        also = {place for other, places in by_key.items() if same(key, other) for place in places} - here
        out.append(Candidate(name, tuple(mentions), traits_of(name, mentions, frozenset(also), longer[name], scene)))
    clients = [one for one in out if _is_client(one)] if scene.client else []
    return clients or out


def _longer(names: list[str], vocabulary: Vocabulary) -> dict[str, frozenset[str]]:
    """For each form what kinds of words others have beside it."""
    found: dict[str, set[str]] = {name: set() for name in names}
    padded = [f" {name} " for name in names]
    for name, inner in zip(names, padded, strict=True):
        for outer in padded:
            if len(outer) > len(inner) and inner in outer:
                rest = outer.replace(inner, " ", 1).split()
                kinds = set(kinds_of(rest, vocabulary)) - {"small"}
                found[name].add("+".join(sorted(kinds)) if len(kinds) < 2 else "mixed")
    return {name: frozenset(kinds) - {""} for name, kinds in found.items()}


def _possible(name: str, mine: set[str], vocabulary: Vocabulary) -> bool:
    whole = squeezed(name)
    return not (
        len(whole) < 2
        or len(name) > 90
        or whole in vocabulary.systems
        or whole in mine
        or whole in vocabulary.legal
        or not any(char.isalpha() for char in name)
        or (DENSE.search(name) and all(word in vocabulary.team for word in name.split()))
        or re.search(r"[@{}<>\ufffd]|https?:|www\.|\d{3}[ -]?\d{2}", name)
    )
