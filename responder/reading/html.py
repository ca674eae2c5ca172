"""HTML of a mail -> lines of text and the targets of its links. Under limits; decides nothing about content.

Own walker on selectolax: the libraries tried (html2text, inscriptis, resiliparse, trafilatura, bs4) glued table cells
together, kept hidden preheaders, or took minutes for hostile input.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from responder.reading.charsets import clean, one_line

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

MAX_HTML = 1_000_000  # characters
MAX_TAGS = 15_000  # counted as "<": deep nesting costs the parser quadratic time (15,000: 0.3 s, 50,000: 5 s)
MAX_UNCLOSED = 3_000  # tags that could lie within each other: a quarter of MAX_TAGS is looked at
MAX_LINKS = 200

_SKIP = frozenset(
    [
        "script",
        "style",
        "head",
        "title",
        "template",
        "object",
        "embed",
        "svg",
        "math",
        "iframe",
        "audio",
        "video",
        "canvas",
        "map",
        "select",
        "datalist",
    ]
)
_PARAGRAPH = frozenset(
    [
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "dl",
        "table",
        "blockquote",
        "pre",
        "hr",
        "section",
        "article",
    ]
)
_LINE = frozenset(
    [
        "div",
        "tr",
        "li",
        "dt",
        "dd",
        "br",
        "center",
        "address",
        "header",
        "footer",
        "main",
        "nav",
        "aside",
        "form",
        "fieldset",
        "legend",
        "figure",
        "figcaption",
        "caption",
        "tbody",
        "thead",
        "tfoot",
        "body",
    ]
)
_CELL = frozenset(["td", "th"])
_BLOCK = _PARAGRAPH | _LINE | _CELL
# Only what hides by itself: MJML sets font-size:0 on cells whose children are read.
_HIDDEN = re.compile(
    r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0+)?\s*(?:[;!]|$)|max-height\s*:\s*0(?:px)?\s*(?:[;!]|$))",
    re.IGNORECASE,
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_HREF = re.compile(r"""href\s{0,3}=\s{0,3}["']?((?:https?://|mailto:)[^"'\s<>]{1,2000})""", re.IGNORECASE)
_HIDING = ("display", "visibility", "opacity", "max-height", "preheader", "hidden")
_QUOTE_CLASS = re.compile(r"gmail_quote|yahoo_quoted|cite|protonmail_quote|tutanota_quote", re.IGNORECASE)


def cut(markup: str) -> tuple[str, bool]:
    """The markup within limits, and whether anything was cut off."""
    short = markup[:MAX_HTML]
    tags = short.count("<")
    most = MAX_TAGS if tags - 2 * short.count("</") < MAX_UNCLOSED else MAX_TAGS // 4
    if tags > most:
        end = 0
        for _ in range(most):
            end = short.find("<", end) + 1
        short = short[: end - 1]
    return short, len(short) < len(markup)


def links(markup: str) -> tuple[str, ...]:
    """The targets of links (http, https, mailto), each once, without building a tree."""
    found: dict[str, None] = {}
    for match in _HREF.finditer(markup):
        found[one_line(unescape(match[1]))] = None
        if len(found) == MAX_LINKS:
            break
    return tuple(found)


def to_text(markup: str) -> str:
    """Lines of text from HTML that was cut to the limits. Quoted mail comes as "> " lines, hidden text not at all."""
    tree = LexborHTMLParser(markup if markup.isascii() else _SURROGATE.sub("\ufffd", markup))
    small = markup.lower()
    root = tree.body or tree.root
    if root is None:
        return ""
    writer = _Writer()
    _walk(root, writer, show_hidden=not any(word in small for word in _HIDING))
    text = writer.text()
    if not text:  # everything is hidden: then it is not a preheader that is
        writer = _Writer()
        _walk(root, writer, show_hidden=True)
        text = writer.text()
    return text


class _Writer:
    """Lines in the making."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._depth = 0
        self._last = ""

    def word(self, text: str) -> None:
        self._line.append(text)

    def end_line(self) -> None:
        if not self._line:
            return
        line = " ".join("".join(self._line).split())
        if not (line.isascii() and line.isprintable()):  # behind the entities, which hide the same characters once more
            line = " ".join(clean(line).split())
        self._line = []
        if line:
            self._lines.append("> " * self._depth + line)
            self._last = line

    def end_paragraph(self) -> None:
        self.end_line()
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def preformatted(self, text: str) -> None:
        self.end_line()
        self._lines += ["> " * self._depth + line.rstrip() for line in clean(text).split("\n")]

    def quote(self, step: int) -> None:
        self.end_paragraph()
        self._depth = min(max(0, self._depth + step), 5)

    def announces_quote(self) -> bool:
        self.end_line()
        return self._last.endswith((":", "："))

    def text(self) -> str:
        self.end_line()
        return "\n".join(self._lines).strip()


def _walk(root: LexborNode, writer: _Writer, *, show_hidden: bool) -> None:
    """Depth first without recursion; on the stack stands what follows an element, and how that one is left."""
    stack: list[tuple[LexborNode | None, str, bool]] = []
    node = root.child
    while node is not None or stack:
        if node is None:
            node, tag, quoting = stack.pop()
            if tag in _BLOCK:
                _leave(tag, writer, quoting=quoting)
            continue
        tag = node.tag or ""
        if tag == "-text":
            writer.word(node.text_content or "")
        elif tag in _SKIP or tag[:1] in "-_!" or (not show_hidden and _hidden(node.attributes)):
            pass
        elif tag == "pre":
            writer.preformatted(node.text(deep=True))
        else:
            quoting = tag in _BLOCK and _enter(node, tag, writer)
            if (child := node.child) is not None:
                stack.append((node.next, tag, quoting))
                node = child
                continue
        node = node.next


def _enter(node: LexborNode, tag: str, writer: _Writer) -> bool:
    """What the start of an element means for the lines; True where a quotation begins."""
    if tag == "blockquote":
        attributes = node.attributes
        kind = (attributes.get("type") or "") + " " + (attributes.get("class") or "")
        if writer.announces_quote() or _QUOTE_CLASS.search(kind):
            writer.quote(+1)
            return True
        writer.end_paragraph()
    elif tag == "hr":
        writer.end_paragraph()
        writer.word("________________________________")
        writer.end_line()
    elif tag in _PARAGRAPH:
        writer.end_paragraph()
    elif tag in _LINE:
        writer.end_line()
        if tag == "li":
            writer.word("- ")
    return False


def _leave(tag: str, writer: _Writer, *, quoting: bool) -> None:
    if quoting:
        writer.quote(-1)
    elif tag in _CELL:
        writer.word(" ")
    elif tag in _PARAGRAPH:
        writer.end_paragraph()
    else:
        writer.end_line()


def _hidden(attributes: dict[str, str | None]) -> bool:
    style = attributes.get("style")
    if style and _HIDDEN.search(style[:2000]):
        return True
    return "hidden" in attributes or "preheader" in (attributes.get("class") or "").lower()
