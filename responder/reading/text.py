"""The text of a mail -> its own words, the earlier mail quoted in it, and a mail forwarded inside it.

Own splitter, line by line and in linear time: of the libraries, mail-parser-reply can run for minutes on one line,
email-reply-parser takes a body after "she wrote:" for a quotation. Languages are data (knowledge/quoting.toml).
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

_LOOK_AHEAD = 14  # lines of a header block
_RULES = frozenset("-_=*")
_STARTS = _RULES | {">", " "}
_MAX_MARKER = 120  # characters of a line that can be a marker
_TIME_OR_ADDRESS = re.compile(r"\d{1,2}[:.h]\d{2}|\S@\S")
_MAILTO = re.compile(r"<mailto:[^<>]{0,300}>|\[mailto:([^\[\]]{0,300})\]", re.IGNORECASE)
_RULE_OFF = re.compile(r"[-_=*]{5,}")


@dataclass(frozen=True, slots=True)
class Forward:
    """A mail passed on inside a text: header values as they stand there ("" if not), and what follows them."""

    from_: str
    to: str
    date: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Parts:
    """A text taken apart."""

    own: str
    quoted: str
    forward: Forward | None = None


@dataclass(frozen=True, slots=True)
class _Words:
    labels: dict[str, str]
    forward: frozenset[str]
    original: frozenset[str]
    subjects: frozenset[str]
    wrote: tuple[str, ...]


@cache
def _words() -> _Words:
    data = tomllib.loads((resources.files("responder") / "knowledge" / "quoting.toml").read_text("utf-8"))
    return _Words(
        {label: kind for kind, labels in data["labels"].items() for label in labels},
        frozenset(data["forward"]["markers"]),
        frozenset(data["original"]["markers"]),
        frozenset(data["forward"]["subjects"]),
        tuple(data["wrote"]["words"]),
    )


def split(text: str, subject: str = "") -> Parts:
    """Own words, quoted mail and forwarded mail of a clean text. `subject` tells a forward from an answer (Outlook)."""
    if ":" not in text and ">" not in text and "：" not in text and "--" not in text:
        return Parts(text.strip(), "")
    lines = text.split("\n")
    own: list[str] = []
    quoted: list[str] = []
    forward = None
    labels = _words().labels
    done = 0
    for number in [number for number, line in enumerate(lines) if line[:1] in _STARTS or ":" in line or "：" in line]:
        own += lines[done:number]
        done, line = number + 1, lines[number]
        if line.startswith(">") and not line.startswith(">From "):
            quoted.append(line)
            continue
        stripped = line.strip()
        telling = stripped and (stripped[0] in _RULES or _may_cut(stripped, labels))
        if telling and (cut := _cut(lines, number, stripped, subject)) is not None:
            forward, whole_rest = cut
            if forward is None and not whole_rest:
                quoted.append(_take_opening(own, stripped))
                continue
            if forward is None:
                opening = _take_opening(own, stripped) if stripped[-1] in ":：" else line
                quoted += [opening, *lines[number + 1 :]]
            done = len(lines)
            break
        own.append(line)
    own += lines[done:]
    while own and (not own[-1].strip() or _RULE_OFF.fullmatch(own[-1].strip())):
        own.pop()
    words = "\n".join(own).strip()
    if not words and forward is None:  # nothing but quotation: then it is what the mail says
        return Parts(text.strip(), "")
    return Parts(words, "\n".join(quoted).strip(), forward)


def _may_cut(line: str, labels: dict[str, str]) -> bool:
    """Whether a look at the stripped line is worth its time: most lines of most mails are just words."""
    if line[-1] in ":：":
        return True
    head, colon, _ = line[:40].replace("：", ":", 1).partition(":")
    return bool(colon) and _fold(head.strip(" *>")) in labels


def _cut(lines: list[str], number: int, stripped: str, subject: str) -> tuple[Forward | None, bool] | None:
    """What begins at this line: a forward, (None, True) for quotation to the end, (None, False) for one line above "> "."""
    if stripped[-1] in ":：" or stripped[0] in "-_=*" or ":" in stripped[:40] or "：" in stripped[:12]:
        if len(stripped) <= _MAX_MARKER:
            core = _fold(stripped.strip(" -_=*:：<>."))
            if core in _words().forward:
                return _after_marker(lines, number)
            if core in _words().original and stripped[0] in "-_=*":
                forward = _read_forward(lines, number + 1) if _passes_on(subject) else None
                return forward, True
            if _kind(stripped) in ("from", "date") and (forward := _read_forward(lines, number)) is not None:
                return (forward if _passes_on(subject) else None), True
        if stripped[-1] in ":：" and _attributes(lines, number):
            return None, not _next_is_quoted(lines, number + 1)
    return None


def _after_marker(lines: list[str], number: int) -> tuple[Forward | None, bool] | None:
    forward = _read_forward(lines, number + 1, announced=True)
    return None if forward is None else (forward, True)


def _fold(text: str) -> str:
    """Lower case, the Turkish dotted capital like the others."""
    return text.casefold().replace("i̇", "i")


def _passes_on(subject: str) -> bool:
    prefix, colon, _ = subject.replace("：", ":").partition(":")
    return bool(colon) and _fold(prefix.strip()) in _words().subjects


def _attributes(lines: list[str], number: int) -> bool:
    """Whether the line (with up to two before it, where it was wrapped) says who wrote what follows."""
    line = lines[number].strip()
    if len(line) > 400:
        return False
    before = "\n".join(_above(lines, number))
    joined = f"{before} {line}"[-600:]
    wrote = _says_wrote(joined)
    if not wrote and not (line.endswith((">:", ">：")) and "@" in line):
        return False
    if not any(character.isdigit() for character in joined) and "@" not in joined:
        return False
    if wrote and not _says_wrote(line) and "@" not in line:
        return False  # the verb stands in the sentence before, not in this line
    return _TIME_OR_ADDRESS.search(joined) is not None or _next_is_quoted(lines, number + 1)


def _says_wrote(text: str) -> bool:
    folded = text.casefold()
    return any(word in folded for word in _words().wrote)


def _above(lines: list[str], number: int) -> list[str]:
    above: list[str] = []
    for line in reversed(lines[max(0, number - 2) : number]):
        if not line.strip() or line.startswith(">") or line.rstrip().endswith((".", "!", "?", ",\u200b")):
            break
        above.insert(0, line.strip())
    return above


def _take_opening(own: list[str], stripped: str) -> str:
    """The attribution with the wrapped lines above it, which are taken back out of `own`."""
    taken = [stripped]
    if not any(character.isdigit() for character in stripped) or stripped.startswith("<") or _starts_late(stripped):
        for _ in range(2):
            if (
                own
                and own[-1].strip()
                and any(character.isdigit() for character in own[-1])
                and not own[-1].rstrip().endswith(".")
            ):
                taken.insert(0, own.pop().strip())
            else:
                break
    return " ".join(taken)


def _starts_late(stripped: str) -> bool:
    return stripped[:1].islower() or stripped.casefold().startswith(_words().wrote)


def _next_is_quoted(lines: list[str], number: int) -> bool:
    return next((line.startswith(">") for line in lines[number : number + 4] if line.strip()), False)


def _kind(line: str) -> str | None:
    """Which header a line of a header block shows."""
    head, colon, _ = line.replace("：", ":", 1).partition(":")
    return _words().labels.get(_fold(head.strip(" *>"))) if colon and len(head) < 40 else None


def _unquote(line: str) -> str:
    return line[1:].removeprefix(" ") if line.startswith(">") else line


def _read_forward(lines: list[str], start: int, *, announced: bool = False) -> Forward | None:
    """The header block at or right below `start`, and the mail under it; None where there is none that can be read."""
    window = lines[start : start + _LOOK_AHEAD]
    if is_quoted := next((line.startswith(">") for line in window if line.strip()), False):
        window = [_unquote(line) for line in window]
    values: dict[str, str] = {}
    last, end = "", 0
    for number, line in enumerate(window):
        kind = _kind(line)
        if kind is not None and (kind == "other" or kind not in values):
            last, end = kind, number + 1
            values[kind] = line.replace("：", ":", 1).partition(":")[2].strip(" *")
        elif not line.strip():
            if values and not any(_kind(following) for following in window[number + 1 : number + 2]):
                break
        elif (
            last in ("to", "other", "subject", "from", "date")
            and number == end
            and (line[:1] == " " or "@" in line or not values[last])
        ):
            values[last] = f"{values[last]} {line.strip()}".strip()
            end = number + 1
        else:
            break
    if not ("from" in values and "subject" in values and (announced or "date" in values or "to" in values)):
        return None
    body = [_unquote(line) if is_quoted else line for line in lines[start + end :]]
    from_, to = (
        _MAILTO.sub(lambda match: f"<{match[1]}>" if match[1] else "", values.get(kind, "")) for kind in ("from", "to")
    )
    return Forward(from_, to, values.get("date", ""), values.get("subject", ""), "\n".join(body).strip())


def unwrap_flowed(text: str, *, delete_space: bool) -> str:
    """format=flowed text with its paragraphs on one line each (RFC 3676 s4)."""
    out: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        body = line.lstrip(">")
        depth = len(line) - len(body)
        body = body.removeprefix(" ")
        flowed = body.endswith(" ") and body != "-- "
        joins = open_depth == depth and body != "-- "
        shown = body[:-1] if flowed and delete_space else body
        if joins:
            out[-1] += shown
        else:
            out.append(">" * depth + (" " if depth else "") + shown)
        open_depth = depth if flowed else -1
    return "\n".join(out)
