"""How near a mail is to what a question asks for, by its header fields alone: which of many are worth their text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder.reading.correspondence import is_mass
from responder.reading.firm import is_robot, is_shared

if TYPE_CHECKING:
    from responder.reading.history import Query
    from responder.reading.message import Me, Message


def nearness(message: Message, query: Query, me: Me) -> int:
    """More is nearer: the rejection's own thread, mail between the user and people asked for, their robots, the rest."""
    if is_mass(message):
        return -4
    ids = {(one or "").strip("<>") for one in (message.message_id, *message.in_reply_to, *message.references)}
    points = 8 * bool(ids & set(query.references))
    mine = any(one.address.lower() in me.addresses for one in message.from_)
    others = (*message.to, *message.cc) if mine else message.from_
    asked = [one for one in others if any(person in one.address.lower() for person in query.people)]
    points += 3 * bool(asked) + 3 * any(not is_shared(one.address) for one in asked) + 2 * mine
    points += 2 * any(word.casefold() in message.subject.casefold() for word in query.subjects)
    return points - 2 * (not mine and any(is_robot(one.address) for one in message.from_))
