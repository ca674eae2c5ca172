"""`responder setup`: the dialogue on a pseudo-terminal against a real server, left, taken up again, and without questions."""

import io
import re
import ssl
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

import keyring
import pexpect
import pytest
from imapclient import IMAPClient
from keyring.backends import fail
from servers.base import PASSWORD

from responder import config
from responder.accounts import setup as steps
from responder.accounts.discovery import Origin, Proposal
from responder.accounts.providers import Endpoint, providers
from responder.cli import main
from responder.errors import UserError

REJECTION = """Dear Ana,

it was a pleasure to meet you in the interview on Monday. Unfortunately, we have decided to move forward with
another candidate for the Data Engineer position.

Kind regards,
Jane Doe
Senior Recruiter
"""


class Dialogue:
    """Answers questions and counts them."""

    def __init__(self, child: pexpect.spawn) -> None:
        self.child, self.questions, self.text = child, 0, ""

    def answer(self, question: str, words: str = "") -> None:
        self.child.expect(question)
        self.text += self.child.before + self.child.after
        self.child.sendline(words)
        self.questions += 1

    def until(self, words: str) -> None:
        self.child.expect(words)
        self.text += self.child.before + self.child.after

    def end(self) -> int:
        self.child.expect(pexpect.EOF)
        self.text += self.child.before
        self.child.close()
        return self.child.exitstatus


def connected(dovecot, user: str) -> IMAPClient:
    client = IMAPClient("localhost", dovecot.tls_port, ssl_context=ssl.create_default_context(cafile=dovecot.ca_file))
    client.login(user, PASSWORD)
    return client


def mail(text: str, sender: str, to: str, subject: str, days: float) -> tuple[bytes, datetime]:
    when = datetime.now(UTC) - timedelta(days=days)
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"], message["Message-ID"] = format_datetime(when), f"<{days}@acme.example>"
    message.set_content(text)
    return message.as_bytes(), when


def begun(home, user: str, *words: str) -> Dialogue:
    """Up to the password, which is right."""
    dialogue = Dialogue(home.spawn("setup", *words))
    dialogue.answer("Your mail address", f"{user}@local.example")
    dialogue.answer("Your name", "Ana Souza")
    dialogue.answer("Use this")
    dialogue.answer("Keep it in that file")
    dialogue.answer("app password", PASSWORD)
    return dialogue


