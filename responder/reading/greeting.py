"""How a person is greeted, and on what terms the user is with them, by the mails between the two."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from responder.reading.acquaintance import Contact, clean_name, signs_as
from responder.reading.posts import fold, words

if TYPE_CHECKING:
    from responder.reading.cues import Cues
    from responder.reading.message import Me, Message

_CJK_GREETED = re.compile(
    r"^\s*([\u3040-\u30ff\u4e00-\u9fff々]{1,8}(?:[ \u3000][\u3040-\u30ff\u4e00-\u9fff々]{1,4})?)[ \u3000]?(様|さん|先生)",
    re.MULTILINE,
)


_AFTER_FIRST_NAME = ("hanim", "bey")  # Turkish: Ayşe Hanım, Mehmet Bey


def greeting_of(contact: Contact, rejection: Message, me: Me, cues: Cues) -> str | None:
    """As the user greeted them last; by first name where they signed with it or greet the user by it; else the whole name."""
    name = contact.name
    if not name:
        return None
    if set(cues.codes[:1]) & {"ja", "zh"}:
        return _greeted_cjk(contact) or (f"{name.split(maxsplit=1)[0]}様" if cues.codes[0] == "ja" else name)
    first = name.split(maxsplit=1)[0]
    for mail in sorted(contact.wrote, key=lambda one: one.at, reverse=True):
        signed = signs_as(mail)
        if signed is not None:
            if words(signed) == words(first) and len(name.split()) > 1:
                return first
            break
    if used := _used_by_me(contact, cues):
        return used
    theirs = [mail.text for mail in sorted(contact.wrote, key=lambda one: one.at, reverse=True)]
    if len(name.split()) > 1 and any(_greets_by_first_name(text, me) for text in (*theirs, rejection.text)):
        return first
    return _with_honorific(name, (*theirs, rejection.text))


def _used_by_me(contact: Contact, cues: Cues) -> str | None:
    """What stood behind "Dear" in the user's last mail to them."""
    parts = words(contact.name)
    for mail in sorted(contact.written_to, key=lambda one: one.at, reverse=True):
        line = next((one.strip() for one in mail.text.splitlines() if one.strip()), "")
        head = re.split(r"[!:\n]|, (?=[a-zà-ÿ])|,$", line[:120])[0]
        match = cues.first("salutation", head)
        greeted = head[match.end() :].strip(" ,") if match and match.start() < 3 else head.strip(" ,")
        said = words(greeted)
        if not said or (parts[0] not in said and parts[-1] not in said):
            continue
        if parts[0] in said and said[-1] in _AFTER_FIRST_NAME and len(said) == 2:
            return greeted
        if parts[0] in said:
            return clean_name(greeted) if set(said) & set(parts[1:]) else contact.name.split(maxsplit=1)[0]
        return greeted if len(said) <= 5 and (match is not None or len(said) > 1) else None
    return None


def _greets_by_first_name(text: str, me: Me) -> bool:
    line = next((one.strip() for one in text.splitlines() if one.strip()), "")[:80]
    own = words(me.name)
    head = words(re.split(r"[,:!\n]", line)[0]) or words(line)
    short = bool(own) and len(head) <= 4 and own[-1] not in head
    by_name = bool(own) and (own[0] in head or any(len(word) > 2 and own[0].endswith(word) for word in head[-1:]))
    return short and by_name


def _with_honorific(name: str, texts: tuple[str, ...]) -> str:
    """ "Frau Wolters" where they are called so; a form of address is never guessed."""
    family = name.rsplit(maxsplit=1)[-1]
    for text in texts:
        match = re.search(rf"\b((?:Herr|Frau|Mr|Mrs|Ms|Professor|Dr|M\.|Mme)\.? (?:Dr\. )?){re.escape(family)}\b", text)
        if match:
            return f"{match[1]}{family}"
    return name


def _greeted_cjk(contact: Contact) -> str | None:
    for mail in reversed(contact.written_to):
        if match := _CJK_GREETED.search(mail.message.text[:200]):
            return f"{match[1]}{match[2]}"
    return None


def is_formal(contact: Contact | None, cues: Cues) -> bool | None:
    """Sie or du, by the user's own mails to them; None where it does not show."""
    if contact is None:
        return None
    text = "\n".join(mail.text for mail in contact.written_to)
    formal, informal = (sum(1 for _ in cues.every(key, text)) for key in ("formal", "informal"))
    if formal == informal:
        return None
    return formal > informal


def same_person(name: str, other: str) -> bool:
    """Whether two spellings are the same name, accents and case aside."""
    return fold(clean_name(name)) == fold(clean_name(other))
