"""`make faults`: every fault at every place, in random order, and the table.

PLAYS=n leaves it at so many plays, SEED=n takes others, JOBS=n plays in so many processes.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed

from faults.stage import Theatre
from faults.sweep import SHARE, Tally, groups, measure, share

WRONG_AT_MOST = 30  # then there is something to mend first


def _end(*_: object) -> None:
    raise KeyboardInterrupt


def sweep(tally: Tally, plays: int, seed: int, jobs: int) -> None:
    """All plays, in so many processes; what goes wrong is printed at once."""
    with Theatre.open() as theatre:
        measures = measure(theatre)
    plays = len(groups(measures, plays, seed))
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        shares = [pool.submit(share, measures, plays, seed, first) for first in range(0, plays, SHARE)]
        try:
            for done in as_completed(shares):
                found = done.result()
                tally.add(found)
                for line in found.wrong:
                    print(line, flush=True)
                if len(tally.wrong) > WRONG_AT_MOST:
                    break
                words = f"{tally.plays}/{plays} plays, {tally.injected.total()} faults, {len(tally.wrong)} wrong"
                print(words, file=sys.stderr, flush=True)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def main() -> int:
    """Print the table, also of a run that was ended; 1 if anything was wrong."""
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGTERM, _end)
    began, tally = time.monotonic(), Tally()
    jobs = int(os.environ.get("JOBS", os.cpu_count() or 1))
    with contextlib.suppress(KeyboardInterrupt):
        sweep(tally, int(os.environ.get("PLAYS", "1000000")), int(os.environ.get("SEED", "1")), jobs)
    print(tally.table())
    print(f"{time.monotonic() - began:.0f} s in {jobs} processes", flush=True)
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
