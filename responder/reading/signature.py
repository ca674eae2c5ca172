"""The persons in one line of a signature, with the job title beside or below them. Which line counts is decided elsewhere."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from responder.reading.names import DENSE, Name, parse_name, same_person
from responder.reading.people import Signer, is_known
from responder.reading.vocabulary import any_of, common, common_set
from responder.reading.words import plain, squeezed

if TYPE_CHECKING:
    from responder.reading.hint import Hint


_SPLIT = re.compile(r"\s*[|·•]\s*|\s+[–—-]\s+|\s{2,}|\t|\s+/\s+")


@cache
def _joined() -> re.Pattern[str]:
    return re.compile(rf"\s+(?:{any_of(common('ands'))})\s+")


_FUNCTION = re.compile(r"(?i)^(?:on behalf of|for and on behalf of|namens|im auftrag|p/o|for)\b")


_KISS = re.compile(r"(?i)^(?:x{1,4}(?:\s+|$))+|(?:(?:^|\s+)x{1,4})+$|[\U0001F300-\U0001FAFF\u2600-\u27bf\ufe0f]+")


_POST_NOMINAL = re.compile(r"^(?:[A-Z][a-z]{0,2}){2,4}$")  # FREng, BSc, MRCVS


def persons_in(line: str, at: int, lines: tuple[str, ...], hint: Hint) -> tuple[Signer, ...]:
    """The persons in one line of a signature: "Jane Doe | Recruiter | Acme", "Emmy & Rafael", "Jane Doe, Head of HR"."""
    vocabulary = hint.vocabulary
    line = without_kisses(line)
    if not line or _FUNCTION.match(line) or len(line) > 120:
        return ()
    if DENSE.search(line):
        return _in_dense_line(line, at, lines, hint)
    if found := with_connector(line, at, hint, strict=True):
        return found
    pieces = [piece for piece in _SPLIT.split(line) if piece]
    if line.startswith("|"):
        return ()  # a row of a table
    for number, piece in enumerate(pieces[:3]):
        pair = _joined().split(piece)
        if len(pair) == 2 and (both := _two(pair, hint)):
            return tuple(Signer(name, at, _title(pieces[number + 1 :], at, lines, hint), piece) for name in both)
        if _is_abbreviation(piece, hint):
            continue
        if len(pair) > 1 and (name := parse_name(pair[0], vocabulary)) and _is_crew(piece[len(pair[0]) :], hint):
            return (Signer(name, at, None, pair[0]),)
        name = parse_name(piece, vocabulary, lenient=is_small(piece, hint))
        if name and not hint.is_mine_own(name) and (number == 0 or hint.score(name) >= 2):
            return (Signer(name, at, _title(pieces[number + 1 :], at, lines, hint), piece),)
        if signer := _between_commas(number, piece, at, lines, hint, pieces[number + 1 :]):
            return (signer,)
    return with_connector(line, at, hint)


def _between_commas(
    number: int, piece: str, at: int, lines: tuple[str, ...], hint: Hint, following: list[str]
) -> Signer | None:
    """ "Jane Doe, Head of HR", "Personnel Department, Ogata", "Buziaki, Oliwia"."""
    parts = re.split(r",\s*", piece)
    if len(parts) == 2 and (signer := _behind_parting(parts, at, hint)):
        return signer
    before = plain(parts[0])
    for first, part in enumerate(parts[:2] if len(parts) > 1 else ()):
        name = parse_name(part, hint.vocabulary)
        if name is None or hint.is_mine_own(name) or hint.score(name) < _least(first, number, before, hint):
            continue
        if first and not hint.vocabulary.title_words.search(before) and not hint.vocabulary.team_words.search(before):
            continue
        beside = [*parts[:first], ", ".join(parts[first + 1 :])]
        return Signer(name, at, _title([one for one in beside if one] + following, at, lines, hint), part)
    return None


def _least(part: int, piece: int, before: str, hint: Hint) -> int:
    """What must speak for a name between commas: "Jane, Head of HR" is likely, "Bartender, Whitby" is not."""
    if part == 0:
        return 0 if piece == 0 else 2
    return 0 if hint.parted or hint.vocabulary.team_words.search(before) else 2


def _behind_parting(parts: list[str], at: int, hint: Hint) -> Signer | None:
    """ "Buziaki, Oliwia", "all best, Marek": whatever stands before it, a given name alone or the sender's ends the mail."""
    before, name = parse_name(parts[0], hint.vocabulary), parse_name(parts[1], hint.vocabulary)
    if hint.parted and at == 0 and before and name and len(before.tokens) == len(name.tokens) == 1:
        first, last = (plain(part) in hint.vocabulary.given for part in (parts[1], parts[0]))
        return (
            Signer(Name(f"{name.text} {before.text}"), at, None, ", ".join(parts)) if first and not last else None
        )  # "Tannert, Hedwig"
    if hint.parted or name is None or hint.is_mine_own(name) or len(name.tokens) > 2 or len(parts[0].split()) > 5:
        return None
    theirs = hint.sender is not None and same_person(name, hint.sender)
    if before is not None and (hint.score(before) >= 2 or not (theirs or is_known(name, hint.vocabulary))):
        return None
    if before is None and not theirs and plain(parts[1].split()[0]) not in hint.vocabulary.given:
        return None
    words = plain(parts[0])
    if hint.vocabulary.title_words.search(words) or hint.vocabulary.team_words.search(words):
        return None
    return Signer(name, at, None, parts[1])


