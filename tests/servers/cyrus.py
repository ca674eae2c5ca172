"""Cyrus imapd 3.6, installed or unpacked (it conflicts with Dovecot's package, so install.sh unpacks it)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from servers.base import PASSWORD, PREFIX, MailServer, ServerMissingError

IMAPD = """
configdirectory: {d}/conf
partition-default: {d}/spool
defaultpartition: default
proc_path: {d}/run/proc
mboxname_lockpath: {d}/run/lock
temp_path: {d}/run/tmp
idlesocket: {d}/run/idle
lmtpsocket: {d}/run/lmtp
notifysocket: {d}/run/notify
statuscache_db: twoskip
sievedir: {d}/sieve
servername: localhost
cyrus_user: {user}
admins: admin
altnamespace: yes
unixhierarchysep: yes
virtdomains: off
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {d}/sasldb2
sasl_mech_list: PLAIN LOGIN
tls_server_cert: {d}/cert.pem
tls_server_key: {d}/key.pem
tls_sessions_db_path: {d}/conf/tls.db
autocreate_quota: 0
autocreate_post: yes
autocreate_inbox_folders: Drafts | Sent | Trash | Archive | Junk
autocreate_subscribe_folders: Drafts | Sent | Trash | Archive | Junk
xlist-Drafts: Drafts
xlist-Sent: Sent
xlist-Trash: Trash
xlist-Archive: Archive
xlist-Junk: Junk
specialusealways: 1
imapidlepoll: 60
failedloginpause: 0
"""
MASTER = """
START {{
  recover cmd="{b}/ctl_cyrusdb -C {d}/imapd.conf -r"
  idled cmd="{b}/idled -C {d}/imapd.conf"
}}
SERVICES {{
  imap cmd="{b}/imapd -C {d}/imapd.conf -U 30" listen="127.0.0.1:{port}" prefork=0
  imaps cmd="{b}/imapd -C {d}/imapd.conf -s -U 30" listen="127.0.0.1:{tls_port}" prefork=0
}}
EVENTS {{
  checkpoint cmd="{b}/ctl_cyrusdb -C {d}/imapd.conf -c" period=30
}}
"""
FOLDERS = "conf conf/db conf/proc conf/socket conf/log conf/msg conf/sync spool sieve run run/proc run/lock run/tmp"


class Cyrus(MailServer):
    name = "cyrus"
    patience = 0.5  # its master waits for idle children

    @classmethod
    def find(cls) -> Path:
        for base in (Path("/usr/lib/cyrus"), PREFIX / "cyrus/usr/lib/cyrus"):
            if (base / "bin/imapd").exists() and shutil.which("saslpasswd2"):
                return base
        raise ServerMissingError("Cyrus is not installed (tests/servers/install.sh)")

    def env(self) -> dict[str, str]:
        libraries = sorted(str(path) for path in self.find().parent.glob("*-linux-gnu"))
        return {"CYRUS_USER": self.user_name, "LD_LIBRARY_PATH": ":".join(libraries)}

    def configure(self) -> None:
        for folder in FOLDERS.split():
            (self.dir / folder).mkdir(parents=True, exist_ok=True)
        values = {
            "d": self.dir,
            "b": self.find() / "bin",
            "user": self.user_name,
            "port": self.port,
            "tls_port": self.tls_port,
        }
        (self.dir / "imapd.conf").write_text(IMAPD.format(**values))
        (self.dir / "cyrus.conf").write_text(MASTER.format(**values))
        self.new_user()

    def new_user(self) -> str:
        user = super().new_user()
        argv = ["saslpasswd2", "-p", "-c", "-f", str(self.dir / "sasldb2"), "-u", "localhost", user]
        subprocess.run(argv, input=PASSWORD.encode(), check=True)
        return user

    def argv(self) -> list[str]:
        d = self.dir
        return [
            str(self.find() / "bin/master"),
            "-C",
            f"{d}/imapd.conf",
            "-M",
            f"{d}/cyrus.conf",
            "-p",
            f"{d}/master.pid",
            "-D",
        ]
