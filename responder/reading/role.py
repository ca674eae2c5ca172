"""Which post a mail is about: what its phrases, its subject and its fields name, weighed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from responder.reading.organisations import key_of
from responder.reading.title import clean_role, gender, lead, strip_generic, without_company
from responder.reading.vocabulary import common_set, plain, squeezed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from responder.reading.layout import Layout
    from responder.reading.message import Message
    from responder.reading.vocabulary import Speech, Vocabulary

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
        if label in vocabulary.role_labels and label not in {
            "re",
            "regarding",
            "subject",
            "objet",
            "betreff",
            "asunto",
        }:
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
            total -= 1.2 if role[:1].isupper() else 1.7
        return total

    best = max(candidates, key=score)
    return best if score(best) >= 1.5 else None


def _drop_longer(candidates: dict[str, float], vocabulary: Vocabulary) -> None:
    """ "Sunday for Visual Merchandiser" goes where "Visual Merchandiser" is there as well: a small word before it shows that it begins there."""
    for long in list(candidates):
        for short in candidates:
            if long != short and long.endswith(short) and vocabulary.title_words.search(plain(short)):
                before = long[: -len(short)].split()
                if (_DENSE.search(short) and len(short) >= 3) or (
                    before and (before[-1][:1].islower() or len(before[-1]) == 1)
                ):
                    del candidates[long]
                    break


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
    if company and key_of(role) == key_of(company):
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
                for match in _overlapping(pattern, text[:6000]):
                    weight = 2.0 - 0.15 * order - 0.5 * min(number, 1) - (0.4 if where == "subject" else 0)
                    yield from (
                        (without_company(clean_role(role, vocabulary), company, aliases), weight - loss)
                        for role, loss in _cuts(match, speech)
                    )
    yield from _noun_phrases(layout, company, aliases, vocabulary)
    yield from _from_subject(message.subject, layout, company, aliases, vocabulary)


def _overlapping(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Up to twelve matches, also such as begin within an earlier one: "your application for the role of X" """
    start = 0
    for _ in range(12):
        match = pattern.search(text, start)
        if match is None:
            return
        yield match
        start = match.start() + 1


def _cuts(match: re.Match[str], speech: Speech) -> Iterator[tuple[str, float]]:
    groups = match.groupdict()
    if role := groups.get("crole"):
        yield re.split(r"(?<=\w{4})\.\s", role)[0], 0
        return
    if role := groups.get("cjk"):
        at = match.start("cjk")
        if at > match.start() or at == 0 or not _DENSE.match(match.string[at - 1]):
            yield role, 0
        return
    text = " " + groups["role"]
    quoted = re.match(r"^[^\"“„«»]*[\"“„]([^\"”“]+)", text)
    if quoted and text.strip()[0] in '"“„«':
        yield quoted[1], -0.5
    text = re.split(
        r"(?<!\bSr)(?<!\bJr)(?<!\bDy)\.(?:\s|$)|:\s|\s[-–—]\s(?=[a-zà-ÿ])|,\s(?=[a-zà-ÿ]|I\b)|\s\((?=[^)]{25,})", text
    )[0]
    loss = 0.0
    for end in list(speech.role_ends.finditer(text))[:3]:
        if text[: end.start()].strip():
            yield text[: end.start()], loss
            loss += 0.8
    yield text, loss


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
    pieces = re.split(r"\s+[-–—|/]\s+|:\s+|[：【】「」『』“”\"\[\]]|\s*·\s*|,\s+", text)
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
            or len(role.split()) > 4
            or not (plain(role) in body or vocabulary.role_like(plain(role)))
        ):
            continue
        weight = (
            0.9
            + (1.0 if plain(role) in body else 0)
            + (0.4 if titled else 0)
            - (0.8 if piece == whole and len(pieces) > 1 else 0)
        )
        yield role, weight if titled or plain(role) in body or len(role.split()) <= 3 else 0.3


_WORD = re.compile(r"[\w'’&/:*·.-]*\w|[.,;:!?()\n]")


def _noun_phrases(
    layout: Layout, company: str | None, aliases: tuple[str, ...], vocabulary: Vocabulary
) -> Iterator[tuple[str, float]]:
    """Job titles anywhere in the text, with the capitalised words about them: for a role that no phrase introduces. Weak: it may be a colleague's."""
    if _DENSE.search(layout.body):
        return
    words = _WORD.findall(layout.body[:3000])
    seen = 0
    for at, word in enumerate(words):
        if not vocabulary.title_words.search(plain(word)) or plain(word) in common_set("common_titles") or seen >= 8:
            continue
        first = last = at
        while (
            first > 0
            and at - first < 4
            and words[first - 1][:1].isupper()
            and words[first - 1] not in ".,;:!?()\n"
            and first - 1 > 0
            and words[first - 2] not in ".!?\n"
        ):
            first -= 1
        while (
            last + 1 < len(words)
            and last - at < 4
            and (words[last + 1][:1].isupper() or vocabulary.title_words.search(plain(words[last + 1])))
        ):
            last += 1
        seen += 1
        role = without_company(clean_role(" ".join(words[first : last + 1]), vocabulary), company, aliases)
        yield role, 0.1 if word[:1].islower() and first == last == at else 0.4
