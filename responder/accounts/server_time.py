"""What the clock of a mail server's host shows: the Date of its web server (RFC 9110 s6.6.1), since IMAP tells no time."""

from __future__ import annotations

import http.client
import ssl
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import timedelta

    from responder.clock import Clock

TIMEOUT: Final = 3.0  # seconds for each step; many hosts have no web server


def ahead(host: str, clock: Clock, context: ssl.SSLContext | None = None, port: int = 443) -> timedelta | None:
    """How far the host's clock is ahead of ours (negative: behind); None where it does not tell. Exact to a second or so."""
    connection = http.client.HTTPSConnection(
        host, port, timeout=TIMEOUT, context=context or ssl.create_default_context()
    )
    try:
        connection.request("HEAD", "/")
        told = parsedate_to_datetime(connection.getresponse().getheader("Date") or "")
        return told - clock.now()
    except (OSError, http.client.HTTPException, ValueError, TypeError):  # TypeError: a date without a zone
        return None
    finally:
        connection.close()
