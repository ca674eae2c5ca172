"""A configuration, a state with a few rejections in it, and the commands run in-process."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from responder.cli import main
from responder.life.case import Case
from responder.life.states import Event, State
from responder.store import Place, Store, state_file

THEN = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
DRAFT = (
    b"From: Ana Souza <ana@example.org>\r\nTo: Jane Doe <jane@acme.example>\r\nSubject: Re: Your application\r\n"
    b"Message-ID: <d1@example.org>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nDear Jane,\r\n\r\nThank you.\r\n"
)


def case(number: int, state: State, **more) -> Case:
    return Case(
        id=f"a{number:03}",
        account="home",
        key=f"<r{number}@acme.example>",
        message_id=f"<r{number}@acme.example>",
        received=THEN,
        found_at=THEN,
        state=state,
        why="Recognised as a rejection of an application of yours.",
        changed=THEN,
        company="Acme",
        role="Data Engineer",
        stage="interview",
        signer="Jane Doe",
        recipient="jane@acme.example",
        recipient_name="Jane Doe",
        recipient_source="signer",
        facts=json.dumps({"reached": "interview", "company": "Acme", "role": "Data Engineer", "rejection": True, "confidence": 0.97}),
        **more,
    )  # fmt: skip


@pytest.fixture
def home(tmp_path, monkeypatch, capsys):
    """`home("status")` runs a command with a configuration; `home.add(case)` puts a rejection into its state."""
    monkeypatch.setenv("RESPONDER_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("ANAS_PASSWORD", "korrekt")
    state = tmp_path / "state"

    def write(port: int = 9, more: str = "") -> None:
        (tmp_path / "config.toml").write_text(
            f"state_dir = {str(state)!r}\n[me]\nname = 'Ana Souza'\n[[account]]\nname = 'home'\naddress = 'ana@example.org'\n"
            f"[account.imap]\nhost = '127.0.0.1'\nport = {port}\nsecurity = 'none'\nusername = 'ana'\n"
            f"[account.secret]\nenv = 'ANAS_PASSWORD'\n[notify]\ndesktop = false\n{more}"
        )

    def run(*argv: str, code: int = 0) -> SimpleNamespace:
        assert main(argv) == code
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return SimpleNamespace(
            out=out, err=err, objects=[json.loads(line) for line in out.splitlines() if "--json" in argv]
        )

    def add(*cases: Case) -> Store:
        store = Store.open(state_file(state))
        for one in cases:
            store.take(one.account, Place("INBOX", 1, int(one.id[1:])), one.key, one, THEN)
        return store

    write()
    run.write, run.add, run.state, run.folder = write, add, state, tmp_path
    return run


@pytest.fixture
def full(home):
    """One rejection in each of the states that matter to `status`."""
    store = home.add(*(case(number, State.FOUND) for number in range(1, 8)))
    held = {"draft": DRAFT, "draft_message_id": "<d1@example.org>", "due": THEN + timedelta(days=1)}
    for number in (1, 2, 3, 4, 5):
        store.record(f"a00{number}", Event.FILE, "A letter is written.", THEN, **held)
        store.record(f"a00{number}", Event.FILED, "The draft was filed.", THEN, filed_at=THEN)
    store.record("a002", Event.RELEASE, "The cooldown is over.", THEN, ready_at=THEN)
    store.record("a003", Event.BY_USER, "A reply of yours lies in Sent.", THEN, sent_at=THEN)
    store.record("a004", Event.BY_USER, "A reply of yours lies in Sent.", THEN, sent_at=THEN)
    store.record("a004", Event.ANSWER, "Jane Doe wrote back.", THEN)
    store.record("a005", Event.DROP, "You gave it up.", THEN)
    store.record("a006", Event.SKIP, "A note for this application was written: one note is enough.", THEN)
    store.close()
    return home
