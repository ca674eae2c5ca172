"""The commands on the selected folder (RFC 3501 s6.4, RFC 4315, RFC 6851): each takes the session's state, and returns the text of OK."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder.demo.fetch import Item, answer, items
from responder.demo.folders import Arguments, copies, flag_names
from responder.demo.parser import Bad, Token, ranges, word
from responder.demo.search import Scope, criteria

if TYPE_CHECKING:
    from responder.demo.store import Mail, Mailbox
    from responder.demo.view import State, View


def _pick(state: State, token: Token, *, by_uid: bool) -> list[tuple[int, Mail]]:
    view = state.selected()
    picked = view.pick(ranges(token), by_uid=by_uid, last_answers=state.quirks.last_answers_beyond)
    present = set(view.box.mails)  # another session may have removed some that this client still counts
    return [(seq, mail) for seq, mail in picked if mail in present]


def check(state: State, _arguments: Arguments) -> str:
    """CHECK and NOOP: the moment to tell what has happened."""
    state.tell_changes()
    return "Done."


def search(state: State, arguments: Arguments, *, by_uid: bool) -> str:
    """SEARCH, over what the client has been told of."""
    view = state.selected()
    test = criteria(arguments, Scope(view.largest_uid, len(view.mails), state.quirks))
    found = [mail.uid if by_uid else seq for seq, mail in enumerate(view.mails, 1) if test(seq, mail)]
    state.out.append(b" ".join([b"* SEARCH", *(b"%d" % number for number in found)]))
    return "Searched."


def fetch(state: State, arguments: Arguments, *, by_uid: bool) -> str:
    """FETCH; a body that is not peeked at sets \\Seen."""
    if len(arguments) != 2:
        raise Bad("a set and a list of items are expected")
    view = state.selected()
    wanted = items(arguments[1], quotes_fields=state.quirks.quotes_fields)
    if by_uid and all(item.name != "UID" for item in wanted):
        wanted = (Item("UID"), *wanted)
    sees = any(not item.peek for item in wanted) and not view.readonly
    for seq, mail in _pick(state, arguments[0], by_uid=by_uid):
        asked = wanted
        if sees and "\\Seen" not in mail.flags:
            state.mail().flag(mail, mail.flags | {"\\Seen"})
            asked = wanted if any(item.name == "FLAGS" for item in wanted) else (*wanted, Item("FLAGS"))
        state.out.append(answer(seq, mail, asked))
    return "Fetched."


def store(state: State, arguments: Arguments, *, by_uid: bool) -> str:
    """STORE; keywords that the server does not keep are lost without an error, as seen."""
    if len(arguments) < 3:
        raise Bad("a set, what to do and flags are expected")
    state.selected(writable=True)
    account, how = state.mail(), word(arguments[1])
    flags = account.allowed(flag for argument in arguments[2:] for flag in flag_names(argument))
    silent = how.endswith(".SILENT")
    how = how.removesuffix(".SILENT")
    if how not in ("FLAGS", "+FLAGS", "-FLAGS"):
        raise Bad("FLAGS, +FLAGS or -FLAGS is expected")
    for seq, mail in _pick(state, arguments[0], by_uid=by_uid):
        match how:
            case "FLAGS":
                account.flag(mail, flags)
            case "+FLAGS":
                account.flag(mail, mail.flags | flags)
            case "-FLAGS":
                account.flag(mail, mail.flags - flags)
        if not silent:
            state.out.append(answer(seq, mail, (Item("UID"), Item("FLAGS")) if by_uid else (Item("FLAGS"),)))
    return "Stored."


def copy(state: State, arguments: Arguments, *, by_uid: bool) -> str:
    """COPY, answered with COPYUID where the server has UIDPLUS."""
    wanted, target = copies(state, arguments)
    mails = [mail for _, mail in _pick(state, wanted, by_uid=by_uid)]
    copied = state.mail().copy(mails, target)
    state.tell_changes()
    return (_copyuid(state, target, mails, copied) + " Copied.").strip()


def move(state: State, arguments: Arguments, *, by_uid: bool) -> str:
    """MOVE (RFC 6851): the copies are told of before the originals go."""
    view = state.selected(writable=True)
    wanted, target = copies(state, arguments)
    mails = [mail for _, mail in _pick(state, wanted, by_uid=by_uid)]
    copied = state.mail().copy(mails, target)
    code = _copyuid(state, target, mails, copied)
    if code:
        state.out.append(b"* OK " + code.encode() + b" Moved.")
    state.mail().remove(view.box, {mail.uid for mail in mails} if view.box is not target else set())
    state.tell_changes()
    return "Moved."


def _copyuid(state: State, target: Mailbox, mails: list[Mail], copied: list[Mail]) -> str:
    if not mails or not state.quirks.uidplus:
        return ""
    old, new = (",".join(str(mail.uid) for mail in each) for each in (mails, copied))
    return f"[COPYUID {target.uidvalidity} {old} {new}]"


def expunge(state: State, arguments: Arguments, *, by_uid: bool) -> str:
    """EXPUNGE, and UID EXPUNGE (RFC 4315), which takes only the named ones."""
    view = state.selected(writable=True)
    if by_uid and len(arguments) != 1:
        raise Bad("a set of UIDs is expected")
    named = {mail.uid for _, mail in _pick(state, arguments[0], by_uid=True)} if by_uid else None
    _expunge(state, view, named)
    state.tell_changes()
    return "Expunged."


def _expunge(state: State, view: View, named: set[int] | None) -> None:
    deleted = {mail.uid for mail in view.box.mails if "\\Deleted" in mail.flags}
    state.mail().remove(view.box, deleted if named is None else deleted & named)


def close(state: State, _arguments: Arguments, *, expunges: bool) -> str:
    """CLOSE, and UNSELECT (RFC 3691), which removes nothing."""
    view = state.selected()
    if expunges and not view.readonly:
        _expunge(state, view, None)
    state.view = None
    return "Closed."
