"""hoodiecrow-imap 2.1 (npm): a scripted test server with odd answers of its own. All users share one mailbox: one process a test."""

from __future__ import annotations

import shutil
from pathlib import Path

from servers.base import PASSWORD, PREFIX, SPECIAL, MailServer, ServerMissingError

SCRIPT = """
const hoodiecrow = require('%(module)s'), fs = require('fs');
hoodiecrow({
  plugins: ['ID', 'IDLE', 'STARTTLS', 'AUTH-PLAIN', 'SASL-IR', 'NAMESPACE', 'SPECIAL-USE', 'ENABLE', 'LITERALPLUS', 'UNSELECT', 'UIDPLUS', 'MOVE'],
  credentials: {key: fs.readFileSync('%(d)s/key.pem'), cert: fs.readFileSync('%(d)s/cert.pem')},
  users: {'%(user)s': {password: '%(password)s', xoauth2: {}}},
  storage: {'INBOX': {messages: [], allowPermanentFlags: true}, '': {separator: '/', folders: {%(folders)s}}}
}).listen(%(port)d, '127.0.0.1');
"""


class Hoodiecrow(MailServer):
    name = "hoodiecrow"
    implicit_tls = False
    fresh_process_per_test = True

    @classmethod
    def find(cls) -> Path:
        module = PREFIX / "npm/node_modules/hoodiecrow-imap"
        if not (shutil.which("node") and module.exists()):
            raise ServerMissingError("hoodiecrow is not installed (tests/servers/install.sh)")
        return module

    def new_user(self) -> str:
        return "ana"

    def configure(self) -> None:
        folders = ", ".join(f"'{name}': {{'special-use': '\\{use}'}}" for name, use in SPECIAL.items())
        values = {
            "module": self.find(),
            "d": self.dir,
            "user": "ana",
            "password": PASSWORD,
            "folders": folders,
            "port": self.port,
        }
        (self.dir / "server.js").write_text(SCRIPT % values)

    def argv(self) -> list[str]:
        return [shutil.which("node") or "node", str(self.dir / "server.js")]
