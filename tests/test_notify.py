"""Desktop notifications: which program is asked with which words, and that failing is nothing to speak of."""

import json
import os
import stat
import sys

import pytest

from responder import notify

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-in programs are scripts")


@pytest.fixture
def desktop(tmp_path, monkeypatch):
    """A folder of stand-in programs as the only PATH; each writes down how it was called."""
    called = tmp_path / "called.json"

    def install(name: str, status: int = 0, wait: float = 0):
        program = tmp_path / name
        program.write_text(
            f"#!{sys.executable}\nimport json, os, sys, time\ntime.sleep({wait})\n"
            f"words = [os.environ['RESPONDER_TITLE'], os.environ['RESPONDER_TEXT']]\n"
            f"json.dump([sys.argv[1:], words], open({str(called)!r}, 'w'))\nsys.exit({status})\n"
        )
        program.chmod(stat.S_IRWXU)

    monkeypatch.setenv("PATH", str(tmp_path))
    install.calls = lambda: json.loads(called.read_text())
    return install


def test_linux(desktop):
    desktop("notify-send")
    assert notify.notify("A note is ready", "--icon=x <b>&\x1b[31m\nline", platform="linux")
    argv, _ = desktop.calls()
    assert argv == ["--app-name=responder", "--", "A note is ready", "--icon=x &lt;b>&amp; [31m line"]


def test_macos_words_are_arguments_and_no_program(desktop):
    desktop("osascript")
    assert notify.notify('"; do shell script "x', "text", platform="darwin")
    argv, _ = desktop.calls()
    assert argv[2:] == ['"; do shell script "x', "text"]
    assert "shell" not in argv[1]


def test_windows_words_come_by_the_environment(desktop):
    desktop("powershell.exe")
    assert notify.notify("$(x)", "';text", platform="win32")
    argv, words = desktop.calls()
    assert words == ["$(x)", "';text"]
    assert not any("$(x)" in argument for argument in argv)


def test_failing_is_silent(desktop, caplog, monkeypatch):
    assert not notify.notify("a", "b", platform="linux")
    desktop("notify-send", status=1)
    assert not notify.notify("a", "b", platform="linux")
    desktop("notify-send", wait=5)
    monkeypatch.setattr(notify, "TIMEOUT", 0.05)
    assert not notify.notify("a", "b", platform="linux")
    assert not [record for record in caplog.records if record.levelname != "DEBUG"]
