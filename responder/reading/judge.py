"""Message -> Verdict: is it a rejection of MY job application, and how far had it come, each with evidence.

It knows no language: the patterns and weights are knowledge. It does not ask who signed (facts), nor what the mailbox
holds (history).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from responder.reading.digest import row_of_digest
from responder.reading.knowledge import Scope
from responder.reading.meaning import WHOLE, find_features
from responder.reading.model import Wording
from responder.reading.phrases import fold, sentences
from responder.reading.stage import signs
from responder.reading.words import count_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from responder.reading.knowledge import Knowledge, Language, Rule
    from responder.reading.message import Address, Me, Message
    from responder.reading.model import Model

_SHORT = 900  # characters
_GREETING = 300
_CUE_LIMIT = 2000
# Of 22,462 written rejections, which it was learned from, 5 lie below one of these
_FAR_OFF, _FAR_OFF_BRIEF = -1.3, -2.2  # log-odds of the model; a few plain words may weigh little
_BRIEF = 250  # characters
_FAR_OFF_WORDS = -0.6  # the same of single words alone
_MODEL_LIMIT = 1800
_WORDS = re.compile(r"[\w']{2,40}")
_APART = str.maketrans(
    dict.fromkeys('!"#$%&()*+,-./:;<=>?@[\\]^`{|}~', " ")
)  # a third of the time of _WORDS, for ASCII
_TEXT_LIMIT = 4000  # characters of a text that are judged: a decision stands in the first half of a mail
_LINK_LIMIT = 60
_SHARED = 10  # words for recognising a language that one far from it may have as well
_TOLD, _EXCERPT = 5, 120  # sentences that are told as reasons, and characters of each
_URL = re.compile(r"https?://[^\s<>\"]{4,500}")
_LINK_SPLIT = re.compile(r"[^a-z\n]+")  # a line for each link


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
    """What a mail is. `message` is the mail judged: the inner one where the user forwarded a rejection."""

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
    return any(_might_be(one, knowledge) for one in (message, *message.forwarded))


def _might_be(message: Message, knowledge: Knowledge) -> bool:
    if row_of_digest(message, knowledge) is not None:
        return True
    if not has_cues(message, knowledge):
        return False
    if knowledge.model is None or not _is_far_off(wording(message), knowledge.model):
        return True
    return bool(_find_in_links(_links(message), knowledge))  # a job board's mail may say it in a link alone


def _is_far_off(told: Wording, model: Model) -> bool:
    least = _FAR_OFF_BRIEF if len(told.text) < _BRIEF else _FAR_OFF
    return model.score_words(told) < _FAR_OFF_WORDS or model.score(told) < least


def has_cues(message: Message, knowledge: Knowledge) -> bool:
    """Whether a mail has any word about applications and their outcome, and is none of a discussion list."""
    fields = dict(message.headers)
    if "list-post" in fields or "list-archive" in fields:
        return False  # RFC 2369: a discussion list; what employers and job boards send has an unsubscribe link at most
    if "list-id" in fields and fields.get("precedence", "").lower() in {"list", "bulk"}:
        return False
    text = f"{message.subject}\n{message.text[:_CUE_LIMIT]}".lower()
    words = set(text.translate(_APART).split() if text.isascii() else _WORDS.findall(text))
    about = knowledge.application_cues.count(words, text)
    if len(text) < _SHORT:  # a handful of words between people may turn somebody down without naming what for
        return about > 0 or knowledge.outcome_cues.count(words, text) > 0
    return about >= 4 and knowledge.outcome_cues.count(words, text) >= 3


def wording(message: Message) -> Wording:
    """What the model looks at."""
    return Wording.of(message.subject, message.text[:_MODEL_LIMIT])


def judge(message: Message, me: Me, knowledge: Knowledge) -> Verdict:
    """The verdict on one mail, with its evidence."""
    if not worth_reading(message, knowledge):
        languages = recognise_languages(f"{message.subject}\n{message.text[:_MODEL_LIMIT]}", knowledge)
        reason = Evidence("far-off", "nothing in it is like a mail that turns an application down", -6.0)
        return _no(message, languages[0].code if languages else None, 0.0, reason)
    if message.from_ and any(sender.address in me.addresses for sender in message.from_):
        return _judge_own(message, me, knowledge)
    if len(message.forwarded) == 1:
        return _judge_passed_on(message, me, knowledge)
    return _weigh(row_of_digest(message, knowledge) or message, knowledge)


def _judge_own(message: Message, me: Me, knowledge: Knowledge) -> Verdict:
    """A mail of the user's own: a rejection only where it carries exactly one that was addressed to the user."""
    if len(message.forwarded) != 1:
        return _no(message, None, 0.01, Evidence("own.letter", "written by the user", -6.0))
    inner = message.forwarded[0]
    if not _addressed_to(inner, me):
        return _no(message, None, 0.01, Evidence("own.forward", "the forwarded mail was sent to somebody else", -6.0))
    return _weigh(inner, knowledge)


