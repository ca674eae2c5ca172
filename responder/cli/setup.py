"""`responder setup`: the dialogue that sets one mailbox up. Asks, says, calls responder.accounts; decides little.

Can be left at any question and taken up again; never shows or logs the secret.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from responder.cli.asking import Asker, Left
from responder.cli.output import remark, say, wrapped
from responder.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

    from responder.accounts.setup import Existing, Plan, Progress

GREETING: Final = (
    "This sets up one mailbox. Nothing is sent. Enter takes what stands in brackets; Ctrl-C leaves, "
    "and `responder setup` goes on where you left."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Each option answers a question; for scripts there is --non-interactive."""
    parser.add_argument("--non-interactive", action="store_true", help="ask nothing: options and defaults must do")
    parser.add_argument("--address", help="the mailbox's address")
    parser.add_argument("--name", help="your name, as letters are signed")
    parser.add_argument("--account", help="what commands call the account (home)")
    parser.add_argument("--provider", help="a preset such as gmail; else it is found by the address")
    parser.add_argument("--imap", metavar="HOST[:PORT]", help="the server to read from, if no preset fits")
    parser.add_argument("--username", help="the name to log in with, where it is not the address")
    parser.add_argument("--ca-file", metavar="PEM", help="who signed the server's certificate, where the system does not know")  # fmt: skip
    secret = parser.add_mutually_exclusive_group()
    secret.add_argument(
        "--password-stdin",
        action="store_true",
        help="standard input has the password (as with --non-interactive alone)",
    )
    secret.add_argument(
        "--secret-command", metavar="COMMAND", help='take the password from a program: "pass show mail"'
    )
    secret.add_argument("--secret-file", metavar="FILE", help="take the password from a file of yours")
    secret.add_argument("--secret-env", metavar="NAME", help="take the password from an environment variable")
    secret.add_argument("--token-command", metavar="COMMAND", help="take an OAuth access token from a program")
    secret.add_argument("--oauth", action="store_true", help="sign in by OAuth, where an app password would do as well")
    for name, words in (
        ("at-end", "keep drafts out of sight until their wait is over"),
        ("also-recent", "write to recent answers from people you have met as well"),
        ("trial", "file a welcome note and a test draft, and take them away again"),
        ("service", "run in the background from now on"),
    ):
        parser.add_argument(f"--{name}", action=argparse.BooleanOptionalAction, default=None, help=words)


def setup(args: argparse.Namespace) -> int:
    """The dialogue; 0 set up, 1 try again later, 2 something to mend, 130 left."""
    from responder import config
    from responder.accounts.setup import Progress

    path = config.find(args.config)
    asker = Asker(vars(args), interactive=not args.non_interactive)
    if asker.interactive and not sys.stdin.isatty():
        raise UserError(
            "There is no terminal to ask on. Use --non-interactive with options (`responder setup --help`)."
        )
    progress = Progress(path)
    try:
        return _setup(asker, path, progress)
    except Left:
        remark("Left. `responder setup` goes on from here.")
        return 130


def _setup(asker: Asker, path: Path, progress: Progress) -> int:
    from responder.accounts import setup as steps
    from responder.cli import first_steps

    if asker.interactive:
        say(wrapped(GREETING, ""))
        say()
    there = steps.existing(path)
    if there is not None:
        say(wrapped(f"There is a configuration already, {path}. It is left as it is.", ""))
    address = asker.text("address", "Your mail address", progress.get("address"), _address_problem)
    progress.keep(address=address)
    account = there.account_of(address) if there else None
    if there is None or account is None:
        plan = _planned(asker, path, progress, address, there)
        if there is not None:
            return _proposed(path, plan, there, progress)
        steps.create(path, plan)
        say(wrapped(f"Written: {path}. Only you can read it; change it as you like.", ""))
    else:
        say("This address is in it; going on with the check.")
    return first_steps.take(asker, path, progress, address)


# -- before the configuration is written


def _planned(asker: Asker, path: Path, progress: Progress, address: str, there: Existing | None) -> Plan:
    from responder.accounts import setup as steps
    from responder.cli import setup_secret

    taken = {one.name for one in there.loaded.accounts} if there else set()
    name = there.loaded.me.name if there else asker.text("name", "Your name, as letters are signed", progress.get("name") or _own_name())  # fmt: skip
    progress.keep(name=name)
    plan = _servers(asker, progress, address, name, asker.given("account") or steps.new_name(taken))
    setup_secret.tell_first(asker, plan)
    plan = replace(plan, ca_file=_ca_file(asker, plan), username=asker.given("username") or "")
    if not plan.username and steps.wants_own_name(plan):
        question = "The address of the provider's own that you log in with"
        plan = replace(plan, username=asker.text("username", question, progress.get("username")).partition("@")[0])
        progress.keep(username=plan.username)
    plan = setup_secret.obtain(asker, path, progress, plan)
    if there is None:
        say()
        question = (
            "A letter waits a day before it is ready. Should its draft stay out of sight until then, rather than "
            "lie in Drafts at once?"
        )
        plan = replace(plan, at_end=asker.yes("at_end", question, default=False))
    return plan


