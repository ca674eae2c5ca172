"""The people of an application: who wrote, who was written to, who stands in an invitation, and who has left.

It knows addresses and names; whom to write to is decided in history.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from responder.reading.cues import Cues, common, plain
from responder.reading.firm import is_robot
from responder.reading.judge import Reached
from responder.reading.posts import fold, words
from responder.reading.progress import level_of, thanks_for_talk, unfold
from responder.reading.sentences import split

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from responder.reading.correspondence import Correspondence, Mail
    from responder.reading.message import Me

_ICS_PERSON = re.compile(r"^(ORGANIZER|ATTENDEE)([^\n]*?):\s*mailto:\s*(\S+@\S+)", re.MULTILINE | re.IGNORECASE)
_ICS_NAME = re.compile(r";CN=(?:\"([^\"]*)\"|([^;:]*))", re.IGNORECASE)
_ADDRESS_IN_TEXT = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_NAME_WORD = r"[^\W\d_a-zß-ÿ][\w'’-]*\.?"
_NAME_BEFORE = re.compile(rf"((?:{_NAME_WORD} ){{1,3}})[(<,:\s]*$")
_CJK_NAME = re.compile(r"^[\u4e00-\u9fff々]{1,4}[ \u3000][\u3040-\u30ff\u4e00-\u9fff々]{1,4}$")
_LAST_FIRST = re.compile(r"^([^,]{2,40}),\s*([^,()]{2,40})")


@dataclass(slots=True)
class Contact:
    """A person of the company with an address. Grown while the mails are read, then only looked at."""

    address: str
    name: str = ""
    wrote: list[Mail] = field(default_factory=list)
    written_to: list[Mail] = field(default_factory=list)
    organised: bool = False
    invited: bool = False
    introduced: bool = False  # another person's mail named them and their address
    gone: bool = False
    away: bool = False  # handed the user over to somebody else, but may be back
    talked: bool = False  # wrote of a conversation, to come or past
    coordinator: bool = False  # arranged a conversation without being there

    @property
    def last(self) -> datetime | None:
        """When they wrote last."""
        return max((mail.at for mail in self.wrote), default=None)


def contacts(around: Correspondence, me: Me, until: datetime, cues: Cues) -> dict[str, Contact]:
    """Everybody with an address of their own, by address; shared mailboxes and robots left out."""
    found: dict[str, Contact] = {}
    for mail in around.before(until):
        _add_writers(found, mail, around, me)
        for role, name, address in organisers(mail):
            if contact := _contact(found, address, name, around, me):
                contact.organised |= role == "ORGANIZER"
                contact.invited = True
        if not mail.mine and not mail.automatic:
            for name, address in named_with_address(mail.text):
                if contact := _contact(found, address, name, around, me):
                    contact.introduced = True
    for contact in found.values():
        contact.name = full_name(contact, around)
        contact.talked = any(
            level_of(mail, cues) is not Reached.APPLICATION or thanks_for_talk(mail, cues) for mail in contact.wrote
        )
        contact.coordinator = any(cues.has("coordinator", line) for mail in contact.wrote for line in split(mail.text))
    _mark_departures(found, around, until, cues)
    return found


def _add_writers(found: dict[str, Contact], mail: Mail, around: Correspondence, me: Me) -> None:
    if mail.mine:
        for one in (*mail.message.to, *mail.message.cc):
            if contact := _contact(found, one.address, one.name, around, me):
                contact.written_to.append(mail)
        return
    if (
        mail.writer
        and (contact := _contact(found, mail.writer.address, mail.writer.name, around, me))
        and not mail.automatic
    ):
        contact.wrote.append(mail)
    for one in (*mail.message.to, *mail.message.cc):
        _contact(found, one.address, one.name, around, me)


def _contact(found: dict[str, Contact], address: str, name: str, around: Correspondence, me: Me) -> Contact | None:
    key = address.lower()
    if key in found:
        found[key].name = max(found[key].name, clean_name(name), key=len)
        return found[key]
    if key in me.addresses or fold(name) == fold(me.name) or not is_person(address, name, around.firm.stems):
        return None
    found[key] = Contact(address, clean_name(name))
    return found[key]


def is_person(address: str, name: str, stems: Iterable[str]) -> bool:
    """Whether an address is one human being's: by its display name, by what stands before the @."""
    if is_robot(address):
        return False
    local = fold(address.rpartition("@")[0])
    parts = [part for part in re.split(r"[._+\-\d]+", local) if part]
    shown = words(clean_name(name))
    shared = common("shared")
    if _cjk(name):
        return any(word not in shared and not any(word.startswith(stem) for stem in stems) for word in shown)
    if any(word in shared for word in words(name)):
        return False
    if len(shown) >= 2 and any(len(word) > 1 and any(word in part for part in parts) for word in shown):
        return not any(part in shared for part in parts)
    if any(part in shared for part in parts) and "+" not in local:
        return False
    if len(shown) >= 2:
        return not any(word.startswith(stem) for word in shown for stem in stems)
    if shown:
        return any(part.startswith(shown[0]) or shown[0].startswith(part) for part in parts if len(part) > 1) or _cjk(
            name
        )
    return len(parts) == 2 and all(len(part) > 1 for part in parts)


