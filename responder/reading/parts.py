"""Raw bytes -> limited bytes -> MIME tree -> the parts that count: which text is the body, what is attached, what is forwarded.

Limits come before parsing, since the standard library's parser takes quadratic time or deep recursion for some mails.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.feedparser import FeedParser
from email.message import Message as Part
from email.policy import Compat32
from typing import TYPE_CHECKING, cast

from responder.reading import html
from responder.reading.charsets import clean, decode
from responder.reading.text import unwrap_flowed

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_BYTES = 8 * 1024 * 1024  # of a mail; what is longer is cut, texts stand before attachments
MAX_HEADER = 128 * 1024  # of the mail's own header (Postfix: 100 KiB for header_size_limit)
MAX_LINES = 200_000  # each costs the parser some hundred bytes
MAX_CONTAINERS = (
    40  # multipart and message parts: bounds depth (the parser recurses, and each line is held against every level)
)
MAX_BOUNDARIES = 1_000
MAX_TEXT = 100_000  # characters of all text parts
MAX_CALENDARS = 10
MAX_INNER = 20  # messages inside
MAX_FIELD = 20_000  # characters of one header field
MAX_CONTENT_FIELD = 2_000  # of Content-Type and its like: splitting parameters takes quadratic time

_CONTAINER = re.compile(rb"^content-type:[\x00-\x20]{0,100}(?:multipart|message)/", re.IGNORECASE | re.MULTILINE)
_CONTAINER_NAMED = re.compile(r"^content-type:[\x00-\x20]{0,100}(?:multipart|message)/", re.MULTILINE)
_FIELD = re.compile(r"([!-9;-~]+):[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)")
_SANE_HEADER = re.compile(r"(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*)+")
_ONE_PARAMETER = re.compile(r"""; ?([A-Za-z]{1,30})="?([^\s"';*=]{1,80})"?\s*$""")
_BODY_TYPES = frozenset(["text/plain", "text/html", "text/enriched", "text/richtext", "text/rtf", "text"])
_NOT_COUNTED = frozenset(
    ["message/delivery-status", "text/rfc822-headers", "message/disposition-notification", "text/x-amp-html"]
)
_HTML_START = re.compile(r"\s{0,200}<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_ENRICHED = re.compile(r"</?[a-zA-Z][a-zA-Z0-9-]{0,59}>|(?<=<)<")
_ARMOUR = re.compile(r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:[A-Za-z-]{1,30}: [^\n]{0,200}\n){0,10}\n?")


class _Limited(Compat32):
    """The standard library's oldest policy, which alone does not raise on odd headers, with short fields."""

    def header_source_parse(self, sourcelines: Sequence[str]) -> tuple[str, str]:
        name, _, value = sourcelines[0].partition(":")
        value = value.lstrip(" \t") + "".join(sourcelines[1:])
        return name, value[: MAX_CONTENT_FIELD if name[:8].lower() == "content-" else MAX_FIELD].rstrip("\n")


_POLICY = _Limited()


@dataclass(slots=True)
class Content:
    """What is in a mail, gathered while its tree is walked."""

    text: str = ""
    links: tuple[str, ...] = ()
    calendars: list[str] = field(default_factory=list)
    inner: list[Part] = field(default_factory=list)
    attachments: int = 0
    defects: list[str] = field(default_factory=list)
    truncated: bool = False


def limit(raw: bytes) -> tuple[bytes, list[str]]:
    """The mail with \\n line ends and within limits, and what was cut off, in words."""
    cuts = []
    if len(raw) > MAX_BYTES:
        raw, cuts = raw[:MAX_BYTES], [f"longer than {MAX_BYTES} bytes"]
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):  # saved by an editor
        raw = raw.decode("utf-16", "replace").encode("utf-8")
    if b"\r" in raw:
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    raw = raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\n")
    if raw.startswith((b"From ", b">From ")):  # mbox
        raw = raw.partition(b"\n")[2]
    end = raw.find(b"\n\n")
    if max(end, len(raw) if end < 0 else 0) > MAX_HEADER:
        raw = raw[: raw.rfind(b"\n", 0, MAX_HEADER)] + (raw[end:] if end >= 0 else b"\n\n")
        cuts.append(f"header longer than {MAX_HEADER} bytes")
    if len(raw) > MAX_LINES and raw.count(b"\n") > MAX_LINES:
        raw = raw[: _nth(raw, b"\n", MAX_LINES)]
        cuts.append(f"more than {MAX_LINES} lines")
    if len(raw) > MAX_BOUNDARIES and raw.count(b"\n--") > MAX_BOUNDARIES:
        raw = raw[: _nth(raw, b"\n--", MAX_BOUNDARIES)]
        cuts.append(f"more than {MAX_BOUNDARIES} parts")
    if raw.count(b"/") > MAX_CONTAINERS and raw.lower().count(b"content-type:") > MAX_CONTAINERS:
        for number, match in enumerate(_CONTAINER.finditer(raw)):
            if number == MAX_CONTAINERS:
                raw = raw[: match.start()]
                cuts.append(f"more than {MAX_CONTAINERS} parts within parts")
                break
    return raw, cuts


