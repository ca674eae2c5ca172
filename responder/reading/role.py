"""Which post a mail is about: what its phrases, its subject and its fields name, weighed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from responder.reading.extent import extents
from responder.reading.organisations import key_of
from responder.reading.title import clean_role, gender, lead, strip_generic, without_company
from responder.reading.vocabulary import common, common_set, plain, squeezed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from responder.reading.layout import Layout
    from responder.reading.message import Message
    from responder.reading.vocabulary import Speech, Vocabulary

_NAMED = 1.5  # what a phrase that names the role gives at least
_DENSE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def find_role(
    message: Message,
    layout: Layout,
    company: str | None,
    aliases: tuple[str, ...],
    speeches: tuple[Speech, ...],
    own: tuple[str, ...],
    vocabulary: Vocabulary,
) -> str | None:
    """The role, or None where the mail names none."""
    for label, value in layout.rows:
        if label in vocabulary.role_labels and label not in common_set("subject_labels"):
            role = clean_role(re.split(r"\s[|]\s|\t", value)[0], vocabulary)
            if role and _plausible(role, company, own, vocabulary):
                return without_company(role, company, aliases)
    candidates: dict[str, float] = {}
    for role, weight in _candidates(message, layout, company, aliases, speeches, vocabulary):
        if _plausible(role, company, own, vocabulary):
            candidates[role] = candidates.get(role, 0) + weight
    _drop_longer(candidates, vocabulary)
    if not candidates and message.quoted:
        quoted = replace(layout, body=message.quoted[:3000], rows=())
        found = _candidates(replace(message, subject=""), quoted, company, aliases, speeches, vocabulary)
        candidates = {
            role: weight
            for role, weight in found
            if _plausible(role, company, own, vocabulary) and vocabulary.title_words.search(plain(role))
        }
        _drop_longer(candidates, vocabulary)
    if not candidates:
        return None
    folded = {role: plain(role) for role in candidates}
    subject, body = plain(message.subject), plain(layout.body)
    _absorb(candidates, subject, body, speeches[0], vocabulary)

    def score(role: str) -> float:
        name = folded[role]
        total = candidates[role] + 0.02 * min(len(name), 40)
        if name in subject and name in body:
            total += 2
        elif name in subject:
            total += 1
        if vocabulary.title_words.search(name):
            total += 1.5
        elif vocabulary.role_like(name):
            total += 0.5
        elif name not in subject and not _DENSE.search(name):
            named = candidates[role] >= _NAMED  # a phrase that says outright which post it is
            total -= (0.3 if named else 1.2) if role[:1].isupper() else (0.5 if named else 1.7)
        return total

    best = max(candidates, key=score)
    return best if score(best) >= 1.5 else None


def _drop_longer(candidates: dict[str, float], vocabulary: Vocabulary) -> None:
    """ "Sunday for Visual Merchandiser" goes where "Visual Merchandiser" is there as well: what stands before it is no part of a role."""
    for long in list(candidates):
        for short in candidates:
            if long == short or not long.endswith(short) or not vocabulary.title_words.search(plain(short)):
                continue
            before = long[: -len(short)]
            if _DENSE.search(short):
                drop = len(short) >= 3 and before.strip()[-1:] in common("dense_joining")
            else:
                words = plain(before).split()
                titled = [word for word in words if vocabulary.title_words.search(word)]
                drop = bool(words) and words[-1] in common_set("joining") | common_set("articles")
                drop = drop and words[-1] not in common_set("ands") and set(titled) <= common_set("common_titles")
            if drop:
                del candidates[long]
                break


def _absorb(candidates: dict[str, float], subject: str, body: str, speech: Speech, vocabulary: Vocabulary) -> None:
    """A role that subject and body both have in full, or that a phrase names, takes what speaks for its parts: "Support Worker, Band 2"."""
    for long, weight in sorted(candidates.items(), key=lambda item: len(item[0]), reverse=True):
        name = plain(long)
        both = name in subject and name in body
        for short in list(candidates):
            part = plain(short)
            if part == name or part not in name:
                continue
            if both:
                candidates[long] += max(candidates[short], 0)
            elif (
                weight >= _NAMED
                and vocabulary.title_words.search(name)
                and _are_of_roles(name, part, speech, vocabulary)
            ):
                candidates[long] += max(candidates[short], 0) + (2 if part in subject else 0)


def _are_of_roles(name: str, part: str, speech: Speech, vocabulary: Vocabulary) -> bool:
    """Whether what a longer reading of a role has beyond a shorter one are words of a role: no small words, nothing that every mail says."""
    if _DENSE.search(name) or "," in name:
        return False
    more = name.replace(part, " ").split()
    small = common_set("joining") - common_set("binding") | speech.function | speech.ends | vocabulary.idle_words
    return bool(more) and not any(word.strip("-–.") in small for word in more)


def _plausible(role: str, company: str | None, own: tuple[str, ...], vocabulary: Vocabulary) -> bool:
    words = plain(role)
    if not 2 <= len(role) <= 100 or (len(role) < 3 and not _DENSE.search(role)) or not re.search(r"[^\W\d_]", role):
        return False
    if (
        words in vocabulary.role_stop
        or words in vocabulary.generic_subject
        or (words in vocabulary.team and not vocabulary.title_words.search(words))
    ):
        return False
    if words.split()[0] in vocabulary.role_stop and not vocabulary.title_words.search(words):
        return False
    if company and (key_of(role) == key_of(company) or (_DENSE.search(role) and company.startswith(role))):
        return False
    if not _DENSE.search(role) and all(
        word in vocabulary.idle_words or word.isdigit() or word in common_set("joining")
        for word in re.findall(r"\w[\w'-]*", words)
    ):
        return False
    if any(squeezed(name) in squeezed(role) for name in own if len(squeezed(name)) > 2):
        return False
    if _DENSE.search(role) and any(
        role.startswith(stop) and len(role) <= len(stop) + 2 for stop in vocabulary.role_stop if _DENSE.search(stop)
    ):
        return False
    return len(words.split()) <= 10


def _candidates(
    message: Message,
    layout: Layout,
    company: str | None,
    aliases: tuple[str, ...],
    speeches: tuple[Speech, ...],
    vocabulary: Vocabulary,
) -> Iterator[tuple[str, float]]:
    for number, speech in enumerate(speeches):
        for order, pattern in enumerate(speech.roles):
            for where, text in (("body", layout.body), ("subject", lead().sub("", message.subject))):
                for match, again in _overlapping(pattern, text[:6000]):
                    weight = 2.0 - 0.15 * order - 0.5 * min(number, 1) - (0.4 if where == "subject" else 0)
                    weight -= 0.3 if again and match.groupdict().get("crole") else 0
                    yield from (
                        (
                            without_company(
                                clean_role(_as_named(role, speech, vocabulary), vocabulary), company, aliases
                            ),
                            weight - loss,
                        )
                        for role, loss in _cuts(match, speech, vocabulary)
                    )
    yield from _noun_phrases(layout, company, aliases, speeches[0], vocabulary)
    yield from _from_subject(message.subject, layout, company, aliases, vocabulary)
    for label, value in layout.rows[:6]:
        if label in common_set("subject_labels"):
            yield from _from_subject(value, layout, company, aliases, vocabulary)


def _overlapping(pattern: re.Pattern[str], text: str) -> Iterator[tuple[re.Match[str], bool]]:
    """Up to twelve matches, also such as begin within an earlier one ("your application for the role of X"), and whether they do."""
    start = behind = 0
    for _ in range(12):
        match = pattern.search(text, start)
        if match is None:
            return
        at = match.start()
        if (
            0 < at < len(text)
            and text[at - 1].isalnum()
            and text[at].isalnum()
            and not _DENSE.search(text[at - 1 : at + 1])
        ):
            start = at + 1  # within a word
            continue
        yield match, match.start() < behind
        start, behind = match.start() + 1, max(behind, match.end())


def _as_named(role: str, speech: Speech, vocabulary: Vocabulary) -> str:
    """ "grafika DTP" as it is by itself, "grafik DTP": a word that only without its ending is a title."""
    words = role.split()
    for at, word in enumerate(words):
        if plain(word) in vocabulary.title_words:
            continue
        for ending, instead in speech.inflections.items():
            base = word.removesuffix(ending) + instead
            if base != word and len(base) > 3 and vocabulary.title_words.search(plain(base)):
                words[at] = base
                break
    return " ".join(words)


def _cuts(match: re.Match[str], speech: Speech, vocabulary: Vocabulary) -> Iterator[tuple[str, float]]:
    """What a phrase caught, in the lengths that it may have, with what speaks against each."""
    groups = match.groupdict()
    if role := groups.get("crole"):
        yield from extents(role, speech, vocabulary)
        return
    if role := groups.get("cjk"):
        at = match.start("cjk")
        if at > match.start() or at == 0 or not _DENSE.match(match.string[at - 1]):
            yield role, 0
        return
    text = groups["role"].strip()
    quoted = re.match(r"^[\"“„«]([^\"”“»]+)", text)
    if quoted:
        yield quoted[1], -0.5
        return
    yield from extents(text, speech, vocabulary)


def _from_subject(
    subject: str,
    layout: Layout,
    company: str | None,
    aliases: tuple[str, ...],
    vocabulary: Vocabulary,
) -> Iterator[tuple[str, float]]:
    """The subject without what every subject says, the company and the numbers: "Re: Staff SRE — Goa" -> "Staff SRE"."""
    while lead().match(subject):
        subject = lead().sub("", subject, count=1)
    body = plain(layout.body)
    text = gender().sub(" ", subject)
    pieces = re.split(
        r"\s+(?:@|at|bei|chez|hos|bij|presso)\s+|\s+[-–—|/]\s+|:\s+|[：【】「」『』“”\"\[\]（）]|\s*·\s*|,\s+", text
    )
    whole = without_company(clean_role(text, vocabulary), company, aliases)
    for piece in dict.fromkeys([whole, *pieces]):
        role = strip_generic(
            clean_role(strip_generic(without_company(piece.strip(), company, aliases), vocabulary), vocabulary),
            vocabulary,
        )
        if (
            not role
            or (len(role.split()) > 7 and not _DENSE.search(role))
            or (company and key_of(company).startswith(key_of(role)))
        ):
            continue
        titled = vocabulary.title_words.search(plain(role))
        if not titled and (
            vocabulary.idle(role)
            or _DENSE.search(role)
            or len(role.split()) > 4
            or not (plain(role) in body or vocabulary.role_like(plain(role)) or _is_led(piece, role, text, vocabulary))
        ):
            continue
        if not titled and plain(role) not in body:
            yield role, 1.5 if piece.strip().lower() != role.lower() else 0.6
            continue
        weight = (
            0.9
            + (1.0 if plain(role) in body else 0)
            + (0.4 if titled else 0)
            - (0.8 if piece == whole and len(pieces) > 1 else 0)
        )
        yield role, weight if titled or plain(role) in body or len(role.split()) <= 3 else 0.3


def _is_led(piece: str, role: str, subject: str, vocabulary: Vocabulary) -> bool:
    """Whether a subject says that this is a post though no list knows it: "Anúncio cartógrafo", or nothing else at all: "cartógrafo"."""
    words = plain(role).split()
    if any(word in vocabulary.idle_words or word in vocabulary.given for word in words) or len(words) > 3:
        return False
    before = plain(piece)[: max(plain(piece).find(words[0]), 0)].split()
    if before and (before[-1] in vocabulary.role_labels or before[-1] in common_set("post_words")):
        return True
    return role.islower() and len(role) >= 5 and len(words) <= 2 and subject.strip() == role


_WORD = re.compile(r"[\w'’&/:*·.-]*\w|[.,;:!?()\n]")


def _noun_phrases(
    layout: Layout, company: str | None, aliases: tuple[str, ...], speech: Speech, vocabulary: Vocabulary
) -> Iterator[tuple[str, float]]:
    """Job titles anywhere in the text, with the words about them: for a role that no phrase introduces. Weak: it may be a colleague's."""
    body = layout.body[:3000]
    if _DENSE.search(body):
        yield from ((role, 0.4) for role in _dense_titles(body, vocabulary))
        return
    found = list(_WORD.finditer(body))
    words = [match[0] for match in found]
    seen = 0
    for at, word in enumerate(words):
        name = plain(word)
        if not vocabulary.title_words.search(name) or name in vocabulary.team or seen >= 8:
            continue
        first = _reach_left(words, at, speech)
        if name in common_set("common_titles") and (first == at or not words[first][:1].isupper()):
            continue
        seen += 1
        weight = 0.4
        if word[:1].islower():
            weight = 0.5 if _is_announced(words, first, vocabulary) else 0.3 if first < at else -0.3
        text = body[found[first].start() :].split("\n")[0][:120]
        for role, loss in extents(text, speech, vocabulary):
            yield without_company(clean_role(role, vocabulary), company, aliases), weight - loss


