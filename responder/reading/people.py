"""Who signed a mail: the person in the signature, the From header, what they are called and how they are greeted. Teams and companies are no persons."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from responder.reading.names import DENSE, Name, fuller, parse_name, same_person
from responder.reading.vocabulary import plain, squeezed

if TYPE_CHECKING:
    from responder.reading.layout import Layout
    from responder.reading.message import Address, Me, Message
    from responder.reading.vocabulary import Vocabulary

_SPLIT = re.compile(r"\s*[|·•]\s*|\s+[–—-]\s+|\s{2,}|\t|\s+/\s+")
_AND = re.compile(r"\s+(?:&|and|und|et|y|e|en|och|og|i|ve)\s+")
_VIA = re.compile(r"(?i)\s*\(?\b(?:via|through|über|par)\s+[^)]*\)?\s*$")
_LAST_FIRST = re.compile(r"^([^,()]{2,30}),\s*([^,()]{2,30})(?:\s*\(.*\))?$")
_FUNCTION = re.compile(r"(?i)^(?:on behalf of|for and on behalf of|namens|im auftrag|p/o|for)\b")


@dataclass(frozen=True, slots=True)
class Signer:
    """A person who signed, with the place in the signature where they stand (-1: elsewhere) and the title found beside them."""

    name: Name
    line: int
    title: str | None = None
    as_signed: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """The From header read as a person; `company` is the rest of the display name."""

    name: Name | None
    company: str | None


def read_sender(address: Address | None, vocabulary: Vocabulary) -> Sender:
    """The person and the company in a display name: "Haag, Barbara (P&P)", "Bea from Tidepool", "Jane Doe via Greenhouse"."""
    if address is None:
        return Sender(None, None)
    display = _VIA.sub("", address.name.strip(" \"'")).strip()
    if not display or "@" in display.split(" ")[0]:
        return Sender(None, None)
    if match := _LAST_FIRST.match(display):
        name = parse_name(f"{match[2]} {match[1]}", vocabulary)
        if name and not all(squeezed(word) in vocabulary.degrees for word in match[2].split()):
            return Sender(name, None)
    pieces = [piece for piece in re.split(r"\s*[|@·]\s*|\s+[–—-]\s+", display) if piece]
    if len(pieces) > 1:
        for at, piece in enumerate(pieces):
            name = parse_name(piece, vocabulary)
            if (name and _is_mine(name, address)) or (name and _known(name, vocabulary)):
                return Sender(name, " ".join(pieces[:at] + pieces[at + 1 :]))
        return Sender(None, display)
    return _connected(display, address, vocabulary)


def _connected(display: str, address: Address, vocabulary: Vocabulary) -> Sender:
    tokens = display.split()
    for at in range(1, len(tokens) - 1):
        if plain(tokens[at]) not in vocabulary.connectors:
            continue
        name, rest = parse_name(" ".join(tokens[:at]), vocabulary), " ".join(tokens[at + 1 :])
        stem = squeezed(address.domain)
        ours = (
            squeezed(rest)[: max(4, len(squeezed(rest)) * 2 // 3)] in stem
            or (plain(tokens[at]) in {"at", "@", "from", "fra", "från", "bei"} and at == 1)
            or (name is not None and address.local == plain(" ".join(name.tokens)))
        )
        if name and at <= 2 and ours and squeezed(rest) not in squeezed(address.local):
            return Sender(name, rest)
    if DENSE.search(display):
        return _dense_sender(display, vocabulary)
    name = parse_name(display, vocabulary)
    if name is None:
        return Sender(None, display)
    stem = squeezed(address.domain.split(".")[0])
    if len(name.tokens) > 1 and not _known(name, vocabulary) and not _is_mine(name, address):
        return Sender(None, display)
    if squeezed(name.text) == stem and squeezed(name.text) != squeezed(address.local):
        return Sender(None, display)
    if (
        len(name.tokens) == 1
        and not (_known(name, vocabulary) and _is_mine(name, address))
        and squeezed(name.text) not in squeezed(address.local)
    ):
        return Sender(None, display)
    return Sender(name, None)


def _dense_sender(display: str, vocabulary: Vocabulary) -> Sender:
    pieces = re.split(r"[\s　-]+", display)
    for size in (2, 1):
        for at in range(len(pieces) - size, -1, -1):
            name = parse_name(" ".join(pieces[at : at + size]), vocabulary)
            if name and (size == 2 or len(name.text) >= 2):
                rest = " ".join(pieces[:at] + pieces[at + size :])
                if size == 1 and not rest and name.text[0] not in vocabulary.surnames:
                    continue
                return Sender(name, rest or None)
    return Sender(None, display)


def _known(name: Name, vocabulary: Vocabulary) -> bool:
    return any(
        part in vocabulary.given for token in name.text.split() for part in re.findall(r"\w+", plain(token))
    ) or bool(DENSE.search(name.text))


def _is_mine(name: Name, address: Address) -> bool:
    """The local part of the address is made of this name: j.doe, jane.doe, doe, jdoe."""
    local = squeezed(address.local)
    tokens = [token for token in name.tokens if len(token) > 1]
    if not tokens:
        return False
    return any(len(token) >= 3 and token in local for token in tokens) or local == "".join(
        token[0] for token in name.tokens
    )


def find_signers(
    message: Message, layout: Layout, me: Me, vocabulary: Vocabulary, sender: Sender
) -> tuple[Signer, ...]:
    """The persons who signed, in the order in which they stand; () where a team or nobody did."""
    address = message.from_[0] if message.from_ else None
    hint = _Hint(
        sender.name,
        address,
        message.reply_to[0] if len(message.reply_to) == 1 else None,
        _own_names(message, me),
        vocabulary,
    )
    found = _from_lines(layout, hint)
    if not found and layout.tail:
        found = _from_tail(layout.tail, hint)
    if not found:
        found = _introduced(message, layout, hint)
    if not found and sender.name is not None and not hint.is_mine_own(sender.name):
        found = (Signer(sender.name, -1),)
    return tuple(_completed(signer, hint) for signer in found)


@dataclass(frozen=True, slots=True)
class _Hint:
    """What speaks for or against a name in the signature."""

    sender: Name | None
    address: Address | None
    answer: Address | None  # Reply-To
    own: tuple[Name, ...]  # the applicant's names
    vocabulary: Vocabulary

    def is_mine_own(self, name: Name) -> bool:
        return any(
            (name.tokens and set(name.tokens) <= set(own.tokens)) or squeezed(name.text) == squeezed(own.text)
            for own in self.own
        ) and not (
            self.sender is not None
            and same_person(name, self.sender)
            and not any(squeezed(self.sender.text) == squeezed(own.text) for own in self.own)
        )

    def score(self, name: Name) -> int:
        score = 0
        if self.sender is not None and same_person(name, self.sender):
            score += 4
        if (
            self.address is not None
            and _is_mine(name, self.address)
            and self.address.name
            and squeezed(name.text) != squeezed(self.address.domain.split(".")[0])
        ):
            score += 2
        elif self.answer is not None and _is_mine(name, self.answer):
            score += 3
        if _known(name, self.vocabulary):
            score += 2
        if 2 <= len(name.tokens) <= 3:
            score += 1
        if name.honorific:
            score += 2
        if self._is_company(name):
            score -= 5
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
        )


def _own_names(message: Message, me: Me) -> tuple[Name, ...]:
    names = [me.name, *(to.name for to in message.to if to.address in me.addresses or len(message.to) == 1)]
    return tuple(Name(name) for name in dict.fromkeys(names) if name and "@" not in name)


def _from_lines(layout: Layout, hint: _Hint) -> tuple[Signer, ...]:
    lines = layout.signature[:8]
    rest = _after_signoff(layout.signoff, hint.vocabulary)
    best: tuple[int, tuple[Signer, ...]] = (0, ())
    for at, line in [(-1, rest), *enumerate(lines)] if rest else list(enumerate(lines)):
        signers = _in_line(line, at, lines, hint)
        if not signers:
            continue
        score = max(hint.score(signer.name) for signer in signers) + _place(at, lines, layout, hint)
        if score >= 3 and score > best[0] + (
            0 if not best[1] or not same_person(best[1][0].name, signers[0].name) else 0
        ):
            if (
                best[1]
                and score - best[0] < 3
                and not any(same_person(best[1][0].name, signer.name) for signer in signers)
            ):
                continue
            best = (score, signers)
    return best[1]


def _place(at: int, lines: tuple[str, ...], layout: Layout, hint: _Hint) -> int:
    """How much the place of a line says that a person stands there."""
    score = 0
    if at <= 0 and layout.signoff:
        score += 2
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
    if at >= 0 and at + 1 == len(lines) and not layout.signoff and len(lines) > 1:
        score -= 1
    return score


def _after_signoff(signoff: str, vocabulary: Vocabulary) -> str:
    if not signoff:
        return ""
    match = vocabulary.signoffs.match(plain(signoff)) or vocabulary.weak_signoffs.match(plain(signoff))
    if match is None or len(plain(signoff)) != len(signoff):
        return ""
    return signoff[match.end() :].strip(" ,.!-–/")


def _in_line(line: str, at: int, lines: tuple[str, ...], hint: _Hint) -> tuple[Signer, ...]:
    """The persons in one line of a signature: "Jane Doe | Recruiter | Acme", "Emmy & Rafael", "Jane Doe, Head of HR"."""
    vocabulary = hint.vocabulary
    if _FUNCTION.match(line) or len(line) > 120:
        return ()
    if DENSE.search(line):
        return _in_dense_line(line, at, hint)
    pieces = [piece for piece in _SPLIT.split(line) if piece]
    for number, piece in enumerate(pieces[:3]):
        pair = _AND.split(piece)
        if len(pair) == 2 and (both := _two(pair, hint)):
            return tuple(Signer(name, at, _title(pieces[number + 1 :], at, lines, hint), piece) for name in both)
        name = parse_name(piece, vocabulary, lenient=_is_small(piece, hint))
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
                beside = parts[:first] + [", ".join(parts[first + 1 :])] if first else [", ".join(parts[1:])]
                return (
                    Signer(
                        name,
                        at,
                        _title([part for part in beside if part] + pieces[number + 1 :], at, lines, hint),
                        part,
                    ),
                )
    return _with_connector(line, at, hint)


def _with_connector(line: str, at: int, hint: _Hint, *, strict: bool = False) -> tuple[Signer, ...]:
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


def _is_small(piece: str, hint: _Hint) -> bool:
    """A name in small letters counts only where the From header has it as well."""
    return (
        hint.sender is not None
        and len(piece.split()) <= 2
        and bool(set(re.findall(r"\w+", plain(piece))) & set(hint.sender.tokens))
    )


def _two(pair: list[str], hint: _Hint) -> tuple[Name, ...]:
    names = [parse_name(part.split(",")[0], hint.vocabulary) for part in pair]
    first, second = names[0], names[1]
    if first is None or second is None or any(hint.is_mine_own(name) for name in (first, second)):
        return ()
    if (
        not any(_known(name, hint.vocabulary) or hint.score(name) > 2 for name in (first, second))
        or hint.score(Name(f"{first.text}{second.text}")) < 0
    ):
        return ()
    if len(first.tokens) == 1 and len(second.tokens) > 1:
        first = Name(f"{first.text} {second.text.split(' ', 1)[1]}", first.honorific)
    return first, second


def _in_dense_line(line: str, at: int, hint: _Hint) -> tuple[Signer, ...]:
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
            return (Signer(name, at, titles[-1] if titles else None, name.text),)
    if latin and not dense:
        return ()
    return ()


def _title(beside: list[str], at: int, lines: tuple[str, ...], hint: _Hint) -> str | None:
    """The job title beside a name or in the line below (or the team that they sign for)."""
    below = [lines[number] for number in (at + 1, at + 2) if 0 <= number < len(lines)]
    for piece in [*beside, *(part for line in below for part in [re.split(r"\s*[|·•]\s*", line)[0]])]:
        words = plain(piece)
        if (
            len(piece) > 70
            or re.search(r"\d{3}|@|www\.", piece)
            or (parse_name(piece, hint.vocabulary) and not hint.vocabulary.title_words.search(words))
        ):
            continue
        if hint.vocabulary.title_words.search(words) or words in hint.vocabulary.team:
            return _trim_title(piece, hint)
    return None


def _trim_title(piece: str, hint: _Hint) -> str:
    """ "Skoleleder, Egeskov Friskole" is a title and a company: what follows the comma stays only if it is a title as well."""
    parts = re.split(r",\s+", piece.strip(" ,()"))
    kept = parts[:1]
    for part in parts[1:]:
        if not hint.vocabulary.title_words.search(plain(part)):
            break
        kept.append(part)
    return ", ".join(kept)


def _from_tail(tail: str, hint: _Hint) -> tuple[Signer, ...]:
    """The name at the end of a mail that is one paragraph: "Gruß Heiko", "LG, Gesche aus der Redaktion", "Gio"."""
    rest = _after_signoff(tail, hint.vocabulary) or tail
    rest = re.sub(r"(?i)(?<!\S)x{1,3}(?!\S)|[\U0001F300-\U0001FAFF☕]+\s*", "", rest).lstrip("/ ").strip()
    if found := _with_connector(rest, -1, hint, strict=True):
        return found
    for piece in (rest, rest.split(",")[0], " ".join(rest.split()[-2:]), " ".join(rest.split()[-1:])):
        whole = piece == rest
        name = parse_name(piece, hint.vocabulary, lenient=_is_small(piece, hint))
        if name and not hint.is_mine_own(name) and hint.score(name) >= (1 if whole and rest != tail else 2):
            return (Signer(name, -1, None, piece),)
    return _with_connector(rest, -1, hint)


def _introduced(message: Message, layout: Layout, hint: _Hint) -> tuple[Signer, ...]:
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


def _completed(signer: Signer, hint: _Hint) -> Signer:
    """A first name or initials in the signature made full by the From header where both are one person."""
    if hint.sender is not None and same_person(signer.name, hint.sender):
        mine, theirs = signer.name.tokens, hint.sender.tokens
        if len(mine) >= 2 and mine[-1] == theirs[-1] and len(mine[0]) > 1:
            return signer  # as they signed it
        return replace(signer, name=fuller(signer.name, hint.sender))
    return signer
