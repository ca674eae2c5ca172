"""`make faults`: every fault at every place, in random order, and the table. PLAYS=n leaves it at so many plays."""

import logging
import os
import random
import sys
import time

from faults.stage import Theatre
from faults.sweep import Tally, catalogue, play, together


def main() -> int:
    logging.disable(logging.CRITICAL)
    began = time.monotonic()
    tally = Tally()
    with Theatre.open() as theatre:
        injections = catalogue(theatre)
        random.Random(int(os.environ.get("SEED", "1"))).shuffle(injections)
        plays = together(injections)
        random.Random(2).shuffle(plays)
        plays = plays[: int(os.environ.get("PLAYS", "1000000"))]
        for number, one in enumerate(plays, 1):
            known = len(tally.wrong)
            play(theatre, one, tally)
            print(*tally.wrong[known:], sep="\n", end="\n" if tally.wrong[known:] else "", flush=True)
            if len(tally.wrong) > 30:
                break
            if sys.stderr.isatty() or number % 25 == 0:
                print(
                    f"{number}/{len(plays)} plays, {tally.injected.total()} faults, {len(tally.wrong)} wrong",
                    file=sys.stderr,
                )
    print(tally.table())
    print(f"{time.monotonic() - began:.0f} s")
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
