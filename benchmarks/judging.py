"""How long judging takes, as a multiple of the time that the standard library needs just to parse the same mails.

    python benchmarks/judging.py FOLDER [--mails N]

FOLDER holds mails, one a file, in any depth. Prints the ratio (best of five runs of each, one after the other, so that a
busy machine slows down both) and the memory at tenths of N judged mails (default 100,000): it must not grow.
"""

from __future__ import annotations

import argparse
import email
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from responder.reading import knowledge as knowledge_module
from responder.reading.judge import judge, worth_reading
from responder.reading.message import Me, Message, glance, read

if TYPE_CHECKING:
    from collections.abc import Callable

ME = Me("Ana Souza", frozenset(["ana@mail.example"]))


def judge_bytes(raw: bytes) -> bool:
    """The way of a mail in the daemon: the first look, and the whole reading for what could be a rejection."""
    known = knowledge_module.load()
    seen = glance(raw)
    if not isinstance(seen, Message) or not worth_reading(seen, known):
        return False
    message = read(raw)
    return isinstance(message, Message) and judge(message, ME, known).rejection


def seconds(function: Callable[[bytes], object], mails: list[bytes]) -> float:
    start = time.process_time()
    for raw in mails:
        function(raw)
    return time.process_time() - start


def resident_mb() -> float:
    """Memory of this process, in MB, now (Linux) or at most (elsewhere)."""
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text().split()[1]) * 4096 / 1e6
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--mails", type=int, default=100_000, help="how many mails to judge for the memory figure; 0 = none"
    )
    arguments = parser.parse_args()
    mails = [path.read_bytes() for path in sorted(arguments.folder.rglob("*")) if path.is_file()]
    if not mails:
        raise SystemExit(f"{arguments.folder}: no files")
    judge_bytes(mails[0])
    rows = [("parse", email.message_from_bytes), ("glance", glance), ("judge", judge_bytes)]
    best = dict.fromkeys((name for name, _ in rows), float("inf"))
    for _ in range(5):
        for name, function in rows:
            best[name] = min(best[name], seconds(function, mails))
    print(f"{len(mails)} mails, {sum(map(len, mails)) / 1e6:.1f} MB")
    for name, _ in rows:
        print(
            f"{name:8}{best[name] / len(mails) * 1e6:8.0f} us a mail{best[name] / best['parse']:8.2f} times email (compat32)"
        )
    for tenth in range(1, 11 if arguments.mails else 0):
        for number in range(arguments.mails // 10):
            judge_bytes(mails[number % len(mails)])
        print(f"after {tenth * (arguments.mails // 10):>7} mails: {resident_mb():6.1f} MB")


if __name__ == "__main__":
    main()