def _is_announced(words: list[str], first: int, vocabulary: Vocabulary) -> bool:
    """Whether "as" or a word for a post stands before: "stillingen som kontaktlærer", "die Stelle Koch"."""
    before = [plain(word) for word in words[max(0, first - 3) : first]]
    while before and before[-1] in common_set("determiners") | common_set("binding") | common_set("indefinite"):
        before.pop()
    return bool(before) and (
        before[-1] in common_set("as_words")
        or before[-1] in common_set("post_words")
        or before[-1] in vocabulary.role_labels
    )


def _dense_titles(body: str, vocabulary: Vocabulary) -> Iterator[str]:
    """In scripts without spaces: the run of one kind of letters that ends in a title, behind what leads to it."""
    titles = vocabulary.titles - common_set("dense_right")
    for run in re.findall(r"[\u30a0-\u30ff\u4e00-\u9fffA-Za-z0-9・/（）()々]{2,24}", body)[:60]:
        ends = [
            at
            for at in range(2, len(run) + 1)
            if any(run[at - size : at] in titles for size in (2, 3, 4, 5, 6) if size <= at)
        ]
        if ends and len(run) > 2:
            role = clean_role(run[: ends[-1]], vocabulary)
            if 3 <= len(role) <= 14:
                yield role


def _reach_left(words: list[str], at: int, speech: Speech) -> int:
    """Where the words that tell a title more closely begin: capitals, or small ones between "the" or "a" and it."""
    first = at
    while (
        first > 1
        and at - first < 4
        and words[first - 1][:1].isupper()
        and words[first - 1] not in _MARKS
        and words[first - 2] not in ".!?\n"
    ):
        first -= 1
    if first == at and not speech.nouns_follow:
        small = at
        while (
            small > 0
            and at - small < 3
            and words[small - 1][:1].islower()
            and plain(words[small - 1]) not in speech.function
        ):
            small -= 1
        if small < at and small > 0 and plain(words[small - 1]) in common_set("determiners") | {"a", "an"}:
            first = small
    return first


_MARKS = ".,;:!?()\n"
