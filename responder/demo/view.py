"""What one session knows: who is logged in, and the selected folder as this client has been told of it. Opens no socket."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from responder.demo.fetch import Item, answer
from responder.demo.parser import No, holds

if TYPE_CHECKING:
    from responder.clock import Clock
    from responder.demo.parser import Ranges
    from responder.demo.quirks import Quirks
    from responder.demo.store import Account, Mail, Mailbox


class View:
    """A selected folder with the sequence numbers that the client believes in; they change only when it is told (sync)."""

    def __init__(self, box: Mailbox, *, readonly: bool) -> None:
        self.box = box
        self.readonly = readonly
        self.mails: list[Mail] = list(box.mails)
        self._told = box.modseq
        self._flags_told = box.modseq

    @property
    def largest_uid(self) -> int:
        """The last UID in the view, 0 if it is empty."""
        return self.mails[-1].uid if self.mails else 0

    def sync(self) -> list[bytes]:
        """What has happened since the client was last told: EXPUNGE, EXISTS, FETCH FLAGS (RFC 3501 s5.2)."""
        if self.box.modseq == self._told:
            return []
        lines = []
        present = {(mail.uid, id(mail.content)) for mail in self.box.mails}
        for index in reversed(range(len(self.mails))):
            if (self.mails[index].uid, id(self.mails[index].content)) not in present:
                lines.append(b"* %d EXPUNGE" % (index + 1))
                del self.mails[index]
        if len(self.box.mails) > len(self.mails):
            lines.append(b"* %d EXISTS" % len(self.box.mails))
        known = len(self.mails)
        self.mails = list(self.box.mails)
        for seq, mail in enumerate(self.mails[:known], 1):
            if mail.content.modseq > self._flags_told:
                lines.append(answer(seq, mail, (Item("UID"), Item("FLAGS"))))
        self._told = self._flags_told = self.box.modseq
        return lines

    def pick(self, wanted: Ranges, *, by_uid: bool, last_answers: bool) -> list[tuple[int, Mail]]:
        """The mails that a sequence set names, with their sequence numbers."""
        largest = self.largest_uid if by_uid else len(self.mails)
        return [
            (seq, mail)
            for seq, mail in enumerate(self.mails, 1)
            if holds(wanted, mail.uid if by_uid else seq, largest, last_answers=last_answers)
        ]


@dataclass
class State:
    """One session, as the commands see it: they read and change it, and put untagged lines into `out`."""

    quirks: Quirks
    clock: Clock
    account: Account | None = None
    user: str = ""
    view: View | None = None
    out: list[bytes] = field(default_factory=list)

    def mail(self) -> Account:
        """The account. Raises No before LOGIN."""
        if self.account is None:
            raise No("Log in first.")
        return self.account

    def selected(self, *, writable: bool = False) -> View:
        """The selected folder. Raises No where there is none, or it is read-only and that matters."""
        if self.view is None:
            raise No("Select a mailbox first.")
        if writable and self.view.readonly:
            raise No("[READ-ONLY] The mailbox was opened by EXAMINE.")
        return self.view

    def tell_changes(self) -> None:
        """Puts what has happened in the selected folder into `out`."""
        if self.view is not None:
            self.out += self.view.sync()
