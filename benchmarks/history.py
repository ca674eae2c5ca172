"""What history costs for one rejection in a big mailbox: round trips, bytes, time. `make history`, or this file with --help.

A private Dovecot with a mailbox of so many small mails (60 % INBOX, 25 % Archive, 15 % Sent), among them an application
with interviews and some newsletters of the same company. Every round trip is delayed by 100 ms, as on a slow line. Dovecot
answers a first search from 100,000 files and later ones from its cache: both are shown.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOME / "tests"))

from big_mailbox import MOST_BYTES, MOST_ROUND_TRIPS, ask, fill  # noqa: E402  the path had to be set first
from recorder import Recorder  # noqa: E402  the same
from servers.dovecot import Dovecot  # noqa: E402  the same


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=100_000)
    parser.add_argument("--delay", type=float, default=0.1, help="seconds for each round trip")
    parser.add_argument("--commands", action="store_true", help="print what was asked")
    arguments = parser.parse_args()
    now = datetime.now(UTC)
    good = True
    with Dovecot() as server, tempfile.TemporaryDirectory() as folder:
        start = time.monotonic()
        user = fill(server, arguments.mails, now)
        print(f"{arguments.mails:,} mails made in {time.monotonic() - start:.0f} s")
        for state in ("first search", "from the server's cache"):
            with Recorder(("127.0.0.1", server.port), arguments.delay) as recorder:
                start = time.monotonic()
                history = ask(server, user, recorder, now, Path(folder))
                seconds = time.monotonic() - start
                trips, size = recorder.round_trips - 1, recorder.sent + recorder.received  # less LOGOUT
            print(f"{state}: {trips} round trips (at most {MOST_ROUND_TRIPS}), {size / 1000:.0f} kB, {seconds:.1f} s")
            if arguments.commands:
                print(*recorder.commands, sep="\n")
            good = good and trips <= MOST_ROUND_TRIPS and size <= MOST_BYTES
            good = good and history.recipient is not None and history.impressed_by is not None
        print(f"reached: {history.reached}; to {history.recipient}; {history.impressed_by}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
