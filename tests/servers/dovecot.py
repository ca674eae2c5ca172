"""Dovecot 2.3 (apt: dovecot-imapd). Any user name exists."""

from __future__ import annotations

import shutil
from pathlib import Path

from servers.base import PASSWORD, SPECIAL, MailServer, ServerMissingError

CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {d}/run
state_dir = {d}/state
log_path = {d}/dovecot.log
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
ssl = yes
ssl_cert = <{d}/cert.pem
ssl_key = <{d}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:~/Maildir
mail_max_userip_connections = 200
{extra}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={d}/home/%n
}}
namespace inbox {{
  inbox = yes
  separator = /
{boxes}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class Dovecot(MailServer):
    name = "dovecot"
    extra = ""

    @classmethod
    def find(cls) -> Path:
        path = shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin:/usr/bin:/opt/homebrew/sbin")
        if path is None:
            raise ServerMissingError("Dovecot is not installed (apt-get install dovecot-imapd)")
        return Path(path)

    def configure(self) -> None:
        import grp

        for folder in ("run", "state", "home"):
            (self.dir / folder).mkdir(exist_ok=True)
        boxes = "".join(
            f"  mailbox {m} {{\n    auto = subscribe\n    special_use = {f}\n  }}\n" for m, f in SPECIAL.items()
        )
        config = CONFIG.format(
            d=self.dir, user=self.user_name, group=grp.getgrgid(self.gid).gr_name, uid=self.uid, gid=self.gid,
            password=PASSWORD, port=self.port, tls_port=self.tls_port, boxes=boxes, extra=self.extra,
        )  # fmt: skip
        (self.dir / "dovecot.conf").write_text(config)

    def argv(self) -> list[str]:
        return [str(self.find()), "-F", "-c", str(self.dir / "dovecot.conf")]
