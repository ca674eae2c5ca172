"""`make faults`: every fault at every place, in random order, and the table.

PLAYS=n leaves it at so many plays, SEED=n takes others, JOBS=n plays in so many processes.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed

from faults.stage import Theatre
from faults.sweep import SHARE, Tally, groups, measure, share

WRONG_AT_MOST = 30  # then there is something to mend first


def main() -> int:
    """Print the table; 1 if anything was wrong."""
    logging.disable(logging.CRITICAL)
    began = time.monotonic()
    plays, seed = int(os.environ.get("PLAYS", "1000000")), int(os.environ.get("SEED", "1"))
    jobs = int(os.environ.get("JOBS", os.cpu_count() or 1))
    tally = Tally()
    with Theatre.open() as theatre:
        measures = measure(theatre)
    plays = len(groups(measures, plays, seed))
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        shares = [pool.submit(share, measures, plays, seed, first) for first in range(0, plays, SHARE)]
        for done in as_completed(shares):
            tally.add(done.result())
            print(*done.result().wrong, sep="\n", end="\n" if done.result().wrong else "", flush=True)
            print(
                f"{tally.plays}/{plays} plays, {tally.injected.total()} faults, {len(tally.wrong)} wrong",
                file=sys.stderr,
            )
            if len(tally.wrong) > WRONG_AT_MOST:
                pool.shutdown(wait=False, cancel_futures=True)
                break
    print(tally.table())
    print(f"{time.monotonic() - began:.0f} s in {jobs} processes")
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
