import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP

import pytest

from responder.demo.correspondence import fill, mails
from responder.demo.quirks import EXCHANGE, ICLOUD, Quirks
from responder.demo.store import Account

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def test_the_made_up_mailbox_is_a_whole() -> None:
    found = mails(NOW)
    assert 18 <= len(found) <= 25
    assert len({mail.message_id for mail in found}) == len(found)
    assert all(mail.arrived < NOW for mail in found)
    known = {mail.message_id for mail in found}
    for mail in found:
        message = message_from_bytes(mail.raw, policy=SMTP)
        references = f"{message['In-Reply-To'] or ''} {message['References'] or ''}".split()
        assert set(references) <= known
        assert message["Date"].datetime == mail.arrived


def test_everything_in_it_is_invented() -> None:
    for mail in mails(NOW):
        assert set(re.findall(rb"@[\w.-]+\.(\w+)", mail.raw)) <= {b"example"}
        assert b"{" not in mail.raw


def test_dates_follow_the_clock() -> None:
    texts = b"\n".join(mail.raw for mail in mails(NOW))
    assert b"15 November 2026 at 11:00" in texts
    assert b"DTSTART:20261115T110000Z" in texts
    assert b"13. November 2026" in texts


@pytest.mark.parametrize("quirks", [Quirks(), EXCHANGE, ICLOUD])
def test_it_fills_a_mailbox(quirks: Quirks) -> None:
    account = Account()
    account.prepare(quirks)
    fill(account, NOW)
    assert sum(len(box.mails) for box in account.mailboxes.values()) == len(mails(NOW))
    assert all("\\Seen" not in mail.flags for mail in account.messages("INBOX"))
