"""The configuration as a file for people: every key with its sentence, what is set as it is, the rest commented out. Pure; writes no file."""

from __future__ import annotations

import json
import textwrap
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel

from responder.config.models import Account, Company, Config, Server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic.fields import FieldInfo

_WIDTH: Final = 100
_UNITS: Final = ((86_400, "d"), (3600, "h"), (60, "m"), (1, "s"))
_TOP: Final = (
    "Configuration of responder. Lines that begin with # are comments: what is commented out has the value shown, its default.",
    "Durations: 30s, 5m, 24h, 2d, or ISO 8601 (PT48H). `responder check` says whether all is well.",
)


def commented(table: Mapping[str, Any]) -> str:
    """The file for a table as TOML would give it; parse() reads it back to the same configuration."""
    lines = [line for sentence in _TOP for line in _comment(sentence)]
    lines += ["", *_keys(Config, table)]
    for name, field in Config.model_fields.items():
        key = field.alias or name
        model = _model(field)
        if key == "account":
            for account in table.get("account", ()):
                lines += ["", "", *account_text(account).splitlines()]
        elif model is not None and model is not Company:
            lines += ["", "", *_comment(field.description or ""), *_section(key, model, table.get(key, {}))]
    lines += [
        "",
        "",
        *_comment("What impressed you about a company: one [[company]] for each. `responder note` does the same."),
    ]
    for company in table.get("company", ()):
        lines += ["[[company]]", *_keys(Company, company)]
    return "\n".join(lines) + "\n"


def account_text(account: Mapping[str, Any]) -> str:
    """One [[account]] with its sections; may stand at the end of a file that has others."""
    lines = [*_comment("A mailbox: one [[account]] for each."), "[[account]]", *_keys(Account, account)]
    for key, field in Account.model_fields.items():
        model = _model(field)
        if model is not None:
            given = account.get(key)
            lines += ["", *_comment(field.description or ""), *_section(f"account.{key}", model, given or {})]
    return "\n".join(lines) + "\n"


def _section(header: str, model: type[BaseModel], given: Mapping[str, Any]) -> Iterator[str]:
    """With its header even where nothing is set, so that a key needs no more than its # taken away; a server needs a host."""
    yield f"[{header}]" if given or not issubclass(model, Server) else f"# [{header}]"
    yield from _keys(model, given)


def _keys(model: type[BaseModel], given: Mapping[str, Any]) -> Iterator[str]:
    """Keys that are no section; inline tables (oauth) only where they are given."""
    for key, field in model.model_fields.items():
        inner = _model(field)
        if inner is not None and not (model is not Account and model is not Config and key in given):
            continue
        yield from _comment(field.description or "")
        yield f"{key} = {_toml(given[key])}" if key in given else f"# {key} = {_toml(_default(field))}"


def _model(field: FieldInfo) -> type[BaseModel] | None:
    """The section that a field is, if it is one."""
    kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
    kinds += [inner for kind in kinds for inner in getattr(kind, "__args__", ())]
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _default(field: FieldInfo) -> Any:
    spelt = field.json_schema_extra
    if isinstance(spelt, dict) and "default" in spelt:
        return spelt["default"]
    return "" if field.is_required() else field.get_default(call_default_factory=True)


def _toml(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return '""'
        case int():
            return str(value)
        case timedelta():
            return json.dumps(_spelt(value))
        case str() | Path():
            return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
        case dict():
            return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + " }"
        case _:
            return "[" + ", ".join(_toml(one) for one in value) + "]"


def _spelt(span: timedelta) -> str:
    """24h and 5m, as people write it; whole days only from three on."""
    seconds = int(span.total_seconds())
    for size, unit in _UNITS:
        if seconds % size == 0 and (unit != "d" or seconds >= 3 * size):
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)