def test_from_nothing_to_a_green_check_in_at_most_eight_questions(home, dovecot):
    user = dovecot.new_user()
    with connected(dovecot, user) as client:
        raw, when = mail(REJECTION, "Jane Doe <jane@acme.example>", f"{user}@local.example", "Your application", 1)
        client.append("INBOX", raw, (), when)

    dialogue = begun(home, user)
    dialogue.answer("at once\\?")
    dialogue.until("IDLE")
    assert dialogue.questions <= 8
    assert " error " not in dialogue.text.lower().replace("\r\n", " ")
    dialogue.answer("or also for this one", "also")
    assert "1 recent answer from people you have met (Jane Doe)" in dialogue.text
    dialogue.answer("on your phone")
    dialogue.until("Press Enter")
    with connected(dovecot, user) as client:
        client.select_folder("INBOX", readonly=True)
        [_] = client.search(["SUBJECT", "ready in Drafts", "UNSEEN"])
        client.select_folder("Drafts", readonly=True)
        [_] = client.search(["DRAFT"])
    dialogue.child.sendline("")
    assert dialogue.end() == 0, dialogue.text

    shown = dialogue.text
    assert PASSWORD not in shown
    assert "https://local.example/settings" in shown
    assert max(len(line) for line in shown.split("\r\n")) <= 80
    assert stat.S_IMODE(home.config.stat().st_mode) == 0o600
    assert PASSWORD not in home.config.read_text().replace("account.secret", "")
    secret = home.config.with_name("home.password")
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert {file.name for file in home.config.parent.iterdir()} == {"config.toml", "home.password"}
    with connected(dovecot, user) as client:
        for folder, left in (("INBOX", 1), ("Drafts", 0), ("Trash", 2)):
            assert client.select_folder(folder, readonly=True)[b"EXISTS"] == left, folder

    ran = subprocess.run(home.argv("run", "--once"), env=home.environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    with connected(dovecot, user) as client:
        assert client.select_folder("Drafts", readonly=True)[b"EXISTS"] == 1


def test_it_can_be_left_and_taken_up_again(home, dovecot):
    user = dovecot.new_user()
    dialogue = Dialogue(home.spawn("setup"))
    dialogue.answer("Your mail address", "nonsense")
    dialogue.answer("no mail address.*Your mail address", f"{user}@local.example")
    dialogue.answer("Your name", "Ana Souza")
    dialogue.until("Use this")
    dialogue.child.sendintr()
    assert dialogue.end() == 130
    assert "goes on from here" in dialogue.text
    assert "Traceback" not in dialogue.text
    assert not home.config.exists()
    left = home.config.with_name("config.toml.setup")
    assert stat.S_IMODE(left.stat().st_mode) == 0o600

    dialogue = Dialogue(home.spawn("setup"))
    dialogue.answer(re.escape(f"[{user}@local.example]"))
    dialogue.answer(re.escape("[Ana Souza]"))
    dialogue.answer("Use this")
    dialogue.answer("Keep it in that file")
    dialogue.answer("app password", "wrong")
    dialogue.answer("was refused.*app password", PASSWORD)
    dialogue.answer("at once\\?", "y")
    dialogue.answer("on your phone")
    dialogue.until("Press Enter")
    dialogue.child.sendintr()  # in the middle of the trial
    assert dialogue.end() == 130
    written = home.config.read_bytes()
    assert b'file = "at-end"' in written

    dialogue = Dialogue(home.spawn("setup"))  # takes the note and the draft of before away
    dialogue.answer(re.escape(f"[{user}@local.example]"))
    dialogue.answer("on your phone", "n")
    assert dialogue.end() == 0, dialogue.text
    assert home.config.read_bytes() == written
    assert not left.exists()
    with connected(dovecot, user) as client:
        for folder, there in (("INBOX", 0), ("Drafts", 0), ("Trash", 2)):
            assert client.select_folder(folder, readonly=True)[b"EXISTS"] == there, folder


def test_an_existing_configuration_is_left_as_it_is(home, dovecot):
    user = dovecot.new_user()
    home.config.parent.mkdir(parents=True)
    before = '# mine\n[me]\nname = "Ana"\n[[account]]\nname = "home"\naddress = "ana@gmail.com"\nprovider = "gmail"\n[watch]\npoll = "9m"'
    home.config.write_text(before)
    dialogue = Dialogue(home.spawn("setup"))
    dialogue.answer("left as it is.*Your mail address", f"{user}@local.example")
    dialogue.answer("Use this")
    dialogue.answer("Keep it in that file")
    dialogue.answer("app password", PASSWORD)
    assert dialogue.end() == 0
    assert "+[[account]]" in dialogue.text
    assert home.config.read_text() == before
    new = home.config.with_name("config.toml.new")
    added = config.parse(new.read_bytes().replace(b'"local"', b'"gmail"'), new)
    assert [account.name for account in added.accounts] == ["home", "home2"]
    assert added.watch.poll == timedelta(minutes=9)
    assert added.accounts[1].address == f"{user}@local.example"


@pytest.fixture
def here(home, monkeypatch):
    """The home folder's provider and environment, in this process."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "SSL_CERT_FILE", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, home.environment[name])
    imap = {"host": "localhost", "port": home.port, "security": "tls"}
    local = {
        **config.presets()["icloud"],
        "name": "Local Mail",
        "domains": ["local.example"],
        "mx_suffixes": [],
        "imap": imap,
    }
    monkeypatch.setitem(config.presets(), "local", local)
    providers.cache_clear()
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield home
    keyring.set_keyring(before)
    providers.cache_clear()


def test_servers_of_strangers_are_not_taken_without_a_question(here, monkeypatch, capsys):
    found = Proposal(Origin.SRV, "told by the DNS", Endpoint("imap.evil.example", 993, "tls"), None)
    monkeypatch.setattr("responder.accounts.discovery.discover", lambda *_: found)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    assert main(["setup", "--non-interactive", "--address", "ana@d.example", "--name", "Ana Souza"]) == 2
    assert "imap.evil.example lies outside d.example" in capsys.readouterr().err.replace("\n", " ")


def test_without_questions(here, dovecot, monkeypatch, capsys):
    user = dovecot.new_user()

    def run(password, *words):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        return main(["setup", "--non-interactive", "--address", f"{user}@local.example", "--name", "Ana Souza", *words])

    assert run("wrong") == 2
    assert "refused" in capsys.readouterr().err
    assert not here.config.exists()
    assert run(PASSWORD, "--at-end", "--trial") == 0
    loaded = config.load(here.config)
    assert (loaded.me.name, loaded.cooldown.file) == ("Ana Souza", "at-end")
    assert main(["check"]) == 0
    with connected(dovecot, user) as client:
        assert client.select_folder("Trash", readonly=True)[b"EXISTS"] == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "--non-interactive"),
        (["--non-interactive"], "--address is needed"),
        (["--non-interactive", "--address", "x"], "--address: That is no mail address"),
        (["--non-interactive", "--address", "a@b.example", "--name", "A", "--provider", "gmial"], "not known"),
        (
            ["--non-interactive", "--address", "a@b.example", "--name", "A", "--imap", "b.example:x"],
            "--imap: That is no host",
        ),
    ],
)
def test_what_options_cannot_be(words, says, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert main(["setup", "--config", str(tmp_path / "c.toml"), *words]) == 2
    assert says in capsys.readouterr().err.replace("\n", " ")
    assert not (tmp_path / "c.toml").exists()


# The steps


def plan(**more) -> steps.Plan:
    return steps.Plan("ana@d.example", 'Ana "Anita" Souza\\', "home", imap=Endpoint("imap.d.example", 143, "starttls", "u-ana"), **more)  # fmt: skip


def test_what_was_found_is_in_the_configuration(tmp_path):
    proposal = Proposal(
        Origin.SRV, "x", Endpoint("imap.d.example", 993, "tls"), Endpoint("smtp.d.example", 587, "starttls")
    )
    loaded = steps.parsed(steps.plan_of(proposal, "ana@d.example", "Ana", "home"), tmp_path / "c.toml")
    account = loaded.accounts[0]
    assert (account.imap.host, account.imap.username) == ("imap.d.example", "ana@d.example")
    assert (account.smtp.host, account.smtp.port, account.smtp.security) == ("smtp.d.example", 587, "starttls")
    loaded = steps.parsed(plan(secret={"command": ["pass", "show", "x y"]}, at_end=True), tmp_path / "c.toml")
    assert loaded.me.name == 'Ana "Anita" Souza\\'
    assert (loaded.accounts[0].imap.username, loaded.accounts[0].imap.security) == ("u-ana", "starttls")
    assert loaded.accounts[0].secret.command == ("pass", "show", "x y")


def test_an_icloud_account_with_a_domain_of_its_own_logs_in_by_another_name(tmp_path):
    icloud = providers()["icloud"]
    for address, wants in (("ana@icloud.com", False), ("ana@d.example", True)):
        found = steps.plan_of(Proposal(Origin.MX, "x", icloud.imap, icloud.smtp, icloud), address, "Ana", "home")
        assert steps.wants_own_name(found) is wants


def test_nothing_is_written_over(tmp_path):
    path = tmp_path / "there" / "c.toml"
    steps.create(path, plan())
    before = path.read_bytes()
    with pytest.raises(UserError, match="already"):
        steps.create(path, plan(at_end=True))
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["c.toml"]


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"\xff", b"[" * 50_000, b'{"address": 5}'])
def test_remembered_answers_that_are_broken_are_no_answers(tmp_path, raw):
    (tmp_path / "c.toml.setup").write_bytes(raw)
    assert steps.Progress(tmp_path / "c.toml").get("address") == ""
