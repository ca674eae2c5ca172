"""Reasons not to write that stand in the mailbox: answered, withdrawn, taken back, said twice, or news to be read first."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from responder.reading.acquaintance import is_person
from responder.reading.correspondence import SOON, Correspondence, Mail, roles_of
from responder.reading.firm import is_shared
from responder.reading.judge import judge
from responder.reading.organisations import registrable
from responder.reading.posts import bare_subject, fold, mentions
from responder.reading.progress import dates_in
from responder.reading.sentences import split

if TYPE_CHECKING:
    from datetime import datetime

    from responder.reading.cues import Cues
    from responder.reading.judge import Verdict
    from responder.reading.knowledge import Knowledge
    from responder.reading.message import Me

_FORWARD = re.compile(r"\s*(?:fwd?|wg|tr|rv|enc|vl|doorst|vs|i|pd|ilt|转发|轉寄|転送)\s*[:：]", re.IGNORECASE)
_BOUNCE = timedelta(minutes=1)
_SURE = 0.9  # of a verdict on an earlier mail that holds no decision in words
_DECIDED = ("decision", "closed", "hired")


def objection(
    verdict: Verdict,
    around: Correspondence,
    people: set[str],
    me: Me,
    rejected: datetime,
    knowledge: Knowledge,
    cues: Cues,
) -> str | None:
    """The first reason, as a sentence for the user. `people`: addresses of the recipient and of those met."""
    return (
        _answered(verdict, around, people, rejected)
        or _taken_back(around, rejected, cues)
        or _withdrawn(around, rejected, cues)
        or _said_before(verdict, around, me, rejected, knowledge, cues)
        or _news(around, rejected)
    )


def _answered(verdict: Verdict, around: Correspondence, people: set[str], rejected: datetime) -> str | None:
    own = verdict.message.message_id
    for mail in (*around.ours, *around.strangers, *around.elsewhere):
        if not mail.mine:
            continue
        answers = own is not None and own in (*mail.message.references, *mail.message.in_reply_to)
        answers = answers and not _passed_on(mail, verdict, around, people)
        if answers and mail.draft:
            return "A reply to it already lies in your drafts."
        if answers and mail.at >= rejected - _BOUNCE:
            return "You have already answered it yourself."
    for mail in around.after(rejected):
        to = {one.address.lower() for one in (*mail.message.to, *mail.message.cc)}
        if not mail.mine or mail.draft or _passed_on(mail, verdict, around, people):
            continue
        if to & people or any(not is_shared(one) for one in to):
            return "You have already written to them yourself since."
    return None


def _passed_on(mail: Mail, verdict: Verdict, around: Correspondence, people: set[str]) -> bool:
    """Whether the user only showed it to somebody else: a forward to nobody of the firm."""
    if fold(mail.message.subject) == fold(bare_subject(mail.message.subject)) or not _FORWARD.match(
        mail.message.subject
    ):
        return False
    senders = {one.address.lower() for one in (*verdict.message.from_, *verdict.message.reply_to)}
    return not any(
        one.address.lower() in senders | people or registrable(one.domain) in around.firm.domains
        for one in (*mail.message.to, *mail.message.cc)
    )


def _taken_back(around: Correspondence, rejected: datetime, cues: Cues) -> str | None:
    for mail in around.after(rejected):
        if (
            not mail.mine
            and not mail.automatic
            and any(cues.has("reversed", one) and not cues.has("conditional", one) for one in split(mail.text))
        ):
            return "They seem to have taken the decision back: read their newer mail first."
    return None


def _withdrawn(around: Correspondence, rejected: datetime, cues: Cues) -> str | None:
    for mail in around.before(rejected):
        if mail.mine and any(
            cues.has("withdrawn", one) and not cues.has("conditional", one) for one in split(mail.text)
        ):
            return "You had withdrawn this application yourself."
    return None


def _said_before(
    verdict: Verdict, around: Correspondence, me: Me, rejected: datetime, knowledge: Knowledge, cues: Cues
) -> str | None:
    """An earlier rejection of the same application, with nothing hopeful between the two."""
    earlier = [mail for mail in around.before(rejected) if not mail.mine]
    for number, mail in enumerate(earlier):
        if mail.message.body_hash and mail.message.body_hash == verdict.message.body_hash:
            return "The same rejection has come before: one note is enough."
        if not _refuses(mail, me, knowledge, cues) or not _same_post(mail, around, rejected, cues):
            continue
        if not any(_hopeful(later, cues) for later in earlier[number + 1 :]):
            return "It is the second rejection of the same application: one note is enough."
    return None


def _refuses(mail: Mail, me: Me, knowledge: Knowledge, cues: Cues) -> bool:
    """In this application's own mail a decision said in words is enough; one that names a day to come is an invitation."""
    verdict = judge(mail.message, me, knowledge)
    rules = [reason for reason in verdict.reasons if reason.rule != "model"]  # the model knows nothing of the thread
    decided = any(reason.weight > 0 and reason.rule.partition(".")[0] in _DECIDED for reason in rules)
    sure = verdict.rejection and verdict.confidence >= _SURE
    if not sure and not (decided and sum(reason.weight for reason in rules) > 0):
        return False
    return not any(day > mail.at.date() for day in dates_in(mail, cues))


def _same_post(mail: Mail, around: Correspondence, rejected: datetime, cues: Cues) -> bool:
    if around.role is not None and mentions(mail.head, around.role):
        return True
    if around.role is not None and roles_of(mail, cues):
        return False
    return rejected - mail.at <= SOON


def _hopeful(mail: Mail, cues: Cues) -> bool:
    sentences = split(mail.text)
    return any(cues.has(key, one) for key in ("reversed", "interview", "final") for one in sentences)


def _news(around: Correspondence, rejected: datetime) -> str | None:
    for mail in around.after(rejected):
        writer = mail.writer
        if (
            mail.mine
            or mail.automatic
            or writer is None
            or not is_person(writer.address, writer.name, around.firm.stems)
        ):
            continue
        return f"There is newer mail from {writer.name or writer.address}: read that first."
    return None
