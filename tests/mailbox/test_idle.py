"""Waiting: every trap that was seen in imapclient's own IDLE, and some that servers lay."""

from __future__ import annotations

import socket
import ssl
import threading
import time

import pytest
import trustme
from scripted import ScriptedServer, talking

from responder.errors import TryLater
from responder.mailbox import Server, connect
from responder.wire import Secret, Wake


class Talk:
    """IDLE and DONE with one tag: the script's side of a wait."""

    def __init__(self, *pieces: bytes | float | None, done: bytes = b"%T OK done\r\n") -> None:
        self.pieces = pieces
        self.done = done
        self.tag = b""

    def idle(self, sock: socket.socket, tag: bytes) -> None:
        self.tag = tag
        for piece in self.pieces:
            if isinstance(piece, float):
                time.sleep(piece)  # the server's time, not the test's
            elif piece is None:
                sock.shutdown(socket.SHUT_RDWR)
            else:
                sock.sendall(piece.replace(b"%T", tag))

    def end(self, sock: socket.socket, _tag: bytes) -> None:
        sock.sendall(self.done.replace(b"%T", self.tag))

    def server(self, **more: object) -> ScriptedServer:
        return ScriptedServer(
            {"IDLE": self.idle, "DONE": self.end, "UID SEARCH": b"* SEARCH\r\n%T OK done\r\n"}, **more
        )


def _wait(talk: Talk, seconds: float, timeout: float = 3, **more: object) -> tuple[float, bool]:
    """How long a wait took, and whether there were arrivals after it."""
    with talking(talk.server(**more), timeout) as mailbox:
        mailbox.uids_from("INBOX", 1)
        begin = time.monotonic()
        mailbox.wait("INBOX", seconds, Wake())
        return time.monotonic() - begin, mailbox.state("INBOX").arrivals


NEWS = {
    "in the packet of the plus": Talk(b"+ idling\r\n* 4 EXISTS\r\n"),
    "before the plus": Talk(b"* 4 EXISTS\r\n+ idling\r\n"),
    "in two halves": Talk(b"+ idling\r\n", 0.05, b"* 4 EXI", 0.05, b"STS\r\n"),
    "after a word without news": Talk(b"+ idling\r\n", 0.02, b"* OK Still here\r\n", 0.02, b"* 4 EXISTS\r\n"),
    "without a carriage return": Talk(b"+ idling\n* 4 EXISTS\n"),
    "with the server ending it": Talk(b"+ idling\r\n* 4 EXISTS\r\n%T OK enough\r\n", done=b""),
}


@pytest.mark.parametrize("talk", NEWS.values(), ids=NEWS.keys())
def test_news_end_a_wait(talk):
    took, arrivals = _wait(talk, 30)
    assert took < 5
    assert arrivals


def test_a_word_without_news_ends_no_wait():
    took, arrivals = _wait(Talk(b"+ idling\r\n* OK Still here\r\n", 0.02, b"* OK Still here\r\n"), 0.2)
    assert took >= 0.2
    assert not arrivals


def test_a_server_that_ends_idle_by_itself_is_no_error():
    took, _arrivals = _wait(Talk(b"+ idling\r\n", 0.02, b"%T OK idled out\r\n", done=b""), 30)
    assert took < 5


@pytest.mark.parametrize(
    "talk",
    [
        Talk(b"+ idling\r\n", None),
        Talk(b"+ idling\r\n", 0.02, b"* 4 EXI", None),
        Talk(b"+ idling\r\n* BYE going down\r\n"),
        Talk(None),
        Talk(b"+ idling\r\n* 4 EXISTS\r\n", done=b""),  # no answer to DONE
        Talk(b""),  # no answer to IDLE
        Talk(b"+ idling\r\n", b"\x00\xff garbage \r\n"),
        Talk(b"+ idling\r\n", b"* 1 FETCH (X {999999999999}\r\n"),
    ],
    ids=["end", "end in a line", "bye", "end at once", "silence at the end", "silence", "garbage", "literal"],
)
def test_trouble_in_a_wait_comes_out_at_once(talk):
    with pytest.raises(TryLater):
        _wait(talk, 30, timeout=0.3)


def test_a_server_that_talks_without_end_is_left():
    flood = b"+ idling\r\n" + b"* OK Still here\r\n" * 150_000
    with pytest.raises(TryLater, match="more than was asked for"):
        _wait(Talk(flood), 30)


def test_a_wake_up_ends_idle_with_done():
    talk = Talk(b"+ idling\r\n")
    server = talk.server()
    with talking(server) as mailbox:
        mailbox.uids_from("INBOX", 1)
        wake = Wake()
        timer = threading.Timer(0.05, wake.set)
        timer.start()
        mailbox.wait("INBOX", 30, wake)
        timer.join()
        assert server.lines[-1] == b"DONE"
        assert mailbox.state("INBOX").exists == 3


def test_without_idle_the_wait_is_for_the_wake_up_and_sees_the_end_of_the_connection():
    server = ScriptedServer({"NOOP": lambda sock, _tag: sock.shutdown(socket.SHUT_RDWR)}, capable=b"IMAP4rev1")
    with talking(server) as mailbox:
        mailbox.select("INBOX")
        mailbox.wait("INBOX", 0.05, Wake())
        assert not any(b"IDLE" in line for line in server.lines)
        mailbox._client.wire.send(b"X NOOP\r\n")  # the script closes on it
        with pytest.raises(TryLater):
            mailbox.wait("INBOX", 30, Wake())


def test_no_time_to_wait_is_no_wait():
    server = ScriptedServer(capable=b"IMAP4rev1")
    with talking(server) as mailbox:
        mailbox.select("INBOX")
        mailbox.wait("INBOX", 0, Wake())
        assert mailbox.state("INBOX").exists == 3


def test_news_in_one_tls_record_with_the_plus_are_seen(tmp_path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with Talk(b"+ idling\r\n* 4 EXISTS\r\n").server(tls=context) as server:
        there = Server("127.0.0.1", server.port, "tls", "ana", str(tmp_path / "ca.pem"), 3)
        mailbox = connect(there, Secret("secret"))
        mailbox.uids_from("INBOX", 1)
        begin = time.monotonic()
        mailbox.wait("INBOX", 30, Wake())
        assert time.monotonic() - begin < 5
        assert mailbox.state("INBOX").arrivals
        mailbox.close()
