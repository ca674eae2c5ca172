"""What the tests of accounts share: the dialogue on a pseudo-terminal, in a home folder of its own."""

import os
import sys
from pathlib import Path

import pexpect
import pytest

CODE = """
import sys
from responder import config
config.presets()["local"] = {{
    "name": "Local Mail", "domains": ["local.example"], "mx_suffixes": [],
    "imap": {{"host": "localhost", "port": {port}, "security": "tls"}},
    "smtp": {{"host": "localhost", "port": 465, "security": "tls"}},
    "login_imap": "localpart", "login_smtp": "address", "auth": ["app-password"],
    "steps": ["Open https://local.example/settings, then \\"Passwords\\".", "Make one, and copy it."],
}}
config.presets()["local"] |= {more!r}
from responder.cli import main
sys.exit(main({words!r}))
"""


class Home:
    """A user's home folder, and the program run in it; the provider "local" is known there."""

    def __init__(self, folder: Path, port: int, ca_file: str, **more: object) -> None:
        self.folder, self.more = folder, more
        self.port = port
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG", "RESPONDER"))}
        self.environment = kept | {
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent",
            "SSL_CERT_FILE": ca_file,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }

    @property
    def config(self) -> Path:
        return self.folder / "config" / "responder" / "config.toml"

    def argv(self, *words: str) -> list[str]:
        return [sys.executable, "-c", CODE.format(port=self.port, words=list(words), more=self.more)]

    def spawn(self, *words: str) -> pexpect.spawn:
        program, *rest = self.argv(*words)
        return pexpect.spawn(program, rest, env=self.environment, encoding="utf-8", dimensions=(40, 80), timeout=30)


@pytest.fixture
def home(tmp_path, dovecot):
    return Home(tmp_path, dovecot.tls_port, dovecot.ca_file)
