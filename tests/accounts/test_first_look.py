"""The first look: which recent rejections a letter could go to, with nothing written; and what is left alone stays so."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

import pytest

from responder import config, daemon
from responder.accounts import first_look, opening, trial
from responder.clock import Clock
from responder.demo.quirks import GMAIL, Quirks
from responder.demo.server import Server
from responder.demo.store import Account
from responder.store import AlreadyRunning, only_instance

ADDRESS = "ana@d.example"
DECIDED = "Unfortunately, we have decided to move forward with another candidate for the Data Engineer position."
MET = f"Dear Ana,\n\nit was a pleasure to meet you in the interview on Monday. {DECIDED}\n\nKind regards,\nJane Doe\nSenior Recruiter\n"
PAPER = f"Dear Ana,\n\nthank you for your application. {DECIDED}\n\nKind regards,\nTom Vogel\nRecruiter\n"
OTHER = "Dear Ana,\n\nshall we meet for lunch on Friday?\n\nLi\n"


def mail(text: str, sender: str, days: float) -> tuple[bytes, datetime]:
    when = datetime.now(UTC) - timedelta(days=days)
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, ADDRESS, "Your application"
    message["Date"], message["Message-ID"] = format_datetime(when), f"<{days}@{sender.rpartition('@')[2].rstrip('>')}>"
    message.set_content(text)
    return message.as_bytes(), when


@pytest.fixture
def loaded(tmp_path, monkeypatch):
    monkeypatch.setenv("ANAS_PASSWORD", "secret")

    def make(port):
        server = {"host": "127.0.0.1", "port": port, "security": "none", "username": "ana"}
        one = {"name": "home", "address": ADDRESS, "imap": server, "secret": {"env": "ANAS_PASSWORD"}}
        return config.Config.model_validate(
            {"state_dir": str(tmp_path / "state"), "me": {"name": "Ana Souza"}, "account": [one]}
        )

    return make


@pytest.mark.parametrize("quirks", [Quirks(), GMAIL], ids=["standard", "gmail"])
def test_what_is_found_and_that_nothing_is_written(loaded, quirks):
    there = Account("secret")
    with Server({"ana": there}, quirks) as server:
        for text, sender, days in (
            (MET, "Jane Doe <jane@acme.example>", 1),
            (PAPER, "Tom Vogel <tom@borealis.example>", 2),
            (PAPER, "Jobs <no-reply@cobalt.example>", 2.5),
            (MET, "Ada May <ada@delta.example>", 12),
            (OTHER, "Li Wei <li@friends.example>", 1),
        ):
            raw, when = mail(text, sender, days)
            there.deliver("INBOX", raw, when)
        whole = loaded(server.port)
        [account] = whole.accounts
        mailbox = opening.open_mailbox(account)
        found = first_look.look(whole, account, mailbox, Clock())
        mailbox.close()
        assert {(one.who, one.met) for one in found if one.met} == {("Jane Doe", True)}
        assert "Ada May" not in {one.who for one in found}
        assert not {"APPEND", "STORE", "UID STORE", "COPY", "UID COPY", "MOVE", "UID MOVE", "CREATE", "SELECT"} & set(
            server.commands
        )

        jane = [one for one in found if one.met]
        first_look.leave_alone(whole, account, [one for one in found if one not in jane], Clock())
        assert daemon.run_once(daemon.Setting(whole, whole.state_dir, opening.open_mailbox)) == 0
        drafts = there.messages(next(folder.name for folder in quirks.folders if folder.use == "\\Drafts"))
        assert [draft.header("To") for draft in drafts] == ["Jane Doe <jane@acme.example>"]


def test_with_the_daemon_running_there_is_nothing_to_look_for(loaded, tmp_path):
    with Server({"ana": Account("secret")}) as server:
        whole = loaded(server.port)
        mailbox = opening.open_mailbox(whole.accounts[0])
        with only_instance(whole.state_dir), pytest.raises(AlreadyRunning):
            first_look.look(whole, whole.accounts[0], mailbox, Clock())
        mailbox.close()


def test_a_trial_comes_and_goes(loaded):
    there = Account("secret")
    with Server({"ana": there}) as server:
        [account] = loaded(server.port).accounts
        mailbox = opening.open_mailbox(account)
        fresh = trial.new(ADDRESS)
        trial.file(mailbox, fresh, ADDRESS, datetime.now(UTC))
        [note], [draft] = there.messages("INBOX"), there.messages("Drafts")
        assert "\\Seen" not in note.flags
        assert {"\\Draft", "\\Seen"} <= set(draft.flags)
        assert note.header("Auto-Submitted") == "auto-generated"
        assert trial.take_away(mailbox, fresh) == 2
        assert trial.take_away(mailbox, fresh) == 0
        assert [len(there.messages(folder)) for folder in ("INBOX", "Drafts", "Trash")] == [0, 0, 2]
        mailbox.close()