def _cjk(text: str) -> bool:
    return re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", text) is not None


def clean_name(name: str) -> str:
    """A display name as the person is called: "Nachtwey, Ulrich (HR)" -> "Ulrich Nachtwey", titles dropped."""
    text = re.sub(r"\([^)]*\)|\[[^\]]*\]|\s[-|–—@/].*$|['\"]", "", plain(name)).strip()
    if match := _LAST_FIRST.match(text):
        text = f"{match[2].strip()} {match[1].strip()}"
    if "@" in text:
        return ""
    parts = text.split()
    while (
        parts
        and fold(parts[0]).strip(".") in {fold(word).strip(".") for word in common("honorifics")}
        and len(parts) > 1
    ):
        parts.pop(0)
    return " ".join(parts)


def full_name(contact: Contact, around: Correspondence) -> str:
    """The display name, or the fuller one with which they sign or introduce themselves."""
    shown = words(contact.name)
    if _cjk(contact.name):
        return _signed_cjk(contact) or contact.name
    if len(shown) >= 2 and all(len(word) > 1 for word in (shown[0], shown[-1])):
        return contact.name
    local = fold(contact.address.rpartition("@")[0])
    texts = [mail.text for mail in (*contact.wrote, *(mail for mail in around.ours if not mail.mine))]
    for text in texts:
        for match in re.finditer(rf"(?:{_NAME_WORD} ){{1,3}}{_NAME_WORD}", plain(text)):
            named = clean_name(match[0].strip(" .,"))
            folded = words(named)
            if (
                len(folded) >= 2
                and ((shown and folded[0] == shown[0]) or not shown)
                and any(word in local for word in folded[1:])
            ):
                return " ".join(named.split()[:2]) if len(folded) > 3 else named
    return contact.name


def _signed_cjk(contact: Contact) -> str | None:
    for mail in reversed(contact.wrote):
        for line in reversed(mail.text.splitlines()[-10:]):
            if _CJK_NAME.match(line.strip()) and line.strip()[0] in contact.name:
                return line.strip().replace("\u3000", " ")
    return None


def organisers(mail: Mail) -> list[tuple[str, str, str]]:
    """(ORGANIZER or ATTENDEE, name, address) of the invitations in a mail (RFC 5545 s3.8.4)."""
    found = []
    for calendar in mail.message.calendars:
        for role, parameters, address in _ICS_PERSON.findall(unfold(calendar))[:20]:
            name = _ICS_NAME.search(parameters)
            found.append((role.upper(), (name[1] or name[2]).strip() if name else "", address.strip().strip("<>")))
    return found


def named_with_address(text: str) -> list[tuple[str, str]]:
    """(name, address) where a text introduces somebody: "Jane Doe (jane@acme.example)"."""
    found = []
    for match in _ADDRESS_IN_TEXT.finditer(text[:8000]):
        before = _NAME_BEFORE.search(text[max(0, match.start() - 60) : match.start()])
        if before and len(before[1].split()) >= 2:
            found.append((clean_name(before[1]), match[0].rstrip(".")))
    return found


def _mark_departures(found: dict[str, Contact], around: Correspondence, until: datetime, cues: Cues) -> None:
    """Who left, whose mailbox is dead, and who only handed over."""
    for mail in around.before(until):
        text = mail.text
        if mail.writer is not None and fold(mail.writer.address.partition("@")[0]) in ("mailer-daemon", "postmaster"):
            for address, contact in found.items():
                contact.gone |= address in text.lower()
        contact_or_none = found.get(mail.writer.address.lower()) if mail.writer and not mail.mine else None
        if contact_or_none is None:
            continue
        sentences = split(text)
        if any(cues.has("gone", sentence) for sentence in sentences) and (
            mail.automatic or any(cues.has("handover", sentence) for sentence in sentences)
        ):
            later = any(other.at > mail.at and not other.automatic for other in contact_or_none.wrote)
            contact_or_none.gone = not later
            contact_or_none.away = True


def signs_as(mail: Mail) -> str | None:
    """The line with which the writer ends a mail, if it is their first name or their whole name and nothing else."""
    own = words(clean_name(mail.writer.name)) if mail.writer else []
    for line in mail.text.splitlines():
        text = line.strip(" ,.!-")
        if 0 < len(words(text)) <= 4 and own and set(words(text)) <= set(own) and text[:1].isupper():
            return text
    return None


def matches(name: str, other: str) -> bool:
    """Whether two names may be one person's: "A. Drummond-Keir" and "Ailsa Drummond-Keir"."""
    one, two = words(clean_name(name)), words(clean_name(other))
    if not one or not two:
        return False
    if one == two or "".join(one) == "".join(two):
        return True
    if len(one) == 1 or len(two) == 1:
        return one[0] == two[0] or one[-1] == two[-1]
    return one[-1] == two[-1] and one[0][0] == two[0][0] and (one[0] == two[0] or len(one[0]) == 1 or len(two[0]) == 1)


def mentioned(name: str, text: str) -> bool:
    """Whether a text names the person by family name."""
    parts = words(clean_name(name))
    return bool(parts) and len(parts) > 1 and parts[-1] in words(text)
