"""Values as the configuration spells them: durations, spans of the day, paths, addresses; each says what is allowed when it refuses."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, ValidationInfo, WithJsonSchema

from responder.life.window import Window
from responder.wire import is_loopback

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_PLAIN = re.compile(r"(?:\d+[wdhms]\s*)+")
_ISO = re.compile(r"p(?=\d|t\d)(?:\d+w)?(?:\d+d)?(?:t(?=\d)(?:\d+h)?(?:\d+m)?(?:\d+s)?)?")
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\\x00-\x1f]+@[^\s@<>,;:\"()\[\]\\\x00-\x1f]+")


def parse_duration(text: object) -> timedelta:
    """`30s`, `5m`, `24h`, `2d`, `1d 12h` or ISO 8601 in weeks to seconds (`PT48H`); ValueError otherwise.

    Own parser: no library on offer takes both `24h` and `PT24H` and refuses nonsense.
    """
    if isinstance(text, timedelta):
        return text
    folded = text.strip().lower() if isinstance(text, str) else ""
    if not (_PLAIN.fullmatch(folded) or _ISO.fullmatch(folded)):
        raise ValueError('must be a duration such as "30s", "5m", "24h", "2d" or "PT48H"')
    parts = re.findall(r"(\d+)([wdhms])", folded)
    try:
        return sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())
    except (OverflowError, ValueError) as error:
        raise ValueError("is a longer time than can be counted; at most 999999999d") from error


def _never(text: object) -> timedelta | None:
    return None if text in ("", None) else parse_duration(text)


def _path(text: object, info: ValidationInfo) -> Path | None:
    if text is None or text == "":
        return None
    if not isinstance(text, (str, Path)):
        raise ValueError("must be a path in quotes")  # noqa: TRY004  pydantic collects ValueError only
    beside = (info.context or {}).get("folder", Path())
    try:
        return Path(beside, Path(text).expanduser())
    except RuntimeError as error:
        raise ValueError("names a home folder that cannot be found; write the path out") from error


def state_folder() -> Path:
    """The platform's user state folder for this program."""
    from platformdirs import user_state_path

    return user_state_path("responder", appauthor=False)


def _window(text: object) -> Window:
    if isinstance(text, Window):
        return text
    if not isinstance(text, str):
        raise ValueError('must be a span such as "mon-fri 09:00-17:00" or "08:00-21:00"')  # noqa: TRY004  as above
    return Window.parse(text)


def _line(text: str) -> str:
    if any(ord(char) < 32 or ord(char) == 127 for char in text):
        raise ValueError("must be one line without control characters")
    return text.strip()


def is_address(text: str) -> bool:
    """Whether it is one plain mail address."""
    return _ADDRESS.fullmatch(text) is not None


def _address(text: str) -> str:
    if not is_address(text):
        raise ValueError("must be a mail address such as ana@example.org")
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}"


def _url(text: str) -> str:
    parts = urlsplit(text)
    if not text or parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        return text
    raise ValueError("must be an address that begins with https://")


def _language(text: str) -> str:
    if not re.fullmatch(r"auto|[a-z]{2,3}", text):
        raise ValueError('must be "auto" or the code of a language such as "en" or "de"')
    return text


_TEXT = {"type": "string"}
_SPAN = {"type": "string", "examples": ["5m", "24h", "2d", "PT48H"]}
Duration = Annotated[timedelta, BeforeValidator(parse_duration), WithJsonSchema(_SPAN)]
DurationOrNever = Annotated[timedelta | None, BeforeValidator(_never), WithJsonSchema(_SPAN)]
OptionalPath = Annotated[Path | None, BeforeValidator(_path), WithJsonSchema(_TEXT)]
StateFolder = Annotated[
    Path, BeforeValidator(lambda text, info: _path(text, info) or state_folder()), WithJsonSchema(_TEXT)
]
Hours = Annotated[Window, PlainValidator(_window), WithJsonSchema(_TEXT)]
Line = Annotated[str, AfterValidator(_line)]
MailAddress = Annotated[str, AfterValidator(_line), AfterValidator(_address)]
Url = Annotated[str, AfterValidator(_line), AfterValidator(_url)]
Language = Annotated[str, AfterValidator(_language)]
Port = Annotated[int, Field(ge=1, le=65535)]
Security = Literal["tls", "starttls", "none"]
