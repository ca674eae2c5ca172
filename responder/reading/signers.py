"""Who signed a mail: the lines of its signature weighed against each other, the end of a short mail, the From header last."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from responder.reading.names import DENSE, Name, fuller, parse_name, same_person
from responder.reading.people import Signer
from responder.reading.signature import Hint, is_small, persons_in, with_connector
from responder.reading.vocabulary import plain, squeezed

if TYPE_CHECKING:
    from responder.reading.layout import Layout
    from responder.reading.message import Me, Message
    from responder.reading.people import Sender
    from responder.reading.vocabulary import Vocabulary


def find_signers(
    message: Message, layout: Layout, me: Me, vocabulary: Vocabulary, sender: Sender
) -> tuple[Signer, ...]:
    """The persons who signed, in the order in which they stand; () where a team or nobody did."""
    address = message.from_[0] if message.from_ else None
    hint = Hint(
        sender.name,
        address,
        message.reply_to[0] if len(message.reply_to) == 1 else None,
        _own_names(message, me),
        squeezed(f"{message.subject} {layout.body[:5000]}"),
        vocabulary,
    )
    found = _from_lines(layout, hint)
    if not found and layout.tail:
        found = _from_tail(layout.tail, hint)
    if not found:
        found = _introduced(layout, hint)
    if not found and sender.name is not None and not hint.is_mine_own(sender.name):
        found = (Signer(sender.name, -1),)
    return tuple(_completed(signer, hint) for signer in found)


def _own_names(message: Message, me: Me) -> tuple[Name, ...]:
    names = [me.name, *(to.name for to in message.to if to.address in me.addresses or len(message.to) == 1)]
    return tuple(Name(name) for name in dict.fromkeys(names) if name and "@" not in name)


def _from_lines(layout: Layout, hint: Hint) -> tuple[Signer, ...]:
    lines = layout.signature[:8]
    rest = _after_signoff(layout.signoff, hint.vocabulary)
    best: tuple[int, tuple[Signer, ...]] = (0, ())
    for at, line in [(-1, rest), *enumerate(lines)] if rest else list(enumerate(lines)):
        signers = persons_in(line, at, lines, hint)
        if not signers:
            continue
        score = max(hint.score(signer.name) for signer in signers) + _place(at, lines, layout, hint)
        if score >= 3 and score > best[0]:
            if (
                best[1]
                and score - best[0] < 3
                and not any(same_person(best[1][0].name, signer.name) for signer in signers)
            ):
                continue
            best = (score, signers)
    return tuple(_titled(signer, lines, hint) for signer in best[1])


def _titled(signer: Signer, lines: tuple[str, ...], hint: Hint) -> Signer:
    """Full name and title from a second line with the same name: "Theresa" above "Theresa Holt | Talent Manager"."""
    every = [other for at, line in enumerate(lines) if at != signer.line for other in persons_in(line, at, lines, hint)]
    again = [other for other in every if same_person(other.name, signer.name)]
    full = next((other.name for other in again if set(other.name.tokens) > set(signer.name.tokens)), signer.name)
    title = signer.title or next((other.title for other in again if other.title), None)
    return replace(signer, name=Name(full.text, signer.name.honorific or full.honorific), title=title)


def _place(at: int, lines: tuple[str, ...], layout: Layout, hint: Hint) -> int:
    """How much the place of a line says that a person stands there."""
    score = 0
    teams = all(hint.vocabulary.team_words.search(plain(line)) for line in lines[: max(at, 0)])
    if layout.signoff and (at <= 0 or (teams and at <= 2)):
        score += 2
        if at >= 0 and _is_new_word(lines[at], hint):
            score += 1
    following = lines[at + 1] if at + 1 < len(lines) else ""
    before = lines[at - 1] if at > 0 else ""
    if following and (
        hint.vocabulary.title_words.search(plain(following)) or hint.vocabulary.team_words.search(plain(following))
    ):
        score += 2
    if (
        before
        and len(before) < 60
        and hint.vocabulary.title_words.search(plain(before))
        and before.endswith((",", ":"))
    ):
        score += 3
    elif before and len(before) < 60 and hint.vocabulary.title_words.search(plain(before)):
        score += 1
    if 0 <= at < len(lines) and hint.vocabulary.title_words.search(plain(lines[at])):
        score += 1
    if 0 <= at < len(lines) and hint.vocabulary.team_words.search(plain(lines[at].split(",")[0])) and "," in lines[at]:
        score += 2  # "Personnel Department, Ogata"
    elif 0 <= at < len(lines) and DENSE.search(lines[at]) and hint.vocabulary.team_words.search(plain(lines[at])):
        score += 1  # 青空ガス 人事課 大沢
    after_team = (
        bool(before)
        and hint.vocabulary.team_words.search(plain(before))
        and not hint.vocabulary.title_words.search(plain(before))
    )
    if after_team and not layout.signoff and not re.search(r"\s[-–|·]\s|\d", lines[max(at, 0)]):
        score += 2  # "Ihr Acme Recruiting Team", then who wrote
    elif at >= 0 and at + 1 == len(lines) and not layout.signoff and len(lines) > 1:
        score -= 1
    return score


def _is_new_word(line: str, hint: Hint) -> bool:
    """One capitalised word alone that neither subject nor body has: a first name, however rare."""
    word = squeezed(line)
    address = squeezed(f"{hint.address.name} {hint.address.domain}") if hint.address else ""
    return (
        len(line.split()) == 1
        and line[:1].isupper()
        and word.isalpha()
        and word not in hint.said
        and word not in address
    )


def _after_signoff(signoff: str, vocabulary: Vocabulary) -> str:
    if not signoff:
        return ""
    match = vocabulary.signoffs.match(plain(signoff)) or vocabulary.weak_signoffs.match(plain(signoff))
    if match is None or len(plain(signoff)) != len(signoff):
        return ""
    return signoff[match.end() :].strip(" ,.!-–/")


def _from_tail(tail: str, hint: Hint) -> tuple[Signer, ...]:
    """The name at the end of a mail that is one paragraph: "Gruß Heiko", "LG, Gesche aus der Redaktion", "Gio"."""
    rest = _behind_title(_after_signoff(tail, hint.vocabulary) or tail, hint.vocabulary)
    kissed = re.split(r"(?i)(?<!\S)x{1,3}(?=\s)", rest)[-1]
    rest = re.sub(r"(?i)(?<!\S)x{1,3}(?!\S)|[\U0001F300-\U0001FAFF☕]+\s*", "", kissed).lstrip("/ ").strip()
    if found := with_connector(rest, -1, hint, strict=True):
        return found
    for piece in (rest, rest.split(",")[0], " ".join(rest.split()[-2:]), " ".join(rest.split()[-1:])):
        whole = piece == rest
        name = parse_name(piece, hint.vocabulary, lenient=is_small(piece, hint))
        if name and not hint.is_mine_own(name) and hint.score(name) >= (1 if whole and rest != tail else 2):
            return (Signer(name, -1, None, piece),)
    return with_connector(rest, -1, hint)


def _behind_title(tail: str, vocabulary: Vocabulary) -> str:
    """店長阿凱: what follows a title written onto a name."""
    if not DENSE.search(tail):
        return tail
    sizes = (size for size in range(min(5, len(tail) - 2), 1, -1) if tail[:size] in vocabulary.titles)
    size = next(sizes, 0)
    return tail[size:]


def _introduced(layout: Layout, hint: Hint) -> tuple[Signer, ...]:
    """A person who says who they are: "Juno here", 人事担当の〇〇と申します."""
    for speech in hint.vocabulary.speech(None):
        for pattern in speech.signers:
            match = pattern.search(layout.body[:1500])
            if match and match.groupdict().get("person"):
                name = parse_name(match["person"], hint.vocabulary)
                if name is None and DENSE.search(match["person"]) and len(match["person"]) <= 5:
                    name = Name(match["person"])
                if name and not hint.is_mine_own(name) and (DENSE.search(name.text) or hint.score(name) >= 2):
                    return (Signer(name, -1, None, name.text),)
    return ()


def _completed(signer: Signer, hint: Hint) -> Signer:
    """A first name or initials in the signature made full by the From header where both are one person."""
    if hint.sender is not None and same_person(signer.name, hint.sender):
        mine, theirs = signer.name.tokens, hint.sender.tokens
        if len(mine) >= 2 and mine[-1] == theirs[-1] and len(mine[0]) > 1:
            return signer  # as they signed it
        return replace(signer, name=fuller(signer.name, hint.sender))
    return signer
