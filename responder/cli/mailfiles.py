"""Mails in files: .eml, mbox, Maildir, folders of them, standard input; and a folder tree as a mailbox. Reads, judges nothing."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from responder.mailbox.contract import Roles
from responder.mailbox.folders import Listed, find_roles
from responder.reading.history import Found
from responder.reading.message import Message, Unreadable, glance

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE_LIMIT = 25_000_000  # bytes of a mail that are read; text comes first, attachments last
_INDEXES = re.compile(r"dovecot|maildirsize|maildirfolder|subscriptions|courierimap", re.IGNORECASE)
_NOT_HISTORY = ("trash", "junk")
FIRST, LAST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MailFile:
    """One mail, or why there is none."""

    name: str
    raw: bytes = b""
    problem: str | None = None


def mails_in(name: str) -> Iterator[MailFile]:
    """The mails that a command line argument means; a problem is one of them, so that the next file is read all the same."""
    if name == "-":
        yield from _split("-", sys.stdin.buffer)
        return
    path = Path(name)
    try:
        for file in _files(path) if path.is_dir() else [path]:
            with file.open("rb") as stream:
                yield from _split(str(file), stream)
    except OSError as error:
        yield MailFile(name, problem=f"{name}: cannot be read ({error.strerror}).")


def _files(folder: Path) -> list[Path]:
    """The files of a folder tree that hold mails; in a Maildir only what lies in cur and new."""
    found = []
    for path in folder.rglob("*"):
        below = path.relative_to(folder).parts
        maildir = (path.parent.parent / "cur").is_dir() and (path.parent.parent / "new").is_dir()
        if maildir and path.parent.name not in ("cur", "new"):
            continue
        if path.name.startswith(".") or _INDEXES.match(path.name) or "tmp" in below[:-1] or not path.is_file():
            continue
        if maildir or path.suffix.lower() in (".eml", ".mbox", ".mail", ".txt", ""):
            found.append(path)
    return sorted(found)


def _split(name: str, stream: BinaryIO) -> Iterator[MailFile]:
    """One mail, or those of an mbox (RFC 4155), each cut at the limit. Own lines: the library needs a file that can seek."""
    first = stream.readline(SIZE_LIMIT)
    if not first.startswith(b"From "):
        raw = first + stream.read(SIZE_LIMIT)
        yield MailFile(name, raw) if raw else MailFile(name, problem=f"{name}: is empty; there is no mail in it.")
        return
    number, lines, size, blank = 1, list[bytes](), 0, False
    for line in stream:
        if blank and line.startswith(b"From "):
            yield MailFile(f"{name}#{number}", b"".join(lines))
            number, lines, size = number + 1, [], 0
        elif size < SIZE_LIMIT:
            size += len(line)
            lines.append(line[1:] if re.match(rb">+From ", line) else line)
        blank = not line.strip()
    yield MailFile(f"{name}#{number}", b"".join(lines))


def arrived(message: Message) -> datetime | None:
    """When the mail came: by the topmost Received, else by its Date."""
    stamp = (message.header("received") or "").rpartition(";")[2].strip()
    try:
        moment = parsedate_to_datetime(stamp) if stamp else message.date
    except (ValueError, TypeError, OverflowError):
        moment = message.date
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC) if FIRST < aware < LAST else None


def mailbox_in(folder: Path, otherwise: datetime) -> list[Found]:
    """The mails of a folder tree, each with its folder's role or name; drafts are marked, Trash and Junk left out."""
    names: dict[str, list[MailFile]] = {}
    for mail in mails_in(str(folder)):
        if mail.problem is None:
            names.setdefault(_folder_of(folder, mail.name), []).append(mail)
    roles = _by_role(find_roles([Listed(frozenset(), "/", name) for name in names], {}))
    found = []
    for name, mails in names.items():
        role = roles.get(name, "inbox" if name.upper() == "INBOX" else name)
        if role in _NOT_HISTORY:
            continue
        for mail in mails:
            message = glance(mail.raw)
            if not isinstance(message, Unreadable):
                flags = mail.name.rpartition(":2,")[2] if ":2," in mail.name else ""
                draft = role == "drafts" or "D" in flags
                found.append(Found(role, arrived(message) or otherwise, message, draft=draft, answered="R" in flags))
    return found


def _folder_of(root: Path, name: str) -> str:
    """`DIR/Sent/a.eml` -> Sent, `DIR/.Sent/cur/1` -> Sent, `DIR/cur/1` -> INBOX, `DIR/Sent.mbox#3` -> Sent."""
    path = Path(name.rpartition("#")[0] if re.search(r"#\d+$", name) else name).relative_to(root)
    parts = [part for part in path.parts[:-1] if part not in ("cur", "new")]
    if not parts and path.suffix.lower() in (".mbox", "") and "cur" not in path.parts and "new" not in path.parts:
        return path.stem
    return "/".join(parts).lstrip(".") or "INBOX"


def _by_role(roles: Roles) -> dict[str, str]:
    named = {getattr(roles, role): role for role in ("drafts", "sent", "trash", "archive", "all", "junk")}
    return {name: role for name, role in named.items() if name}