def without_kisses(line: str) -> str:
    """The line without "x", "xx" and little pictures at its ends."""
    return _KISS.sub("", line).strip()


def _is_crew(rest: str, hint: Hint) -> bool:
    """ "& the Moss & Beam crew", "und das ganze Team": who else signs is nobody by name."""
    words = _joined().sub(" ", rest, count=1).split()
    stated = words and (words[0][0].islower() or plain(words[0]) in hint.vocabulary.team | common_set("articles"))
    return bool(stated) and hint.vocabulary.team_words.search(plain(rest))


def _is_abbreviation(piece: str, hint: Hint) -> bool:
    """ "WU", "MA": a few capitals are a firm's or a place's unless they are the sender's initials."""
    letters = piece.replace(".", "")
    mine = hint.sender is not None and same_person(Name(piece), hint.sender)
    return (
        len(letters) <= 4
        and letters.isupper()
        and letters.isalpha()
        and not mine
        and squeezed(piece) not in hint.vocabulary.given
    )


def with_connector(line: str, at: int, hint: Hint, *, strict: bool = False) -> tuple[Signer, ...]:
    """ "Gesche aus der Redaktion", "Nancy van de Gouden Tip", "Valentina Wallner vom Recruiting-Team", "Jackie (Chief Elf)".

    `strict`: only where what follows is the sender's own or a team, for "Nancy van de Gouden Tip" may be a whole name.
    """
    tokens = line.rstrip(".!,").split()
    for number in range(1, min(len(tokens), 4)):
        if plain(tokens[number]) not in hint.vocabulary.connectors or len(tokens) > 8:
            continue
        name = parse_name(" ".join(tokens[:number]), hint.vocabulary)
        theirs = name is not None and hint.sender is not None and same_person(name, hint.sender)
        ours = not theirs and _is_ours(tokens[number:], hint)
        if name and not hint.is_mine_own(name) and (ours or not strict) and hint.score(name) >= (0 if ours else 2):
            return (Signer(name, at, None, " ".join(tokens[:number])),)
        break
    return ()


def _is_ours(words: list[str], hint: Hint) -> bool:
    """Whether what follows a connector names the sender, its domain, or a team; after a particle, a family name is none of them."""
    particle, words = plain(words[0]) in common_set("particles"), words[1:]
    rest = squeezed(" ".join(word for word in words if plain(word) not in hint.vocabulary.team))
    if any(plain(word).endswith(common("team_ends")) for word in words) or not rest:
        return bool(words)
    if particle and len([word for word in words if plain(word) not in common_set("particles")]) < 2:
        return False
    if hint.address is None or len(rest) < 3:
        return False
    return rest in f"{squeezed(hint.address.name)}|{squeezed(hint.address.domain)}"


def is_small(piece: str, hint: Hint) -> bool:
    """A name in small letters counts only where the From header has it as well."""
    known = {*(hint.sender.tokens if hint.sender else ()), plain(hint.address.local) if hint.address else ""}
    return len(piece.split()) <= 2 and bool(set(re.findall(r"\w+", plain(piece))) & known)


