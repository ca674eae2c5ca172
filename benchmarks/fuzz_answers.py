"""Changes answers of an IMAP server at random and reads them: only the agreed errors may come out, in bounds of time and memory.

    python benchmarks/fuzz_answers.py [COUNT] [--seed N]

One input is a command's number (first byte) and what the server says to it; "%T" in it stands for the tag. There is no
network: the connection reads from memory. Failing inputs are written to fuzz-failures/.
"""

from __future__ import annotations

import argparse
import random
import re
import socket
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from fuzz_reading import change

from responder.clock import Clock
from responder.errors import OutcomeUnknown, Refused, TryLater
from responder.mailbox import ImapMailbox, Search, Server
from responder.mailbox.stream import Client
from responder.wire import has_control

LIMIT = 2.0  # seconds for one answer
HEADER = b"From: a@b.example\r\nMessage-ID: <1@b.example>\r\n\r\n"
WELL = b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 9] x\r\n%T OK [READ-ONLY] done\r\n"
FETCHED = (
    b'* 1 FETCH (UID 1 RFC822.SIZE 54 FLAGS (\\Seen x) INTERNALDATE "01-Feb-2026 10:00:00 +0100" BODY[HEADER]<0> {%d}\r\n%s)\r\n%%T OK done\r\n'
    % (len(HEADER), HEADER)
)
STRUCTURE = (
    b"* 1 FETCH (UID 1 RFC822.SIZE 99999 BODY[HEADER]<0> {%d}\r\n%s BODYSTRUCTURE "
    b'((("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT" 12 1 NIL NIL NIL)("TEXT" "HTML" NIL NIL NIL "7BIT" 12 1) "ALTERNATIVE")'
    b'("APPLICATION" "PDF" ("NAME" "x.pdf") NIL NIL "BASE64" 9999) "MIXED" ("BOUNDARY" "b"))'
    b" BODY[1.1]<0> {5}\r\nhello BODY[1.1.MIME]<0> {2}\r\n\r\n)\r\n%%T OK done\r\n" % (len(HEADER), HEADER)
)


def _large(mailbox: ImapMailbox) -> object:
    """A mail of which only the text is to be fetched: its structure is asked for first."""
    mailbox._sizes[1] = 10_000_000
    return mailbox.texts("INBOX", [1])


Act = Callable[[ImapMailbox], object]
ACTS: tuple[tuple[str, Act, bytes], ...] = (
    ("LIST", lambda m: m.roles(), b'* LIST (\\HasNoChildren \\Drafts) "/" Drafts\r\n* LIST () "/" {4}\r\nSent\r\n%T OK done\r\n'),
    ("STATUS", lambda m: m.state("Drafts"), b'* STATUS "Drafts" (UIDVALIDITY 7 UIDNEXT 9 MESSAGES 3)\r\n%T OK done\r\n'),
    ("NOOP", lambda m: m.state("INBOX"), b"* 4 EXISTS\r\n* 1 RECENT\r\n* 2 EXPUNGE\r\n* 1 FETCH (FLAGS (\\Seen))\r\n%T OK done\r\n"),
    ("EXAMINE", lambda m: m.select("Sent"), WELL),
    ("UID SEARCH", lambda m: m.uids_from("INBOX", 1), b"* SEARCH 1 2 3\r\n%T OK done\r\n"),
    ("UID SEARCH", lambda m: m.search("INBOX", Search(since=date(2026, 1, 1))), b"* SEARCH\r\n%T OK done\r\n"),
    ("UID FETCH", lambda m: m.entries("INBOX", [1, 2]), FETCHED),
    ("UID FETCH", lambda m: m.texts("INBOX", [1, 2]), FETCHED),
    ("UID FETCH", _large, STRUCTURE),
    ("UID FETCH", lambda m: m.raw("INBOX", 1), b"* 1 FETCH (UID 1 BODY[]<0> {5}\r\nhello)\r\n%T OK done\r\n"),
    ("APPEND", lambda m: m.append("Drafts", HEADER, ("\\Draft",), datetime(2026, 1, 1, tzinfo=UTC)), b"+ go on\r\n%T OK [APPENDUID 7 9] done\r\n"),
    ("UID MOVE", lambda m: m.trash("INBOX", 1, 7), b"* 1 EXPUNGE\r\n%T OK [COPYUID 7 1 9] done\r\n"),
)  # fmt: skip
OTHERS = {
    "CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE NAMESPACE SPECIAL-USE\r\n%T OK done\r\n",
    "NAMESPACE": b'* NAMESPACE (("" "/")) NIL NIL\r\n%T OK done\r\n',
    "SELECT": WELL, "EXAMINE": WELL,
    "LIST": b'* LIST (\\Drafts) "/" Drafts\r\n* LIST (\\Trash) "/" Trash\r\n%T OK done\r\n',
    "UID FETCH": b"* 1 FETCH (UID 1 BODY[1]<0> {2}\r\nhi)\r\n%T OK done\r\n",
}  # fmt: skip


