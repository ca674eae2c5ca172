"""From an account of the configuration to an open mailbox: its secret, its server, its folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder.credentials import secret_for
from responder.mailbox import ImapMailbox, Server, connect

if TYPE_CHECKING:
    from responder.clock import Clock
    from responder.config import Account


def server_of(account: Account) -> Server:
    """Where the account's IMAP is."""
    imap = account.imap
    return Server(imap.host, imap.port, imap.security, imap.username, str(imap.ca_file) if imap.ca_file else None)


def open_mailbox(account: Account, clock: Clock | None = None) -> ImapMailbox:
    """Fetch the secret, dial, log in. UserError, LoginRefused or TryLater."""
    folders = account.folders
    named = {"drafts": folders.drafts, "sent": folders.sent, "trash": folders.trash}
    return connect(server_of(account), secret_for(account), clock, {role: name for role, name in named.items() if name})
