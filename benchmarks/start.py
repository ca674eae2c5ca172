"""How long `responder --help` takes to start, beside an empty Python measured in the same run: `make bench`, or this file."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 30


def seconds(*arguments: str) -> float:
    """One start, warm."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def main() -> None:
    """Alternate, so that a busy machine is busy for both."""
    empty, helped = [], []
    for _ in range(RUNS):
        empty.append(seconds("-c", "pass"))
        helped.append(seconds("-m", "responder", "--help"))
    nothing, ours = statistics.median(empty), statistics.median(helped)
    print(f"python -c pass:    {nothing * 1000:6.1f} ms (median of {RUNS})")
    print(f"responder --help:  {ours * 1000:6.1f} ms, {ours / nothing:.2f} times as long")


if __name__ == "__main__":
    main()
