"""What is to be seen of a form that may name the company: where it stands, what it is made of, whether the domain spells it.

Traits are names of weights in knowledge/company.toml, which benchmarks/train_company.py learns. Nothing is decided here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from responder.reading.names import DENSE, parse_name, same_person
from responder.reading.organisations import bare, key_of, kinds_of, legal_end, legal_head, legal_tail
from responder.reading.vocabulary import common, common_set
from responder.reading.words import plain, squeezed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from responder.reading.evidence import Mention, Scene
    from responder.reading.vocabulary import Vocabulary

_READ = 6000  # characters of the body
_UMLAUTS = (("ue", "u"), ("oe", "o"), ("ae", "a"), ("aa", "a"))


def traits_of(
    name: str, mentions: Iterable[Mention], also: frozenset[str], longer: frozenset[str], scene: Scene
) -> frozenset[str]:
    """The traits of one form. `also`: places where the same company stands in another form; `longer`: kinds of the words
    that another form has beside it."""
    places = {mention.place for mention in mentions}
    cuts = {place: min((mention.cut for mention in mentions if mention.place == place), key=len) for place in places}
    cut = min(cuts.values(), key=len)
    relation = to_domain(name, scene.stem)
    made = frozenset(_of_words(name, scene))
    standing = {f"at.{place}" for place in places} | {f"also.{place}" for place in also}
    standing |= {f"whole.{place}" for place, kinds in cuts.items() if not kinds} | {f"cut.{kind}" for kind in cut}
    standing |= {f"{place}.cut.{kind}" for place, kinds in cuts.items() for kind in kinds}
    out = {"any", f"places.{min(4, len(places | also))}", f"domain.{relation}", *made, *standing}
    out |= {f"longer.{kind}" for kind in longer}
    robot = bool(scene.message.from_) and scene.vocabulary.noreply_local.fullmatch(scene.message.from_[0].local)
    situations = [
        word
        for word, holds in (
            ("robot", robot),
            ("client", scene.client),
            ("agent", scene.agent),
            ("dense", DENSE.search(name)),
            ("latin", not DENSE.search(name) and DENSE.search(scene.layout.body)),
            ("mailbox", not scene.stem and not scene.relay),
            ("relay", scene.relay),
        )
        if holds
    ]
    out |= {f"{situation}.{trait}" for situation in situations for trait in (*standing, f"domain.{relation}")}
    out |= {f"{place}.domain.{relation}" for place in places}
    out |= {f"{place}.{trait}" for place in places for trait in made if trait in _TELLING or trait.startswith("only.")}
    out |= {f"{trait}.domain.{relation}" for trait in made & _OF_PERSONS}
    return frozenset(out)


_OF_PERSONS = frozenset(("signer", "mine", "person.known", "person.like", "given.first"))
_TELLING = frozenset(
    (
        "has.org",
        "has.title",
        "has.team",
        "has.unit",
        "has.public",
        "legal",
        "one.word",
        "board.word",
        "system",
        "agency",
        "agency.of.client",
    )
) | frozenset(("person.known", "person.like", "signer", "mine", "given.first"))
_SHAPES = {
    "small.first": re.compile(r"^[a-zà-öø-ÿ]"),
    "capitals": re.compile(r"^[A-ZÀ-ÖØ-Þ][^a-zà-öø-ÿ\u3040-\u9fff]{3,}$"),
    "dot": re.compile(r"\.$"),
    "brackets": re.compile(r"[()\[\]]"),
    "divided": re.compile(r"[,;:–—|/]|\s-"),
    "digits": re.compile(r"\d"),
}


def to_domain(name: str, stem: str) -> str:
    """How a name and the label of a domain agree: "same", "part", "holds", "word", "initials", "none"; "unknown" where there is no label,
    "letters" where the name is in others."""
    if not stem:
        return "unknown"
    if DENSE.search(name):
        return "letters"
    stems = _folded(stem)
    spoken = (
        [name, *(re.sub(r"\s*[&+]\s*", f" {word} ", name) for word in common("ands"))]
        if re.search(r"[&+]", name)
        else [name]
    )
    forms = {form for one in (bare(name), *spoken, key_of(name)) for form in _folded(squeezed(one))}
    if any(form in {one, f"the{one}"} or f"the{form}" == one for form in forms for one in stems):
        return "same"
    if any(len(form) >= 3 and form in one for form in forms for one in stems):
        return "part" if max(map(len, forms)) * 3 >= 2 * len(stem) else "piece"
    if any(len(one) >= 3 and one in form for form in forms for one in stems):
        return "holds"
    words = [squeezed(word) for word in bare(name).split()]
    if len(words) > 1 and any(_abbreviates(one, tuple(words)) for one in stems):
        return "initials" if stem == "".join(word[:1] for word in words) else "abbreviates"
    own = [word for word in words if len(word) >= 4]
    if any(word in one for word in own for one in stems) or any(
        one.startswith(word[:5]) for word in own[:1] for one in stems if len(word) >= 5
    ):
        return "word"
    return "none"


@lru_cache(maxsize=4096)
def _abbreviates(stem: str, words: tuple[str, ...], parts: int = 0) -> bool:
    """A label made of the beginnings of a name's words: "iqcampinas" of "Instituto de Química Aplicada de Campinas"."""
    if not stem:
        return parts > 1
    if not words:
        return False
    first, rest = words[0], words[1:]
    common_part = next((size for size in range(min(len(first), len(stem)), 0, -1) if first[:size] == stem[:size]), 0)
    if any(_abbreviates(stem[size:], rest, parts + 1) for size in {common_part, 3, 2, 1} if 0 < size <= common_part):
        return True
    return (parts > 0 or len(first) <= 3) and _abbreviates(stem, rest, parts)


