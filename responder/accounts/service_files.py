"""The service as files: a systemd user unit, a launchd agent, a Windows scheduled task. Pure; service.py installs them."""

from __future__ import annotations

import plistlib
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

UNIT: Final = "responder.service"
LABEL: Final = "responder"  # of the launchd agent and the scheduled task
# What the daemon needs of the environment that the service is installed from: where its files lie, and where commands are found.
ENVIRONMENT: Final = (
    "PATH",
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
    "XDG_DATA_HOME",
    "PYTHON_KEYRING_BACKEND",
    "PASSWORD_STORE_DIR",
    "GNUPGHOME",
    "SSL_CERT_FILE",
    "LANG",
)

_SYSTEMD: Final = """\
# Written by `responder service install`, which may write it anew; put changes into: systemctl --user edit responder
[Unit]
Description=responder: thank-you drafts for job rejections
StartLimitIntervalSec=600
StartLimitBurst=10

[Service]
Type=notify
ExecStart={command}
{environment}
# 2: the user must fix something, and a new start would change nothing
Restart=on-failure
RestartPreventExitStatus=2
RestartSec=30
WatchdogSec=180
TimeoutStartSec=120
TimeoutStopSec=30
# Hardening that needs no user namespace (ProtectSystem= and the like do, and where a distribution forbids them the
# service would not start); the password command, gpg and the keyring must still be reached.
UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
MemoryMax=1G
TasksMax=200

[Install]
WantedBy=default.target
"""

_TASK: Final = """\
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>responder: thank-you drafts for job rejections</Description></RegistrationInfo>
  <Triggers><LogonTrigger><Enabled>true</Enabled><UserId>{user}</UserId></LogonTrigger></Triggers>
  <Principals>
    <Principal id="Author"><UserId>{user}</UserId><LogonType>InteractiveToken</LogonType><RunLevel>LeastPrivilege</RunLevel></Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure><Interval>PT1M</Interval><Count>10</Count></RestartOnFailure>
    <Hidden>true</Hidden>
  </Settings>
  <Actions Context="Author"><Exec><Command>cmd.exe</Command><Arguments>{arguments}</Arguments></Exec></Actions>
</Task>
"""


def systemd_unit(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """A unit for the user's service manager (systemd.service(5))."""
    kept = [f"Environment={_quoted(f'{name}={value}')}" for name, value in _kept(environment)]
    return _SYSTEMD.format(
        command=" ".join(_quoted(word).replace("$", "$$") for word in command), environment="\n".join(kept)
    )


def launchd_agent(command: Sequence[str], environment: Mapping[str, str], log: Path) -> bytes:
    """A property list for ~/Library/LaunchAgents (launchd.plist(5)); `log` gets what the daemon says."""
    return plistlib.dumps(
        {
            "Label": LABEL,
            "ProgramArguments": list(command),
            "EnvironmentVariables": dict(_kept(environment)),
            "RunAtLoad": True,
            "KeepAlive": {"SuccessfulExit": False},
            "ThrottleInterval": 60,
            "ProcessType": "Background",
            "Umask": 0o077,
            "StandardOutPath": str(log),
            "StandardErrorPath": str(log),
        }
    )


def windows_task(command: Sequence[str], user: str, log: Path) -> bytes:
    """A task for schtasks /XML, which wants UTF-16; cmd only sends what the daemon says into `log`."""
    words = " ".join(f'"{word}"' for word in command)
    return _TASK.format(user=escape(user), arguments=escape(f'/d /s /c "{words} 2>> "{log}""')).encode("utf-16")


def _kept(environment: Mapping[str, str]) -> list[tuple[str, str]]:
    return [
        (name, environment[name]) for name in ENVIRONMENT if environment.get(name) and environment[name].isprintable()
    ]


def _quoted(word: str) -> str:
    """One word for systemd (systemd.syntax(7), specifiers of systemd.unit(5))."""
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%") + '"'