def _nth(raw: bytes, what: bytes, count: int) -> int:
    position = -1
    for _ in range(count):
        position = raw.find(what, position + 1)
    return position


def parse(limited: bytes) -> Part:
    """The MIME tree of bytes that limit() gave."""
    text = limited.decode("ascii", "surrogateescape")
    header, _, body = text.partition("\n\n")
    small = header.lower()
    if ("multipart/" in small or "message/" in small) and _CONTAINER_NAMED.search(small) is not None:
        return _feed(text)
    if len(header) > MAX_CONTENT_FIELD * 4 or _SANE_HEADER.fullmatch(header + "\n") is None:
        return _feed(text)
    part = Part(policy=_POLICY)  # no parts, nothing odd or long: no need to go through the parser line by line
    for name, value in _FIELD.findall(header):
        part.set_raw(name, value)
    part.set_payload(body)
    return part


def _feed(text: str) -> Part:
    parser: FeedParser[Part] = FeedParser(Part, policy=_POLICY)
    parser.feed(text)
    return parser.close()


def collect(top: Part) -> Content:
    """The texts, calendars, inner mails and attachments of one mail; inner mails are not entered."""
    content = Content()
    found = _texts(top, content)
    content.links = tuple(dict.fromkeys(link for text in found for link in text.links))[: html.MAX_LINKS]
    content.text = _joined(found)
    if len(content.text) > MAX_TEXT:
        content.text, content.truncated = content.text[:MAX_TEXT], True
    if top.is_multipart() and top.get_content_type() == "multipart/encrypted":
        content.defects.append("encrypted")
    return content


@dataclass(slots=True)
class _Text:
    """One text part; HTML becomes text when somebody reads it."""

    source: str
    is_html: bool
    links: tuple[str, ...] = ()

    def read(self) -> str:
        if self.is_html:
            self.source, self.is_html = html.to_text(self.source), False
        return self.source


def _joined(found: list[_Text]) -> str:
    texts: list[str] = []
    for one in found:
        text = one.read().strip("\n")
        if text.strip() and not any(_same(text, other) for other in texts):
            texts.append(text)
    return "\n\n".join(texts)


def _same(text: str, other: str) -> bool:
    """Some senders put both forms of one text beside each other in multipart/mixed."""
    return abs(len(text) - len(other)) < 200 and "".join(text.split()) == "".join(other.split())


def fields(part: Part) -> dict[str, str]:
    """The Content-* fields of a part, the first of each, names lower-case: Message.get() goes through all headers each time."""
    found: dict[str, str] = {}
    for name, value in part.raw_items():
        if name[:8] in ("Content-", "content-", "CONTENT-") or name[:8].lower() == "content-":
            found.setdefault(name.lower(), value)
    return found


def media_type(part: Part, content_type: str | None) -> str:
    """Type and subtype, lower-case; text/plain where it is malformed (RFC 2045 s5.2)."""
    if content_type is None:
        return part.get_default_type()
    kind = content_type.partition(";")[0].strip().lower()
    return kind if kind.count("/") == 1 or kind == "text" else "text/plain"


def _texts(part: Part, content: Content) -> list[_Text]:
    """The text parts to be read, in order."""
    own = fields(part)
    kind = media_type(part, own.get("content-type"))
    if part.is_multipart():  # only then: of a text get_payload() decodes raw bytes by the charset as it stands
        payload = cast("list[Part]", part.get_payload())
        if kind.startswith("message/"):
            if kind not in _NOT_COUNTED:
                _add_inner(payload, own, content)
            return []
        if kind == "multipart/digest":
            return [text for child in payload for text in _texts(child, content)]
        if kind == "multipart/alternative":
            return _best([_texts(child, content) for child in payload])
        return [text for child in payload for text in _texts(child, content)]
    if kind == "text/calendar":
        if len(content.calendars) < MAX_CALENDARS:
            content.calendars.append(_decoded(part, own, content)[:MAX_TEXT])
        return []
    if kind in _NOT_COUNTED:
        return []
    if (kind in _BODY_TYPES or kind.startswith("multipart/")) and not _attached(part, own):
        return [_text(part, own, kind, content)]  # a multipart without a boundary is one text
    content.attachments += 1
    return []


