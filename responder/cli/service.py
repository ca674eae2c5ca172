"""`responder service`: the daemon in the background of the user's session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder.cli.output import say, wrapped

if TYPE_CHECKING:
    import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to do with it."""
    parser.add_argument(
        "what",
        choices=("install", "remove", "status", "logs"),
        help="install: write the service file, start it now and at each login (again after an upgrade); "
        "remove: stop it and take the file away; status: whether it runs; logs: what it has said",
    )
    parser.add_argument("--follow", action="store_true", help="logs: go on with what comes")


def service(args: argparse.Namespace) -> int:
    """Install, remove, ask."""
    from responder import config
    from responder.accounts import service as services

    match args.what:
        case "install":
            config.load(args.config)
            say(wrapped(services.install(config.find(args.config)), ""))
        case "remove":
            say(wrapped(services.remove(), ""))
        case "status":
            runs, words = services.status()
            say(wrapped(words, ""))
            return 0 if runs else 1
        case "logs":
            return services.logs(follow=args.follow)
    return 0
