"""`responder login` and `logout`: an account's password into and out of the keyring, or an OAuth sign-in. Never from an argument."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from responder.cli.output import say, wrapped
from responder.errors import UserError

if TYPE_CHECKING:
    import argparse

    from responder.config import Account
    from responder.oauth import Client, CodeRequest, DeviceCode, Grant


def arguments(parser: argparse.ArgumentParser) -> None:
    """Both take an account's name; signing in has its ways."""
    parser.add_argument("account", metavar="ACCOUNT", help="the account's name in the configuration")
    if parser.prog.endswith("login"):
        way = parser.add_mutually_exclusive_group()
        way.add_argument("--device", action="store_true", help="OAuth: sign in on another device, with a code")
        way.add_argument("--paste", action="store_true", help="OAuth: the browser is on another machine")


def login(args: argparse.Namespace) -> int:
    """Sign in where the account has an OAuth client; else ask for the password (or read a line) and store it."""
    from responder import config, credentials
    from responder.wire import Secret

    account = config.load(args.config).account(args.account)
    if account.secret.oauth is not None:
        sign_in(account, device=args.device, paste=args.paste)
        say(wrapped(f"Signed in for account {account.name}. `responder check` tries it.", ""))
        return 0
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
    """Remove the password, or the sign-in."""
    from responder import config, credentials

    account = config.load(args.config).account(args.account)
    there = credentials.remove(account)
    what = "sign-in" if account.secret.oauth is not None else "password"
    place = account.secret.oauth.token_file if account.secret.oauth else None
    say(f"The {what} of account {account.name} was {'removed from' if there else 'not in'} {place or 'the keyring'}.")
    return 0


def sign_in(account: Account, *, device: bool, paste: bool) -> None:
    """By browser on this machine, by code on any, or by pasting; the refresh token is stored. UserError or TryLater."""
    from responder import credentials, oauth
    from responder.accounts.opening import oauth_client

    client = oauth_client(account)
    grant: Grant
    if device:
        grant = oauth.by_device(client, _tell_code)
    elif paste:
        grant = _pasted(client)
    else:
        grant = oauth.by_code(client, _open)
    credentials.store_refresh_token(account, grant.refresh_token or "")


def _open(url: str) -> None:
    import webbrowser

    words = (
        "Sign in in your browser; if it does not open by itself, open the address below in one on this machine. (Is it on "
        "another? Ctrl-C, then `responder login` with --device or --paste.)"
    )
    say(wrapped(words, ""))
    say(url)
    webbrowser.open(url)


def _tell_code(code: DeviceCode) -> None:
    say(wrapped(f"Open {code.url} on any device, sign in, and enter this code: {code.user_code}", ""))


def _pasted(client: Client) -> Grant:
    from responder import oauth

    request: CodeRequest = oauth.begin_code(client, "http://localhost:1")
    say(wrapped("Open this address in a browser and sign in:", ""))
    say(request.url)
    say(wrapped("It ends at a page that cannot be loaded. Copy that page's address and paste it here.", ""))
    return oauth.end_code(client, request, input("Address: ").strip())
