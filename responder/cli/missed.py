"""`responder draft FILE`: a rejection that was missed becomes a case, because the user says that it is one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from responder.errors import UserError

if TYPE_CHECKING:
    import argparse

    from responder.mailbox import Mailbox


def adopt(args: argparse.Namespace) -> str:
    """Store the mail as a case that was skipped so far; its id."""
    from responder import config
    from responder.cli.mailfiles import arrived, mails_in
    from responder.clock import Clock
    from responder.dossier import recognise
    from responder.life.states import State
    from responder.reading import knowledge
    from responder.reading.message import case_key
    from responder.rounds.account import account_of
    from responder.rounds.intake import new_case
    from responder.store import Place, Store, state_file

    loaded = config.load(args.config)
    [mail, *others] = list(mails_in(args.id))
    if mail.problem is not None or others:
        raise UserError(mail.problem or f"{args.id}: holds several mails; give one of them alone.")
    store = Store.open(state_file(loaded.state_dir))
    kept = loaded.account(args.account or loaded.accounts[0].name)
    nowhere = cast("Mailbox", None)  # nothing here touches the mailbox
    account = account_of(loaded, kept, store, nowhere, knowledge.load(), Clock())
    dossier = recognise(mail.raw, account.me, account.knowledge, account.rules, received=account.now(), forced=True)
    verdict = dossier.verdict
    if dossier.message is None or verdict is None:
        raise UserError(f"{args.id}: {dossier.error or 'is no mail'}")
    dossier = replace(dossier, received=arrived(dossier.message) or account.now())
    place = Place("", 0, 0)
    case = new_case(account, dossier, mail.raw, place, (), account.now(), forced=True)
    if case is None:
        known = store.case_by_key(case_key(verdict.message))
        if known is None:
            raise UserError(f"{args.id}: this mail is known already; `responder status --all` lists it.")
        return known.id
    case = replace(case, state=State.SKIPPED, why="It was not recognised by itself.")
    store.take(account.name, place, case.key, case, account.now(), cursor=False)
    return case.id
