"""`responder run`: the daemon in the foreground, or one round of it."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from responder.config import Config
    from responder.daemon import Setting

_LEVELS = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (logging.DEBUG, 7))  # sd-daemon(3)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `run`."""
    parser.add_argument("--once", action="store_true", help="one round over every account, then exit")
    parser.add_argument(
        "--all", action="store_true", help="go on with drafts that waited because too many came at once"
    )
    parser.add_argument("--verbose", action="store_true", help="log more (still no text of mails)")


def run(args: argparse.Namespace) -> int:
    """Watch until SIGTERM or Ctrl-C, or do one round."""
    from responder import config, daemon
    from responder.accounts import sd_notify

    loaded = config.load(args.config)
    log_to_stderr(verbose=args.verbose)
    setting = setting_of(loaded)
    if args.once:
        return daemon.run_once(setting, everything=args.all)
    stop = threading.Event()

    def leave(*_: object) -> None:
        stop.set()
        sd_notify.tell("STOPPING=1")

    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), leave)
    watchdog = sd_notify.Watchdog()
    setting = replace(setting, on_tick=lambda: watchdog.beat(setting.clock.monotonic()))
    accounts = f"{len(loaded.accounts)} account(s) are watched."
    return daemon.run(
        setting,
        stop,
        everything=args.all,
        on_ready=lambda: void(sd_notify.tell(f"READY=1\nSTATUS={accounts}")),
    )


def setting_of(config: Config) -> Setting:
    """The daemon over real mailboxes and the real clock."""
    from responder.accounts.opening import deliver, open_mailbox
    from responder.daemon import Setting
    from responder.notify import notify

    return Setting(
        config,
        config.state_dir,
        open_mailbox,
        deliver=deliver if config.release.action != "remind" else None,
        notify=(lambda title, text: void(notify(title, text))) if config.notify.desktop else None,
    )


def void(_: object) -> None:
    """Nobody needs to know."""


def log_to_stderr(*, verbose: bool = False) -> None:
    """The only place that configures logging: for people on a terminal, for the journal under systemd."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _Journal() if "JOURNAL_STREAM" in os.environ else logging.Formatter("%(asctime)s %(levelname)s %(message)s")
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("responder").setLevel(logging.DEBUG if verbose else logging.INFO)
    for name in ("imapclient", "imaplib", "apscheduler", "keyring"):  # they know addresses and bodies, or chatter
        logging.getLogger(name).setLevel(logging.WARNING)


class _Journal(logging.Formatter):
    """`<N>` in front of each line, which the journal takes as its priority; it has the time already."""

    def format(self, record: logging.LogRecord) -> str:
        priority = next((number for level, number in _LEVELS if record.levelno >= level), 7)
        return "\n".join(f"<{priority}>{line}" for line in super().format(record).splitlines())
