"""Message -> Verdict: is it a rejection of MY job application, and how far had it come, each with evidence.

It knows no language: the patterns and weights are knowledge. It does not ask who signed (facts) nor what the mailbox holds (history).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from responder.reading.knowledge import Knowledge
    from responder.reading.message import Me, Message


class Reached(StrEnum):
    """How far the application came."""

    APPLICATION = "application"
    SCREEN = "screen"
    INTERVIEW = "interview"
    FINAL = "final"


class Stage(StrEnum):
    """What letters are chosen by: CLOSED where nobody was preferred, else the same as Reached."""

    APPLICATION = "application"
    SCREEN = "screen"
    INTERVIEW = "interview"
    FINAL = "final"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for (weight > 0) or against (weight < 0), with the words that matched."""

    rule: str
    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a mail is. `message` is the mail judged: the inner one where the user forwarded a rejection to themselves."""

    rejection: bool
    confidence: float  # 0..1, that it is a rejection
    reasons: tuple[Evidence, ...]
    language: str | None  # "en", "de", "zh-Hans", "zh-Hant" -> "zh"; None if unknown
    reached: Reached | None  # None where it is no rejection
    someone_hired: bool | None  # True only where the mail says so, False where nobody was preferred
    message: Message

    @property
    def stage(self) -> Stage | None:
        """CLOSED where nobody was preferred, else how far it came; None where it is no rejection."""
        if self.reached is None:
            return None
        return Stage.CLOSED if self.someone_hired is False else Stage(self.reached.value)


def worth_reading(message: Message, knowledge: Knowledge) -> bool:
    """False only for a glanced-at mail that cannot be a rejection: judge() on the read mail would say no as well."""
    raise NotImplementedError


def judge(message: Message, me: Me, knowledge: Knowledge) -> Verdict:
    """The verdict on one mail, with its evidence."""
    raise NotImplementedError
