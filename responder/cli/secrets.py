"""`responder login` and `logout`: an account's password into and out of the keyring. Never from an argument."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from responder.cli.output import say
from responder.errors import UserError

if TYPE_CHECKING:
    import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Both take an account's name."""
    parser.add_argument("account", metavar="ACCOUNT", help="the account's name in the configuration")


def login(args: argparse.Namespace) -> int:
    """Ask for the password (or read a line of standard input) and store it."""
    from responder import config, credentials
    from responder.wire import Secret

    account = config.load(args.config).account(args.account)
    if sys.stdin.isatty():
        from getpass import getpass

        value = getpass(f"Password (or app password) of {account.imap.username}: ")
    else:
        value = sys.stdin.readline().rstrip("\r\n")
    if not value:
        raise UserError("No password was given; nothing was stored.")
    credentials.store(account, Secret(value))
    say(f"Stored in the keyring for account {account.name}. `responder check` tries it.")
    return 0


def logout(args: argparse.Namespace) -> int:
    """Remove the password."""
    from responder import config, credentials

    account = config.load(args.config).account(args.account)
    there = credentials.remove(account)
    say(f"The password of account {account.name} was {'removed from' if there else 'not in'} the keyring.")
    return 0
