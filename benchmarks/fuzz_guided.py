"""Fuzzing guided by coverage: mails, or answers of an IMAP server. Needs atheris (`pip install atheris`), which is no dependency.

    python benchmarks/fuzz_guided.py reading|answers FOLDER -runs=100000 [any option of libFuzzer]

FOLDER keeps what reached something new, so that a later run goes on from there.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import atheris


def main() -> None:
    target, folder = sys.argv[1], Path(sys.argv[2])
    with atheris.instrument_imports(include=["responder", "imapclient", "imaplib", "mailparser"]):
        module = importlib.import_module(f"fuzz_{target}")
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        for number, seed in enumerate(module.seeds()):
            (folder / f"seed{number}").write_bytes(seed)

    def one(data: bytes) -> None:
        if (wrong := module.problem(data)) is not None:
            raise AssertionError(wrong)

    atheris.Setup([sys.argv[0], str(folder), *sys.argv[3:]], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