def _judge_passed_on(message: Message, me: Me, knowledge: Knowledge) -> Verdict:
    """A mail in which somebody else passes one on: about the user only if addressed to the user, or to nobody and naming the user.

    The sender may be the user as well, by another address.
    """
    outer, inner = _weigh(message, knowledge), message.forwarded[0]
    if _is_report(message):
        return _no(message, outer.language, 0.01, Evidence("report", "a mail system returns a mail", -6.0))
    sender = message.from_[0] if message.from_ else None
    if sender and sender.name and sender.name.casefold() == me.name.casefold():
        return _weigh(inner, knowledge) if sender.address in {one.address for one in inner.to} else outer
    if sender and _told_about(me, inner, sender):
        verdict = _weigh(
            inner, knowledge
        )  # an agency passes on what it was told: the news, and who signs it, are its own
        return replace(verdict, message=message) if verdict.rejection else outer
    if outer.rejection or not _addressed_to(inner, me) or not (inner.to or _names(inner, me)):
        return outer
    verdict = _weigh(inner, knowledge)
    return verdict if verdict.rejection else outer


def _told_about(me: Me, inner: Message, sender: Address) -> bool:
    """Whether a mail went to who passes it on, by address or, as mail programs show it, by name alone, and speaks of the user by full name."""
    shown = fold(inner.header("to") or "")
    to_sender = any(one.address == sender.address for one in inner.to) or (not inner.to and shown == fold(sender.name))
    return bool(to_sender and shown and me.name and fold(me.name) in fold(inner.text[:_TEXT_LIMIT]))


def _is_report(message: Message) -> bool:
    """A bounce or the like (RFC 3462, RFC 3834 s2): what it returns was sent by somebody, not to the user."""
    kind = (message.header("content-type") or "").lower()
    return kind.startswith("multipart/report") or (message.header("return-path") or "").replace(" ", "") == "<>"


def _addressed_to(message: Message, me: Me) -> bool:
    """By address, or by the user's own name: a mail may have gone to an old address that the config does not know."""
    people = (*message.to, *message.cc)
    return not message.to or any(one.address in me.addresses or fold(one.name) == fold(me.name) for one in people)


def _names(message: Message, me: Me) -> bool:
    """Whether a mail begins with a name of the user's."""
    beginning, names = fold(message.text[:_GREETING]), fold(me.name).split()
    words = set(_WORDS.findall(beginning))
    return any(name in words or (not name.isascii() and name in beginning) for name in names if len(name) > 1)


def _no(message: Message, language: str | None, confidence: float, *reasons: Evidence) -> Verdict:
    return Verdict(False, confidence, reasons, language, None, None, message)


