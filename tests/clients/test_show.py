"""The help for trying a mail program by hand."""

from datetime import UTC, datetime

from clients import show

from responder.demo.server import Server
from responder.demo.store import Account


def test_it_shows_what_a_mail_program_has_done(capsys):
    raw = b"Message-ID: <d@mail.example>\r\nIn-Reply-To: <r@acme.example>\r\nX-Mutt-Fcc: =Sent\r\nSubject: Re: x\r\n\r\nhello\r\n"
    account = Account("demo")
    with Server({"ana": account}) as server:
        account.deliver("Drafts", raw, datetime(2026, 11, 25, tzinfo=UTC), ["\\Draft", "\\Flagged"])
        show.main(server.port)
    out = capsys.readouterr().out
    for line in (
        "UID 1  \\Draft \\Flagged",
        "In-Reply-To: <r@acme.example>",
        "References: None",
        "other fields: X-Mutt-Fcc",
        "text/plain",
    ):
        assert line in out
