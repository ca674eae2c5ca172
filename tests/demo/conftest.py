"""A built-in server for a test, and clients to it."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import trustme
from imapclient import IMAPClient

from responder.demo.quirks import Quirks
from responder.demo.server import Server
from responder.demo.store import Account


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def server_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def play(server_context: ssl.SSLContext) -> Iterator[Callable[..., Server]]:
    """Starts a server with these quirks; it ends with the test."""
    with ExitStack() as stack:

        def start(quirks: Quirks | None = None, **more: object) -> Server:
            users = {"ana": Account("secret")}
            return stack.enter_context(Server(users, quirks, ssl_context=server_context, **more))

        yield start


@pytest.fixture
def connect() -> Iterator[Callable[[Server], IMAPClient]]:
    """Logs a client in over plain loopback."""
    with ExitStack() as stack:

        def log_in(server: Server) -> IMAPClient:
            client = IMAPClient(server.host, port=server.port, ssl=False, timeout=5)
            stack.callback(client.shutdown)
            client.login("ana", "secret")
            return client

        yield log_in
