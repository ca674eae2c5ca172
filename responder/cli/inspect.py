"""`responder inspect`: judges mails in files without any account, and shows verdict, evidence, facts and letter."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from responder.cli.output import Progress, field, headline, put, remark, say, wrapped
from responder.errors import UserError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from datetime import datetime

    from responder.cli.mailfiles import MailFile
    from responder.dossier import Dossier, Rules
    from responder.reading.history import Found
    from responder.reading.knowledge import Knowledge
    from responder.reading.message import Me, Message


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `inspect`."""
    parser.add_argument("files", metavar="FILE", nargs="+", help=".eml, mbox, Maildir, folder, or - for standard input")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument(
        "--mailbox", metavar="DIR", type=Path, help="the mailbox that the mails lie in, as a folder tree"
    )
    parser.add_argument("--me", metavar="ADDRESS", help='who you are: "Ana Souza <ana@example.org>"')


@dataclass(frozen=True, slots=True)
class _Look:
    """What every mail is judged with."""

    me: Me | None  # None: the mail's own To says it
    rules: Rules
    knowledge: Knowledge
    mails: tuple[Found, ...]
    now: datetime


def inspect(args: argparse.Namespace) -> int:
    """Judge each mail of each file; 1 if one of them could not be read."""
    from responder.cli.mailfiles import mails_in

    look = _prepare(args)
    progress, failed, first = Progress("mails judged"), False, True
    for name in args.files:
        for mail in mails_in(name):
            found = {"file": mail.name, **_judged(mail, look)}
            failed = failed or found["error"] is not None
            progress.step()
            if args.json:
                put(found)
            else:
                if not first:
                    say()
                show(found)
            first = False
    progress.end()
    return 1 if failed else 0


def _prepare(args: argparse.Namespace) -> _Look:
    from responder import config
    from responder.cli.mailfiles import mailbox_in
    from responder.clock import Clock, zone
    from responder.dossier import Rules
    from responder.reading import knowledge
    from responder.rounds.account import me_of, rules_of

    me, rules = None, Rules(zone=zone())
    if args.config is not None or config.find().is_file():
        try:
            loaded = config.load(args.config)
            me, rules = me_of(loaded), rules_of(loaded, {})
        except UserError as error:
            if args.config is not None:
                raise
            remark(f"responder: the configuration is left aside: {error.problems[0]}")
    if args.me:
        me = _me(args.me)
    now = Clock().now()
    if args.mailbox is not None and not args.mailbox.is_dir():
        raise UserError(f"--mailbox {args.mailbox}: there is no such folder.")
    mails = tuple(mailbox_in(args.mailbox, now)) if args.mailbox is not None else ()
    return _Look(me, rules, knowledge.load(), mails, now)


def _me(text: str) -> Me:
    from email.utils import parseaddr

    from responder.reading.message import Me

    name, address = parseaddr(text)
    if "@" not in address:
        raise UserError(f'--me {text!r}: is no address; write it as "Ana Souza <ana@example.org>".')
    return Me(name, frozenset({address.lower()}))


def _judged(mail: MailFile, look: _Look) -> dict[str, Any]:
    """The object of `--json`, without the file's name."""
    from responder.cli.mailfiles import arrived
    from responder.dossier import Dossier, examine
    from responder.reading.message import Message, glance

    if mail.problem is not None:
        return Dossier(look.now, error=mail.problem).as_json()
    first = glance(mail.raw)
    received = (arrived(first) if isinstance(first, Message) else None) or look.now
    me = look.me or addressee(first if isinstance(first, Message) else None)
    # as if it had just come: the same mail gives the same answer tomorrow
    dossier: Dossier = examine(
        mail.raw, me, look.knowledge, look.rules, received=received, now=received, mails=look.mails
    )
    return dossier.as_json()


def addressee(message: Message | None) -> Me:
    """Who the user is, as far as the mail's own To says."""
    from responder.reading.message import Me

    if message is None or not message.to:
        return Me("", frozenset())
    return Me(message.to[0].name, frozenset(who.address.lower() for who in message.to[:1]))


def show(found: Mapping[str, Any]) -> None:
    """One mail for people: verdict first, then why, the facts, and the letter or why there is none."""
    name = found["file"]
    if found["error"]:
        headline(f"{name}: could not be read")
        say(wrapped(str(found["error"])))
        return
    headline(f"{name}: {'a rejection' if found['rejection'] else 'no rejection'} ({found['confidence']:.0%} sure)"
             if found["rejection"] else f"{name}: no rejection")  # fmt: skip
    evidence(found)
    if not found["rejection"]:
        return
    facts(found)
    letter(found)


def evidence(found: Mapping[str, Any]) -> None:
    """The reasons for and against, strongest first."""
    for reason in sorted(found["reasons"], key=lambda reason: -abs(reason["weight"]))[:6]:
        sign = "+" if reason["weight"] > 0 else "-"
        words = f'"{reason["text"]}"' if reason["text"] else ""
        say(wrapped(f"{words} ({reason['rule']})".strip(), "    ", f"  {sign} "))


def facts(found: Mapping[str, Any]) -> None:
    """What is known, a line each; what is not known is left out."""
    signer, recipient = found["signer"] or {}, found["recipient"] or {}
    field("Company", found["company"])
    field("Role", found["role"])
    field("How far", _far(found))
    field(
        "Signed by", ", ".join(part for part in (signer.get("name"), signer.get("title"), signer.get("phone")) if part)
    )
    field("You met", ", ".join(found["people_met"]))
    if recipient:
        who = f"{recipient['name']} <{recipient['address']}>" if recipient["name"] else str(recipient["address"])
        field("Answer to", f"{who} ({_SOURCES.get(str(recipient['source']), recipient['source'])})")
    field("Impressed by", found["impressed_by"])


_SOURCES = {
    "signer": "signed the mail",
    "reply-to": "the mail's Reply-To",
    "from": "the mail's sender",
    "history": "wrote to you before",
    "body": "named in the text",
}


def _far(found: Mapping[str, Any]) -> str:
    chosen = {True: "; somebody was chosen", False: "; nobody was chosen"}.get(found["someone_hired"], "")
    return f"{found['reached']}{chosen}"


def letter(found: Mapping[str, Any]) -> None:
    """The letter, or the reason for none."""
    written = found["letter"]
    if not written:
        field("No letter", found["why_not"] or "There is none.")
        return
    say()
    say(wrapped(written["subject"], "    ", "  Subject: "))
    say()
    say(wrapped(written["body"].rstrip(), "  "))
