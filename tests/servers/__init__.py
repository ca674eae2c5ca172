"""Real mail servers as fixtures: private, on loopback, thrown away afterwards. `available()` says which are installed."""

from __future__ import annotations

from servers.base import MailServer, ServerMissingError
from servers.cyrus import Cyrus
from servers.dovecot import Dovecot
from servers.hoodiecrow import Hoodiecrow

KINDS: dict[str, type[MailServer]] = {"dovecot": Dovecot, "cyrus": Cyrus, "hoodiecrow": Hoodiecrow}

__all__ = ["KINDS", "Cyrus", "Dovecot", "Hoodiecrow", "MailServer", "ServerMissingError"]
