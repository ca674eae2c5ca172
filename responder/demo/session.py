"""One connection: reads commands under limits, runs them, writes the answers. Owns the socket; knows nothing of mail."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from responder.demo import folders, login, selected
from responder.demo.parser import Bad, No, string, tokens, word
from responder.demo.view import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from responder.demo.folders import Arguments
    from responder.demo.server import Server
    from responder.demo.store import Account

LINE_OCTETS: Final = 64 * 1024
_LITERAL_BEFORE_LOGIN: Final = 8 * 1024
_LITERALS: Final = 100  # in one command

COMMANDS: Final[dict[str, Callable[[State, Arguments], str]]] = {
    "NOOP": selected.check,
    "CHECK": selected.check,
    "SELECT": partial(folders.select, readonly=False),
    "EXAMINE": partial(folders.select, readonly=True),
    "CREATE": folders.create,
    "DELETE": folders.delete,
    "RENAME": folders.rename,
    "SUBSCRIBE": partial(folders.subscribe, on=True),
    "UNSUBSCRIBE": partial(folders.subscribe, on=False),
    "LIST": folders.list_,
    "LSUB": partial(folders.list_, verb=b"LSUB"),
    "STATUS": folders.status,
    "APPEND": folders.append,
    "SEARCH": partial(selected.search, by_uid=False),
    "UID SEARCH": partial(selected.search, by_uid=True),
    "FETCH": partial(selected.fetch, by_uid=False),
    "UID FETCH": partial(selected.fetch, by_uid=True),
    "STORE": partial(selected.store, by_uid=False),
    "UID STORE": partial(selected.store, by_uid=True),
    "COPY": partial(selected.copy, by_uid=False),
    "UID COPY": partial(selected.copy, by_uid=True),
    "EXPUNGE": partial(selected.expunge, by_uid=False),
    "CLOSE": partial(selected.close, expunges=True),
}
_EXTENSIONS: Final[dict[str, tuple[str, Callable[[State, Arguments], str]]]] = {  # each with the quirk that it needs
    "NAMESPACE": ("namespace", folders.namespace),
    "MOVE": ("move", partial(selected.move, by_uid=False)),
    "UID MOVE": ("move", partial(selected.move, by_uid=True)),
    "UID EXPUNGE": ("uidplus", partial(selected.expunge, by_uid=True)),
    "UNSELECT": ("unselect", partial(selected.close, expunges=False)),
}


class _Gone(Exception):  # noqa: N818  an end, not an error
    """The client or the server has had enough; the text is said as BYE."""


class Session:
    """A client's connection from greeting to the end."""

    def __init__(
        self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, tls: bool
    ) -> None:
        self.server = server
        self.state = State(server.quirks, server.clock)
        self.tls = tls
        self._reader = reader
        self._writer = writer

    async def run(self) -> None:
        """Greets, and answers commands until somebody ends it."""
        try:
            self._say(b"* OK [CAPABILITY " + self.capabilities().encode() + b"] At your service.")
            async with asyncio.timeout(self.state.quirks.session_seconds):
                while True:
                    await self._command()
        except TimeoutError:
            self._say(b"* BYE Session expired.")
        except _Gone as end:
            if str(end):
                self._say(b"* BYE " + str(end).encode())
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client went without LOGOUT, or did not trust our certificate
        finally:
            self._writer.close()

    def drop(self) -> None:
        """Cuts the connection without a word."""
        self._writer.transport.abort()

    def capabilities(self) -> str:
        """CAPABILITY as it is now: it changes with TLS and with login."""
        quirks, server = self.state.quirks, self.server
        names = ["IMAP4rev1"]
        if self.state.account is None:
            if server.ssl_context is not None and quirks.starttls and not self.tls:
                names.append("STARTTLS")
            if quirks.login_needs_tls and not self.tls:
                names.append("LOGINDISABLED")
            else:
                names += ["SASL-IR", "AUTH=PLAIN"]
                names += ["AUTH=XOAUTH2", "AUTH=OAUTHBEARER"] if server.token_ok and quirks.xoauth2 else []
        offered = {
            "LITERAL+": quirks.literal_plus,
            "ID": True,
            "ENABLE": True,
            "IDLE": quirks.idle,
            "MOVE": quirks.move,
            "UIDPLUS": quirks.uidplus,
            "UNSELECT": quirks.unselect,
            "NAMESPACE": quirks.namespace,
            "SPECIAL-USE": quirks.special_use,
            "CREATE-SPECIAL-USE": quirks.special_use,
            "LIST-EXTENDED": quirks.special_use,
        }
        return " ".join([*names, *(name for name, has in offered.items() if has), f"APPENDLIMIT={quirks.append_limit}"])

    def _say(self, *lines: bytes) -> None:
        """Writes whole lines at once: half a line makes a client in IDLE give up (imapclient aborts)."""
        if lines and not self._writer.is_closing():
            self._writer.write(b"\r\n".join(lines) + b"\r\n")

    async def _line(self) -> bytes:
        try:
            line = await self._reader.readline()
        except ValueError as error:
            raise _Gone("That line is too long.") from error
        if not line.endswith(b"\n"):
            raise _Gone("")
        return line.rstrip(b"\r\n")

    async def _command(self) -> None:
        """Reads one command and answers it."""
        line = await self._line()
        tag, _, rest = line.partition(b" ")
        if not re.fullmatch(rb"[^\x00-\x20(){%*\"\\+\x7f-\xff]{1,64}", tag):
            self._say(b"* BAD No tag.")
            return
        name = ""
        try:
            name, parts = await self._whole(rest)
            self.server.commands.append(name)
            if self.state.quirks.delay:
                await asyncio.sleep(self.state.quirks.delay)
            if name == "STARTTLS":
                await self._starttls(tag)
                return
            answer = b"OK " + (await self._answer(name, tokens(parts))).encode()
        except No as refusal:
            answer = b"NO " + str(refusal).encode()
        except Bad as complaint:
            answer = b"BAD " + str(complaint).encode("ascii", "replace")
        lines, self.state.out = self.state.out, []
        self._say(*lines, tag + b" " + answer)
        await self._writer.drain()
        if name == "LOGOUT":
            raise _Gone("")

    async def _whole(self, rest: bytes) -> tuple[str, list[bytes]]:
        """The command's name and its parts (text, literal, text ...), with all literals read."""
        name, _, rest = rest.partition(b" ")
        if name.upper() == b"UID":
            second, _, rest = rest.partition(b" ")
            name += b" " + second
        parts: list[bytes] = []
        while literal := re.search(rb"\{(\d{1,10})(\+?)\}\Z", rest):
            size, waits = int(literal[1]), not literal[2]
            limit = self.state.quirks.append_limit if self.state.account else _LITERAL_BEFORE_LOGIN
            if size > limit or len(parts) > 2 * _LITERALS:
                if waits:
                    raise No("[TOOBIG] The literal is too large.")
                raise _Gone("The literal is too large.")
            if not waits and not self.state.quirks.literal_plus:
                raise Bad("LITERAL+ is not known here")
            if waits:
                self._say(b"+ Go ahead.")
            parts += [rest[: literal.start()], await self._reader.readexactly(size)]
            rest = await self._line()
        return name.decode("ascii", "replace").upper(), [*parts, rest]

    async def _answer(self, name: str, arguments: Arguments) -> str:
        match name:
            case "CAPABILITY":
                self.state.out.append(b"* CAPABILITY " + self.capabilities().encode())
                return "Told."
            case "LOGOUT":
                self.state.out.append(b"* BYE Until next time.")
                return "Logged out."
            case "ID":
                self.state.out.append(b'* ID ("name" "responder demo")')
                return "Told."
            case "LOGIN" | "AUTHENTICATE":
                return await self._login(name, arguments)
        account = self.state.mail()
        match name:
            case "IDLE" if self.state.quirks.idle:
                return await self._idle()
            case "ENABLE":
                self.state.out.append(b"* ENABLED")
                return "Nothing to enable."
        command = COMMANDS.get(name)
        if name in _EXTENSIONS and getattr(self.state.quirks, _EXTENSIONS[name][0]):
            command = _EXTENSIONS[name][1]
        if command is None:
            raise Bad("This command is not known.")
        with account.lock:
            return command(self.state, arguments)

    async def _starttls(self, tag: bytes) -> None:
        context = self.server.ssl_context
        if context is None or self.tls or not self.state.quirks.starttls:
            raise Bad("STARTTLS is not available.")
        with suppress(TimeoutError):
            async with asyncio.timeout(0):
                await self._reader.read(1)
                raise _Gone(
                    "Nothing may follow STARTTLS."
                )  # it would be taken for something said under TLS (CVE-2011-0411)
        self._say(tag + b" OK Begin TLS.")
        await self._writer.drain()
        await self._writer.start_tls(context)
        self.tls = True

    async def _login(self, name: str, arguments: Arguments) -> str:
        quirks = self.state.quirks
        if self.state.account is not None:
            raise Bad("You are logged in.")
        if quirks.login_needs_tls and not self.tls:
            raise No("[PRIVACYREQUIRED] Only over TLS.")
        if quirks.refusal:
            raise No(quirks.refusal)
        if name == "LOGIN":
            if len(arguments) != 2:
                raise Bad("user and password are expected")
            user, password = (string(each).decode("utf-8", "replace") for each in arguments)
            account = login.by_password(self.server.users, user, password)
        else:
            user, account = await self._authenticate(arguments)
        if quirks.max_connections and self.server.connections(user) >= quirks.max_connections:
            raise No("[ALERT] Too many simultaneous connections. (Failure)")
        self.state.account, self.state.user = account, user
        return f"[CAPABILITY {self.capabilities()}] Logged in."

    async def _authenticate(self, arguments: Arguments) -> tuple[str, Account]:
        mechanism = word(arguments[0]) if arguments else ""
        tokened = mechanism in ("XOAUTH2", "OAUTHBEARER") and self.server.token_ok is not None
        if mechanism != "PLAIN" and not tokened:
            raise No("[CANNOT] That mechanism is not known.")
        response = string(arguments[1]) if len(arguments) > 1 else await self._challenge(b"")
        if mechanism == "PLAIN":
            user, password = login.plain(response)
            return user, login.by_password(self.server.users, user, password)
        user, token = login.bearer(mechanism, response)
        account = self.server.users.get(user)
        if account is None or not (self.server.token_ok and self.server.token_ok(user, token)):
            await self._challenge(login.TOKEN_REFUSED)  # the client answers with nothing and is then refused
            raise No("[AUTHENTICATIONFAILED] The token is not accepted.")
        return user, account

    async def _challenge(self, text: bytes) -> bytes:
        self._say(b"+ " + text)
        response = await self._line()
        if response == b"*":
            raise Bad("given up")
        return response

    async def _idle(self) -> str:
        """IDLE (RFC 2177): says what happens as it happens, each line in a write of its own."""
        loop, changed, account = asyncio.get_running_loop(), asyncio.Event(), self.state.mail()

        def notice() -> None:
            loop.call_soon_threadsafe(changed.set)

        account.listeners.add(notice)
        done = asyncio.ensure_future(self._line())
        self._say(b"+ idling")
        try:
            changed.set()  # something may have happened since the last command
            while not done.done():
                if changed.is_set() and self.state.quirks.idle_pushes:
                    self._push(account)
                changed.clear()
                waiting = asyncio.ensure_future(changed.wait())
                await asyncio.wait({done, waiting}, return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
            if (await done).upper() != b"DONE":
                raise Bad("DONE was expected")
        finally:
            account.listeners.discard(notice)
            done.cancel()
        self._push(account)
        return "Idled."

    def _push(self, account: Account) -> None:
        with account.lock:
            self.state.tell_changes()
        lines, self.state.out = self.state.out, []
        for line in lines:
            self._say(line)
