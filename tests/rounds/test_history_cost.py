"""What one rejection's history costs on a slow line: `make history` measures the same over 100,000 mails."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from big_mailbox import MOST_BYTES, MOST_ROUND_TRIPS, ask, fill
from recorder import Recorder
from servers.base import ServerMissingError
from servers.dovecot import Dovecot

from responder.reading.judge import Reached


def test_round_trips_and_bytes_in_a_big_mailbox(tmp_path):
    now = datetime.now(UTC)
    try:
        Dovecot.find()
    except ServerMissingError as missing:
        pytest.skip(str(missing))
    with Dovecot() as server, Recorder(("127.0.0.1", server.port), delay=0.1) as recorder:
        history = ask(server, fill(server, 3000, now), recorder, now, tmp_path)
    assert recorder.round_trips - 1 <= MOST_ROUND_TRIPS  # less LOGOUT
    assert recorder.sent + recorder.received <= MOST_BYTES
    assert history.reached is Reached.INTERVIEW
    assert history.recipient is not None
    assert history.recipient.address == "tamsin.vale@harrowkilns.example"
    assert history.impressed_by == "I was impressed that Harrow Kilns shows every cracked pot in its window."
