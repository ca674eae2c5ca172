"""Mail programs as values: what each was seen to do to a draft that another program had put into Drafts.

Seen on Dovecot 2.3 in November 2026: Thunderbird 153 ESR, Roundcube 1.6.5, NeoMutt 20220429, Mutt 2.2.12, aerc 0.14.0,
Alpine 2.26, Claws Mail 4.1.1, Evolution 3.46.4. From documentation and source alone: Gmail, Apple Mail on iOS, K-9 Mail,
FairEmail. A new one is a value here (and in CLIENTS): `desk.Desk` plays it, and every scenario takes it along.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.charset import QP, Charset
from enum import Enum, auto
from html import escape

Form = Callable[[str], bytes]  # the text of a letter -> its Content-* fields, an empty line, and its body


class Old(Enum):
    """What becomes of the copy that was edited or sent."""

    EXPUNGED = auto()  # at once, when the new one has been stored
    GONE = auto()  # it went when the composer opened
    TRASHED = auto()  # moved to Trash
    STAYS = auto()  # without \\Deleted, until the program is left or the user answers a question


class Delete(Enum):
    """What the delete key does."""

    TRASHED = auto()
    EXPUNGED = auto()
    MARKED = auto()  # \\Deleted at once, expunged when the program is left
    LATE = auto()  # nothing on the server until the program is left, then Trash


class Star(Enum):
    """When \\Flagged reaches the server."""

    NOW = auto()
    LATE = auto()  # when the program is left
    NEVER = auto()  # the command was refused


def _qp(text: str) -> str:
    charset = Charset("utf-8")
    charset.body_encoding = QP
    return charset.body_encode(text.encode()).replace("\n", "\r\n")


def _crlf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def _plain(text: str, parameters: str = "; charset=UTF-8", *, encoding: str = "8bit") -> bytes:
    body = _qp(text) if encoding == "quoted-printable" else _crlf(text)
    return f"Content-Type: text/plain{parameters}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}".encode()


def _wrapped(text: str, end: str = "\n") -> str:
    return "\n".join(end.join(textwrap.wrap(line, 71)) for line in text.split("\n"))


def _html(text: str) -> str:
    paragraphs = "".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n"))
    return f"<html><head></head><body>{paragraphs}</body></html>\n".replace("\n<", "<br>\n<")


def flowed(text: str) -> bytes:
    return _plain(_wrapped(text, " \n"), "; charset=UTF-8; format=flowed")


def as_typed(text: str) -> bytes:
    return _plain(text, '; charset="utf-8"')


def quoted_printable(text: str) -> bytes:
    return _plain(text, encoding="quoted-printable")


def wrapped_anew(text: str) -> bytes:
    return _plain(_wrapped(text), encoding="quoted-printable")


def _parts(kind: str, *parts: bytes) -> bytes:
    boundary = "=-0/lXnGO3KkMrkZFCILBa"
    joined = b"".join(f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts)
    return f'Content-Type: {kind}; boundary="{boundary}"\r\n\r\n'.encode() + joined + f"--{boundary}--\r\n".encode()


def _html_part(text: str) -> bytes:
    head = b'Content-Type: text/html; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    return head + _qp(_html(text)).encode()


def one_part_mixed(text: str) -> bytes:
    return _parts("multipart/mixed", quoted_printable(text))


def alternative(text: str) -> bytes:
    return _parts("multipart/alternative", wrapped_anew(text), _html_part(text))


def empty_plain_and_html(text: str) -> bytes:
    return _parts("multipart/alternative", _plain("\n"), _html_part(text))


html_only: Form = _html_part


@dataclass(frozen=True)
class Client:
    """One mail program; the defaults are what most of them do."""

    name: str
    old: Old = Old.EXPUNGED
    after_sending: Old | None = None  # None: as `old`
    new_draft_id: bool = False  # another Message-ID at every save
    new_sent_id: bool = False  # the mail sent has another Message-ID than the draft
    loses: tuple[str, ...] = ()  # fields that a saved draft no longer has
    flags: tuple[str, ...] = ("\\Seen", "\\Draft")  # of a saved draft
    copies_flags: bool = False  # \\Flagged too
    form: Form = flowed
    in_front: bytes = b""  # lines before the first real field of a draft
    adds: bytes = b""
    sent_in_front: bytes = b""
    copy_in_sent: bool = True
    drops_empty_folder: bool = False  # an empty Drafts folder is deleted with its last mail
    delete: Delete = Delete.TRASHED
    star: Star = Star.NOW
    gmail: bool = False  # played on a server whose folders are labels

    @property
    def leaves(self) -> Old:
        """What becomes of the draft when it is sent."""
        return self.after_sending or self.old


THUNDERBIRD = Client(
    "Thunderbird",
    new_draft_id=True,
    new_sent_id=True,
    flags=("\\Draft",),
    adds=b"User-Agent: Mozilla Thunderbird\r\nContent-Language: en-US\r\nX-Identity-Key: id1\r\n"
    b"X-Mozilla-Draft-Info: internal/draft; vcard=0; receipt=0; DSN=0; uuencode=0;\r\n attachmentreminder=0; deliveryformat=0\r\n"
    b"Fcc: imap://ana%40mail.example@127.0.0.1/Sent\r\n",
)
THUNDERBIRD_HTML = replace(THUNDERBIRD, name="Thunderbird, HTML composer", form=html_only)
ROUNDCUBE = Client("Roundcube", flags=("\\Seen",), adds=b"X-Sender: ana@mail.example\r\n")
NEOMUTT = Client(
    "NeoMutt",
    old=Old.STAYS,
    flags=("\\Draft",),
    adds=b"Content-Disposition: inline\r\nX-Mutt-Fcc: +Sent\r\n",
    delete=Delete.LATE,
    star=Star.LATE,
)
NEOMUTT_FROM_INBOX = replace(NEOMUTT, name="NeoMutt, recalled from INBOX", old=Old.GONE)
MUTT = replace(NEOMUTT_FROM_INBOX, name="Mutt", adds=b"Content-Disposition: inline\r\nX-Mutt-Fcc: =Sent\r\n")
AERC = Client(
    "aerc",
    old=Old.STAYS,
    after_sending=Old.EXPUNGED,
    flags=("\\Seen",),
    form=quoted_printable,
    delete=Delete.EXPUNGED,
    star=Star.NEVER,
)
ALPINE = Client(
    "Alpine",
    old=Old.GONE,
    new_draft_id=True,
    flags=(),
    form=one_part_mixed,
    in_front=b"Newsgroups: \r\n",
    adds=b"Fcc: \r\nX-Cursor-Pos: : 214\r\nX-Our-Headers: From\r\n",
    copy_in_sent=False,
    drops_empty_folder=True,
    delete=Delete.MARKED,
)
CLAWS = Client(
    "Claws Mail",
    loses=("In-Reply-To",),
    flags=("NonJunk",),
    form=wrapped_anew,
    in_front=b"X-Claws-Account-Id:1\r\nS:ana@mail.example\r\nSCF:#imap/ana@mail.example@127.0.0.1:14143/Sent\r\nX-Claws-Sign:0\r\n"
    b"X-Claws-Privacy-System:\r\nX-Claws-Auto-Wrapping:1\r\nX-Claws-Manual-Headers:\r\nX-Claws-End-Special-Headers: 1\r\n",
    sent_in_front=b"AF:\r\nNF:0\r\nPS:10\r\nSRH:1\r\nSFN:\r\nDSR:\r\nMID:<x@mail.example>\r\nCFG:\r\nPT:0\r\nS:ana@mail.example\r\n"
    b"RQ:\r\nSSV:127.0.0.1\r\nR:<jane@acme.example>\r\nX-Claws-End-Special-Headers: 1\r\n",
)
EVOLUTION = Client(
    "Evolution",
    old=Old.TRASHED,
    new_draft_id=True,
    new_sent_id=True,
    form=alternative,
    adds=b"X-Evolution-Identity: id1\r\nX-Evolution-Fcc: folder://acc1/Sent\r\nX-Evolution-Transport: tr1\r\n"
    b"X-Evolution-Draft-Folder: folder://acc1/Drafts\r\nX-Evolution-Draft-Message: 1\r\nX-Evolution-Format: text/html\r\n"
    b"X-Evolution-Composer-Mode: text/plain\r\n",
)
# From documentation and source; what is not told there is played the hard way: another Message-ID, private fields.
GMAIL = Client("Gmail", new_draft_id=True, new_sent_id=True, form=alternative, delete=Delete.EXPUNGED, gmail=True)
ROUNDCUBE_AT_GMAIL = replace(ROUNDCUBE, name="Roundcube at Gmail", gmail=True)
IOS = Client(
    "Mail on iOS",
    new_draft_id=True,
    new_sent_id=True,
    form=empty_plain_and_html,
    adds=b"X-Uniform-Type-Identifier: com.apple.mail-draft\r\nX-Apple-Base-Url: x-msg://1/\r\n",
)
K9 = Client(
    "K-9 Mail",
    new_draft_id=True,
    new_sent_id=True,
    form=as_typed,
    adds=b"X-K9mail-Identity: !l=283&o=0&qs=PREFIX&f=HTML&s=y&p=0&q=NONE\r\n",
)
FAIREMAIL = Client(
    "FairEmail",
    new_draft_id=True,
    new_sent_id=True,
    form=alternative,
    copies_flags=True,
    adds=b"X-FairEmail-ID: 7\r\n",
)

CLIENTS = (
    *(THUNDERBIRD, THUNDERBIRD_HTML, ROUNDCUBE, NEOMUTT, NEOMUTT_FROM_INBOX, MUTT, AERC, ALPINE, CLAWS, EVOLUTION),
    *(GMAIL, ROUNDCUBE_AT_GMAIL, IOS, K9, FAIREMAIL),
)
