"""`make faults`: every fault at every place, in random order, and the table. PLAYS=n leaves it at so many plays; Ctrl-C ends it."""

import contextlib
import logging
import os
import random
import sys
import time

from faults.stage import Theatre
from faults.sweep import Tally, catalogue, play, together

WRONG_AT_MOST = 30  # then there is something to mend first


def sweep(tally: Tally, plays: int, seed: int) -> None:
    """Play until the end, or until too much is wrong; what goes wrong is printed at once."""
    order = random.Random(seed)
    with Theatre.open() as theatre:
        injections = catalogue(theatre)
        order.shuffle(injections)
        groups = together(injections)
        order.shuffle(groups)
        for number, group in enumerate(groups[:plays], 1):
            known = len(tally.wrong)
            play(theatre, group, tally)
            for line in tally.wrong[known:]:
                print(line, flush=True)
            if len(tally.wrong) > WRONG_AT_MOST:
                return
            if sys.stderr.isatty() or number % 25 == 0:
                done = f"{number}/{min(plays, len(groups))} plays, {tally.injected.total()} faults"
                print(f"{done}, {len(tally.wrong)} wrong", file=sys.stderr)


def main() -> int:
    """Print the table; 1 if anything was wrong."""
    logging.disable(logging.CRITICAL)
    began = time.monotonic()
    tally = Tally()
    with contextlib.suppress(KeyboardInterrupt):
        sweep(tally, int(os.environ.get("PLAYS", "1000000")), int(os.environ.get("SEED", "1")))
    print(tally.table())
    print(f"{time.monotonic() - began:.0f} s")
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
