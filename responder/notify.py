"""The only desktop notifications. Tried, never relied upon: the note in INBOX is what counts. Decides nothing about when or what."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys

log = logging.getLogger(__name__)
TIMEOUT = 10.0  # seconds
_LIMIT = 200  # characters; what a desktop shows
# The words come by the environment and the argument list: nothing of them becomes part of a program.
_APPLE = "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run"
_WINDOWS = """
$t = [Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime]
$x = $t::GetTemplateContent([Windows.UI.Notifications.ToastTemplateType]::ToastText02)
$n = $x.GetElementsByTagName('text')
[void]$n.Item(0).AppendChild($x.CreateTextNode($env:RESPONDER_TITLE))
[void]$n.Item(1).AppendChild($x.CreateTextNode($env:RESPONDER_TEXT))
$t::CreateToastNotifier('responder').Show([Windows.UI.Notifications.ToastNotification]::new($x))
"""


def notify(title: str, text: str, *, platform: str = sys.platform) -> bool:
    """Show a notification if there is a desktop; False where that did not work, which is nothing to worry about."""
    title, text = _plain(title), _plain(text)
    match platform:
        case "darwin":
            argv = ["osascript", "-e", _APPLE, title, text]
        case "win32":
            argv = ["powershell.exe", "-NoProfile", "-NonInteractive", "-Command", _WINDOWS]
        case _:
            argv = ["notify-send", "--app-name=responder", "--", title, text.replace("&", "&amp;").replace("<", "&lt;")]
    program = shutil.which(argv[0])
    if program is None:
        log.debug("no desktop notification: %s is not installed", argv[0])
        return False
    environment = {**os.environ, "RESPONDER_TITLE": title, "RESPONDER_TEXT": text}
    try:
        ran = subprocess.run(  # noqa: S603  a fixed program, an argument list, no shell
            [program, *argv[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
            env=environment,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        log.debug("no desktop notification: %s", type(error).__name__)
        return False
    return ran.returncode == 0


def _plain(text: str) -> str:
    """One short line without control characters: desktops and argument lists choke on them."""
    return "".join(char if char.isprintable() else " " for char in text)[:_LIMIT]
