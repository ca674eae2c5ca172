"""`responder status` and `show`: what the store knows, for people and for programs. Changes nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from responder.cli.output import field, headline, moment, put, say, wrapped
from responder.errors import UserError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from responder.config import Config
    from responder.life.case import Case
    from responder.store import Store

NEEDS_YOU = ("ready", "conflict", "unsure", "failed")
_HEADINGS = (  # in this order; what is in none of them shows with --all only
    (("answered",), "Somebody answered a note"),
    (NEEDS_YOU, "Needs you"),
    (("missing",), "Not to be seen in Drafts: deleted, or being edited"),
    (("held",), "Held"),
    (("waiting", "found", "filing", "sending"), "Under way"),
    (("sent", "sent_by_user"), "Sent"),
)
_REST = (("stopped", "lapsed", "vetoed"), "Left alone"), (("skipped",), "No letter")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `status` and `show`."""
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    if parser.prog.endswith("show"):
        parser.add_argument("id", metavar="ID", help="as `responder status` prints it; its beginning is enough")
    else:
        parser.add_argument("--all", action="store_true", help="also what was skipped or given up, and why")


def status(args: argparse.Namespace) -> int:
    """First what needs the user, or that nothing does."""
    from responder import config

    loaded = config.load(args.config)
    store = open_store(loaded)
    cases = store.cases() if store is not None else []
    if args.json:
        for case in cases:
            put(as_json(case, store))
        return 0
    blocks = _summary(loaded, store, cases)
    for states, heading in (*_HEADINGS, *(_REST if args.all else ())):
        listed = [case for case in cases if _group(case) in states]
        if listed and blocks:
            say()
        blocks += _listed(heading, listed)
    return 0


def _group(case: Case) -> str:
    """The state under which a case is listed: a held one whose draft vanished with others waits for the user's word."""
    return "ready" if _vanished(case) else str(case.state)


def _vanished(case: Case) -> bool:
    from responder.life.plan import VANISHED

    return case.state in ("held", "ready") and case.why == VANISHED


def show(args: argparse.Namespace) -> int:
    """One rejection whole."""
    from responder import config
    from responder.cli import inspect
    from responder.cli.callsheet import call_sheet_of

    loaded = config.load(args.config)
    store = open_store(loaded)
    case = store.case(args.id) if store is not None else None
    if store is None or case is None:
        raise UserError(f"There is no rejection {args.id}; `responder status --all` lists them.")
    whole = {**_examined(case), **as_json(case, store)}
    phone = whole.get("recipient_phone")
    if args.json:
        put(whole)
        return 0
    headline(f"{case.id}: {_title(case)}")
    say(wrapped(_state_line(case)))
    field("Received", moment(case.received))
    inspect.facts(whole)
    inspect.evidence(whole)
    inspect.letter(whole)
    say()
    for line in call_sheet_of(case, whole, phone, loaded.me.name):
        say(wrapped(line, "    ", "  "))
    say("  What happened:")
    for change in store.journal(case.id):
        say(wrapped(f"{moment(change.at)}  {change.after}: {change.why}", "      ", "    "))
    return 0


def open_store(config: Config) -> Store | None:
    """The state, if there is one yet."""
    from responder.store import Store, state_file

    path = state_file(config.state_dir)
    return Store.open(path) if path.exists() else None


def as_json(case: Case, store: Store | None) -> dict[str, Any]:
    """The object of `status --json`."""
    examined = _examined(case)
    signer = examined["signer"] or ({"name": case.signer, "title": None, "phone": None} if case.signer else None)
    recipient = {"address": case.recipient, "name": case.recipient_name, "source": case.recipient_source}
    return {
        "id": case.id,
        "account": case.account,
        "message_id": case.message_id,
        "received": case.received.isoformat(),
        "company": case.company,
        "role": case.role,
        "stage": case.stage,
        "signer": signer,
        "recipient": recipient if case.recipient else None,
        "state": str(case.state),
        "due": case.due.isoformat() if case.due else None,
        "why": case.why,
        "draft_message_id": case.draft_message_id,
        "history": [
            {"at": change.at.isoformat(), "state": str(change.after), "why": change.why}
            for change in (store.journal(case.id) if store is not None else ())
        ],
    }


def _examined(case: Case) -> dict[str, Any]:
    """The dossier as `inspect --json` prints it, with the letter as it was filed."""
    from responder.dossier import Dossier

    known = {"file": None, **Dossier(case.received).as_json(), **json.loads(case.facts)}
    if case.draft is not None:
        from responder.reading.message import Message, read

        filed = read(case.draft)
        if isinstance(filed, Message):
            known["letter"] = {"subject": filed.subject, "body": filed.text}
            known["write"], known["why_not"] = True, None
    elif case.state == "skipped":
        known["letter"], known["write"], known["why_not"] = None, False, case.why
    return known


def _summary(config: Config, store: Store | None, cases: Sequence[Case]) -> int:
    """What the user must know first, and how many lines that took; no total of rejections, ever."""
    if store is None:
        say("Nothing has been watched yet. `responder run` begins.")
        return 1
    lines = [
        wrapped(f"Account {row.account}: {row.message}", "  ", "")
        for account in config.accounts
        if (row := store.account(account.name)).status != "ok"
    ]
    for aside in store.asides():
        where = f"in {aside.place.folder} (UID {aside.place.uid}) of account {aside.account}"
        lines.append(wrapped(f"A mail {where} could not be read and was left alone.", "  ", ""))
    if store.paused_until is not None:
        lines.append("Resting: nothing is filed, nothing is said. `responder resume` ends that.")
    elif not lines and not any(_group(case) in (*NEEDS_YOU, "answered") for case in cases):
        lines.append("Nothing needs you.")
    for line in lines:
        say(line)
    return len(lines)


def _listed(heading: str, cases: Sequence[Case]) -> int:
    if cases:
        headline(heading)
    for case in cases:
        say(wrapped(f"{case.id}  {_title(case)}", "        ", "  "))
        say(wrapped(_state_line(case), "        "))
        for sentence, words in _findings(case):
            say(
                wrapped(
                    f'On your wording: {sentence} ("{words}")' if words else f"On your wording: {sentence}", "        "
                )
            )
    return len(cases)


def _findings(case: Case) -> list[tuple[str, str]]:
    """What was found in the user's own version of a draft that still lies there."""
    if case.state not in ("held", "ready"):
        return []
    return [(one["sentence"], one["words"]) for one in json.loads(case.facts).get("findings", ())]


def _title(case: Case) -> str:
    return ", ".join(part for part in (case.company or "A company that is not named", case.role) if part)


def _state_line(case: Case) -> str:
    whom = case.recipient_name or case.recipient
    to = f" to {whom}" if whom else ""
    note = f"A note{to or ' that still lacks an address'}"
    match str(case.state):
        case "held" | "ready" if _vanished(case):
            return case.why
        case "held":
            return f"{note} is held in Drafts until {moment(case.due)}."
        case "ready":
            return f"{note} is ready in Drafts: read it, change it, send it, or delete it."
        case "sent":
            return f"The note{to} was sent {moment(case.sent_at or case.changed)}."
        case "sent_by_user":
            return f"You wrote yourself{to} ({moment(case.sent_at or case.changed)})."
        case "answered":
            return f"{whom or 'The recipient'} wrote back ({moment(case.changed)})."
        case _:
            return f"{str(case.state).replace('_', ' ').capitalize()}: {case.why}"
