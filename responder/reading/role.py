"""Which post a mail is about: the likeliest of the runs of words that may name it, by the weights of knowledge/roles.json.

Weighs and chooses; what is seen of a run is spans.py's. The weights are made by benchmarks/train_roles.py.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from responder.reading.glossary import Glossary
from responder.reading.spans import Place, spans_of
from responder.reading.title import without_lead
from responder.reading.words import squeezed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from responder.reading.layout import Layout
    from responder.reading.message import Message
    from responder.reading.spans import Span
    from responder.reading.vocabulary import Vocabulary

_BODY, _BELOW, _QUOTED = 5000, 1500, 2000  # characters that are read of each part


@dataclass(frozen=True, slots=True)
class Weights:
    """What each thing that is seen of a run says for it, as a logarithm of odds."""

    seen: Mapping[str, float]
    none: float  # for the mail naming no post
    least: float  # a post that is less likely than this is none


def find_role(
    message: Message,
    layout: Layout,
    company: tuple[str, ...],
    titles: tuple[str, ...],
    language: str | None,
    own: tuple[str, ...],
    vocabulary: Vocabulary,
) -> str | None:
    """The post, or None where the mail names none. `company`: its names; `titles`: of those who signed; `own`: the user's names, which no post has."""
    return choose(role_spans(message, layout, company, titles, language, own, vocabulary), weights())


def role_spans(
    message: Message,
    layout: Layout,
    company: tuple[str, ...],
    titles: tuple[str, ...],
    language: str | None,
    own: tuple[str, ...],
    vocabulary: Vocabulary,
) -> list[Span]:
    """Every run of words of a mail that may name the post."""
    mine = [name for name in map(squeezed, own) if len(name) > 2]
    spans = spans_of(_places(message, layout), _glossary(vocabulary, language), company, titles)
    return [span for span in spans if not any(name in span.key for name in mine)]


def choose(spans: Iterable[Span], weights: Weights) -> str | None:
    """The likeliest post as its likeliest run has it: what all runs with the same words are worth together, against all others and none."""
    total, worth = math.exp(weights.none), dict[str, float]()
    best: dict[str, tuple[float, str]] = {}
    for span in spans:
        one = math.exp(sum(weights.seen.get(what, 0.0) for what in set(span.seen)))
        total += one
        worth[span.key] = worth.get(span.key, 0.0) + one
        if one > best.get(span.key, (0.0, ""))[0]:
            best[span.key] = (one, span.text)
    key = max(worth, key=worth.__getitem__, default=None)
    return best[key][1] if key is not None and worth[key] / total >= weights.least else None


@cache
def weights() -> Weights:
    """The weights that the program has."""
    text = (files("responder") / "knowledge" / "roles.json").read_text("utf-8")
    told = json.loads(text, parse_float=cache(float))  # few figures for many features: equal ones are shared
    return Weights(told["seen"], told["none"], told["least"])


@lru_cache(maxsize=32)
def _glossary(vocabulary: Vocabulary, language: str | None) -> Glossary:
    return Glossary(vocabulary, language)


def _places(message: Message, layout: Layout) -> Iterator[Place]:
    yield Place("subject", without_lead(message.subject))
    yield Place("body", layout.body[:_BODY])
    yield Place("below", "\n".join((*layout.signature, *layout.footers[:6]))[:_BELOW])
    yield Place("quoted", message.quoted[:_QUOTED])
