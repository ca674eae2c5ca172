"""Changes mails at random and reads them: nothing may raise, take long, or let through what must not get out.

    python benchmarks/fuzz_reading.py [COUNT] [--seed N] [FOLDER...]

Seeds are the mails of tests/mails and a few odd ones made here, or those of FOLDER. Failing inputs are written to fuzz-failures/.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from responder.reading.message import Message, case_key, glance, read

if TYPE_CHECKING:
    from collections.abc import Sequence

LIMIT = 2.0  # seconds for one reading
PIECES = [
    b"=?utf-8?q?=0D=0A?=", b"=?iso-2022-jp?b?GyRC?=", b"\r\n\r\n", b"\n", b"\r", b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"(" * 50, b'"', b"<", b">", b",",
    b"Content-Type: multipart/mixed; boundary=b\n\n--b\n", b"Content-Type: message/rfc822\n\n", b"Content-Transfer-Encoding: base64\n",
    b"Content-Transfer-Encoding: quoted-printable\n", b"Content-Transfer-Encoding: x-uuencode\n", b"charset=utf-7", b"charset=utf-16", b"charset=hz-gb-2312",
    b"charset*0=x; charset*1*=utf-8''%", b"; format=flowed",
    b"--b0\n", b"--b0--\n", b"\nFrom: a@b\nTo: c@d\nSubject: x\n\n", b"On 1.1.2025 10:00 a@b wrote:\n> ",
    b"---------- Forwarded message ---------\n", b"<div style='display:none'>",
    b"<blockquote type=cite>", b"<!--", b"&#8203;", b"Date: 99999999999999\n", b"\x1b$B", b"~{",
]  # fmt: skip
ODD = [
    b'From: "A, B" <a@b.example>\nTo: c@d.example\nSubject: =?utf-8?q?x?=\nMessage-ID: <a@b>\nContent-Type: multipart/alternative; boundary="b0"\n\n'
    b"--b0\nContent-Type: text/plain; charset=utf-8; format=flowed\n\nHello \nthere\n--b0\nContent-Type: text/html\n\n<p>Hi<table><tr><td>x</table>\n--b0--\n",
    b"From: a@b.example\nContent-Type: multipart/report; boundary=b0\n\n--b0\n\nbounced\n--b0\nContent-Type: message/delivery-status\n\nStatus: 5\n"
    b"--b0\nContent-Type: message/rfc822\n\nSubject: in\nContent-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B:NMQ\x1b(B\n--b0--\n",
    b"From: a@b.example\nSubject: FW: x\n\nsee\n\nFrom: c <c@d.example>\nSent: 2025-06-03 10:00\nTo: e\nSubject: x\n\n> one\n>> two\n",
]


def change(random_: random.Random, raw: bytes, other: bytes) -> bytes:
    for _ in range(random_.randint(1, 8)):
        at = random_.randrange(len(raw) + 1)
        match random_.randrange(6):
            case 0:
                raw = raw[:at] + bytes([random_.randrange(256)]) + raw[at + 1 :]
            case 1:
                raw = raw[:at] + random_.choice(PIECES) * random_.choice([1, 1, 1, 20]) + raw[at:]
            case 2:
                raw = raw[:at] + raw[at + random_.randint(1, 40) :]
            case 3:
                start = random_.randrange(len(other) + 1)
                raw = raw[:at] + other[start : start + random_.randint(1, 200)] + raw[at:]
            case 4:
                raw = raw[:at] + raw[max(0, at - random_.randint(1, 100)) : at] * random_.choice([2, 50]) + raw[at:]
            case _:
                raw = raw[:at].swapcase() + raw[at:] if random_.random() < 0.1 else raw[:at]
        raw = raw[:200_000] or b"x"
    return raw


def problem(raw: bytes) -> str | None:
    """What is wrong with the reading of these bytes, or None."""
    for look in (glance, read):
        start = time.perf_counter()
        try:
            message = look(raw)
            if isinstance(message, Message):
                case_key(message)
                for text in (message.text, message.quoted, message.subject, *(value for _, value in message.headers)):
                    text.encode("utf-8")
                    if "\0" in text or "\r" in text or "\u202e" in text:
                        return f"{look.__name__}: a control character got through"
                if any("\n" in value for value in (message.subject, *(value for _, value in message.headers))):
                    return f"{look.__name__}: a line end in a header"
        except Exception:  # noqa: BLE001 - finding any is the purpose
            return f"{look.__name__}: {traceback.format_exc(limit=-3)}"
        if time.perf_counter() - start > LIMIT:
            return f"{look.__name__}: {time.perf_counter() - start:.1f} s"
    return None


def seeds(folders: Sequence[Path] = ()) -> list[bytes]:
    """The mails of the folders, those of tests/mails where none is given, and a few odd ones."""
    places = folders or [Path(__file__).parents[1] / "tests" / "mails"]
    return ODD + [path.read_bytes() for folder in places for path in sorted(folder.rglob("*.eml"))]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", nargs="?", type=int, default=20_000)
    parser.add_argument("folder", nargs="*", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    random_ = random.Random(arguments.seed)
    known = seeds(arguments.folder)
    found: set[str] = set()
    for number in range(arguments.count):
        raw = change(random_, random_.choice(known), random_.choice(known))
        if (wrong := problem(raw)) is not None and wrong not in found:
            found.add(wrong)
            target = Path("fuzz-failures") / f"{arguments.seed}-{number}.eml"
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(raw)
            print(f"{target}: {wrong}")
    print(f"{arguments.count} inputs from {len(known)} seeds, {len(found)} kinds of failure")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
