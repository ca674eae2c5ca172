"""A proxy on loopback between the program and a real server that counts what passes and injects faults.

    with FaultProxy(("127.0.0.1", server.port)) as proxy:
        proxy.add(Fault("cut", command="APPEND", when="reply"))   # done by the server, but the client never hears of it

Commands are seen in clear text: let it speak to the server's plain port. `client_tls` ends the client's TLS here;
TLS passed through is opaque, and only byte positions and cut_all() work.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Self

COMMAND = re.compile(rb"^([A-Za-z0-9._-]+) +((?:UID +)?[A-Za-z-]+)")
LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r?\n$")


@dataclass
class Fault:
    """What goes wrong, where, how often.

    cut     the connection ends           stall   nothing passes any more, either way
    bye     "* BYE", then the end         no, bad the proxy says so in the server's place
    drip    the answer never ends: an untagged line now and then
    swallow the server's answer is lost, the connection stays
    late    it passes `delay` seconds later   act     `act` is called, then it passes

    `command` ("APPEND", "UID FETCH", "*"), the first `skip` ones left alone: "before" it reaches the server, when "sent"
    whole, or when the server's "reply" has come (and is lost); in the middle of the client's "literal", or of the first
    literal of the "answer". Or after so many bytes of one direction on each connection.
    """

    kind: Literal["cut", "stall", "bye", "no", "bad", "drip", "swallow", "late", "act"]
    command: str = ""
    when: Literal["before", "sent", "reply", "literal", "answer"] = "before"
    after_bytes: int | None = None
    direction: Literal["c2s", "s2c"] = "s2c"
    text: str = "Server shutting down"
    times: int = 1  # 0 = always
    skip: int = 0
    delay: float = 0.02
    act: Callable[[], None] | None = None
    fired: int = field(default=0, init=False)

    def matches(self, command: str) -> bool:
        """Asked once for each command: `skip` counts down."""
        if not self.command or not self.armed or self.command not in ("*", command):
            return False
        self.skip -= 1
        return self.skip < 0

    @property
    def armed(self) -> bool:
        return not self.times or self.fired < self.times


class _CutError(Exception):
    """The connection ends here."""


class _Connection:
    def __init__(self, proxy: FaultProxy, client: tuple, server: tuple) -> None:  # type: ignore[type-arg]
        self.proxy = proxy
        self.from_client, self.to_client = client
        self.from_server, self.to_server = server
        self.count = {"c2s": 0, "s2c": 0}
        self.command, self.tag = "", b""
        self.after: Fault | None = None  # fires when the command has been sent whole
        self.swallowing: Fault | None = None
        self.halving: Fault | None = None  # fires in the middle of the next literal of the server's

    async def run(self) -> None:
        tasks = [asyncio.create_task(self.upward()), asyncio.create_task(self.downward())]
        try:
            done, _rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if (error := task.exception()) and not isinstance(error, _CutError | OSError):
                    raise error
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.to_client.close()
            self.to_server.close()

    async def fire(self, fault: Fault) -> bool:
        """True if the command is dealt with and must not go on to the server."""
        fault.fired += 1
        match fault.kind:
            case "bye":
                self.to_client.write(f"* BYE {fault.text}\r\n".encode())
                await self.to_client.drain()
                raise _CutError
            case "cut":
                raise _CutError
            case "stall":
                await asyncio.Event().wait()
            case "late":
                await asyncio.sleep(fault.delay)
            case "act":
                assert fault.act is not None
                await asyncio.to_thread(fault.act)
            case "drip":
                while True:
                    self.to_client.write(b"* OK Still working\r\n")
                    await self.to_client.drain()
                    await asyncio.sleep(0.05)
            case "no" | "bad":
                self.to_client.write(self.tag + f" {fault.kind.upper()} {fault.text}\r\n".encode())
                await self.to_client.drain()
                return True
        return False

    async def send(self, direction: str, data: bytes) -> None:
        writer = self.to_server if direction == "c2s" else self.to_client
        for fault in self.proxy.faults:
            if fault.after_bytes is not None and fault.direction == direction and fault.armed:
                left = fault.after_bytes - self.count[direction]
                if len(data) >= left:
                    writer.write(data[: max(0, left)])
                    await writer.drain()
                    await self.fire(fault)
        self.count[direction] += len(data)
        writer.write(data)
        await writer.drain()

    async def upward(self) -> None:
        """Client to server, line by line and literal by literal."""
        while line := await self.from_client.readline():
            if not self.command and (match := COMMAND.match(line)):
                self.tag, self.command = match[1], re.sub(r" +", " ", match[2].decode().upper())
                self.proxy.commands.append(self.command)
                fault = next((f for f in self.proxy.faults if f.matches(self.command)), None)
                if fault and fault.when == "before" and await self.fire(fault):
                    self.command = ""
                    continue
                self.after = fault if fault and fault.when != "before" else None
            literal = LITERAL.search(line)
            if not literal and self.after and (self.after.when == "reply" or self.after.kind == "swallow"):
                self.swallowing = self.after  # before the line goes out: the server may be quick
            if self.after and self.after.when == "answer":
                self.halving = self.after
            await self.send("c2s", line)
            if literal:
                data = await self.from_client.readexactly(int(literal[1]))
                if self.after and self.after.when == "literal":
                    await self.send("c2s", data[: len(data) // 2])
                    await self.fire(self.after)
                    data = data[len(data) // 2 :]
                await self.send("c2s", data)
                continue
            self.command = ""
            fault, self.after = self.after, None
            if fault and fault.when == "sent":
                await self.fire(fault)

    async def downward(self) -> None:
        """Server to client; while swallowing, up to and with the tagged answer."""
        held = b""
        while data := await self.from_server.read(65536):
            if self.swallowing:
                held += data
                plus = held.startswith(b"+ ") and b"\r\n" in held
                if plus:  # the server asks for a literal: that much the client must hear
                    await self.send("s2c", held)
                    held = b""
                if not re.search(rb"(?:^|\n)" + re.escape(self.tag) + rb" [^\n]*\n", held):
                    continue
                fault, self.swallowing = self.swallowing, None
                await self.fire(fault)
                if fault.kind in ("late", "act"):
                    await self.send("s2c", held)
                held = b""
                continue
            if self.halving and (literal := re.search(rb"\{(\d+)\}\r\n", data)):
                fault, self.halving = self.halving, None
                middle = min(literal.end() + int(literal[1]) // 2, len(data))
                await self.send("s2c", data[:middle])
                await self.fire(fault)
                data = data[middle:]
            await self.send("s2c", data)


class FaultProxy:
    """Listens on `host`:`port` in a thread of its own."""

    def __init__(self, upstream: tuple[str, int], client_tls: ssl.SSLContext | None = None) -> None:
        self.upstream = upstream
        self.host, self.port = "127.0.0.1", 0
        self.faults: list[Fault] = []
        self.commands: list[str] = []  # that came from clients, in order
        self._client_tls = client_tls
        self._ready = threading.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, fault: Fault) -> Fault:
        self.faults.append(fault)
        return fault

    def clear(self) -> None:
        self.faults.clear()
        self.commands.clear()

    def cut_all(self) -> None:
        """End every connection now."""
        self._loop.call_soon_threadsafe(lambda: [task.cancel() for task in self._tasks])

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._accept, self.host, 0, ssl=self._client_tls)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            server = await asyncio.open_connection(*self.upstream)
            await _Connection(self, (reader, writer), server).run()
        except (OSError, asyncio.CancelledError, asyncio.IncompleteReadError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()
