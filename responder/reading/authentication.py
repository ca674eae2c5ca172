"""What a trusted server found out about a mail's sender (RFC 8601). Nobody is trusted unless the user says so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from responder.reading.message import Message

_DMARC = re.compile(r"\bdmarc\s*=\s*([a-z]+)", re.IGNORECASE)


def dmarc(message: Message, trusted: tuple[str, ...]) -> str | None:
    """ "pass", "fail" ...: the topmost result of a trusted server; None without one, since the others can be forged (s7.1)."""
    names = {name.lower() for name in trusted}
    for value in message.header_all("authentication-results"):
        server = value.split(";")[0].split()
        if server and server[0].lower() in names:
            found = _DMARC.search(value)
            return found[1].lower() if found else None
    return None
