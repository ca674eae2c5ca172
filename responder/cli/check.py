"""`responder check`: what is well, what is not, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder.cli.output import put, say, wrapped

if TYPE_CHECKING:
    import argparse

    from responder.accounts.check import Level
    from responder.config import Config


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `check`."""
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def check(args: argparse.Namespace) -> int:
    """A line each; 2 if something must be fixed, 1 if something does not work just now."""
    from responder import config
    from responder.accounts.check import Level

    levels = report(config.load(args.config), as_json=args.json)
    if Level.ERROR in levels:
        return 2
    return 1 if Level.WARNING in levels else 0


def report(loaded: Config, *, as_json: bool = False) -> set[Level]:
    """Print each line as soon as it is known; the levels that there were."""
    from responder.accounts import check as checks
    from responder.clock import Clock

    levels = set()
    for line in checks.check(loaded, Clock()):
        levels.add(line.level)
        if as_json:
            put({"level": str(line.level), "where": line.where, "text": line.text, "cure": line.cure})
            continue
        say(wrapped(f"{line.where}: {line.text}", " " * 9, f"{line.level!s:<9}"))
        if line.cure and line.level is not checks.Level.OK:
            say(wrapped(f"-> {line.cure}", " " * 12, " " * 9))
    return levels