def _add_inner(payload: list[Part], own: dict[str, str], content: Content) -> None:
    for inner in payload:
        if len(content.inner) == MAX_INNER:
            content.truncated = True
            return
        if (encoding := own.get("content-transfer-encoding", "").strip().lower()) in ("base64", "quoted-printable"):
            # Forbidden (RFC 2046 s5.2.1), and done: what was parsed as a mail is still encoded.
            wrapped = Part(_POLICY)
            wrapped["Content-Transfer-Encoding"] = encoding
            wrapped.set_payload(inner.as_string())
            content.inner.append(parse(limit(_bytes(wrapped))[0]))
        else:
            content.inner.append(inner)


def _best(choices: list[list[_Text]]) -> list[_Text]:
    """Of alternatives the plain text, unless it is empty or a stub; with the links of all (RFC 2046 s5.1.4 has the last as best)."""
    choices = [choice for choice in choices if choice]
    plain = next((choice for choice in choices if not any(text.is_html for text in choice)), None)
    rich = next((choice for choice in reversed(choices) if any(text.is_html for text in choice)), None)
    if plain is None or rich is None:
        return plain or rich or []
    source = "".join(text.source for text in plain).strip()
    if len(source) < 400 or "html" in source[:1000].lower() or source.count("</") > 3:
        shown = _joined(rich)
        stub = (
            len(shown) > 4 * len(source)
            or (len(shown) > len(source) and "html" in source.lower())
            or source.count("</") > 3
        )
        if shown and stub:
            return rich
    plain[0].links += tuple(link for text in rich for link in text.links)
    return plain


def _text(part: Part, own: dict[str, str], kind: str, content: Content) -> _Text:
    text = _decoded(part, own, content)
    if kind == "text/html" or _HTML_START.match(text):
        markup, was_cut = html.cut(text)
        content.truncated |= was_cut
        return _Text(markup, True, html.links(markup) if "href" in markup or "HREF" in markup else ())
    if len(text) > MAX_TEXT:
        text, content.truncated = text[:MAX_TEXT], True
    text = clean(text)
    if kind in ("text/enriched", "text/richtext"):
        text = _ENRICHED.sub("", text)
    if "flowed" in own.get("content-type", "").lower() and parameter(part, "format").lower() == "flowed":
        text = unwrap_flowed(text, delete_space=parameter(part, "delsp").lower() == "yes")
    if "-----BEGIN PGP SIGNED" in text:
        text = _ARMOUR.sub("", text, count=1).partition("\n-----BEGIN PGP SIGNATURE-----")[0]
    if " \n" in text:
        text = "\n".join([line.rstrip() for line in text.split("\n")])
    return _Text(text, False)


def _attached(part: Part, own: dict[str, str]) -> bool:
    disposition = own.get("content-disposition", "").lower().lstrip()
    return disposition.startswith("attachment") or (
        "name" in disposition and bool(parameter(part, "filename", "content-disposition"))
    )


def parameter(part: Part, name: str, header: str = "content-type") -> str:
    """A parameter of a part's header, "" where there is none."""
    try:
        value = part.get_param(name, "", header)
    except Exception:  # noqa: BLE001 - the standard library's parameter parser raises many things on hostile input
        return ""
    return value if isinstance(value, str) else value[2] if value else ""


def _decoded(part: Part, own: dict[str, str], content: Content) -> str:
    label = _charset(part, own.get("content-type", ""))
    text, defect = decode(_bytes(part)[: 4 * html.MAX_HTML], label)
    if defect:
        content.defects.append(defect)
    return text


def _charset(part: Part, content_type: str) -> str:
    if (match := _ONE_PARAMETER.search(content_type)) is not None and content_type.count(";") == 1:
        return match[2] if match[1].lower() == "charset" else ""
    return parameter(part, "charset") if "charset" in content_type.lower() else ""


def _bytes(part: Part) -> bytes:
    try:
        data = part.get_payload(decode=True)
    except Exception:  # noqa: BLE001 - binascii, codec and value errors, by Python version
        return b""
    return data if isinstance(data, bytes) else b""
