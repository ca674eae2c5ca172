"""From an account of the configuration to an open mailbox, and to its submission server: secret, servers, folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder import outgoing
from responder.credentials import secret_for
from responder.errors import UserError
from responder.mailbox import ImapMailbox, Server, connect

if TYPE_CHECKING:
    from responder.clock import Clock
    from responder.config import Account
    from responder.wire import Secret


def server_of(account: Account) -> Server:
    """Where the account's IMAP is."""
    imap = account.imap
    return Server(imap.host, imap.port, imap.security, imap.username, str(imap.ca_file) if imap.ca_file else None)


def open_mailbox(account: Account, clock: Clock | None = None, *, secret: Secret | None = None) -> ImapMailbox:
    """Fetch the secret (or take the one given), dial, log in. UserError, LoginRefused or TryLater."""
    folders = account.folders
    named = {"drafts": folders.drafts, "sent": folders.sent, "trash": folders.trash}
    configured = {role: name for role, name in named.items() if name}
    return connect(server_of(account), secret or secret_for(account), clock, configured)


def submission_of(account: Account) -> outgoing.Server:
    """Where the account's mail is handed in; UserError where none is set up."""
    smtp = account.smtp
    if smtp is None:
        raise UserError(f"account {account.name}: no server for sending; fill in [account.smtp] in the config")
    return outgoing.Server(
        smtp.host,
        smtp.port,
        smtp.security,
        smtp.username or account.address,
        str(smtp.ca_file) if smtp.ca_file else None,
    )


def deliver(account: Account, sender: str, recipient: str, raw: bytes) -> None:
    """Hand one mail to the account's submission server, once; raises as outgoing.send() does."""
    outgoing.send(submission_of(account), secret_for(account), sender, recipient, raw)