class Memory:
    """A socket whose other end answers from memory: `answer` to the first `command`, well behaved to all others."""

    def __init__(self, command: str = "", answer: bytes = b"") -> None:
        self.command, self.answer = command, answer
        self.ready = bytearray(b"* OK ready\r\n")
        self.sent = bytearray()
        self.literal = False

    def settimeout(self, _seconds: float) -> None: ...

    def setsockopt(self, *_option: object) -> None: ...

    def close(self) -> None: ...

    def shutdown(self, _how: int) -> None: ...

    def sendall(self, data: bytes) -> None:
        self.sent += data
        if not self.literal and (match := re.match(rb"(\S+) ((?:UID )?[A-Z]+)", data)):
            tag, command = match[1], match[2].decode()
            if command == self.command:
                said, self.command = self.answer, ""
            else:
                said = OTHERS.get(command, b"%T OK done\r\n")
            self.ready += said.replace(b"%T", tag)
            self.literal = command == "APPEND"

    def recv(self, size: int) -> bytes:
        data = bytes(self.ready[:size])
        del self.ready[:size]
        return data


_open: Callable[..., Any] = socket.create_connection
SERVER = Server("localhost", 143, "none", "ana")
CLOCK = Clock()


def problem(data: bytes) -> str | None:
    """What is wrong with the handling of this input, or None."""
    command, act, _ = ACTS[data[0] % len(ACTS)] if data else ACTS[0]
    memory = Memory()
    random.seed(7)  # imaplib draws the tag's prefix from it: the same one, or each costs a new regular expression
    socket.create_connection = lambda *_args, **_more: memory
    try:
        client = Client(SERVER.host, SERVER.port, None, SERVER.timeout, CLOCK)
    finally:
        socket.create_connection = _open
    client.wire.state = "AUTH"
    mailbox = ImapMailbox(client, SERVER, CLOCK, {})
    if command != "EXAMINE":
        mailbox.select("INBOX")
    memory.command, memory.answer = command, data[1:]
    before, start = len(memory.sent), time.perf_counter()
    try:
        result = act(mailbox)
        if wrong := _unsound(result):
            return wrong
    except (TryLater, Refused, OutcomeUnknown) as error:
        if has_control(str(error)):
            return f"{command}: a control character in a message"
    except Exception:  # noqa: BLE001  finding any is the purpose
        return f"{command}: {traceback.format_exc(limit=-3)}"
    if time.perf_counter() - start > LIMIT:
        return f"{command}: {time.perf_counter() - start:.1f} s"
    lines = bytes(memory.sent[before:]).replace(HEADER, b"").split(b"\r\n")
    if any(re.search(rb"[\x00-\x1f]", line) for line in lines):
        return f"{command}: a control character in a command"
    return None


def _unsound(result: object) -> str | None:
    if isinstance(result, list) and any(
        not isinstance(uid, int) or uid < 0 for uid in result if not hasattr(uid, "uid")
    ):
        return "a UID that is none"
    entries = result if isinstance(result, list) else []
    if any(getattr(entry, "uid", 1) not in (1, 2) for entry in entries if hasattr(entry, "uid")):
        return "a mail that was not asked for"
    if isinstance(result, dict) and not set(result) <= {1, 2}:
        return "a text that was not asked for"
    return None


def seeds() -> list[bytes]:
    """Well-behaved answers, one for each act."""
    return [bytes([number]) + answer for number, (_, _, answer) in enumerate(ACTS)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", nargs="?", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    random_, known = random.Random(arguments.seed), seeds()
    found: set[str] = set()
    for number in range(arguments.count):
        one, other = random_.choice(known), random_.choice(known)
        data = one[:1] + change(random_, one[1:], other[1:])
        if (wrong := problem(data)) is not None and wrong not in found:
            found.add(wrong)
            target = Path("fuzz-failures") / f"answer-{arguments.seed}-{number}"
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(data)
            print(f"{target}: {wrong}")
    print(f"{arguments.count} answers from {len(known)} seeds, {len(found)} kinds of failure")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
