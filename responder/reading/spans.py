"""The runs of words of a mail that may name the post, each with what is seen of it. Weighs nothing: which run is the post is decided elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from responder.reading.glossary import HEADS
from responder.reading.words import squeezed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from responder.reading.glossary import Glossary, Token

_QUOTES = "\"“”„«»'‘’「」『』【】《》〈〉"
_STOPPING = ".;:!?|…。、，；：！？"
_INSIDE = {",", "-", "–", "—", "/", "(", ")", "（", "）", "&", "+", "·", "'s"}
_BINDERS = {"bind", "prep", "and", "det"}
_NEVER_FIRST = _BINDERS | {"mark", "fn", "as", "small", "kana", "gender", "number", "hours", "few", "person"}
_NEVER_LAST = _BINDERS | {"mark", "fn", "as", "small", "terms"}
_BARRED = {"kana", "small", "gender", "number", "hours", "few", "person"}
_ANCHORS = {"post", "as", "app"}
_NOTED = {
    "idle",
    "place",
    "given",
    "num",
    "year",
    "post",
    "app",
    "as",
    "org",
    "team",
    "low",
    "fn",
    "stop",
    "caps",
    "terms",
    "vacant",
}
_CLEAN = {
    "edge",
    "stopping",
    "quote",
    "post",
    "as",
    "app",
    "(",
    ")",
    "-",
    "–",
    "—",
    ",",
    "gender",
    "number",
    "hours",
    "/",
}
_LONGEST, _LONGEST_DENSE = 8, 14
_MOST = 800  # runs that are looked at: a mail has twenty or two hundred


@dataclass(frozen=True, slots=True)
class Place:
    """A piece of the mail."""

    name: str  # "subject", "body", "below" (signature and small print), "quoted"
    text: str


@dataclass(frozen=True, slots=True)
class Span:
    """A run of words that may name the post."""

    text: str
    key: str  # the same words for comparing
    seen: tuple[str, ...]  # what is seen of the run and about it


@dataclass(slots=True)
class _Run:
    text: str
    key: str
    place: str
    clean: bool
    heads: frozenset[str]
    seen: list[str]


def spans_of(
    pieces: Iterable[Place], glossary: Glossary, company: tuple[str, ...], titles: tuple[str, ...] = ()
) -> list[Span]:
    """Every run that may name the post. `company`: its names; `titles`: those of the people who signed."""
    theirs = {squeezed(title) for title in titles}
    names = {squeezed(name) for name in company if len(squeezed(name)) > 2}
    runs: list[_Run] = []
    for piece in pieces:
        named = False
        for number, line in enumerate(piece.text.split("\n")):
            tokens, under = glossary.read(line), named
            named = len(tokens) < 6 and any(token.kind == "given" for token in tokens)
            for first, behind in islice(_bounds(tokens, piece.name), _MOST - len(runs)):
                text = _text(tokens, first, behind, line)
                key = squeezed(text)
                if not key:
                    continue
                left, right = _class(tokens, first - 1), _class(tokens, behind)
                heads = frozenset(token.name for token in tokens[first:behind] if token.kind in HEADS)
                seen = _look(tokens, first, behind, glossary)
                seen += [f"at {piece.name}", f"at {piece.name} {min(number, 4)}"]
                seen += [
                    f"{end} {piece.name}"
                    for end in (f"first {tokens[first].kind}", f"last {tokens[behind - 1].kind}", f"right {right}")
                ]
                seen += ["under name"] * under
                if any(key in title for title in theirs):
                    seen += ["title", f"title {piece.name}"]
                if key in names:
                    seen.append("is company")
                elif any(name in key for name in names):
                    seen.append("has company")
                elif any(key in name for name in names):
                    seen.append("of company")
                runs.append(_Run(text, key, piece.name, left in _CLEAN and right in _CLEAN, heads, seen))
    return _together(runs)


def _text(tokens: list[Token], first: int, behind: int, line: str) -> str:
    text, at = "", tokens[first].start
    for token in tokens[first:behind]:
        text += line[at : token.start] + token.text
        at = token.end
    return " ".join(text.split())


def _together(runs: list[_Run]) -> list[Span]:
    """What the other places of the mail say of each run."""
    where: dict[str, list[str]] = {}
    clean = {run.key for run in runs if run.clean}
    for run in runs:
        where.setdefault(run.key, []).append(run.place)
    longer = {key: any(key in other and key != other for other in clean) for key in where}
    shorter = {key: any(other in key and key != other for other in clean) for key in where}
    titles = list(dict.fromkeys(name for run in runs if run.place != "below" for name in sorted(run.heads)))
    spans = []
    for run in runs:
        rivals = min(len(set(titles) - run.heads), 4)
        order = min((titles.index(name) for name in run.heads if name in titles), default=9)
        run.seen += [
            f"rivals {rivals} {bool(run.heads)}",
            f"order {min(order, 4)}",
            f"order {min(order, 4)} {run.place}",
        ]
        times = where[run.key]
        run.seen.append(f"times {min(len(times), 4)}")
        if "subject" in times and "body" in times:
            run.seen += ["both", f"both {run.place}"]
        ends = "clean" if run.key in clean else "torn"
        if longer[run.key]:
            run.seen.append(f"longer {ends} {len(times) > 1}")
        if shorter[run.key]:
            run.seen.append(f"shorter {ends} {len(times) > 1}")
        spans.append(Span(run.text, run.key, tuple(run.seen)))
    return spans


def _bounds(tokens: list[Token], place: str) -> Iterator[tuple[int, int]]:
    for first, token in enumerate(tokens):
        if token.kind in _NEVER_FIRST or (first and token.kind == tokens[first - 1].kind == "char"):
            continue
        if token.kind == "post" and first + 1 < len(tokens) and tokens[first + 1].kind in _BINDERS | {"as"}:
            continue  # "post of": the name comes behind it
        anchored = _is_anchored(tokens, first, place)
        headed, deep, small = False, 0, 0
        for at in range(first, min(first + (_LONGEST_DENSE if token.dense else _LONGEST), len(tokens))):
            one = tokens[at]
            if one.kind in _BARRED or (one.kind == "mark" and one.text not in _INSIDE):
                break
            small += one.kind == "fn"
            deep += (one.text in "(（") - (one.text in ")）")
            if deep < 0 or small > 1:
                break
            headed = headed or one.kind in HEADS
            following = tokens[at + 1] if at + 1 < len(tokens) else None
            if deep or (one.kind in _NEVER_LAST and one.text not in ")）"):
                continue
            if one.kind in {"post", "app"} and (at == first or (headed and tokens[at - 1].kind not in _BINDERS)):
                continue
            if following and following.kind == one.kind == "char":
                continue
            if headed or anchored or any(token.kind in {"post", "app"} for token in tokens[at + 1 : at + 3]):
                yield first, at + 1


def _is_anchored(tokens: list[Token], first: int, place: str) -> bool:
    """Whether something stands before a run that leads to the name of a post, so that it need not have a known one."""
    before = tokens[first - 1] if first else None
    if place == "subject":
        return before is None or before.kind not in {"cap", "caps"}
    if before and before.text in _QUOTES:
        return True
    return any(token.kind in _ANCHORS for token in tokens[max(0, first - 3) : first])


def _class(tokens: list[Token], at: int) -> str:
    if not 0 <= at < len(tokens):
        return "edge"
    token = tokens[at]
    if token.kind != "mark":
        return token.kind
    if token.text in _QUOTES:
        return "quote"
    return "stopping" if token.text in _STOPPING else token.text


def _word(tokens: list[Token], at: int) -> str:
    return tokens[at].name if 0 <= at < len(tokens) else "^"


def _case(tokens: list[Token], at: int) -> str:
    if not 0 <= at < len(tokens) or tokens[at].kind == "mark":
        return "|"
    text = tokens[at].text
    return "1" if text[0].isdigit() else "A" if text[0].isupper() else "a"


def _look(tokens: list[Token], first: int, behind: int, glossary: Glossary) -> list[str]:
    """What is seen of a run: its own words, and the words about it."""
    own = tokens[first:behind]
    words = [token for token in own if token.kind != "mark"]
    kinds = [token.kind for token in words]
    left, right = _class(tokens, first - 1), _class(tokens, behind)
    code = glossary.language
    seen = [
        f"size {min(len(words), 7)}",
        f"size {min(len(words), 7)} {code}",
        f"first {kinds[0]}",
        f"last {kinds[-1]}",
        f"first {kinds[0]} {code}",
        f"last {kinds[-1]} {code}",
        f"ends {kinds[0]} {kinds[-1]}" if len(words) > 1 else f"only {kinds[0]}",
        f"left {left}",
        f"right {right}",
        f"left {left} {code}",
        f"right {right} {code}",
        f"left2 {_class(tokens, first - 2)} {left}",
        f"right2 {right} {_class(tokens, behind + 1)}",
        f"left= {_word(tokens, first - 1)}",
        f"right= {_word(tokens, behind)}",
        f"left2= {_word(tokens, first - 2)} {left}",
        f"first= {words[0].name}",
        f"last= {words[-1].name}",
        f"about {left} {right}",
        f"cut {_case(tokens, first - 1)}{_case(tokens, first)} {code}",
        f"torn {_case(tokens, behind - 1)}{_case(tokens, behind)} {code}",
        f"case {_case(tokens, first)}{_case(tokens, behind - 1)} {code}",
    ]
    key = squeezed("".join(token.text for token in own))
    if any(key in known.whole for known in glossary.occupations):
        seen.append("whole")
    heads = sum(kind in {"head", "bent", "made"} for kind in kinds)
    state = (
        f"heads {min(heads, 3)}" if heads else next((kind for kind in ("loan", "common") if kind in kinds), "headless")
    )
    unknown = f"unknown {min(kinds.count('low'), 3)} {min(kinds.count('cap'), 3)}"
    seen += [
        state,
        f"{state} {left}",
        f"{state} {right}",
        f"{state} {len(words) > 1} {code}",
        unknown,
        f"{unknown} {code}",
        f"{unknown} {state}",
    ]
    if len(words) > 1 and all(token.text[:1].isupper() for token in words if token.kind not in _BINDERS):
        seen.append("all capital")
    for at, token in enumerate(own[1:], 1):
        if token.kind in _BINDERS or token.kind == "mark":
            seen += [f"in {token.kind}", f"in= {token.name}", f"in= {token.name} {_class(own, at + 1)}"]
        elif token.kind in _NOTED:
            seen.append(f"in {token.kind}")
    before = next((number for number, token in enumerate(reversed(tokens[:first]), 1) if token.kind in _ANCHORS), 0)
    later = next((number for number, token in enumerate(tokens[behind:], 1) if token.kind in _ANCHORS), 0)
    seen += [f"before {_far(before)}", f"later {_far(later)}", f"{state} before {_far(before)}"]
    return seen


def _far(steps: int) -> str:
    return str(steps) if steps < 3 else "3-5" if steps < 6 else "6-12" if steps < 13 else "far"