def _servers(asker: Asker, progress: Progress, address: str, name: str, account: str) -> Plan:
    """Preset, discovery, or by hand; shown and confirmed."""
    from responder.accounts import discovery, dns
    from responder.accounts import setup as steps
    from responder.accounts.providers import providers

    if key := asker.given("provider"):
        known = providers().get(key)
        if known is None:
            raise UserError(f"--provider: {key!r} is not known; known are {', '.join(providers())}.")
        return steps.Plan(address, name, account, key, known.imap, known.smtp)
    domain = address.rpartition("@")[2]
    if not asker.given("imap"):
        found = discovery.discover(address, dns.Resolver())
        if found is not None:
            say()
            say(wrapped(f"{found.provider.name if found.provider else 'Servers'} ({found.source}):", "  ", ""))
            say(wrapped(f"{_shown(found.imap)}, as {found.imap.username(address)}", " " * 15, "  for reading  "))
            if found.smtp:
                say(wrapped(f"{_shown(found.smtp)}; used only if you ask for that later", " " * 15, "  for sending  "))
            if strangers := found.strangers(address):
                warning = f"{' and '.join(strangers)} lies outside {domain}: go on only if that is your provider."
                if not asker.interactive:
                    raise UserError(f"{warning} Then say so with --imap.")
                say(wrapped(warning, "  "))
            if asker.yes("servers", "Use this?", default=not strangers):
                return steps.plan_of(found, address, name, account)
        else:
            say(wrapped(f"The servers of {domain} could not be found; its help pages name the one for IMAP.", ""))
    host = asker.text("imap", "The server to read from (IMAP), host:port", progress.get("imap") or f"imap.{domain}:993", _host_problem)  # fmt: skip
    progress.keep(imap=host)
    return steps.Plan(address, name, account, "", _endpoint(host))


def _ca_file(asker: Asker, plan: Plan) -> str:
    given = asker.given("ca_file")
    if given or plan.provider != "proton_bridge":
        return str(given or "")
    question = "The certificate's file that the Bridge has exported (cert.pem)"
    return asker.text("ca_file", question, fits=_file_problem)


def _proposed(path: Path, plan: Plan, there: Existing, progress: Progress) -> int:
    from responder.accounts import setup as steps

    beside, difference = steps.propose(path, plan, there.text)
    say()
    say(wrapped(f"The account is added in {beside}; this is the difference:", ""))
    for line in difference:
        say(line)
    say()
    say(wrapped(f"If it is right, put it in place (mv '{beside}' '{path}') and run `responder check`.", ""))
    progress.end()
    return 0


# -- small things


def _own_name() -> str:
    """The user's name, as the system knows it."""
    try:
        import getpass
        import pwd

        name = pwd.getpwnam(getpass.getuser()).pw_gecos.partition(",")[0].strip()
    except (ImportError, KeyError, OSError):
        return ""
    return name if " " in name and name.isprintable() else ""


def _address_problem(text: str) -> str | None:
    from responder import config

    return None if config.is_address(text) else "That is no mail address such as ana@example.org."


def _host_problem(text: str) -> str | None:
    from responder.accounts.autoconfig import HOST

    host, _, port = text.partition(":")
    if HOST.fullmatch(host.lower()) and (not port or (port.isdigit() and 0 < int(port) < 65536)):
        return None
    return "That is no host such as imap.example.org:993."


def _file_problem(text: str) -> str | None:
    from pathlib import Path as File

    return None if File(text).expanduser().is_file() else f"There is no file {text}."


def _endpoint(text: str) -> Any:
    from responder.accounts.providers import Endpoint

    host, _, port = text.partition(":")
    return Endpoint(host.lower(), int(port or 993), "starttls" if port in ("143", "1143") else "tls")


def _shown(endpoint: Any) -> str:
    return f"{endpoint.host}:{endpoint.port} ({'TLS' if endpoint.security == 'tls' else 'STARTTLS'})"
