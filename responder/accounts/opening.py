"""From an account of the configuration to an open mailbox, and to its submission server: secret or token, servers, folders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from responder import credentials, oauth, outgoing
from responder.accounts.providers import providers
from responder.clock import Clock
from responder.errors import LoginRefused, UserError
from responder.mailbox import ImapMailbox, Server, connect

if TYPE_CHECKING:
    from collections.abc import Callable

    from responder.config import Account
    from responder.wire import Secret

Outcome = TypeVar("Outcome")

_TOKENS: dict[tuple[str, str, str], oauth.Tokens] = {}  # access tokens live as long as the process


@dataclass(frozen=True, slots=True)
class _Kept:
    """The account's refresh token, where credentials.py keeps it."""

    account: Account

    def load(self) -> str:
        return credentials.refresh_token(self.account)

    def save(self, token: str) -> None:
        credentials.store_refresh_token(self.account, token)


def oauth_client(account: Account) -> oauth.Client:
    """The account's OAuth client; UserError where it has none."""
    given = account.secret.oauth
    if given is None:
        raise UserError(f"{account.name}: has no OAuth client; give one in [account.secret] oauth.")
    provider = providers().get(account.provider)
    return oauth.Client(
        account=account.name,
        client_id=given.client_id,
        token_endpoint=given.token_endpoint,
        scopes=given.scopes,
        client_secret=given.client_secret,
        authorization_endpoint=given.authorization_endpoint,
        device_authorization_endpoint=given.device_authorization_endpoint,
        extra=provider.oauth2.extra if provider and provider.oauth2 else {},
    )


def secret_of(account: Account, clock: Clock | None = None, refused: Secret | None = None) -> Secret:
    """Password or access token (not the `refused` one). UserError, or TryLater where a store or the provider is out of reach."""
    if account.secret.oauth is None:
        return credentials.secret_for(account)
    client = oauth_client(account)
    key = (account.name, client.client_id, client.token_endpoint)
    tokens = _TOKENS.setdefault(key, oauth.Tokens(client, _Kept(account)))
    return tokens.access((clock or Clock()).now(), refused)


def _logged_in(account: Account, clock: Clock | None, act: Callable[[Secret], Outcome]) -> Outcome:
    """Act with the secret; once more with a new token where the server does not take one that should still hold."""
    secret = secret_of(account, clock)
    try:
        return act(secret)
    except LoginRefused:
        if account.secret.oauth is None:
            raise
    return act(secret_of(account, clock, refused=secret))


def server_of(account: Account) -> Server:
    """Where the account's IMAP is."""
    imap = account.imap
    return Server(imap.host, imap.port, imap.security, imap.username, str(imap.ca_file) if imap.ca_file else None)


def open_mailbox(account: Account, clock: Clock | None = None, *, secret: Secret | None = None) -> ImapMailbox:
    """Fetch the secret (or take the one given), dial, log in. UserError, LoginRefused or TryLater."""
    folders = account.folders
    named = {"drafts": folders.drafts, "sent": folders.sent, "trash": folders.trash}
    configured = {role: name for role, name in named.items() if name}
    server = server_of(account)
    if secret is not None:
        return connect(server, secret, clock, configured)
    return _logged_in(account, clock, lambda found: connect(server, found, clock, configured))


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


def check_submission(account: Account) -> None:
    """Log in to the account's submission server, and no more; raises as outgoing.check() does."""
    _logged_in(account, None, lambda secret: outgoing.check(submission_of(account), secret))


def deliver(account: Account, sender: str, recipient: str, raw: bytes) -> None:
    """Hand one mail to the account's submission server, once; raises as outgoing.send() does.

    A login that is refused hands nothing over, so that it may be tried with a new token.
    """
    _logged_in(account, None, lambda secret: outgoing.send(submission_of(account), secret, sender, recipient, raw))