def _folded(text: str) -> set[str]:
    latin = re.sub(r"[^a-z0-9]", "", text)
    short = latin
    for two, one in _UMLAUTS:
        short = short.replace(two, one)
    return {form for form in (latin, short, re.sub(r"and|und", "", latin)) if form}


def _of_words(name: str, scene: Scene) -> Iterator[str]:
    """What a form is made of."""
    if DENSE.search(name):
        yield from _of_dense(name, scene.vocabulary)
    else:
        yield from _of_spaced(name, scene)
    yield from _of_lists(name, scene)
    yield from _of_person(name, scene)
    said = min(3, scene.message.text.count(name))
    if said:
        yield f"said.{said}"
    for trait, pattern in _SHAPES.items():
        if pattern.search(name):
            yield trait
    if len(name) <= 3:
        yield "short"


def _of_spaced(name: str, scene: Scene) -> Iterator[str]:
    vocabulary, tokens = scene.vocabulary, name.split()
    kinds, folded = _kinds(tokens, scene), plain(name).split()
    yield "one.word" if len(tokens) == 1 else f"words.{min(5, len(tokens))}"
    yield f"first.{kinds[0]}"
    yield f"last.{kinds[-1]}"
    meant = set(kinds) - {"small"}
    yield from (f"has.{kind}" for kind in meant)
    if len(meant) == 1:
        yield f"only.{next(iter(meant))}"
    if "team" in (kinds[0], kinds[-1]) and len(meant) > 1:
        yield "team.edge"
    if len(tokens) > 1 and tokens[0].endswith("."):
        yield "title.dot" if folded[0].strip(".,") in vocabulary.honorifics | vocabulary.degrees else "first.dot"
    if len(tokens) > 1 and folded[0] in vocabulary.given:
        yield (
            "signs.for" if len(tokens) > 2 and folded[1] in vocabulary.connectors else "given.first"
        )  # "Oliwia z Kiełkuj"
    if any(token[:1].islower() and plain(token) not in common_set("joining") for token in tokens):
        yield "small.words"
    if folded[0] in scene.function and folded[0] not in common_set("name_articles"):
        yield "common.first"
    if any(word in scene.function and word not in common_set("joining") for word in folded[1:]):
        yield "common.within"
    if all(re.search(rf"(?<!\w){re.escape(token.lower())}(?!\w)", scene.layout.body[:_READ]) for token in tokens):
        yield "small.elsewhere"
    beside = {kind for token, kind in zip(tokens, kinds, strict=True) if squeezed(token) not in scene.stem} - {"small"}
    if scene.stem and to_domain(name, scene.stem) not in {"none", "same"}:
        yield from (f"beside.{kind}" for kind in beside)


