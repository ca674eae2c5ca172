"""What speaks for or against it that a name in a signature is the signer's: its words, its place, the sender's header. Which name wins is decided elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from responder.reading.firm import is_shared
from responder.reading.names import DENSE, Name, same_person
from responder.reading.people import is_known, is_mine
from responder.reading.vocabulary import places
from responder.reading.words import plain, squeezed

if TYPE_CHECKING:
    from responder.reading.layout import Layout
    from responder.reading.message import Address
    from responder.reading.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Hint:
    """What speaks for or against a name in the signature."""

    sender: Name | None
    perhaps: Name | None  # the display name where it may be a person's
    address: Address | None
    answer: Address | None  # Reply-To
    own: tuple[Name, ...]  # the applicant's names
    said: str  # subject and body, squeezed: a company is spoken of there, a signer seldom
    vocabulary: Vocabulary
    parted: bool = False  # a sign-off stands above the signature

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
        if self.sender is not None and _is_same(name, self.sender):
            score += 4
        elif self.perhaps is not None and same_person(name, self.perhaps):
            score += 3
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
        if plain(name.text) in places():
            score -= 2
        if self._is_company(name):
            score -= 5
        elif score <= 1 and len(squeezed(name.text)) >= 4 and squeezed(name.text) in self.said:
            score -= 3
        return score

    def _is_company(self, name: Name) -> bool:
        if (
            self.address is None
            or name.honorific
            or any(one is not None and _is_same(name, one) for one in (self.sender, self.perhaps))
        ):
            return False
        whole = squeezed(name.text)
        if len(name.tokens) == 1 and whole == squeezed(self.address.local) and not is_shared(self.address.address):
            return False  # "Hasse" <hasse@hassesbilvard.example>
        display = squeezed(self.address.name)
        known = plain(name.text.split()[0]) in self.vocabulary.given
        labels = [squeezed(label) for label in self.address.domain.split(".")[:-1]]
        by_domain = any(
            len(whole) >= 3
            and (
                whole == label
                or (len(whole) >= 6 and not known and label.startswith(whole.removesuffix("s")))
                or (len(label) >= 4 and whole.startswith(label))
                or (len(label) >= 6 and not known and whole.endswith(label))
            )
            for label in labels
        )
        parts = [squeezed(part) for part in re.split(r"[-_.+]", self.address.local)]
        by_local = len(parts) > 1 and parts[0] == whole and is_shared(self.address.address)
        if not known and name.tokens:
            by_local = by_local or any(len(name.tokens[0]) >= 5 and name.tokens[0] in label for label in labels)
        if self.sender is None and not known and whole == display and len(name.tokens) > 1:
            return True  # read as a firm's already
        return (
            by_domain
            or by_local
            or (
                self.sender is None
                and len(whole) >= 3
                and (display.startswith(whole) or (len(whole) >= 6 and not known and whole in display))
                and whole not in squeezed(self.address.local)
                and not is_mine(name, self.address)
            )
        )


def _is_same(name: Name, other: Name) -> bool:
    """As same_person, but "Prowse Joinery" is not Ian Prowse: of two whole names one has all words of the other, or the first."""
    mine, theirs = name.tokens, other.tokens
    if len(mine) < 2 or len(theirs) < 2:
        return same_person(name, other)
    return same_person(name, other) and (
        set(mine) <= set(theirs) or set(theirs) <= set(mine) or mine[0][0] == theirs[0][0]
    )


def place(at: int, lines: tuple[str, ...], layout: Layout, hint: Hint, name: Name, *, leads: bool) -> int:
    """How much the place of a line says that a person stands there; it `leads` where no line above it has a name."""
    score = 0
    teams = all(hint.vocabulary.team_words.search(plain(line)) for line in lines[: max(at, 0)])
    if (at <= 0 or (teams and at <= 2)) if layout.signoff else (leads and at <= 2):
        score += 2
        if is_new_word(name.text, hint):
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
    elif at >= 0 and at + 1 == len(lines) and not layout.signoff and len(lines) > 1 and not leads:
        score -= 1
    return score


def is_new_word(text: str, hint: Hint) -> bool:
    """One capitalised word alone that neither subject nor body has: a first name, however rare."""
    word = squeezed(text)
    address = squeezed(f"{hint.address.name} {hint.address.domain}") if hint.address else ""
    return (
        len(text.split()) == 1
        and text[:1].isupper()
        and word.isalpha()
        and word not in hint.said
        and word not in address
    )
