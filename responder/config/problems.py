"""What is wrong with a configuration, in sentences: syntax that tomllib refuses, and values that the models refuse."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from responder.config.models import Config, nearest
from responder.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

SIZE_LIMIT = 1_000_000  # bytes; a configuration is a page or two


def read_toml(raw: bytes, path: Path) -> dict[str, Any]:
    """The table in `raw`; UserError in words that help, where tomllib's do not."""
    if len(raw) > SIZE_LIMIT:
        raise UserError(f"{path}: is larger than {SIZE_LIMIT // 1000} kB; this is no configuration.")
    try:
        text = raw.decode("utf-8-sig")  # tomllib calls a byte order mark an invalid statement
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is not UTF-8 text. Save it again with the encoding UTF-8.") from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path}: {_toml_problem(str(error), text)}") from error


def _toml_problem(message: str, text: str) -> str:
    lines = text.rstrip().splitlines() or [""]
    found = re.search(r"line (\d+)", message)
    line = lines[min(int(found[1]), len(lines)) - 1 if found else -1].strip()
    if "overwrite" in message or "twice" in message or "mutate" in message:
        return f"{message}: this key or section is there twice: {line}. Keep one of them."
    if "\\" in line and '"' in line:
        return f"{message}: a backslash in double quotes has a special meaning: {line}. Use single quotes ('C:\\...') or forward slashes."
    return f'{message}{f": {line}" if line else ""}. Texts need quotes, lists [ ], and each key its own line: key = "value".'


def sentence(entry: Any) -> str:
    """One problem that pydantic found, as `key: what is allowed`."""
    key = _dotted(entry["loc"])
    context = entry.get("ctx") or {}
    match entry["type"]:
        case "extra_forbidden":
            known = _keys_at(entry["loc"][:-1])
            return f"{key}: is no known key. {nearest(str(entry['loc'][-1]), known)}Allowed here: {', '.join(known)}."
        case "missing" if entry["loc"][-1] == "imap":
            return f"{key}: is missing. Name a provider, or give the server in [account.imap]."
        case "missing" if key == "account":
            return f"{key}: is missing. Write an [[account]] section for each mailbox."
        case "missing":
            return f"{key}: is missing."
        case "value_error":
            return f"{key}: {context['error']}."
        case "literal_error":
            return f"{key}: {entry['input']!r} is not allowed; allowed are {context['expected']}."
        case "too_short":
            return f"{key}: needs at least one entry."
        case "string_too_short":
            return f"{key}: must not be empty."
        case "string_pattern_mismatch":
            return f"{key}: {entry['input']!r} is not allowed; allowed are letters, digits and . _ -, up to 64 of them."
        case "model_type" | "dict_type":
            return f"{key}: must be a section with keys of its own."
        case "tuple_type":
            return f'{key}: must be a list, such as ["a", "b"].'
        case _:
            return f"{key}: {entry['msg'][:1].lower()}{entry['msg'][1:]}."


def _dotted(location: tuple[Any, ...]) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _keys_at(location: tuple[Any, ...]) -> list[str]:
    """The keys that are allowed in the section at `location`."""
    model: type[BaseModel] = Config
    for part in location:
        if isinstance(part, int):
            continue
        field = next(field for name, field in model.model_fields.items() if (field.alias or name) == part)
        model = next(kind for kind in _models(field.annotation))
    return [field.alias or name for name, field in model.model_fields.items()]


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in getattr(annotation, "__args__", ()) for model in _models(inner)]
