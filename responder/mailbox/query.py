"""What may go into a SEARCH: values cut down to what cannot be a command, and Message-IDs compared. Pure.

A Message-ID with CR LF in it (encoded-words decode to that) runs a second command through imaplib and imapclient.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from responder.mailbox.contract import Search

VALUES_LIMIT: Final = 40  # of one kind; servers cut command lines at 8 kB or so
VALUE_LENGTH: Final = 100
_MSGID: Final = re.compile(r"<[^\s<>\x00-\x1f\x7f]{1,900}>")
# What a SEARCH can carry without quoting anywhere (RFC 3501 atom), from what RFC 5322 allows in a Message-ID.
_SAFE_RUN: Final = re.compile(r"[A-Za-z0-9.@_+=/!#$&'?^|~:\-]+")
_UNFOLD: Final = re.compile(r"\r?\n[ \t]+")
_WORDS: Final = re.compile(r"[^\w.@-]+")


def criteria(search: Search, *, ascii_only: bool = False) -> tuple[list[Any], str | None]:
    """imapclient's criteria and the charset that they need (None: ASCII).

    No criteria at all where nothing usable is left of what was asked for: that must not become a search for everything.
    """
    alternatives: list[list[Any]] = []
    for value in _clean(search.people, ascii_only):
        alternatives += [["FROM", value], ["TO", value], ["CC", value]]
    alternatives += [["SUBJECT", value] for value in _clean(search.subjects, ascii_only)]
    for value in dict.fromkeys(msgid_needle(v) for v in search.references[:VALUES_LIMIT]):
        if value:
            alternatives += [["HEADER", "References", value], ["HEADER", "In-Reply-To", value]]
    asked: list[Any] = []
    if search.since:
        asked += ["SINCE", search.since]
    if search.before:
        asked += ["BEFORE", search.before]
    if alternatives:
        asked += _any_of(alternatives)
    elif search.people or search.subjects or search.references:
        return [], None
    charset = None if all(str(word).isascii() for word in _flat(asked)) else "UTF-8"
    return asked or ["ALL"], charset


def msgid_needle(message_id: str) -> str:
    """The longest run of a Message-ID that can be searched for as it is; empty if there is none worth it."""
    run = max(_SAFE_RUN.findall(message_id[:1000]), key=len, default="")
    return run if len(run) >= 5 else ""


def same_message_id(header: bytes, message_id: str) -> bool:
    """True if a fetched header field holds exactly this Message-ID."""
    text = _UNFOLD.sub(" ", header.decode("utf-8", "replace"))
    wanted = message_id.strip().strip("<>")
    return any(found[1:-1] == wanted for found in _MSGID.findall(text))


def _any_of(alternatives: list[list[Any]]) -> list[Any]:
    """IMAP's OR takes two keys: OR a OR b c."""
    asked: list[Any] = []
    for alternative in alternatives[:-1]:
        asked += ["OR", *alternative]
    return asked + alternatives[-1]


def _clean(values: tuple[str, ...], ascii_only: bool) -> list[str]:
    cleaned = (_WORDS.sub(" ", value).strip()[:VALUE_LENGTH].strip() for value in values[:VALUES_LIMIT])
    if ascii_only:
        cleaned = (max((w for w in value.split(" ") if w.isascii()), key=len, default="") for value in cleaned)
    return list(dict.fromkeys(value for value in cleaned if len(value) >= 2))


def _flat(asked: list[Any]) -> list[Any]:
    return [word for item in asked for word in (item if isinstance(item, list) else [item])]
