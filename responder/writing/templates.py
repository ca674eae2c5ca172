"""The letters' templates: where they lie, and how one is rendered. Owns Jinja2; knows no fact and no language.

Autoescape is off because a letter is plain text. Values from mails are only ever values, never template source.
"""

from __future__ import annotations

import hashlib
import re
import traceback
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from importlib.resources.abc import Traversable

BREAK = "\ue000"  # private use, so that no text holds it; `br` in a template: a line break that stays, where other breaks in a paragraph become spaces
MAX_OUTPUT = 20_000  # characters; a letter has a few hundred
SUFFIX = ".txt.j2"
_METHODS = frozenset({"startswith", "endswith", "lower", "upper", "split", "strip", "removeprefix", "removesuffix"})
_FILTERS = ("default", "first", "last", "join", "length", "lower", "upper", "capitalize", "replace", "trim", "list")


class TemplateError(Exception):
    """A template that cannot be rendered; the message is a sentence with file and line."""


def shipped() -> Traversable:
    """The folder of the shipped templates: responder/templates in a wheel, templates/ beside the package in a checkout."""
    inside = files("responder") / "templates"
    return inside if inside.is_dir() else Path(str(files("responder"))).parent / "templates"


@dataclass(slots=True)
class Picker:
    """Chooses one of several wordings by a hash of the seed; the same seed always chooses the same."""

    seed: str
    calls: int = 0

    def __call__(self, text: str) -> str:
        """One of the non-empty lines of `text`."""
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        self.calls += 1
        if not lines:
            return ""
        digest = hashlib.sha256(f"{self.seed}\0{self.calls}".encode("utf-8", "replace")).digest()
        return lines[int.from_bytes(digest[:8], "big") % len(lines)]


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, less what can fill the memory: big strings by *, %, ljust, center and the like."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002  Jinja2's signature
        raise SecurityError(f"the operator {operator} is not available in a letter")

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, str) and attr not in _METHODS:
            return False
        return super().is_safe_attribute(obj, attr, value)


def _source(name: str, user: Path | None) -> tuple[str, str, Callable[[], bool]] | None:
    if ".." in name.split("/"):
        return None
    for root in ([user] if user else []) + [shipped()]:
        path = root.joinpath(*name.split("/"))
        if path.is_file():
            source = path.read_text(encoding="utf-8-sig")
            stamp = path.stat().st_mtime_ns if isinstance(path, Path) else 0
            fresh = lambda p=path, s=stamp: not isinstance(p, Path) or (p.is_file() and p.stat().st_mtime_ns == s)  # noqa: E731
            return source, str(path), fresh
    return None


@lru_cache(maxsize=8)
def _environment(user: Path | None) -> _Sandbox:
    sandbox = _Sandbox(
        loader=jinja2.FunctionLoader(lambda name: _source(name, user)),
        autoescape=False,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value.strip("\n") if isinstance(value, str) else "" if value is None else value,
    )
    # An own set of filters: the others make HTML, run forever or grow without bound.
    sandbox.filters = {name: sandbox.filters[name] for name in _FILTERS}
    sandbox.filters["pick"] = _pick
    sandbox.globals.clear()
    return sandbox


@jinja2.pass_context
def _pick(context: jinja2.runtime.Context, text: str) -> str:
    picker: Picker = context["picker"]
    return picker(text) + "\n"  # trim_blocks eats the line break behind endfilter


def render(name: str, values: Mapping[str, object], seed: str, user: Path | None, joiner: str) -> str:
    """The text of template `name` ("en/interview"), in paragraphs of one line each.

    `joiner` stands between sentences (nothing in Japanese and Chinese). Raises TemplateError.
    """
    sandbox = _environment(user)
    try:
        template = sandbox.get_template(name + SUFFIX)
        pieces = template.generate(**values, br=BREAK, picker=Picker(seed))
        return paragraphs(_capped(pieces), joiner)
    except Exception as error:
        raise TemplateError(_sentence(name, error)) from error


def _capped(pieces: Iterable[str]) -> str:
    text = ""
    for piece in pieces:
        text += piece
        if len(text) > MAX_OUTPUT:
            raise ValueError(f"the letter would have more than {MAX_OUTPUT} characters")
    return text


def _sentence(name: str, error: Exception) -> str:
    if isinstance(error, jinja2.TemplateSyntaxError):
        file, line = error.filename or error.name or name + SUFFIX, error.lineno
    else:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.endswith(SUFFIX)]
        file, line = (frames[-1].filename, frames[-1].lineno or 0) if frames else (name + SUFFIX, 0)
    where = f"{file}, line {line}" if line else file
    said = str(error).strip().rstrip(".") or type(error).__name__
    return f"{where}: {said}. Correct the template; `responder templates show` prints the shipped one."


def paragraphs(text: str, joiner: str = " ") -> str:
    """Blank lines part paragraphs; inside one, line breaks become `joiner` and BREAK a real line break."""
    blocks = []
    for block in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n")):
        sentences = (" ".join(line.split(" ")).strip() for line in block.split("\n"))
        joined = joiner.join(s for s in sentences if s)
        lines = (re.sub(r"[ \t]+", " ", line).strip() for line in joined.split(BREAK))
        tidy = [re.sub(r"(?<!\.)\.\.(?!\.)", ".", re.sub(r" +([,.;])", r"\1", line)) for line in lines if line]
        if tidy:
            blocks.append("\n".join(tidy))
    return "\n\n".join(blocks)
