"""The commands about folders (RFC 3501 s6.3, RFC 6154, RFC 2342): each takes the session's state and its arguments, and returns the text of OK."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from responder.demo.parser import Atom, Bad, No, Token, date_time, quoted, string, word
from responder.demo.store import SYSTEM_FLAGS, Mailbox
from responder.demo.view import State, View

if TYPE_CHECKING:
    from collections.abc import Iterable

Arguments = tuple[Token, ...]


def name(token: Token) -> str:
    """A mailbox name as it stands in the command."""
    return string(token).decode("utf-8", "replace")


def one(arguments: Arguments) -> str:
    """The only argument, a mailbox name. Raises Bad."""
    if len(arguments) != 1:
        raise Bad("one mailbox name is expected")
    return name(arguments[0])


def flag_list(state: State, box: Mailbox) -> tuple[bytes, bytes]:
    """FLAGS and PERMANENTFLAGS of a folder."""
    keywords = sorted({flag for mail in box.mails for flag in mail.flags if not flag.startswith("\\")})
    flags = " ".join([*SYSTEM_FLAGS, *keywords])
    return flags.encode("ascii", "replace"), (flags + (" \\*" if state.quirks.keywords else "")).encode(
        "ascii", "replace"
    )


def select(state: State, arguments: Arguments, *, readonly: bool) -> str:
    """SELECT and EXAMINE; CONDSTORE and the like as a parameter are let pass."""
    state.view = None
    if not arguments:
        raise Bad("a mailbox name is expected")
    box = state.mail().mailbox(name(arguments[0]))
    state.view = View(box, readonly=readonly)
    flags, permanent = flag_list(state, box)
    state.out += [
        b"* FLAGS (%s)" % flags,
        b"* %d EXISTS" % len(box.mails),
        b"* 0 RECENT",
        b"* OK [PERMANENTFLAGS (%s)] Kept." % (b"" if readonly else permanent),
        b"* OK [UIDVALIDITY %d] UIDs are valid." % box.uidvalidity,
        b"* OK [UIDNEXT %d] The next UID." % box.uidnext,
    ]
    unseen = next((seq for seq, mail in enumerate(box.mails, 1) if "\\Seen" not in mail.flags), None)
    if unseen:
        state.out.append(b"* OK [UNSEEN %d] The first unseen." % unseen)
    return "[READ-ONLY] Examined." if readonly else "[READ-WRITE] Selected."


def create(state: State, arguments: Arguments) -> str:
    """CREATE, with RFC 6154's USE."""
    match arguments:
        case [mailbox]:
            state.mail().create(name(mailbox))
        case [mailbox, (bytes() as use, (bytes() as attribute,))] if use.upper() == b"USE":
            state.mail().create(name(mailbox), attribute.decode("ascii", "replace"))
        case _:
            raise Bad("a mailbox name is expected")
    return "Created."


def delete(state: State, arguments: Arguments) -> str:
    """DELETE."""
    state.mail().drop(one(arguments))
    return "Deleted."


def rename(state: State, arguments: Arguments) -> str:
    """RENAME."""
    if len(arguments) != 2:
        raise Bad("two mailbox names are expected")
    state.mail().rename(name(arguments[0]), name(arguments[1]))
    return "Renamed."


def subscribe(state: State, arguments: Arguments, *, on: bool) -> str:
    """SUBSCRIBE and UNSUBSCRIBE."""
    state.mail().mailbox(one(arguments)).subscribed = on
    return "Done."


def list_(state: State, arguments: Arguments, *, verb: bytes = b"LIST") -> str:
    """LIST and LSUB; of RFC 5258: selection (SUBSCRIBED SPECIAL-USE) and RETURN options are understood."""
    selection: Token = ()
    if arguments and isinstance(arguments[0], tuple):
        selection, arguments = arguments[0], arguments[1:]
    if len(arguments) < 2:
        raise Bad("a reference and a pattern are expected")
    options = {
        word(option)
        for each in (selection, *arguments[2:])
        if isinstance(each, tuple)
        for option in each
        if isinstance(option, bytes)
    }
    patterns = arguments[1] if isinstance(arguments[1], tuple) else (arguments[1],)
    wanted = [_pattern(name(arguments[0]) + name(pattern), state.quirks.separator) for pattern in patterns]
    if not isinstance(arguments[1], tuple) and not string(arguments[1]):
        state.out.append(b"* " + verb + b" (\\Noselect) " + quoted(state.quirks.separator.encode()) + b' ""')
        return "Listed."  # what the separator is (RFC 3501 s6.3.8)
    boxes = [box for box in state.mail().mailboxes.values() if any(pattern.fullmatch(box.name) for pattern in wanted)]
    for box in boxes:
        if (verb == b"LSUB" or "SUBSCRIBED" in options) and not box.subscribed:
            continue
        if isinstance(selection, tuple) and "SPECIAL-USE" in {word(each) for each in selection} and not box.use:
            continue
        state.out.append(_listed(state, box, verb, asked="SPECIAL-USE" in options))
    return "Listed."