def _kinds(tokens: list[str], scene: Scene) -> list[str]:
    """Kinds of words, but what the domain is made of is neither a person nor a place there."""
    return [
        "other" if kind in {"person", "place"} and len(token) > 3 and squeezed(token) in scene.stem else kind
        for token, kind in zip(tokens, kinds_of(tokens, scene.vocabulary), strict=True)
    ]


def _of_lists(name: str, scene: Scene) -> Iterator[str]:
    vocabulary = scene.vocabulary
    words, whole = plain(name), squeezed(name)
    labels = vocabulary.generic_subject | vocabulary.role_stop | vocabulary.role_labels | vocabulary.other_labels
    tests = {
        "board.word": any(part in whole for part in common("board_words")),
        "system": any(squeezed(token) in vocabulary.systems for token in name.split()),
        "agency.of.client" if scene.client else "agency": bool(vocabulary.agency.search(words)),
        "legal": any(pattern().search(name) for pattern in (legal_tail, legal_head, legal_end)),
        "courtesy": any(
            one.match(words) for one in (vocabulary.signoffs, vocabulary.salutations, vocabulary.weak_signoffs)
        ),
        "label.word": bool({words, words.rstrip(".")} & labels)
        or bool(vocabulary.phone_labels.fullmatch(words.strip(". "))),
    }
    yield from (trait for trait, holds in tests.items() if holds)


def _of_person(name: str, scene: Scene) -> Iterator[str]:
    person = parse_name(name, scene.vocabulary)
    address = scene.message.from_[0] if scene.message.from_ else None
    if address and _made_of(address.local, name):
        yield "mine"
    if person is None:
        return
    signed = [signer.name for signer in scene.signers] + ([scene.sender.name] if scene.sender.name else [])
    if any(same_person(person, one) for one in signed):
        yield "signer"
    elif to_domain(name, scene.stem) == "same":
        return  # "Morena" of morena.example is a firm, though a person may be called so
    known = any(part in scene.vocabulary.given for part in person.tokens)
    if known or len(person.tokens) > 1:
        yield "person.known" if known else "person.like"


def _made_of(local: str, name: str) -> bool:
    """What stands before the @ is one of the words, or their initials with one of them whole."""
    words = [squeezed(word) for word in name.split()]
    parts = [squeezed(part) for part in re.split(r"[._-]", local) if part]
    initials = "".join(word[:1] for word in words)
    return (
        any(part in words for part in parts)
        or squeezed(local) in {initials, "".join(words)}
        or any(squeezed(local) == word[:1] + words[-1] for word in words[:1])
    )


def _of_dense(name: str, vocabulary: Vocabulary) -> Iterator[str]:
    yield f"length.{min(6, len(name) // 2)}"
    if vocabulary.trade_words.search(name):
        yield "dense.org"
    if name in vocabulary.team or name in vocabulary.titles:
        yield "dense.team"
    elif name in vocabulary.trade_words or name in vocabulary.units:
        yield "dense.only.org"
    elif name.endswith(vocabulary.dense_teams):
        yield "dense.team.last"
    elif any(name[-size:] in vocabulary.trade_words for size in range(1, 9)):
        yield "dense.org.last"
    elif name.endswith(common("dense_team_ends")):
        yield "dense.office.last"
    if re.match(r"[我您你本贵貴弊当今この先]", name):
        yield "dense.common.first"
    if re.search(
        r"[我您你他她它们們了吗嗎呢吧把被给給跟就还還也都很不没沒会會要这這那个個]|ます|です|いただ|ました", name
    ):
        yield "dense.sentence"
    if re.search(r"[\u3040-\u309f]", name):
        yield "hiragana"
    if " " in name:
        yield "dense.space"
