"""Who signed a mail: the lines of its signature weighed against each other, the end of a short mail, the From header last."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from responder.reading.firm import is_robot
from responder.reading.hint import Hint, place
from responder.reading.names import DENSE, Name, fuller, parse_name, same_person
from responder.reading.people import Signer
from responder.reading.signature import is_small, persons_in, with_connector, without_kisses
from responder.reading.vocabulary import common_set
from responder.reading.words import plain, squeezed

if TYPE_CHECKING:
    from responder.reading.layout import Layout
    from responder.reading.message import Me, Message
    from responder.reading.people import Sender
    from responder.reading.vocabulary import Vocabulary


_NUMBER = re.compile(r"[\s,]+\(?\+?\d[\d ()/.-]{5,20}$")


_BESIDE = re.compile(r"\s*[,/|·(]\s*|\s+[–—-]\s+")


def find_signers(
    message: Message, layout: Layout, me: Me, vocabulary: Vocabulary, sender: Sender
) -> tuple[Signer, ...]:
    """The persons who signed, in the order in which they stand; () where a team or nobody did."""
    address = message.from_[0] if message.from_ else None
    hint = Hint(
        sender.name,
        sender.perhaps,
        address,
        message.reply_to[0] if len(message.reply_to) == 1 else None,
        _own_names(message, me),
        squeezed(f"{message.subject} {layout.body[:5000]}"),
        vocabulary,
        bool(layout.signoff),
    )
    found = _from_lines(layout, hint)
    if not found and layout.tail:
        found = _from_tail(layout.tail, hint)
    if not found and layout.signoff and not layout.signature:
        found = _from_above(layout, hint)
    if not found:
        found = _introduced(layout, hint)
    theirs = sender.name
    if theirs is not None and not hint.is_mine_own(theirs) and _is_nobody_else(found, theirs):
        found = (Signer(theirs, -1),)
    found = found or _from_head(layout, hint)
    return tuple(_completed(signer, hint) for signer in found)


def _is_nobody_else(found: tuple[Signer, ...], theirs: Name) -> bool:
    """Whether nobody signed but by introducing themselves, perhaps by another name: then it is the sender."""
    return not found or (found[0].line < 0 and not found[0].as_signed and not same_person(found[0].name, theirs))


def _own_names(message: Message, me: Me) -> tuple[Name, ...]:
    names = [me.name, *(to.name for to in message.to if to.address in me.addresses or len(message.to) == 1)]
    return tuple(Name(name) for name in dict.fromkeys(names) if name and "@" not in name)


def _from_lines(layout: Layout, hint: Hint) -> tuple[Signer, ...]:
    lines = layout.signature[:8]
    rest = _after_signoff(layout.signoff, hint.vocabulary)
    best: tuple[int, tuple[Signer, ...]] = (0, ())
    leads = True
    robot = hint.address is not None and not layout.signoff and is_robot(hint.address.address)
    for at, line in [(-1, rest), *enumerate(lines)] if rest else list(enumerate(lines)):
        signers = persons_in(line, at, lines, hint)
        if not signers:
            continue
        bare = max(hint.score(signer.name) for signer in signers)
        score = bare + place(at, lines, layout, hint, signers[0].name, leads=leads)
        leads = leads and bare < 0
        if robot and bare < 2 and not any(signer.title for signer in signers):
            continue  # what stands below a portal's table
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


def _after_signoff(signoff: str, vocabulary: Vocabulary) -> str:
    if not signoff:
        return ""
    match = vocabulary.signoffs.match(plain(signoff)) or vocabulary.weak_signoffs.match(plain(signoff))
    if match is None:
        return ""
    folded = plain(signoff)
    if len(folded) == len(signoff):
        return signoff[match.end() :].strip(" ,.!-–/")
    return " ".join(signoff.split()[len(folded[: match.end()].split()) :]).strip(
        " ,.!-–/"
    )  # "ß" and "æ" are two letters there


def _from_tail(tail: str, hint: Hint) -> tuple[Signer, ...]:
    """The name at the end of a mail that is one paragraph: "Gruß Heiko", "LG, Gesche aus der Redaktion", "Gio", "Mogens 24 55 80 36"."""
    behind = _after_signoff(tail, hint.vocabulary)
    rest = _behind_title(behind or tail, hint.vocabulary)
    kissed = re.split(r"(?i)(?<!\S)x{1,3}(?=\s)", rest)[-1]
    rest = without_kisses(_NUMBER.sub("", kissed)).lstrip("/ ").strip()
    if found := with_connector(rest, -1, hint, strict=True):
        return found
    for piece in (
        rest,
        *rest.split(", ")[1:][-1:],
        _BESIDE.split(rest)[0],
        " ".join(rest.split()[-2:]),
        " ".join(rest.split()[-1:]),
    ):
        whole = len(rest.split()) <= 6 and (rest.startswith(piece) or rest.endswith(f", {piece}"))
        name = parse_name(piece, hint.vocabulary, lenient=is_small(piece, hint))
        if name is None or hint.is_mine_own(name) or _is_spoken_of(name, hint):
            continue
        if replace(hint, said="").score(name) >= (0 if whole and len(name.tokens) <= 3 else 2):
            return (Signer(name, -1, None, piece),)
    return with_connector(rest, -1, hint)


def _is_spoken_of(name: Name, hint: Hint) -> bool:
    """The last word of a sentence, not a name below it: the body ends with it, and has it once more."""
    return hint.said.count(squeezed(name.text)) > 1 and not (hint.sender and same_person(name, hint.sender))


def _behind_title(tail: str, vocabulary: Vocabulary) -> str:
    """店長阿凱: what follows a title written onto a name."""
    if not DENSE.search(tail):
        return tail
    sizes = (size for size in range(min(5, len(tail) - 2), 1, -1) if tail[:size] in vocabulary.titles)
    size = next(sizes, 0)
    return tail[size:]


def _from_above(layout: Layout, hint: Hint) -> tuple[Signer, ...]:
    """The name above a line that reads like a sign-off and ends the mail: "Ottilie Vance / for the Copperpot Group"."""
    lines = layout.body.splitlines()[-1:]
    signers = persons_in(lines[0], 0, (lines[0], layout.signoff), hint) if lines and len(lines[0]) < 60 else ()
    return signers if signers and replace(hint, said="").score(signers[0].name) >= 0 else ()


def _from_head(layout: Layout, hint: Hint) -> tuple[Signer, ...]:
    """The sender of a formal Japanese letter, who stands above its first sentence: 館長 宇佐美 貞夫."""
    for line in layout.body.splitlines()[:6]:
        if not DENSE.search(line) or re.search(r"[。、，！]|(?:様|さん|殿|先生)\s*$", line):
            continue
        if hint.vocabulary.title_words.search(plain(line)) and (signers := persons_in(line, 0, (line,), hint)):
            return signers
    return ()


def _introduced(layout: Layout, hint: Hint) -> tuple[Signer, ...]:
    """A person who says who they are: "Juno here", 人事担当の〇〇と申します."""
    for speech in hint.vocabulary.speech(None):
        for pattern in speech.signers:
            match = pattern.search(layout.body[:1500])
            if match and match.groupdict().get("person"):
                name = parse_name(match["person"], hint.vocabulary)
                if (
                    name is None
                    and DENSE.search(match["person"])
                    and not _is_function(match["person"], hint.vocabulary)
                ):
                    name = Name(match["person"])
                if name is None or hint.is_mine_own(name):
                    continue
                signed = any(squeezed(line) == squeezed(name.text) for line in layout.signature)
                if signed or DENSE.search(name.text) or hint.score(name) >= 2:
                    return (Signer(name, -1),)
    return ()


def _is_function(word: str, vocabulary: Vocabulary) -> bool:
    """採用担当: who writes by what they do."""
    return (
        len(word) > 5
        or word in common_set("dense_never")
        or any(words.search(word) for words in (vocabulary.title_words, vocabulary.team_words, vocabulary.org_words))
    )


def _completed(signer: Signer, hint: Hint) -> Signer:
    """A first name or initials in the signature made full by the From header where both are one person."""
    sender = hint.sender or hint.perhaps
    if sender is not None and same_person(signer.name, sender):
        mine, theirs = signer.name.tokens, sender.tokens
        if len(mine) == 1 and mine[0] != theirs[0]:
            if theirs[0] not in hint.vocabulary.given and mine[0] == theirs[-1]:
                return signer  # "Marek", not "Chef Marek"
            if hint.address is not None and mine[0] == plain(hint.address.local):
                return signer  # as their address calls them: "Mags" <mags@...> of "Marguerite Mags Doyle"
        if len(mine) >= 2 and mine[-1] == theirs[-1] and len(mine[0]) > 1:
            return signer  # as they signed it
        return replace(signer, name=fuller(signer.name, sender))
    return signer