def _listed(state: State, box: Mailbox, verb: bytes, *, asked: bool) -> bytes:
    below = box.name + state.quirks.separator
    has_children = any(other.startswith(below) for other in state.mail().mailboxes)
    attributes = ["\\HasChildren" if has_children else "\\HasNoChildren"]
    if box.use == "\\Noselect" or (box.use and (asked or state.quirks.special_use_in_list)):
        attributes.append(box.use.lower() if state.quirks.lower_case_uses else box.use)
    parts = (
        b"(" + " ".join(attributes).encode() + b")",
        quoted(state.quirks.separator.encode()),
        quoted(box.name.encode()),
    )
    return b"* " + verb + b" " + b" ".join(parts)


def _pattern(text: str, separator: str) -> re.Pattern[str]:
    wild = {"*": ".*", "%": f"[^{re.escape(separator)}]*"}
    text = re.sub(r"\*[*%]+", "*", text)
    if text.upper() == "INBOX":
        text = "INBOX"
    return re.compile("".join(wild.get(char) or re.escape(char) for char in text[:500]))


def status(state: State, arguments: Arguments) -> str:
    """STATUS."""
    if not state.quirks.status:
        raise No("STATUS is not available.")
    match arguments:
        case [bytes() as mailbox, tuple() as wanted]:
            box = state.mail().mailbox(name(mailbox))
        case _:
            raise Bad("a mailbox name and a list of items are expected")
    values = {
        "MESSAGES": len(box.mails),
        "RECENT": 0,
        "UIDNEXT": box.uidnext,
        "UIDVALIDITY": box.uidvalidity,
        "UNSEEN": sum("\\Seen" not in mail.flags for mail in box.mails),
    }
    try:
        found = " ".join(f"{word(item)} {values[word(item)]}" for item in wanted)
    except KeyError as error:
        raise Bad(f"no such item: {error}") from error
    state.out.append(b"* STATUS " + quoted(box.name.encode()) + b" (" + found.encode() + b")")
    return "Counted."


def namespace(state: State, _arguments: Arguments) -> str:
    """NAMESPACE (RFC 2342)."""
    own = quoted(state.quirks.prefix.encode()) + b" " + quoted(state.quirks.separator.encode())
    state.out.append(b"* NAMESPACE ((" + own + b")) NIL NIL")
    return "Done."


def append(state: State, arguments: Arguments) -> str:
    """APPEND: mailbox, flags and date if given, the mail."""
    account = state.mail()
    flags: frozenset[str] = frozenset()
    rest = list(arguments)
    if len(rest) < 2 or isinstance(rest[-1], Atom):
        raise Bad("a mailbox name and a literal are expected")
    box = _target(account.mailboxes, name(rest[0]))
    if len(rest) > 2 and isinstance(rest[1], tuple):
        flags = flag_names(rest.pop(1))
    when = date_time(rest[1]) if len(rest) > 2 else state.clock.now()
    raw = string(rest[-1])
    if not raw or len(raw) > state.quirks.append_limit:
        raise No("[TOOBIG] The mail is too large." if raw else "The mail is empty.")
    mail = account.append(box, raw, flags, when)
    state.tell_changes()
    return f"[APPENDUID {box.uidvalidity} {mail.uid}] Stored." if state.quirks.uidplus else "Stored."


def _target(mailboxes: dict[str, Mailbox], wanted: str) -> Mailbox:
    """A folder that mail is put into; the answer to a missing one says that it may be created (RFC 3501 s6.3.11)."""
    box = mailboxes.get("INBOX" if wanted.upper() == "INBOX" else wanted)
    if box is None or not box.selectable:
        raise No("[TRYCREATE] There is no such mailbox.")
    return box


def copies(state: State, arguments: Arguments) -> tuple[Token, Mailbox]:
    """The arguments of COPY and MOVE: a set and a folder."""
    if len(arguments) != 2:
        raise Bad("a set and a mailbox name are expected")
    return arguments[0], _target(state.mail().mailboxes, name(arguments[1]))


def flag_names(token: Token) -> frozenset[str]:
    """The flags of a list or a single one. Raises Bad for what is no atom."""
    names: Iterable[Token] = token if isinstance(token, tuple) else (token,)
    found = frozenset(string(each).decode("ascii", "replace") for each in names)
    if not all(re.fullmatch(r"\\?[^\x00-\x20(){%*\"\\\]\x7f]+", flag) for flag in found):
        raise Bad("not a flag")
    return found
