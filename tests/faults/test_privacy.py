"""Nothing of a mail and no secret where others could read it: logs, messages, process arguments, files."""

from __future__ import annotations

import argparse
import logging
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from imapclient import IMAPClient
from rounds.test_daemon import SHORT, Site
from rounds.world import REJECTION, World, mail
from servers.base import PASSWORD

from responder import cli, daemon
from responder.demo.server import Server as BuiltIn
from responder.demo.store import Account
from responder.errors import Refused, TryLater, UserError, trace
from responder.mailbox import Server

MARKS = ("Zyx", "zyx", PASSWORD)  # in every part of the mail below, and the password


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with BuiltIn({"ana": Account(PASSWORD)}) as server:

        def client() -> IMAPClient:
            plain = IMAPClient(server.host, server.port, ssl=False)
            plain.login("ana", PASSWORD)
            return plain

        yield Site(tmp_path, Server(server.host, server.port, "none", "ana"), client, policy=SHORT)


def _deliver(site: Site) -> None:
    raw = mail(
        "Zyxa Doe <zyxa@zyxhill.example>", "Your application as Zyx Engineer at Zyxhill",
        REJECTION.format(company="Zyxhill", name="Zyxa Doe"), "<zyx1@zyxhill.example>", datetime.now(UTC),
    )  # fmt: skip
    with site.client() as client:
        client.append("INBOX", raw)


def test_the_log_of_a_whole_life_holds_nothing_of_the_mail(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    _deliver(site)
    caplog.set_level(logging.DEBUG)
    with caplog.at_level(logging.DEBUG, "responder"):
        assert daemon.run_once(site.setting()) == 0
        assert daemon.run_once(site.setting()) == 0
        site.passwords["home"] = "zyx-wrong"
        assert daemon.run_once(site.setting()) == 2
    assert "case" in caplog.text
    for mark in MARKS:
        assert mark not in caplog.text, mark


def test_a_bug_in_reading_is_logged_without_the_words_of_the_mail(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from responder.rounds import intake, settle

    def stumbles(raw: bytes, *_args: object, **_more: object) -> None:
        raise ValueError(raw.decode())

    world.reject()
    with monkeypatch.context() as patch:
        patch.setattr(intake, "recognise", stumbles)
        world.round()
    world.reject()
    with monkeypatch.context() as patch:
        patch.setattr(settle, "write", lambda _account, case: stumbles(case.raw))
        world.round()
    assert "ValueError at " in caplog.text
    assert "should not happen: ValueError" in caplog.text
    for mark in ("Greyfell", "interview", "tom.vogel", "Traceback"):
        assert mark not in caplog.text, mark


def test_a_trace_says_where_and_not_what() -> None:
    try:
        int("a secret")
    except ValueError as error:
        assert re.fullmatch(r"ValueError at test_privacy\.py:\d+", trace(error))
    assert trace(ValueError("a secret")) == "ValueError at an unknown place"


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_nobody_else_can_read_the_state_whatever_the_umask(site: Site) -> None:
    _deliver(site)
    before = os.umask(0)
    try:
        with site.running():
            from rounds.test_daemon import until

            until(lambda: site.drafts())
            files = [path for path in (site.folder / "state").rglob("*") if path.is_file()]
            modes = {path.name: path.stat().st_mode & 0o777 for path in files}
    finally:
        os.umask(before)
    assert {"state.sqlite3", "state.sqlite3-wal", "lock"} <= set(modes)
    assert set(modes.values()) == {0o600}
    assert (site.folder / "state").stat().st_mode & 0o777 == 0o700


def test_no_command_takes_a_secret_as_an_argument() -> None:
    """Arguments show in the process list of every user; an option may say where one is to be found."""
    sources = {"COMMAND", "FILE", "NAME"}
    for action in _actions(cli.parser(list(cli.COMMANDS))):
        names = " ".join((*action.option_strings, action.dest, str(action.metavar or ""))).lower()
        assert action.nargs == 0 or action.metavar in sources or not re.search(r"passw|secret|token", names), names


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from _actions(inner)


@pytest.mark.parametrize("error", [TryLater, Refused, UserError])
def test_errors_carry_no_control_characters_of_a_server(error: type[Exception]) -> None:
    from responder.mailbox.trouble import said

    assert said(b"\x1b[31mred\r\n\x07 " + b"x" * 500).isprintable()
    assert str(error(said("a\x00b"))).isprintable()
