"""Bytes of a mail -> its parts, cut so that every section is byte for byte what was stored. Pure, never raises on any input.

The standard library's parser keeps no offsets, and FETCH BODY[1] must answer the very bytes; so the cutting is our own and
the headers are the library's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from functools import cached_property
from typing import Final

_BLANK: Final = re.compile(rb"\A\r?\n|\n\r?\n")
_DEPTH: Final = 20
_PARTS: Final = 500
_HEADER_OCTETS: Final = 256 * 1024
RUBBISH: Final = (
    MessageError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
)  # what email raises on rubbish


@dataclass(frozen=True)
class Part:
    """One MIME entity; a message/rfc822 part has the mail in it as its only child."""

    header: bytes  # with the blank line
    body: bytes
    depth: int = 0

    @cached_property
    def fields(self) -> Message:
        """The header as the standard library reads it."""
        return BytesHeaderParser().parsebytes(self.header[:_HEADER_OCTETS])

    @cached_property
    def kind(self) -> tuple[str, str]:
        """Type and subtype, lower-case."""
        kind = re.fullmatch(r"([\w.+-]+)/([\w.+-]+)", self.fields.get_content_type(), re.ASCII)
        return (kind[1], kind[2]) if kind else ("text", "plain")

    @cached_property
    def children(self) -> tuple[Part, ...]:
        """The parts of a multipart, the mail in a message/rfc822, else nothing."""
        if self.depth >= _DEPTH:
            return ()
        if self.kind == ("message", "rfc822"):
            return (split(self.body, self.depth + 1),)
        if self.kind[0] != "multipart":
            return ()
        boundary = self.parameters("content-type").get("boundary", "").rstrip()
        return tuple(split(piece, self.depth + 1) for piece in _pieces(self.body, boundary)) if boundary else ()

    def parameters(self, name: str) -> dict[str, str]:
        """The parameters of Content-Type or Content-Disposition, names lower-case."""
        try:
            found = self.fields.get_params([], header=name)[1:]
            return {str(key).lower(): value[2] if isinstance(value, tuple) else str(value) for key, value in found}
        except RUBBISH:
            return {}

    def raw(self, name: str) -> bytes | None:
        """The first header of that name, unfolded, undecoded."""
        for key, value in self.fields.raw_items():
            if key.lower() == name:
                return re.sub(rb"\r?\n", b"", str(value).encode("utf-8", "surrogateescape")).strip()
        return None

    @cached_property
    def decoded(self) -> tuple[tuple[str, str], ...]:
        """Every header, name lower-case, value decoded to one lower-case line: what searches look at."""
        return tuple((key.lower(), _decode(str(value)).lower()) for key, value in self.fields.raw_items())

    @cached_property
    def text(self) -> str:
        """All text in it, decoded, lower-case: what SEARCH BODY looks at."""
        if self.children:
            return "\n".join(child.text for child in self.children)
        if self.kind[0] != "text":
            return ""
        message = Message()
        message["Content-Transfer-Encoding"] = (self.raw("content-transfer-encoding") or b"8bit").decode(
            "ascii", "replace"
        )
        message.set_payload(self.body.decode("ascii", "surrogateescape"))
        try:
            payload = message.get_payload(decode=True)
        except RUBBISH:
            payload = self.body
        octets = payload if isinstance(payload, bytes) else self.body
        try:
            return octets.decode(self.parameters("content-type").get("charset", "utf-8"), "replace").lower()
        except RUBBISH:
            return octets.decode("latin-1").lower()


def split(raw: bytes, depth: int = 0) -> Part:
    """Header and body of a mail or part."""
    end = _BLANK.search(raw)
    return Part(raw[: end.end()], raw[end.end() :], depth) if end else Part(raw, b"", depth)


def _pieces(body: bytes, boundary: str) -> list[bytes]:
    """What stands between the boundary lines (RFC 2046 s5.1.1); the line break before one belongs to it."""
    line = re.compile(
        rb"^--" + re.escape(boundary.encode("utf-8", "surrogateescape")) + rb"(--)?[ \t]*\r?(?:\n|\Z)", re.MULTILINE
    )
    pieces: list[bytes] = []
    start: int | None = None
    for found in line.finditer(body):
        if start is not None:
            pieces.append(re.sub(rb"\r?\n\Z", b"", body[start : max(start, found.start())]))
        if found[1] or len(pieces) >= _PARTS:
            return pieces
        start = found.end()
    if start is not None:
        pieces.append(body[start:])
    return pieces


def _decode(value: str) -> str:
    value = re.sub(r"\r?\n", "", value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        return str(make_header(decode_header(value)))
    except RUBBISH:
        return value
