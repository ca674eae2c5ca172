"""The command line itself: help of every command, errors in sentences without a traceback, what comes out of which end."""

import logging
import os
import subprocess
import sys

import pytest

from responder import __version__, credentials
from responder.cli import COMMANDS, main
from responder.cli.run import log_to_stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    out = capsys.readouterr().out
    assert COMMANDS[command][1][1:20] in " ".join(out.split())


def test_version_and_nothing(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert __version__ in capsys.readouterr().out
    with pytest.raises(SystemExit) as end:
        main([])
    assert end.value.code == 2


def test_help_imports_nothing_heavy():
    code = (
        "import sys\nfrom responder.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'pydantic', 'imapclient', 'mailparser', 'jinja2', 'keyring', 'apscheduler', 'sqlite3', 'tzlocal', 'selectolax'}\n"
        "print(sorted(heavy & set(sys.modules)), sorted(name for name in sys.modules if name.startswith('responder.')))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[] ['responder.cli', 'responder.errors']"


@pytest.mark.parametrize(
    "argv",
    [("status",), ("run", "--once"), ("check",), ("show", "a"), ("release", "a"), ("login", "home"), ("pause",)],
)  # fmt: skip
def test_a_missing_configuration(home, argv):
    (home.folder / "config.toml").unlink()
    found = home(*argv, code=2)
    assert "no such file" in found.err
    assert found.out == ""


def test_all_problems_of_a_configuration_stand_on_lines_of_their_own(home):
    (home.folder / "config.toml").write_text("[mee]\n[watch]\npol = 1")
    err = home("check", code=2).err
    assert all(line.startswith("responder: ") for line in err.splitlines())
    assert {"mee:", "watch.pol:", "me:", "account:"} <= set(err.split())


def test_config_may_stand_before_or_behind_the_command(home, tmp_path):
    other = tmp_path / "other.toml"
    home.write()
    other.write_text((tmp_path / "config.toml").read_text().replace("'home'", "'work'"))
    assert "there are: work" in home("--config", str(other), "login", "home", code=2).err
    assert "there are: work" in home("login", "home", "--config", str(other), code=2).err


def test_a_damaged_state_is_a_sentence(home):
    home.state.mkdir()
    (home.state / "state.sqlite3").write_bytes(b"no database" * 500)
    assert "damaged" in home("status", code=2).err


def test_a_server_that_is_away_is_tried_again(home):
    found = home("run", "--once", code=1)
    assert "connection" in found.err
    assert found.out == ""


def test_a_wrong_password_is_the_users_to_mend(home, monkeypatch):
    from responder.demo.server import Server
    from responder.demo.store import Account

    monkeypatch.setenv("ANAS_PASSWORD", "geheim-42")
    with Server({"ana": Account("korrekt")}) as server:
        home.write(server.port)
        err = home("run", "--once", code=2).err
    assert "login" in err
    assert "geheim-42" not in err


def test_one_round(home):
    from responder.demo.server import Server
    from responder.demo.store import Account

    with Server({"ana": Account("korrekt")}) as server:
        home.write(server.port)
        home("run", "--once")
    assert home("status").out == "Nothing needs you.\n"


def test_a_reader_that_leaves_early(home):
    ran = subprocess.run(
        f"{sys.executable} -m responder templates list | true",
        shell=True,
        capture_output=True,
        text=True,
        env={**os.environ},
    )
    assert ran.stderr == ""


def test_login_reads_a_line_and_logout_removes_it(home, monkeypatch):
    import io

    import keyring
    from keyring.backend import KeyringBackend

    class Memory(KeyringBackend):
        priority = 1

        def __init__(self):
            self.held = {}

        def get_password(self, service, username):
            return self.held.get(username)

        def set_password(self, service, username, password):
            self.held[username] = password

        def delete_password(self, service, username):
            del self.held[username]

    before = keyring.get_keyring()
    memory = Memory()
    keyring.set_keyring(memory)
    try:
        home.write()
        text = (home.folder / "config.toml").read_text()
        (home.folder / "config.toml").write_text(text.replace("[account.secret]\nenv = 'ANAS_PASSWORD'\n", ""))
        monkeypatch.setattr("sys.stdin", io.StringIO("geheim-42\nmore\n"))
        found = home("login", "home")
        assert memory.held == {"home": "geheim-42"}
        assert "geheim-42" not in found.out + found.err
        assert "removed" in home("logout", "home").out
        assert "not in" in home("logout", "home").out
        monkeypatch.setattr("sys.stdin", io.StringIO(""))
        assert "nothing was stored" in home("login", "home", code=2).err
    finally:
        keyring.set_keyring(before)
    assert credentials.SERVICE == "responder"


def test_logs_for_the_journal_carry_priorities_and_hold_libraries_back(capsys, monkeypatch):
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        monkeypatch.setenv("JOURNAL_STREAM", "8:1")
        log_to_stderr()
        logging.getLogger("responder.x").warning("one\ntwo")
        logging.getLogger("responder.x").debug("not shown")
        logging.getLogger("imapclient.imaplib").info("a body")
        logging.getLogger("apscheduler.scheduler").info("chatter")
        assert capsys.readouterr().err == "<4>one\n<4>two\n"
    finally:
        root.handlers[:], root.level = before[0], before[1]
