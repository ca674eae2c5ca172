"""`responder demo`: the whole way on a built-in mail server, with a made-up mailbox; nothing is left behind."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `demo`."""
    parser.add_argument("--plain", action="store_true", help="print without animation")
    parser.add_argument("--stay", action="store_true", help="keep the mail server up, for a look with a mail program")


def demo(args: argparse.Namespace) -> int:
    """Tell the story."""
    from responder.demo import story

    return story.run(args.plain, args.stay, sys.stdout)
