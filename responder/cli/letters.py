"""`responder templates` and `letter-check`: the letters' templates, and what in a letter is missing or out of place."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from responder.cli.output import headline, put, remark, say, wrapped
from responder.errors import UserError

if TYPE_CHECKING:
    import argparse
    from importlib.resources.abc import Traversable

_SUFFIX = ".txt.j2"
_SIZE_LIMIT = 1_000_000  # bytes of a letter that is checked


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `templates` and `letter-check`."""
    if parser.prog.endswith("letter-check"):
        parser.add_argument("file", metavar="FILE", help="plain text or a mail; - for standard input")
        parser.add_argument("--language", metavar="CODE", help="such as en or de; else it is told from the words")
        parser.add_argument("--json", action="store_true", help="one JSON object a line")
        return
    what = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    what.add_parser("list", help="all templates; yours are marked")
    for name, sentence in (("show", "print one"), ("copy", "put one into your own folder, to edit")):
        inner = what.add_parser(name, help=sentence)
        inner.add_argument("name", metavar="NAME", help="such as en/interview")


def templates(args: argparse.Namespace) -> int:
    """List, show or copy."""
    own = _own_folder(args)
    match args.what:
        case "list":
            for name in sorted(_shipped() | _in(own)):
                say(f"{name}  (yours)" if name in _in(own) else name)
        case "show":
            sys.stdout.write(_source(args.name, own))
        case _:
            _copy(args.name, own)
    return 0


def letter_check(args: argparse.Namespace) -> int:
    """Each finding with its words; 1 if there is any."""
    from responder.writing import manners

    text = _letter(args.file)
    findings = manners.check(text, language=args.language)
    for finding in findings:
        if args.json:
            put({"kind": str(finding.kind), "words": finding.words, "sentence": finding.sentence})
            continue
        headline(str(finding.kind).replace("-", " "))
        if finding.words:
            say(wrapped(f'"{finding.words}"'))
        say(wrapped(finding.sentence))
    if not findings and not args.json:
        say("Nothing is missing or out of place.")
    return 1 if findings else 0


def _letter(name: str) -> str:
    """The text of a letter: of a mail its own words, of anything else all of it."""
    from responder.reading.message import Message, read

    try:
        if name == "-":
            raw = sys.stdin.buffer.read(_SIZE_LIMIT)
        else:
            with Path(name).open("rb") as file:
                raw = file.read(_SIZE_LIMIT)
    except OSError as error:
        raise UserError(f"{name}: cannot be read ({error.strerror}).") from error
    if raw[:2000].lower().find(b"\nfrom:") >= 0 or raw[:5].lower() == b"from:":
        mail = read(raw)
        if isinstance(mail, Message) and mail.from_:
            return mail.text
    return raw.decode("utf-8-sig", "replace")


def _own_folder(args: argparse.Namespace) -> Path | None:
    """The user's folder, if a configuration names one; without a configuration the shipped ones can still be seen."""
    from responder import config

    path = config.find(args.config)
    if args.config is None and not path.is_file():
        return None
    return config.load(args.config).letters.templates


def _shipped() -> set[str]:
    from responder.writing.templates import shipped

    return _in(shipped())


def _in(folder: Path | Traversable | None) -> set[str]:
    """Names such as en/interview."""
    if folder is None or not folder.is_dir():
        return set()
    return {
        f"{language.name}/{file.name.removesuffix(_SUFFIX)}"
        for language in folder.iterdir()
        if language.is_dir()
        for file in language.iterdir()
        if file.name.endswith(_SUFFIX)
    }


def _source(name: str, own: Path | None) -> str:
    from responder.writing.templates import shipped

    name = name.removesuffix(_SUFFIX)
    folders: list[Path | Traversable] = [shipped()]
    if own is not None:
        folders.insert(0, own)
    for folder in folders:
        if name in _in(folder):
            return folder.joinpath(*f"{name}{_SUFFIX}".split("/")).read_text("utf-8")
    raise UserError(f"There is no template {name!r}; `responder templates list` names them all.")


def _copy(name: str, own: Path | None) -> None:
    name = name.removesuffix(_SUFFIX)
    source = _source(name, None)
    if own is None:
        raise UserError("There is no folder of yours yet: name one in the configuration, [letters] templates.")
    to = own.joinpath(*f"{name}{_SUFFIX}".split("/"))
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with to.open("x", encoding="utf-8") as file:
            file.write(source)
    except FileExistsError as error:
        raise UserError(f"{to}: is there already; it was left as it is.") from error
    except OSError as error:
        raise UserError(f"{to}: cannot be written ({error.strerror}).") from error
    say(str(to))
    remark("Edit it; `responder check` says if something in it is wrong.")
