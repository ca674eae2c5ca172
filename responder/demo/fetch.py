"""FETCH (RFC 3501 s6.4.5): data items -> what is answered for one mail. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import getaddresses
from typing import TYPE_CHECKING, Final

from responder.demo.mime import RUBBISH
from responder.demo.parser import Bad, Token, internal_date, nstring, quoted, word

if TYPE_CHECKING:
    from responder.demo.mime import Part
    from responder.demo.store import Mail

_MACROS: Final = {
    "ALL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"),
    "FAST": ("FLAGS", "INTERNALDATE", "RFC822.SIZE"),
    "FULL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"),
}
_PLAIN: Final = ("FLAGS", "UID", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODYSTRUCTURE", "BODY")
_SECTION: Final = re.compile(
    r"BODY(?P<peek>\.PEEK)?\[(?P<path>\d{1,4}(?:\.\d{1,4})*)?\.?(?P<what>HEADER|TEXT|MIME|HEADER\.FIELDS(?P<not>\.NOT)? ?\((?P<fields>[^()]*)\))?\]"
    r"(?:<(?P<start>\d{1,10})(?:\.(?P<count>\d{1,10}))?>)?"
)
_ADDRESS_FIELDS: Final = ("from", "sender", "reply-to", "to", "cc", "bcc")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing asked for: a plain item by name, or a section of the mail."""

    name: str
    echo: str = ""  # how the answer names the section
    path: tuple[int, ...] = ()
    what: str = ""  # "", HEADER, TEXT, MIME, FIELDS, FIELDS.NOT
    fields: tuple[str, ...] = ()
    span: tuple[int, int] | None = None  # (first octet, number of octets)
    peek: bool = True


def items(token: Token, *, quotes_fields: bool = False) -> tuple[Item, ...]:
    """What a FETCH asks for. Raises Bad."""
    names = [word(each) for each in token] if isinstance(token, tuple) else [word(token)]
    if len(names) == 1 and names[0] in _MACROS:
        names = list(_MACROS[names[0]])
    return tuple(_item(name, quotes_fields) for name in names)


def _item(name: str, quotes_fields: bool) -> Item:
    match name:
        case "RFC822":
            return Item("SECTION", echo="RFC822", peek=False)
        case "RFC822.HEADER":
            return Item("SECTION", echo="RFC822.HEADER", what="HEADER")
        case "RFC822.TEXT":
            return Item("SECTION", echo="RFC822.TEXT", what="TEXT", peek=False)
    if name in _PLAIN:
        return Item(name)
    found = _SECTION.fullmatch(name)
    if not found:
        raise Bad("cannot fetch " + name[:60])
    path = tuple(int(number) for number in found["path"].split(".")) if found["path"] else ()
    what = found["what"] or ""
    fields: tuple[str, ...] = ()
    echo = ".".join([*map(str, path), *([what] if what else [])])
    if what.startswith("HEADER.FIELDS"):
        fields = tuple(field.strip('"') for field in found["fields"].split())
        named = " ".join(f'"{field}"' if quotes_fields else field for field in fields)
        echo = ".".join([*map(str, path), f"HEADER.FIELDS{found['not'] or ''} ({named})"])
        what = "FIELDS" + (found["not"] or "")
    start, count = found["start"], found["count"]
    span = (int(start), int(count) if count else 2**32) if start else None
    echo = f"BODY[{echo}]" + (f"<{start}>" if start else "")
    return Item("SECTION", echo, path, what, tuple(field.lower() for field in fields), span, peek=bool(found["peek"]))


def answer(seq: int, mail: Mail, wanted: tuple[Item, ...]) -> bytes:
    """The whole untagged FETCH response for one mail, without the line end."""
    return b"* %d FETCH (%s)" % (seq, b" ".join(_value(item, mail) for item in wanted))


def _value(item: Item, mail: Mail) -> bytes:
    match item.name:
        case "FLAGS":
            return b"FLAGS (" + " ".join(sorted(mail.flags)).encode("ascii", "replace") + b")"
        case "UID":
            return b"UID %d" % mail.uid
        case "INTERNALDATE":
            return b"INTERNALDATE " + internal_date(mail.content.date)
        case "RFC822.SIZE":
            return b"RFC822.SIZE %d" % len(mail.raw)
        case "ENVELOPE":
            return b"ENVELOPE " + envelope(mail.content.part)
        case "BODYSTRUCTURE" | "BODY":
            return item.name.encode() + b" " + structure(mail.content.part, extended=item.name == "BODYSTRUCTURE")
    return item.echo.encode("ascii", "replace") + b" " + _octets(section(mail, item))


