"""Mails without their attachments, in few commands: the small ones whole, of the others header, text and calendars.

Which commands, and what becomes of the answers; the FETCH itself is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from responder.mailbox import structure
from responder.mailbox.fetched import Fetched

TEXT_BATCH: Final = 50  # mails
WHOLE_LIMIT: Final = 32_768  # a mail up to this size is fetched as it is
BATCH_BYTES: Final = 4_000_000  # that one FETCH of parts may bring
HEADER_LIMIT: Final = structure.HEADER_LIMIT
STRUCTURE_LIMIT: Final = 600_000

Fetch = Callable[[Sequence[int], Sequence[str], int], dict[int, Fetched]]  # UIDs, items, bytes allowed for each mail


def fetch_texts(fetch: Fetch, uids: Sequence[int], sizes: dict[int, int]) -> dict[int, bytes]:
    """By UID; vanished ones are left out. `sizes` are those known; what is asked for is added."""
    if any(uid not in sizes for uid in uids):
        sizes |= {uid: mail.size for uid, mail in fetch(uids, ["RFC822.SIZE"], 1000).items()}
    present = [uid for uid in uids if uid in sizes]
    small = [uid for uid in present if 0 < sizes[uid] <= WHOLE_LIMIT]
    texts = _whole_mails(fetch, small)
    for (
        uid
    ) in small:  # hoodiecrow counts the partial length over all mails of a batch: nothing is left for the later ones
        if uid not in texts:
            texts |= _whole_mails(fetch, [uid])
    return texts | _by_parts(fetch, [uid for uid in present if uid not in small])


def _whole_mails(fetch: Fetch, uids: Sequence[int]) -> dict[int, bytes]:
    limit = 4 * WHOLE_LIMIT  # servers were seen to be wrong about sizes
    mails = fetch(uids, [whole(limit)], limit)
    return {uid: mail.section(b"") for uid, mail in mails.items() if mail.section(b"")}


def _by_parts(fetch: Fetch, uids: Sequence[int]) -> dict[int, bytes]:
    """Mails with the same parts to fetch share a command; what has no readable BODYSTRUCTURE comes raw, cut."""
    texts: dict[int, bytes] = {}
    trees: dict[int, structure.Leaf | structure.Branch] = {}
    plans: dict[tuple[str, ...], list[int]] = {}
    shapes = fetch(uids, ["BODYSTRUCTURE"], STRUCTURE_LIMIT)
    for uid in uids:
        mail = shapes.get(uid)
        tree = structure.read_structure(mail.items.get(b"BODYSTRUCTURE")) if mail else None
        if tree is None:
            raw = fetch([uid], [whole(structure.MAIL_LIMIT)], structure.MAIL_LIMIT).get(uid)
            texts |= {uid: raw.section(b"")} if raw else {}
        else:
            trees[uid] = tree
            plans.setdefault(tuple(leaf.section for leaf in structure.chosen(tree)), []).append(uid)
    for sections, group in plans.items():
        size = HEADER_LIMIT + len(sections) * (structure.PART_LIMIT + structure.MIME_LIMIT)
        for batch in chunks(group, max(1, BATCH_BYTES // size)):
            for uid, mail in fetch(batch, structure.items(sections), size).items():
                if not mail.section(b"HEADER"):  # hoodiecrow, as above
                    mail = fetch([uid], structure.items(sections), size).get(uid, mail)  # noqa: PLW2901
                texts[uid] = structure.put_together(trees[uid], sections, mail)
    return texts


def whole(limit: int) -> str:
    """The item for a whole mail, cut."""
    return f"BODY.PEEK[]<0.{limit}>"


def chunks(uids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """In pieces of at most `size`."""
    for start in range(0, len(uids), size):
        yield uids[start : start + size]
