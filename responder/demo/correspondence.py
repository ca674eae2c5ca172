"""The made-up mailbox: mails/*.toml -> bytes, with dates that lie before a given now. Nobody and nothing in it exists."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from responder.demo.store import Account

NAME: Final = "Ana Souza"
ADDRESS: Final = "ana@mail.example"

_FOLDERS: Final = {"archive": "\\Archive", "sent": "\\Sent", "inbox": ""}
_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes"}
_ENGLISH: Final = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_GERMAN: Final = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
]


@dataclass(frozen=True, slots=True)
class MadeUp:
    """One mail of the made-up mailbox; `use` is the attribute of its folder, empty for INBOX."""

    use: str
    message_id: str
    arrived: datetime
    raw: bytes
    aside: str = ""  # what the demo says beside the program's own reason


def mails(now: datetime) -> tuple[MadeUp, ...]:
    """All of them, oldest first."""
    folder = files("responder.demo") / "mails"
    found = [
        _mail(entry, use, now)
        for name, use in _FOLDERS.items()
        for entry in tomllib.loads((folder / f"{name}.toml").read_text("utf-8"))["mail"]
    ]
    return tuple(sorted(found, key=lambda mail: mail.arrived))


def fill(account: Account, now: datetime) -> None:
    """Puts them into the account; all is read but what lies in INBOX."""
    for mail in mails(now):
        folder = account.folder(mail.use) if mail.use else "INBOX"
        account.deliver(folder, mail.raw, mail.arrived, ["\\Seen"] if mail.use else [])


def _mail(entry: dict[str, Any], use: str, now: datetime) -> MadeUp:
    arrived = now - _ago(entry["ago"])
    me = f"{NAME} <{ADDRESS}>"
    message = EmailMessage(policy=SMTP)
    message["From"] = entry.get("from", me)
    message["To"] = entry.get("to", me)
    message["Subject"] = _dated(entry["subject"], now)
    message["Date"] = format_datetime(arrived)
    message["Message-ID"] = f"<{entry['id']}>"
    if "in_reply_to" in entry:
        message["In-Reply-To"] = f"<{entry['in_reply_to']}>"
        message["References"] = " ".join(f"<{each}>" for each in entry["references"])
    for name, value in entry.get("headers", {}).items():
        message[name] = value
    message.set_content(_dated(entry["text"], now).lstrip("\n"))
    if "html" in entry:
        message.add_alternative(_dated(entry["html"], now), subtype="html")
    if "calendar" in entry:
        message.add_attachment(_dated(entry["calendar"], now).lstrip("\n"), subtype="calendar", filename="invite.ics")
    return MadeUp(use, f"<{entry['id']}>", arrived, message.as_bytes(), entry.get("aside", ""))


def _ago(text: str) -> timedelta:
    return timedelta(**{_UNITS[each[-1]]: int(each[:-1]) for each in text.split()})


def _dated(text: str, now: datetime) -> str:
    def write(match: re.Match[str]) -> str:
        day = now + timedelta(days=int(match[2]))
        match match[1]:
            case "tag":
                return f"{day.day}. {_GERMAN[day.month - 1]} {day.year}"
            case "ical":
                return f"{day:%Y%m%d}"
        return f"{day.day} {_ENGLISH[day.month - 1]} {day.year}"

    return re.sub(r"\{(day|tag|ical)([+-]\d+)\}", write, text)
