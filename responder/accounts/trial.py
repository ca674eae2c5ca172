"""A welcome note and a test draft, so that the user sees on the phone that it works; and taking both away again.

Their Message-IDs are handed out to be remembered before anything is filed: a set-up that was cut off finds them again.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING

from responder.errors import OutcomeUnknown, UserError

if TYPE_CHECKING:
    from datetime import datetime

    from responder.mailbox import Mailbox

_NOTE = """Hello,

this is how you will hear of it when a note is ready in Drafts: one short mail, at most once a day.

A test draft lies in your Drafts folder. Both go to the Trash when you go on with the set-up.
"""
_DRAFT = """This is a test draft. A real one would be a short thank-you, to read, change, send or delete as you like.

It goes to the Trash when you go on with the set-up.
"""


@dataclass(frozen=True, slots=True)
class Trial:
    """The Message-IDs of the two."""

    note: str
    draft: str


def new(address: str) -> Trial:
    """Fresh Message-IDs in the domain of the user's address."""
    domain = address.rpartition("@")[2]
    return Trial(*(f"<{uuid.uuid4().hex}@{domain}>" for _ in range(2)))


def file(mailbox: Mailbox, trial: Trial, address: str, now: datetime) -> None:
    """Into INBOX (unseen) and Drafts; raises as append() does, and UserError where there is no Drafts folder."""
    drafts = mailbox.roles().drafts
    if drafts is None:
        raise UserError("The server names no Drafts folder; name it in [account.folders] drafts.")
    _append(
        mailbox,
        drafts,
        trial.draft,
        _mail(address, "A test draft", _DRAFT, trial.draft, now),
        ("\\Draft", "\\Seen"),
        now,
    )
    note = _mail(address, "A note is ready in Drafts", _NOTE, trial.note, now)
    note["Auto-Submitted"] = "auto-generated"  # by this the daemon knows its notes
    _append(mailbox, "INBOX", trial.note, note, (), now)


def take_away(mailbox: Mailbox, trial: Trial) -> int:
    """Whatever is there of the two goes to the Trash; how many that were."""
    drafts = mailbox.roles().drafts
    taken = 0
    for folder, message_id in ((drafts, trial.draft), ("INBOX", trial.note)):
        for uid in mailbox.find(folder, message_id) if folder else ():
            mailbox.trash(folder or "", uid)
            taken += 1
    return taken


def _mail(address: str, subject: str, text: str, message_id: str, now: datetime) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = mail["To"] = address
    mail["Subject"] = subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id
    mail.set_content(text)
    return mail


def _append(
    mailbox: Mailbox, folder: str, message_id: str, mail: EmailMessage, flags: tuple[str, ...], now: datetime
) -> None:
    """Once: what may have been filed already is looked for."""
    try:
        mailbox.append(folder, mail.as_bytes(), flags, now)
    except OutcomeUnknown:
        if not mailbox.find(folder, message_id):
            raise