def _weigh(message: Message, knowledge: Knowledge) -> Verdict:
    languages = languages_of(message, knowledge)
    found = find_evidence(message, knowledge, languages)
    reasons = [Evidence(identity, words, knowledge.rules[identity].weight) for identity, words in found.items()]
    reasons += _find_meaning(message, knowledge, languages)
    if knowledge.model is not None:
        score = knowledge.model.weigh(wording(message))
        reasons.append(Evidence("model", "the wording as a whole", round(score, 2)))
    language = languages[0].code if languages else None
    base = knowledge.bias + (knowledge.meaning.base(language or "") if knowledge.meaning else 0.0)
    total = base + sum(reason.weight for reason in reasons)
    confidence = 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
    reasons = sorted((reason for reason in reasons if reason.weight), key=lambda reason: -abs(reason.weight))
    if total <= 0:
        return _no(message, language, confidence, *reasons)
    reached, hired = _reached(message, found, knowledge, languages)
    return Verdict(True, confidence, tuple(reasons), language, reached, hired, message)


def find_evidence(
    message: Message, knowledge: Knowledge, languages: Sequence[Language] | None = None
) -> dict[str, str]:
    """Which rules hold in a mail, each with the first words that made it so."""
    if languages is None:
        languages = languages_of(message, knowledge)
    found = _find(_sentences(message), languages, knowledge)
    found |= _find_in_links(_links(message), knowledge)
    for rule in knowledge.rules.values():
        if rule.needs and all(any(one in found for one in alternatives) for alternatives in rule.needs):
            found[rule.id] = next(words for one, words in found.items() if one in rule.needs[0])
    return {one: words for one, words in found.items() if _applies(knowledge.rules[one], found, message)}


def _applies(rule: Rule, found: Mapping[str, str], message: Message) -> bool:
    if any(one in found for one in rule.without):
        return False
    return rule.within is None or count_words(message.text[:_TEXT_LIMIT]) <= rule.within


def meant(message: Message, knowledge: Knowledge, languages: Sequence[Language] | None = None) -> dict[str, int]:
    """The features of a mail that the learned weights of knowledge.meaning are about; see meaning.find_features."""
    if languages is None:
        languages = languages_of(message, knowledge)
    return find_features(_sentences(message), [language.concepts for language in _apart(languages)[:2]])


def _apart(languages: Sequence[Language]) -> list[Language]:
    """The main language and those unlike it: a word of a neighbour's would be taken for one of its own."""
    return [one for one in languages if one is languages[0] or len(one.detect & languages[0].detect) <= _SHARED]


def _find_meaning(message: Message, knowledge: Knowledge, languages: Sequence[Language]) -> list[Evidence]:
    """What the sentences mean, the strongest each by itself, and what all others add."""
    if knowledge.meaning is None:
        return []
    texts = ["", *_sentences(message)]
    language = languages[0].code if languages else ""
    added = knowledge.meaning.weigh(meant(message, knowledge, languages), language)
    sums = sorted(added.items(), key=lambda one: -abs(one[1]))
    told = [(number, weight) for number, weight in sums if number != WHOLE][:_TOLD]
    rest = sum(weight for _, weight in sums) - sum(weight for _, weight in told)
    reasons = [Evidence("meaning", texts[number + 1][:_EXCERPT], round(weight, 2)) for number, weight in told]
    return [*reasons, Evidence("matter", "what the mail is about", round(rest, 2))]


def _sentences(message: Message) -> list[str]:
    """The folded subject and sentences of the part of a mail that is judged."""
    return [fold(message.subject), *sentences(message.text[:_TEXT_LIMIT])]


def languages_of(message: Message, knowledge: Knowledge) -> tuple[Language, ...]:
    """The languages of the part of a mail that is judged, as recognise_languages gives them."""
    return recognise_languages(f"{message.subject}\n{message.text[:_TEXT_LIMIT]}", knowledge)