def _octets(value: bytes | None) -> bytes:
    return b"NIL" if value is None else b"{%d}\r\n%s" % (len(value), value)


def section(mail: Mail, item: Item) -> bytes | None:
    """The octets of a section, None where the mail has no such part."""
    if not item.path and not item.what:
        value: bytes | None = mail.raw
    else:
        value = _of_part(mail.content.part, item)
    if value is not None and item.span:
        first, count = item.span
        value = value[first : first + count]
    return value


def _of_part(part: Part, item: Item) -> bytes | None:
    inner = part  # whose HEADER and TEXT are meant: the mail itself, or the one inside a message/rfc822 part
    for number in item.path:
        parts = inner.children if inner.kind[0] == "multipart" else (inner,)
        if not 1 <= number <= len(parts):
            return None
        part = parts[number - 1]
        inner = part.children[0] if part.kind == ("message", "rfc822") and part.children else part
    match item.what:
        case "":
            return part.body
        case "MIME":
            return part.header
        case "HEADER":
            return inner.header
        case "TEXT":
            return inner.body
    return _fields(inner.header, item.fields, wanted=item.what == "FIELDS")


def _fields(header: bytes, names: tuple[str, ...], *, wanted: bool) -> bytes:
    kept = []
    for field in re.findall(rb"(?m)^[^\r\n][^\n]*\n(?:[ \t][^\n]*\n)*", header):
        name = field.partition(b":")[0].strip().lower().decode("ascii", "replace")
        if (name in names) is wanted:
            kept.append(field)
    return b"".join(kept) + b"\r\n"


def envelope(part: Part) -> bytes:
    """ENVELOPE (RFC 3501 s7.4.2): header values as they stand, undecoded."""
    lists = {name: _addresses(part.raw(name)) for name in _ADDRESS_FIELDS}
    for name in ("sender", "reply-to"):
        if lists[name] == b"NIL":
            lists[name] = lists["from"]
    strings = {name: nstring(part.raw(name)) for name in ("date", "subject", "in-reply-to", "message-id")}
    order = ("date", "subject", *_ADDRESS_FIELDS, "in-reply-to", "message-id")
    return b"(" + b" ".join((strings | lists)[name] for name in order) + b")"


def _addresses(value: bytes | None) -> bytes:
    if value is None:
        return b"NIL"
    try:
        pairs = getaddresses([value[:20_000].decode("utf-8", "surrogateescape")])
    except RUBBISH:
        return b"NIL"
    found = []
    for name, address in pairs:
        local, _, domain = address.rpartition("@")
        fields = (name, "", local or domain, domain if local else "")
        found.append(b"(" + b" ".join(nstring(_bytes(field) if field else None) for field in fields) + b")")
    return b"(" + b"".join(found) + b")" if found else b"NIL"


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")


def structure(part: Part, *, extended: bool) -> bytes:
    """BODYSTRUCTURE, or BODY where not extended (RFC 3501 s7.4.2)."""
    kind, subtype = part.kind
    if kind == "multipart" and part.children:
        inner = b"".join(structure(child, extended=extended) for child in part.children)
        more = b" %s %s NIL NIL" % (_parameters(part, "content-type"), _disposition(part)) if extended else b""
        return b"(" + inner + b" " + quoted(subtype.upper().encode()) + more + b")"
    fields = [quoted(kind.upper().encode()), quoted(subtype.upper().encode()), _parameters(part, "content-type")]
    fields += [nstring(part.raw(name)) for name in ("content-id", "content-description")]
    fields += [quoted(part.raw("content-transfer-encoding") or b"7BIT"), b"%d" % len(part.body)]
    if part.kind == ("message", "rfc822") and part.children:
        fields += [envelope(part.children[0]), structure(part.children[0], extended=extended)]
    if kind == "text" or (part.kind == ("message", "rfc822") and part.children):
        fields.append(b"%d" % part.body.count(b"\n"))
    if extended:
        fields += [b"NIL", _disposition(part), b"NIL", b"NIL"]
    return b"(" + b" ".join(fields) + b")"


def _parameters(part: Part, header: str) -> bytes:
    found = part.parameters(header)
    pairs = [quoted(_bytes(text)) for pair in found.items() for text in (pair[0].upper(), pair[1])]
    return b"(" + b" ".join(pairs) + b")" if pairs else b"NIL"


def _disposition(part: Part) -> bytes:
    kind = part.fields.get_content_disposition()
    return (
        b"NIL"
        if not kind
        else b"(" + quoted(_bytes(kind.upper())) + b" " + _parameters(part, "content-disposition") + b")"
    )
