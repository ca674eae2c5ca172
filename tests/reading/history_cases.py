"""Made-up mailboxes for the tests of history: short to write, read by the program's own reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

from responder.reading.facts import Facts, Person, Recipient, Source
from responder.reading.history import Found, History, Query, ask, learn
from responder.reading.judge import Reached, Verdict
from responder.reading.knowledge import load
from responder.reading.message import Me, Message, Unreadable, read

ME = Me("Robin Ashgrove", frozenset({"robin@letterbox.example"}))
SELF = "Robin Ashgrove <robin@letterbox.example>"


def day(text: str) -> datetime:
    """ "2026-03-04" or "2026-03-04 10:00" as UTC."""
    return datetime.fromisoformat(text if " " in text else f"{text} 09:00").replace(tzinfo=UTC)


def mail(date: str, text: str, sender: str = SELF, to: str = SELF, subject: str = "Hello", **more: str) -> Message:
    """One mail; `more`: id, reply (In-Reply-To and References), cc, calendar, or any header with _ for -."""
    raw = EmailMessage()
    raw["From"], raw["To"], raw["Subject"] = sender, to, subject
    raw["Date"] = format_datetime(day(date))
    raw["Message-ID"] = f"<{more.pop('id', date.replace(' ', '.').replace(':', ''))}@made.example>"
    calendar = more.pop("calendar", None)
    if (reply := more.pop("reply", None)) is not None:
        raw["In-Reply-To"] = raw["References"] = f"<{reply}@made.example>"
    for name, value in more.items():
        raw[name.replace("_", "-")] = value
    raw.set_content(text)
    if calendar is not None:
        raw.add_attachment(calendar.encode(), maintype="text", subtype="calendar", filename="invite.ics")
    message = read(raw.as_bytes())
    assert not isinstance(message, Unreadable)
    return message


@dataclass
class Box:
    """A rejection, what is known of it, and the mails around it."""

    rejection: Message
    company: str | None = "Harrow Kites"
    role: str | None = "Sail Designer"
    language: str = "en"
    reached: Reached = Reached.APPLICATION
    signer: str | None = None
    recipient: str | None = None
    agency: bool = False
    mails: list[Message] = field(default_factory=list)
    drafts: list[Message] = field(default_factory=list)
    queries: list[Query] = field(default_factory=list)

    def verdict(self) -> Verdict:
        return Verdict(True, 0.99, (), self.language, self.reached, None, self.rejection)

    def facts(self) -> Facts:
        who = Person(self.signer) if self.signer else None
        to = (
            Recipient(self.recipient, self.signer, Source.SIGNER if self.signer else Source.FROM)
            if self.recipient
            else None
        )
        return Facts(self.company, self.agency, self.role, (who,) if who else (), to, None, None, None, (), None)

    def found(self) -> list[Found]:
        found = [Found("all", one.date or day("2026-01-01"), one) for one in self.mails]
        return found + [Found("drafts", one.date or day("2026-01-01"), one, draft=True) for one in self.drafts]

    def history(self) -> History:
        """What two rounds of questions give, over all mails (which ones a server finds is tested with ask())."""
        verdict, facts = self.verdict(), self.facts()
        received = self.rejection.date
        assert received is not None
        query = ask(verdict, facts, ME, received)
        self.queries.append(query)
        learnt = learn(verdict, facts, ME, received, query, self.found(), load())
        if isinstance(learnt, Query):
            self.queries.append(learnt)
            assert learnt.hop == 2
            learnt = learn(verdict, facts, ME, received, learnt, self.found(), load())
        assert isinstance(learnt, History)
        return learnt
