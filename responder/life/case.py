"""What is known of one rejection while it lives, and what the mailbox shows of its draft. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from responder.life.states import State


class Chore(StrEnum):
    """Work that a change of state leaves behind; looked for before it is tried again."""

    DISCARD = "discard"  # the untouched draft goes to Trash
    SENT_COPY = "sent-copy"  # after sending: the copy in Sent, unless the provider makes one, and the draft goes


@dataclass(frozen=True, slots=True)
class Case:
    """One rejection. Times are aware UTC; `received` is the arrival at the server."""

    id: str  # what the user types: four characters or more
    account: str
    key: str  # normalised Message-ID, or sha256:...
    message_id: str | None
    received: datetime
    found_at: datetime
    state: State
    why: str  # the last reason, a sentence
    changed: datetime  # when the state was last written
    folder: str = ""
    uidvalidity: int = 0
    uid: int = 0
    thread_root: str = ""  # which application: first id of References, else company and role
    company: str | None = None
    role: str | None = None
    stage: str | None = None
    language: str | None = None
    signer: str | None = None
    recipient: str | None = None  # address
    recipient_name: str | None = None
    recipient_source: str | None = None
    facts: str = "{}"  # the dossier as `inspect --json` prints it
    body_hash: str = ""  # of the rejection: the same Message-ID with another body is another case
    raw: bytes | None = None  # the rejection without attachments, until the case has ended
    answered: bool = False  # the rejection was marked \\Answered when it was first seen
    forced: bool = False  # the user asked for a draft all the same
    due: datetime | None = None
    ready_at: datetime | None = None
    draft_message_id: str | None = None
    draft: bytes | None = None  # the letter's bytes as they are filed
    revision: int = 0  # counts letters written anew: a new revision has a new Message-ID (RFC 5322 s3.6.4)
    filed_at: datetime | None = None
    draft_folder: str | None = None
    draft_uidvalidity: int | None = None
    draft_uid: int | None = None
    draft_hash: str | None = None  # SHA-256 of the bytes as fetched back after filing
    keyed: bool = True  # a Message-ID, In-Reply-To or References of ours survived the filing
    parent_id: str | None = None  # In-Reply-To of the draft where it is not the rejection (another person's thread)
    missing_since: datetime | None = None
    looks: int = 0  # looks at a good Drafts folder since it went missing
    looked_at: datetime | None = None  # the last of them that counted
    tries: int = 0
    next_try: datetime | None = None
    told: bool = False  # the present state stands in a note, or needs none
    chore: Chore | None = None
    seen_hash: str | None = None  # of the draft's text, as last seen
    seen_since: datetime | None = None  # first look that saw it
    star_seen: datetime | None = None  # first look that saw this text starred, having seen it unstarred before
    star_fresh: bool = False  # this text was seen without a star before it was seen with one
    sent_at: datetime | None = None
    sent_message_id: str | None = None
    approved_by_user: bool = False  # `release` or a star: a person read it


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message in Drafts that matches a case."""

    uidvalidity: int
    uid: int
    message_id: str | None
    flagged: bool
    scheduled: bool  # carries another scheduler's mark (X-Send-Later-At)
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    text_hash: str | None = None  # SHA-256 of the text with white space folded; None if the body was not fetched
    attachments: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """What one look at Drafts and Sent shows of one case."""

    at: datetime
    drafts_sound: bool  # the folder could be selected, its UIDVALIDITY is the one of the last look, no mass vanishing
    candidates: tuple[Candidate, ...] = ()
    in_sent: str | None = None  # Message-ID of a match in Sent ("" where it has none)
    ours_in_sent: bool = False  # that match is the letter which the program handed over, as far as can be told
    trouble: str = ""  # why drafts_sound is False, a sentence
    vanished: bool = False  # three or more known drafts were gone at once