def _two(pair: list[str], hint: Hint) -> tuple[Name, ...]:
    names = [parse_name(part.split(",")[0], hint.vocabulary) for part in pair]
    first, second = names[0], names[1]
    if first is None or second is None or any(hint.is_mine_own(name) for name in (first, second)):
        return ()
    known = [is_known(name, hint.vocabulary) for name in (first, second)]
    short = len(first.tokens) == len(second.tokens) == 1 and all(hint.score(name) >= 0 for name in (first, second))
    if not any(known) and not short and all(hint.score(name) <= 2 for name in (first, second)):
        return ()
    if not all(known) and hint.score(Name(f"{first.text}{second.text}")) < 0:
        return ()
    if len(first.tokens) == 1 and len(second.tokens) > 1:
        first = Name(f"{first.text} {second.text.split(' ', 1)[1]}", first.honorific)
    return first, second


def _in_dense_line(line: str, at: int, lines: tuple[str, ...], hint: Hint) -> tuple[Signer, ...]:
    line = re.sub(r"[（(][^）)]*[）)]", "", line).strip()
    if re.search(r"[。、，！]|(?:様|さん|您好|你好)$", line) or re.match(r"(?i)(?:tel|fax|電話|电话|〒)", line):
        return ()
    line = re.sub(r"^(?:承辦人|承办人|担当|聯絡人|联系人|署名)[:：]\s*", "", line)
    pieces = [piece for piece in re.split(r"[\s　|｜/／:：]+", line) if piece]
    latin = [piece for piece in pieces if not DENSE.search(piece)]
    dense = [piece for piece in pieces if DENSE.search(piece)]
    for size in (2, 1):
        for start in (len(dense) - size, 0):
            if start < 0 or start + size > len(dense):
                continue
            name = parse_name(" ".join(dense[start : start + size]), hint.vocabulary)
            if name is None or hint.is_mine_own(name):
                continue
            others = dense[:start] + dense[start + size :]
            if size == 2 and (
                len(dense) > 4
                or (
                    dense[start][0] in hint.vocabulary.surnames
                    and len(dense[start]) > 1
                    and others == []
                    and len(dense[start + 1]) > 2
                )
            ):
                continue
            titles = [
                word
                for word in others
                if hint.vocabulary.title_words.search(word) or hint.vocabulary.team_words.search(word)
            ]
            single = size == 1 and not (len(name.text) >= 2 and name.text[0] in hint.vocabulary.surnames)
            theirs = any(one is not None and same_person(name, one) for one in (hint.sender, hint.perhaps))
            if single and not titles and not theirs:
                continue
            return (Signer(name, at, titles[-1] if titles else _title([], at, lines, hint), name.text),)
    if latin and not dense:
        return ()
    return ()


def _title(beside: list[str], at: int, lines: tuple[str, ...], hint: Hint) -> str | None:
    """The job title beside a name or in the line below (or the team that they sign for)."""
    below = [lines[number] for number in (at + 1, at + 2) if 0 <= number < len(lines)]
    for piece in [*beside, *(part for line in below for part in [re.split(r"\s*[|·•]\s*", line)[0]])]:
        words = plain(piece)
        if (
            len(piece) > 70
            or _POST_NOMINAL.match(piece)
            or squeezed(piece.split(",")[0]) in hint.vocabulary.degrees
            or re.search(r"\d{3}|\S@\S|www\.", piece)
            or (
                parse_name(piece, hint.vocabulary)
                and not hint.vocabulary.title_words.search(words)
                and not hint.vocabulary.role_like(words)
            )
        ):
            continue
        short = len(words.split()) <= 3 and hint.vocabulary.role_like(words) and piece in below
        if hint.vocabulary.title_words.search(words) or words in hint.vocabulary.team or short:
            return _trim_title(piece, hint)
    return None


def _trim_title(piece: str, hint: Hint) -> str:
    """ "Skoleleder, Egeskov Friskole" is a title and a company: what follows the comma stays only if it is a title as well."""
    parts = re.split(r",\s+", piece.split(" @ ", maxsplit=1)[0].strip(" ,()"))
    kept = parts[:1]
    for part in parts[1:]:
        if not hint.vocabulary.title_words.search(plain(part)):
            break
        kept.append(part)
    return _without_sender(", ".join(kept), hint)


def _without_sender(title: str, hint: Hint) -> str:
    """ "HR-adviseur Molenwater" from molenwater.example: the company behind the title goes."""
    words = title.split()
    labels = [squeezed(label) for label in hint.address.domain.split(".")[:-1]] if hint.address else []
    for size in (1, 2, 3):
        if (
            size < len(words)
            and len(squeezed("".join(words[-size:]))) >= 4
            and squeezed("".join(words[-size:])) in labels
        ):
            return " ".join(words[:-size])
    return title