def recognise_languages(text: str, knowledge: Knowledge) -> tuple[Language, ...]:
    """The languages that a text is in, the main one first; one that only a few words hint at is left out."""
    folded = fold(text)
    words = folded.split()
    scores: list[tuple[float, Language]] = []
    for language in knowledge.languages.values():
        if language.letters:
            count = sum(folded.count(letter) for letter in language.letters)
            score = count / max(len(folded), 1) * 3
        else:
            score = sum(word.strip('.,;:!?()"') in language.detect for word in words) / max(len(words), 1)
        if score > 0:
            scores.append((score, language))
    scores.sort(key=lambda pair: -pair[0])
    if not scores:
        return ()
    best = scores[0][0]
    return tuple(language for score, language in scores[:5] if score >= 0.4 * best)


def _find(texts: Sequence[str], languages: Sequence[Language], knowledge: Knowledge) -> dict[str, str]:
    """Which rules hold in the folded sentences (the subject first), each with the first words that made it so."""
    found: dict[str, str] = {}
    for number, text in enumerate(texts):
        here = _match(text, number, languages, knowledge)
        for identity, (start, words) in here.items():
            void = any(
                here[other][0] <= start + len(words) for other in knowledge.rules[identity].unless if other in here
            )
            if not void:
                found.setdefault(identity, words)
    return found


def _match(text: str, number: int, languages: Sequence[Language], knowledge: Knowledge) -> dict[str, tuple[int, str]]:
    """For one sentence: rule -> where its words begin, and the words."""
    here: dict[str, tuple[int, str]] = {}
    for language in languages:
        for identity in language.rules:
            if identity in here or not _looks_at(knowledge.rules[identity].scope, number):
                continue
            pattern = language.pattern(identity)
            match = pattern.search(text) if pattern else None
            if match:
                here[identity] = (match.start(), match[0].strip())
    return here


def _looks_at(scope: Scope, number: int) -> bool:
    match scope:
        case Scope.SENTENCE:
            return True
        case Scope.SUBJECT:
            return number == 0
        case Scope.OPENING:
            return 0 < number <= 5
        case Scope.BODY:
            return number > 0
        case Scope.LINK:
            return False


def _links(message: Message) -> tuple[str, ...]:
    return (*message.links[:_LINK_LIMIT], *_URL.findall(message.text)[:_LINK_LIMIT])


def _find_in_links(links: Sequence[str], knowledge: Knowledge) -> dict[str, str]:
    """Rules about links hold in every language: a job board names its campaigns in its own."""
    if not links:
        return {}
    words = _LINK_SPLIT.sub(" ", "\n".join([link[:500] for link in links]).lower())
    hits = {rule: pattern.search(words) for rule, pattern in knowledge.link_patterns.items()}
    return {rule: hit[0] for rule, hit in hits.items() if hit}


def stage_signs(
    message: Message, found: Mapping[str, str], knowledge: Knowledge, languages: Sequence[Language]
) -> dict[str, float]:
    """What knowledge.stage weighs; see stage.signs."""
    told = Stage.CLOSED if _someone_hired(found) is False else _told(found)
    return signs(found, told, meant(message, knowledge, languages))


def _reached(
    message: Message, found: Mapping[str, str], knowledge: Knowledge, languages: Sequence[Language]
) -> tuple[Reached, bool | None]:
    """How far it came, and whether somebody was preferred: what the rules say, or the weights where there are some."""
    hired = _someone_hired(found)
    if knowledge.stage is None:
        return _told(found), hired
    stages = knowledge.stage.order(stage_signs(message, found, knowledge, languages), wording(message))
    if stages[0] == Stage.CLOSED:
        return _told(found), False  # the weights learned nothing of how far these had come
    stages = [stage for stage in stages if stage != Stage.CLOSED]
    return Reached(stages[0]), False if "hired.nobody" in found else (hired or None)


def _told(found: Mapping[str, str]) -> Reached:
    for reached in (Reached.FINAL, Reached.INTERVIEW, Reached.SCREEN):
        if f"reached.{reached}" in found:
            return reached
    return Reached.APPLICATION


def _someone_hired(found: Mapping[str, str]) -> bool | None:
    if "hired.nobody" in found:
        return False
    if "hired.somebody" in found:
        return True
    return False if "closed.cancelled" in found and "decision.other-candidates" not in found else None
