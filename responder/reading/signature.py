"""The persons in one line of a signature, with the job title beside or below them. Which line counts is decided elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from responder.reading.names import DENSE, Name, parse_name, same_person
from responder.reading.people import Signer, is_known, is_mine
from responder.reading.vocabulary import any_of, common, plain, squeezed

if TYPE_CHECKING:
    from responder.reading.message import Address
    from responder.reading.vocabulary import Vocabulary


_SPLIT = re.compile(r"\s*[|·•]\s*|\s+[–—-]\s+|\s{2,}|\t|\s+/\s+")


@cache
def _joined() -> re.Pattern[str]:
    return re.compile(rf"\s+(?:{any_of(common('ands'))})\s+")


_FUNCTION = re.compile(r"(?i)^(?:on behalf of|for and on behalf of|namens|im auftrag|p/o|for)\b")


_POST_NOMINAL = re.compile(r"^(?:[A-Z][a-z]{0,2}){2,4}$")  # FREng, BSc, MRCVS


@dataclass(frozen=True, slots=True)
class Hint:
    """What speaks for or against a name in the signature."""

    sender: Name | None
    address: Address | None
    answer: Address | None  # Reply-To
    own: tuple[Name, ...]  # the applicant's names
    said: str  # subject and body, squeezed: a company is spoken of there, a signer seldom
    vocabulary: Vocabulary

    def is_mine_own(self, name: Name) -> bool:
        """The name is the applicant's: it stands in what is quoted or greeted."""
        return any(
            (name.tokens and set(name.tokens) <= set(own.tokens)) or squeezed(name.text) == squeezed(own.text)
            for own in self.own
        ) and not (
            self.sender is not None
            and same_person(name, self.sender)
            and not any(squeezed(self.sender.text) == squeezed(own.text) for own in self.own)
        )

    def score(self, name: Name) -> int:
        """How much speaks for it that this name is a person's who signed."""
        score = 0
        if self.sender is not None and same_person(name, self.sender):
            score += 4
        if (
            self.address is not None
            and is_mine(name, self.address)
            and self.address.name
            and squeezed(name.text) != squeezed(self.address.domain.split(".")[0])
        ):
            score += 2
        elif self.answer is not None and is_mine(name, self.answer):
            score += 3
        if is_known(name, self.vocabulary):
            score += 2
        if 2 <= len(name.tokens) <= 3:
            score += 1
        if name.honorific:
            score += 2
        if self._is_company(name):
            score -= 5
        elif score <= 1 and len(squeezed(name.text)) >= 4 and squeezed(name.text) in self.said:
            score -= 3
        return score

    def _is_company(self, name: Name) -> bool:
        if self.address is None:
            return False
        whole = squeezed(name.text)
        if self.sender is not None and same_person(name, self.sender):
            return False
        display = squeezed(self.address.name)
        labels = [squeezed(label) for label in self.address.domain.split(".")[:-1]]
        by_domain = any(
            len(whole) >= 3
            and (
                whole == label
                or (len(whole) >= 6 and label.startswith(whole))
                or (len(label) >= 4 and whole.startswith(label))
            )
            for label in labels
        )
        return by_domain or (
            self.sender is None
            and len(whole) >= 3
            and display.startswith(whole)
            and whole not in squeezed(self.address.local)
            and not is_mine(name, self.address)
        )


def persons_in(line: str, at: int, lines: tuple[str, ...], hint: Hint) -> tuple[Signer, ...]:
    """The persons in one line of a signature: "Jane Doe | Recruiter | Acme", "Emmy & Rafael", "Jane Doe, Head of HR"."""
    vocabulary = hint.vocabulary
    if _FUNCTION.match(line) or len(line) > 120:
        return ()
    if DENSE.search(line):
        return _in_dense_line(line, at, lines, hint)
    pieces = [piece for piece in _SPLIT.split(line) if piece]
    for number, piece in enumerate(pieces[:3]):
        pair = _joined().split(piece)
        if len(pair) == 2 and (both := _two(pair, hint)):
            return tuple(Signer(name, at, _title(pieces[number + 1 :], at, lines, hint), piece) for name in both)
        if _is_abbreviation(piece, hint):
            continue
        name = parse_name(piece, vocabulary, lenient=is_small(piece, hint))
        if name and not hint.is_mine_own(name):
            return (Signer(name, at, _title(pieces[number + 1 :], at, lines, hint), piece),)
        parts = re.split(r",\s*", piece)
        for first, part in enumerate(parts[:2]):
            if len(parts) < 2:
                break
            name = parse_name(part, vocabulary)
            if (
                name
                and not hint.is_mine_own(name)
                and (
                    first == 0
                    or vocabulary.title_words.search(plain(parts[0]))
                    or vocabulary.team_words.search(plain(parts[0]))
                )
                and hint.score(name) >= (1 if first == 0 else 0)
            ):
                beside = [*parts[:first], ", ".join(parts[first + 1 :])] if first else [", ".join(parts[1:])]
                return (
                    Signer(
                        name,
                        at,
                        _title([part for part in beside if part] + pieces[number + 1 :], at, lines, hint),
                        part,
                    ),
                )
    return with_connector(line, at, hint)


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
    """ "Gesche aus der Redaktion", "Nancy van de Gouden Tip", "Valentina Wallner vom Recruiting-Team", "Jackie (Chief Elf)"."""
    tokens = line.rstrip(".!,").split()
    for number in range(1, min(len(tokens), 4)):
        if plain(tokens[number]) in hint.vocabulary.connectors and len(tokens) <= 8:
            name = parse_name(" ".join(tokens[:number]), hint.vocabulary)
            rest = squeezed(
                " ".join(token for token in tokens[number + 1 :] if plain(token) not in hint.vocabulary.team)
            )
            if strict and (
                hint.address is None
                or len(rest) < 3
                or rest not in squeezed(hint.address.name) + "|" + squeezed(hint.address.domain)
            ):
                break
            if name and not hint.is_mine_own(name) and hint.score(name) >= 2:
                return (Signer(name, at, None, " ".join(tokens[:number])),)
            break
    return ()


def is_small(piece: str, hint: Hint) -> bool:
    """A name in small letters counts only where the From header has it as well."""
    return (
        hint.sender is not None
        and len(piece.split()) <= 2
        and bool(set(re.findall(r"\w+", plain(piece))) & set(hint.sender.tokens))
    )


def _two(pair: list[str], hint: Hint) -> tuple[Name, ...]:
    names = [parse_name(part.split(",")[0], hint.vocabulary) for part in pair]
    first, second = names[0], names[1]
    if first is None or second is None or any(hint.is_mine_own(name) for name in (first, second)):
        return ()
    if (
        not any(is_known(name, hint.vocabulary) or hint.score(name) > 2 for name in (first, second))
        or hint.score(Name(f"{first.text}{second.text}")) < 0
    ):
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
            if single and not titles and not (hint.sender and same_person(name, hint.sender)):
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
