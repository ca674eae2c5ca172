"""What a played mail server can and cannot do, as values: one preset for each kind of server met in the field. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Folder:
    """A mailbox that exists from the start; `use` is its RFC 6154 attribute (`\\Drafts`) or empty."""

    name: str
    use: str = ""


STANDARD: Final = (
    Folder("INBOX"),
    Folder("Drafts", "\\Drafts"),
    Folder("Sent", "\\Sent"),
    Folder("Archive", "\\Archive"),
    Folder("Trash", "\\Trash"),
    Folder("Junk", "\\Junk"),
)


@dataclass(frozen=True, slots=True)
class Quirks:
    """Capabilities and peculiarities of the server; the defaults are a modern, well-behaved one."""

    folders: tuple[Folder, ...] = STANDARD
    separator: str = "/"
    prefix: str = ""  # personal namespace, e.g. "INBOX.": nothing can be created outside it
    # extensions
    idle: bool = True
    idle_pushes: bool = True  # False: IDLE is accepted and nothing is ever said in it (seen: Courier)
    move: bool = True
    uidplus: bool = True
    unselect: bool = True
    namespace: bool = True
    literal_plus: bool = True
    starttls: bool = True  # only where the server has a certificate; False plays a stripped or old server
    login_needs_tls: bool = False  # LOGINDISABLED until STARTTLS
    xoauth2: bool = True  # only where the server was given a token check
    refusal: str = ""  # what every login is refused with (no app password, IMAP switched off ...)
    # folders and flags
    special_use: bool = True  # the capability is advertised
    special_use_in_list: bool = (
        True  # attributes in plain LIST; False: only with RETURN (SPECIAL-USE) (seen: old Cyrus)
    )
    lower_case_uses: bool = False  # `\drafts` (seen: Cyrus)
    keywords: bool = True  # False: no \* in PERMANENTFLAGS, STORE of a keyword is lost without an error
    keyword_search: bool = True  # False: SEARCH KEYWORD is BAD (seen: Exchange)
    all_mail: str = ""  # name of the folder that holds every mail: folders are then labels (Gmail)
    # what APPEND does to a mail
    rewrites_message_id: bool = False
    drops_in_reply_to: bool = False
    collapses_references: bool = False  # References become one internal id (read of Proton Bridge)
    append_limit: int = 35_651_584  # octets; Gmail's APPENDLIMIT
    # commands
    search_not: bool = True
    status: bool = True
    last_answers_beyond: bool = True  # UID FETCH n:* beyond the end returns the last mail (RFC 3501); False: Courier
    quotes_fields: bool = False  # BODY[HEADER.FIELDS ("FROM")] in the answer (seen: Courier)
    # time and load
    session_seconds: float | None = None  # BYE after so long (an OAuth session that ends with its token)
    delay: float = 0.0  # seconds before each answer
    max_connections: int = 0  # 0 = any number; more are refused at LOGIN


GMAIL: Final = Quirks(
    folders=(
        Folder("INBOX"),
        Folder("[Gmail]", "\\Noselect"),
        Folder("[Gmail]/All Mail", "\\All"),
        Folder("[Gmail]/Drafts", "\\Drafts"),
        Folder("[Gmail]/Important", "\\Important"),
        Folder("[Gmail]/Sent Mail", "\\Sent"),
        Folder("[Gmail]/Spam", "\\Junk"),
        Folder("[Gmail]/Starred", "\\Flagged"),
        Folder("[Gmail]/Trash", "\\Trash"),
    ),
    all_mail="[Gmail]/All Mail",
    max_connections=15,
)

EXCHANGE: Final = Quirks(
    folders=(
        Folder("INBOX"),
        Folder("Archiv", "\\Archive"),
        Folder("Entwürfe", "\\Drafts"),
        Folder("Gelöschte Elemente", "\\Trash"),
        Folder("Gesendete Elemente", "\\Sent"),
        Folder("Junk-E-Mail", "\\Junk"),
    ),
    special_use=False,
    special_use_in_list=False,
    keywords=False,
    keyword_search=False,
    max_connections=20,
)

YAHOO: Final = Quirks(
    folders=(
        Folder("INBOX"),
        Folder("Archive", "\\Archive"),
        Folder("Bulk", "\\Junk"),
        Folder("Draft", "\\Drafts"),
        Folder("Sent", "\\Sent"),
        Folder("Trash", "\\Trash"),
    ),
    idle=False,
    keywords=False,
    search_not=False,
)

ICLOUD: Final = Quirks(
    folders=(
        Folder("INBOX"),
        Folder("Archive", "\\Archive"),
        Folder("Deleted Messages", "\\Trash"),
        Folder("Drafts", "\\Drafts"),
        Folder("Junk", "\\Junk"),
        Folder("Sent Messages", "\\Sent"),
    ),
    move=False,
)

PROTON: Final = Quirks(
    folders=(
        Folder("INBOX"),
        Folder("All Mail", "\\All"),
        Folder("Archive", "\\Archive"),
        Folder("Drafts", "\\Drafts"),
        Folder("Sent", "\\Sent"),
        Folder("Spam", "\\Junk"),
        Folder("Starred", "\\Flagged"),
        Folder("Trash", "\\Trash"),
    ),
    keywords=False,
    all_mail="All Mail",
    drops_in_reply_to=True,
    collapses_references=True,
)

ZOHO: Final = Quirks(special_use=False)  # attributes in plain LIST all the same

COURIER: Final = Quirks(
    folders=(
        Folder("INBOX"),
        Folder("INBOX.Archive"),
        Folder("INBOX.Drafts"),
        Folder("INBOX.Sent"),
        Folder("INBOX.Trash"),
    ),
    separator=".",
    prefix="INBOX.",
    idle_pushes=False,
    move=False,
    unselect=False,
    literal_plus=False,
    special_use=False,
    last_answers_beyond=False,
    quotes_fields=True,
)

CYRUS: Final = Quirks(lower_case_uses=True)

PRESETS: Final = {
    "gmail": GMAIL,
    "exchange": EXCHANGE,
    "yahoo": YAHOO,
    "icloud": ICLOUD,
    "proton": PROTON,
    "zoho": ZOHO,
    "courier": COURIER,
    "cyrus": CYRUS,
}
