"""The commands: load, call, print. The one place that handles errors; imports nothing heavy before a command is known.

Results go to standard output, remarks to standard error. Exit 0 done, 1 something failed and is tried again or needs a
look, 2 the user must fix something.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from typing import TYPE_CHECKING

from responder import __version__
from responder.errors import OutcomeUnknown, Refused, TryLater, UserError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# command -> (module in this package, what it does); the module has arguments(parser) and a function COMMAND(args) -> int
COMMANDS = {
    "demo": ("demo", "see the whole way, on a built-in mail server with a made-up mailbox"),
    "setup": ("setup", "set a mailbox up, in a short dialogue"),
    "login": ("secrets", "store an account's password, or sign in by OAuth"),
    "logout": ("secrets", "remove an account's password, or its sign-in"),
    "check": ("check", "look at config, password, servers, folders, templates; say what to do"),
    "service": ("service", "run in the background: install, remove, status, logs"),
    "run": ("run", "watch the mailboxes, until Ctrl-C; --once for one round"),
    "status": ("status", "what needs you, what is held until when, what was sent"),
    "show": ("status", "one rejection whole: evidence, facts, letter"),
    "release": ("requests", "end a hold now"),
    "hold": ("requests", "set a new hold"),
    "drop": ("requests", "give up on one; its untouched draft goes to Trash"),
    "draft": ("requests", "write a draft all the same, for a case or for a mail in a file"),
    "pause": ("requests", "rest: nothing is filed, nothing is said"),
    "resume": ("requests", "end the rest"),
    "note": ("requests", "remember what impressed you about a company"),
    "forget": ("requests", "delete what is stored about a rejection, a company, or everything"),
    "inspect": ("inspect", "judge mails in files, without any account"),
    "letter-check": ("letters", "say what in a letter is missing or out of place"),
    "templates": ("letters", "list, show or copy the letters' templates"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a mail's text must not break a terminal that is not UTF-8
    try:
        args = parser(words).parse_args(words)
        module = importlib.import_module(f"responder.cli.{COMMANDS[args.command][0]}")
        code: int = getattr(module, args.command.replace("-", "_"))(args)
        sys.stdout.flush()
    except UserError as error:
        return _say(*error.problems, code=2)
    except (TryLater, Refused, OutcomeUnknown) as error:
        return _say(str(error), code=1)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # the reader has left (`responder status | head`); Python would complain once more while it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return code


def parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of all commands; only those named in `words` know their own arguments, so that --help stays quick."""
    top = argparse.ArgumentParser(
        prog="responder",
        description="Answers job rejections with a short, personal thank-you, held as a draft in your own mailbox. "
        "Sends nothing unless you ask it to.",
        epilog="Begin with `responder demo`. `responder COMMAND --help` says more.",
    )
    top.add_argument("--version", action="version", version=f"responder {__version__}")
    _config_option(top, default=None)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (module, sentence) in COMMANDS.items():
        command = commands.add_parser(name, help=sentence, description=f"{sentence[:1].upper()}{sentence[1:]}.")
        _config_option(command, default=argparse.SUPPRESS)
        if name in words:
            importlib.import_module(f"responder.cli.{module}").arguments(command)
    return top


def _config_option(to: argparse.ArgumentParser, default: object) -> None:
    to.add_argument(
        "--config",
        metavar="FILE",
        type=_path,
        default=default,
        help="the configuration; else $RESPONDER_CONFIG, else the user's config folder",
    )


def _path(text: str) -> Path:
    from pathlib import Path  # a sixth of the time that --help takes

    return Path(text)


def _say(*sentences: str, code: int) -> int:
    from responder.cli.output import printable

    for sentence in sentences:
        print(f"responder: {printable(sentence)}", file=sys.stderr)
    return code
