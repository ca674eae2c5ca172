"""Commands that change something: each leaves a request that the daemon takes up at once; with no daemon it is done here."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from responder.cli.output import remark, say
from responder.errors import UserError

if TYPE_CHECKING:
    import argparse

    from responder.config import Config
    from responder.store import Request, Store

_PATIENCE = 10.0  # seconds that a running daemon is given to answer


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of each of the commands."""
    command = parser.prog.rpartition(" ")[2]
    if command in ("release", "hold", "drop"):
        parser.add_argument("id", metavar="ID", help="as `responder status` prints it")
    match command:
        case "hold":
            parser.add_argument("duration", metavar="DURATION", help="from now: 30m, 24h, 2d")
        case "drop":
            parser.add_argument("--not-a-rejection", action="store_true", help="it was none; this is remembered")
        case "draft":
            parser.add_argument("id", metavar="ID|FILE", help="a case, or a file with a mail that was missed")
            parser.add_argument("--again", action="store_true", help="write a held one anew")
            parser.add_argument("--account", metavar="ACCOUNT", help="for a FILE: whose mail it is (the first account)")
        case "pause":
            parser.add_argument(
                "duration", metavar="DURATION", nargs="?", help="how long; else until `responder resume`"
            )
        case "forget":
            parser.add_argument("what", metavar="ID|COMPANY|everything", help="what is stored about it is deleted here")
        case "note":
            parser.add_argument("company", metavar="COMPANY")
            parser.add_argument("text", metavar="TEXT", help='completes "I was impressed by ..."; empty to forget')


def release(args: argparse.Namespace) -> int:
    """End a hold now."""
    return _ask(args, "release", args.id)


def hold(args: argparse.Namespace) -> int:
    """Set a new hold."""
    return _ask(args, "hold", args.id, seconds=_seconds(args.duration))


def drop(args: argparse.Namespace) -> int:
    """Give up on one."""
    return _ask(args, "drop", args.id, not_a_rejection=args.not_a_rejection)


def draft(args: argparse.Namespace) -> int:
    """Write a draft all the same."""
    if Path(args.id).is_file() or args.id == "-":
        from responder.cli.missed import adopt

        return _ask(args, "draft", adopt(args), again=args.again)
    return _ask(args, "draft", args.id, again=args.again)


def pause(args: argparse.Namespace) -> int:
    """Rest."""
    if args.duration is None:
        return _ask(args, "pause")
    return _ask(args, "pause", seconds=_seconds(args.duration))


def resume(args: argparse.Namespace) -> int:
    """End the rest."""
    return _ask(args, "resume")


def note(args: argparse.Namespace) -> int:
    """Remember what impressed the user."""
    return _ask(args, "note", company=args.company, text=args.text)


def forget(args: argparse.Namespace) -> int:
    """Delete what is stored; the mailbox is untouched."""
    return _ask(args, "forget", what=args.what)


def _seconds(text: str) -> float:
    from responder.config import parse_duration

    try:
        return parse_duration(text).total_seconds()
    except ValueError as error:
        raise UserError(f"{text!r}: {error}.") from error


def _ask(args: argparse.Namespace, kind: str, case_id: str | None = None, **details: object) -> int:
    """Leave the request, have it done, print its outcome."""
    from responder import config
    from responder.clock import Clock
    from responder.store import Store, state_file

    loaded = config.load(args.config)
    store = Store.open(state_file(loaded.state_dir))
    if case_id is not None:
        case = store.case(case_id)
        if case is None:
            raise UserError(f"There is no rejection {case_id}; `responder status --all` lists them.")
        case_id = case.id
    number = store.request(kind, Clock().now(), case_id, **details)
    here = _do_it_here(loaded, store)
    done = store.request_of(number) if here else _wait(store, number)
    if done is None or done.done_at is None:
        remark("responder: the daemon has not answered yet; it will take this up.")
        return 1
    say(done.outcome or "Done.")
    if here and done.ok and kind in ("release", "drop", "draft"):
        remark("No daemon is running: the mailbox is touched at the next `responder run`.")
    return 0 if done.ok else 1


def _do_it_here(config: Config, store: Store) -> bool:
    """With no daemon running, take the lock and do what is asked; False if there is one."""
    from responder.clock import Clock
    from responder.rounds.requests import settle_requests
    from responder.store import AlreadyRunning, only_instance

    try:
        with only_instance(config.state_dir):
            settle_requests(store, Clock().now())
    except AlreadyRunning:
        return False
    return True


def _wait(store: Store, number: int) -> Request | None:
    waiting = threading.Event()
    for _ in range(int(_PATIENCE * 10)):
        done = store.request_of(number)
        if done is None or done.done_at is not None:
            return done
        waiting.wait(0.1)
    return None
