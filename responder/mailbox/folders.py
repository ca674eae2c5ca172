"""Which folder is Drafts, Sent, Trash ...: configured name, else RFC 6154 attribute, else well-known name. Pure, but for knowledge."""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from responder.errors import UserError
from responder.mailbox.contract import Roles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROLES: Final = tuple(f.name for f in fields(Roles))
_ATTRIBUTES: Final = {  # lower case: Cyrus says \drafts. The second names are XLIST's, which some servers still give in LIST.
    "drafts": ("\\drafts",),
    "sent": ("\\sent",),
    "trash": ("\\trash",),
    "archive": ("\\archive",),
    "all": ("\\all", "\\allmail"),
    "junk": ("\\junk", "\\spam"),
}
_UNSELECTABLE: Final = frozenset({"\\noselect", "\\nonexistent"})
_PREFIXES: Final = ("[gmail]", "[google mail]", "inbox")


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of LIST; attributes in lower case, name decoded."""

    attributes: frozenset[str]
    delimiter: str
    name: str


def find_roles(listed: Sequence[Listed], configured: Mapping[str, str], prefix: str = "") -> Roles:
    """Folders by use. UserError if a configured one does not exist; never guesses from part of a name."""
    folders = [folder for folder in listed if not folder.attributes & _UNSELECTABLE]
    names = {_plain(folder.name): folder.name for folder in folders}
    missing = [
        f'[account.folders] {role} = "{name}": there is no such folder. There are: {", ".join(sorted(names.values()))[:300]}'
        for role, name in configured.items()
        if name and not _configured(name, names, prefix)
    ]
    if missing:
        raise UserError(*missing)
    known = {_stripped(folder, prefix): folder.name for folder in reversed(folders)}
    found: dict[str, str | None] = {}
    for role in ROLES:
        by_attribute = (folder.name for folder in folders if folder.attributes & set(_ATTRIBUTES[role]))
        by_name = (known[name] for name in _well_known()[role] if name in known)
        found[role] = (
            _configured(configured.get(role, ""), names, prefix) or next(by_attribute, None) or next(by_name, None)
        )
    return Roles(**found)


def has_special_use(listed: Sequence[Listed]) -> bool:
    """True if any folder carries an attribute of RFC 6154."""
    return any(folder.attributes & {a for names in _ATTRIBUTES.values() for a in names} for folder in listed)


def _configured(name: str, names: Mapping[str, str], prefix: str) -> str | None:
    return (names.get(_plain(name)) or names.get(_plain(prefix + name))) if name else None


def _stripped(folder: Listed, prefix: str) -> str:
    """The name without namespace prefix and Gmail's parent: only folders of the first level count as well known."""
    name = folder.name[len(prefix) :] if prefix and folder.name.startswith(prefix) else folder.name
    parent, found, child = name.partition(folder.delimiter) if folder.delimiter else (name, "", "")
    return _plain(child if found and _plain(parent) in _PREFIXES else name)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


@cache
def _well_known() -> dict[str, tuple[str, ...]]:
    text = resources.files("responder.knowledge").joinpath("folders.toml").read_text("utf-8")
    table = tomllib.loads(text)
    return {role: tuple(_plain(name) for name in table[role]) for role in ROLES}
