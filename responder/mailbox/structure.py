"""BODYSTRUCTURE -> which parts to fetch, and parts -> a valid mail without its attachments. Pure.

What is kept is what judging reads: text, calendars, forwarded and bounced mail. Each part is cut; the original header
stays, but for the fields that describe a body which is no longer that one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from responder.mailbox.fetched import Fetched

PART_LIMIT: Final = 262_144  # bytes of one part, as transferred
PARTS_LIMIT: Final = 30
MAIL_LIMIT: Final = 1_000_000  # bytes of all parts of one mail
HEADER_LIMIT: Final = 262_144
MIME_LIMIT: Final = 16_384
_DEPTH_LIMIT: Final = 50
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,60}\Z")
_BODY_FIELDS: Final = re.compile(
    rb"^(?:content-(?:type|transfer-encoding|length|disposition|md5)|lines):[^\n]*(?:\n[ \t][^\n]*)*\n?",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part that is no multipart: its IMAP section, `type/subtype`, size in bytes."""

    section: str
    type: str
    size: int
    attached: bool


@dataclass(frozen=True, slots=True)
class Branch:
    """A multipart with its subtype ("mixed") and children in order."""

    subtype: str
    children: tuple[Leaf | Branch, ...]
    report_type: str = ""


def read_structure(value: Any) -> Leaf | Branch | None:
    """imapclient's nested tuples of a BODYSTRUCTURE (RFC 3501 7.4.2) as a tree; None if it makes no sense."""
    try:
        return _branch(value, "", 0) if isinstance(value[0], tuple | list) else _leaf(value, "1")
    except (TypeError, IndexError, ValueError, AttributeError, RecursionError):
        return None


def _branch(value: Any, section: str, depth: int) -> Branch:
    if depth > _DEPTH_LIMIT:
        raise ValueError("nested too deeply")
    # imapclient gathers the children of a multipart in a list of their own; servers give them one by one.
    flat = (*value[0], *value[1:]) if isinstance(value[0], list) else tuple(value)
    parts = [item for item in flat if isinstance(item, tuple | list)]
    count = next((i for i, item in enumerate(flat) if not isinstance(item, tuple | list)), len(flat))
    children: list[Leaf | Branch] = []
    for number, part in enumerate(parts[:count], 1):
        where = f"{section}.{number}" if section else str(number)
        children.append(_branch(part, where, depth + 1) if isinstance(part[0], tuple | list) else _leaf(part, where))
    parameters = _parameters(flat[count + 1]) if len(flat) > count + 1 else {}
    return Branch(_word(flat[count], "mixed"), tuple(children), _word(parameters.get("report-type"), ""))


def _leaf(value: Any, section: str) -> Leaf:
    kind = f"{_word(value[0], 'application')}/{_word(value[1], 'octet-stream')}"
    size = value[6] if isinstance(value[6], int) else 0
    dispositions = [
        _text(item[0]).lower() for item in value[7:] if isinstance(item, tuple) and item and isinstance(item[0], bytes)
    ]
    return Leaf(section, kind, size, "attachment" in dispositions)


def _parameters(value: Any) -> dict[str, str]:
    if not isinstance(value, tuple):
        return {}
    return {_text(value[i]).lower(): _text(value[i + 1]) for i in range(0, len(value) - 1, 2)}


def _word(value: Any, default: str) -> str:
    text = _text(value).lower()
    return text if _TOKEN.match(text) else default


def _text(value: Any) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else "" if value is None else str(value)


def leaves(tree: Leaf | Branch) -> list[Leaf]:
    """All parts in order."""
    return [tree] if isinstance(tree, Leaf) else [leaf for child in tree.children for leaf in leaves(child)]


def chosen(tree: Leaf | Branch) -> list[Leaf]:
    """The parts worth fetching: text, calendars, messages; attached text only where there is no other."""
    found = leaves(tree)
    readable = [leaf for leaf in found if leaf.type.startswith(("text/", "message/")) or leaf.type == "application/ics"]
    inline = [leaf for leaf in readable if not leaf.attached or leaf.type in _KEPT_ATTACHED] or readable
    taken: list[Leaf] = []
    total = 0
    for leaf in inline[:PARTS_LIMIT]:
        total += min(leaf.size, PART_LIMIT)
        if taken and total > MAIL_LIMIT:
            break
        taken.append(leaf)
    return taken


_KEPT_ATTACHED: Final = frozenset({"text/calendar", "application/ics", "message/rfc822", "message/delivery-status"})


def items(sections: Sequence[str]) -> list[str]:
    """What to FETCH for these sections, each cut; a `1.MIME` of a mail that is no multipart may be refused or empty."""
    asked = [f"BODY.PEEK[HEADER]<0.{HEADER_LIMIT}>"]
    for section in sections:
        asked.append(f"BODY.PEEK[{section}]<0.{PART_LIMIT}>")
        if sections != ("1",):
            asked.append(f"BODY.PEEK[{section}.MIME]<0.{MIME_LIMIT}>")
    return asked


def put_together(tree: Leaf | Branch, sections: Sequence[str], mail: Fetched) -> bytes:
    """The mail from what items() brought."""
    parts: dict[str, tuple[bytes, bytes]] = {}
    for section in sections:
        body = mail.section(section.encode())
        if len(body) >= PART_LIMIT:
            body = body[: body.rfind(b"\n") + 1] or body  # half a line of base64 spoils the whole part
        parts[section] = (mail.section(section.encode() + b".MIME"), body)
    return assemble(mail.section(b"HEADER"), tree, parts)


def assemble(header: bytes, tree: Leaf | Branch, parts: Mapping[str, tuple[bytes, bytes]]) -> bytes:
    """A valid mail (RFC 2045) from the original header and, by section, each part's MIME header and body.

    Parts that are not there are left out; the tree of alternatives and mixtures stays.
    """
    lines = header.replace(b"\r\n", b"\n").rstrip(b"\n") + b"\n"
    if isinstance(tree, Leaf):
        _mime, body = parts.get(tree.section, (b"", b""))
        # The mail's own header describes its single part.
        head = lines if tree.section in parts else _BODY_FIELDS.sub(b"", lines) + b"Content-Type: text/plain\n"
        return _crlf(head) + b"\r\n" + body
    boundary = _boundary(b"".join(mime + body for mime, body in parts.values()))
    head = _BODY_FIELDS.sub(b"", lines)
    return _crlf(head) + _render(tree, parts, boundary, 0)


def _render(node: Leaf | Branch, parts: Mapping[str, tuple[bytes, bytes]], boundary: str, depth: int) -> bytes:
    if isinstance(node, Leaf):
        mime, body = parts[node.section]
        head = mime.replace(b"\r\n", b"\n").strip(b"\n") or f"Content-Type: {node.type}".encode()
        return _crlf(head + b"\n") + b"\r\n" + body
    own = f"{boundary}{depth:02d}"  # of one length: a boundary must not be the start of another
    report = f'; report-type="{node.report_type}"' if node.report_type else ""
    out = [f'Content-Type: multipart/{node.subtype}{report}; boundary="{own}"\r\n\r\n'.encode()]
    for child in node.children:
        if any(leaf.section in parts for leaf in leaves(child)):
            out += [f"--{own}\r\n".encode(), _render(child, parts, boundary, depth + 1), b"\r\n"]
    out.append(f"--{own}--\r\n".encode())
    return b"".join(out)


def _boundary(text: bytes) -> str:
    number = 0
    while f"part-{number}-".encode() in text:
        number += 1
    return f"part-{number}-"


def _crlf(lines: bytes) -> bytes:
    return lines.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
