"""The whole way on real servers: mail delivered, daemon runs, draft in Drafts, cooldown over, note in INBOX."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from imapclient import IMAPClient
from rounds.world import ADDRESS, REJECTION, mail
from servers.base import PASSWORD, MailServer

from responder import config, daemon
from responder.clock import Clock
from responder.demo.server import Server as BuiltIn
from responder.demo.store import Account
from responder.errors import TryLater, UserError
from responder.life.plan import Policy
from responder.mailbox import Server, connect
from responder.rounds.account import Kind, News
from responder.store import Store, only_instance, state_file
from responder.wire import Secret

SHORT = Policy(
    zone=UTC,
    cooldown=timedelta(),
    hold_after_filing=timedelta(seconds=1),
    poll=timedelta(seconds=1),
    look_apart=timedelta(seconds=0.3),
    veto_after=timedelta(seconds=1),
    veto_looks_apart=timedelta(seconds=0.2),
)


@dataclass
class Site:
    """One account on a server, a config for it, and a daemon that can be run on it."""

    folder: Path
    server: Server
    client: Callable[[], IMAPClient]
    news: list[News] = field(default_factory=list)
    policy: Policy = SHORT
    clock: Clock = field(default_factory=Clock)
    passwords: dict[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ("home",)

    def setting(self) -> daemon.Setting:
        path = self.folder / "config.toml"
        accounts = "".join(
            f'[[account]]\nname = "{name}"\naddress = "{ADDRESS if name == "home" else name + "@mail.example"}"\n'
            f'[account.imap]\nhost = "{self.server.host}"\nport = {self.server.port}\nsecurity = "{self.server.security}"\n'
            f'username = "{self.server.username}"\n'
            for name in self.names
        )
        path.write_text(f'state_dir = "{self.folder}/state"\n[me]\nname = "Ana Souza"\n{accounts}')
        path.chmod(0o600)
        return daemon.Setting(
            config.load(path),
            self.folder / "state",
            lambda account: connect(self.server, Secret(self.passwords.get(account.name, PASSWORD))),
            clock=self.clock,
            policy=self.policy,
            tell=self.news.append,
        )

    def deliver(self, number: int = 1) -> None:
        raw = mail(
            f"Jane Doe <jane@fernhill{number}.example>",
            f"Your application as Data Engineer at Fernhill{number}",
            REJECTION.format(company=f"Fernhill{number}", name="Jane Doe"),
            f"<r{number}@fernhill{number}.example>",
            datetime.now(UTC),
        )
        with self.client() as client:
            client.append("INBOX", raw)

    def drafts(self) -> dict[int, bytes]:
        return self.mails("Drafts")

    def mails(self, folder: str) -> dict[int, bytes]:
        with self.client() as client:
            client.select_folder(folder, readonly=True)
            uids = client.search("ALL")
            return {uid: data[b"BODY[]"] for uid, data in client.fetch(uids, ["BODY.PEEK[]"]).items()} if uids else {}

    def states(self) -> list[str]:
        store = Store.open(state_file(self.folder / "state"))
        try:
            return [str(case.state) for case in store.cases()]
        finally:
            store.close()

    @contextmanager
    def running(self) -> Iterator[threading.Thread]:
        stop = threading.Event()
        setting = self.setting()
        thread = threading.Thread(target=daemon.run, args=(setting, stop), name="daemon")
        thread.start()
        try:
            yield thread
        finally:
            stop.set()
            thread.join(10)
            assert not thread.is_alive(), "the daemon did not leave"


def until(what: Callable[[], object], seconds: float = 20) -> None:
    """Wait for a condition; the daemon runs in its own threads and tells no test when it is done."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come to that in time"
        threading.Event().wait(0.05)


@pytest.fixture
def on_dovecot(dovecot: MailServer, tmp_path: Path) -> Site:
    user = dovecot.new_user()
    server = Server("localhost", dovecot.tls_port, "tls", user, str(dovecot.ca_file))

    def client() -> IMAPClient:
        plain = IMAPClient("127.0.0.1", dovecot.port, ssl=False)
        plain.login(user, PASSWORD)
        return plain

    return Site(tmp_path, server, client)


@pytest.fixture
def built_in(tmp_path: Path) -> Iterator[tuple[Site, BuiltIn]]:
    with BuiltIn({"ana": Account(PASSWORD)}) as server:

        def client() -> IMAPClient:
            plain = IMAPClient(server.host, server.port, ssl=False)
            plain.login("ana", PASSWORD)
            return plain

        yield Site(tmp_path, Server(server.host, server.port, "none", "ana"), client), server


@pytest.mark.server
def test_the_whole_way_on_dovecot(on_dovecot: Site) -> None:
    site = on_dovecot
    with site.running():
        site.deliver()
        until(lambda: "ready" in site.states() and any(news.kind is Kind.NOTED for news in site.news))
    (draft,) = site.drafts().values()
    assert b"In-Reply-To: <r1@fernhill1.example>" in draft
    notes = [raw for raw in site.mails("INBOX").values() if b"Auto-Submitted: auto-generated" in raw]
    assert len(notes) == 1
    assert site.mails("Sent") == {}
    with site.running():  # after a restart nothing is done again
        until(lambda: sum(news.kind is Kind.ROUND for news in site.news) > 3)
    assert len(site.drafts()) == 1


@pytest.mark.server
def test_a_draft_deleted_on_dovecot_stays_away(on_dovecot: Site) -> None:
    site = replace(on_dovecot, policy=replace(SHORT, hold_after_filing=timedelta(hours=1)))
    with site.running():
        site.deliver()
        until(lambda: site.drafts())
        with site.client() as client:
            client.select_folder("Drafts")
            client.delete_messages(client.search("ALL"))
            client.expunge()
        until(lambda: site.states() == ["vetoed"])
    assert site.drafts() == {}


def test_once_does_it_all_in_one_round(built_in: tuple[Site, BuiltIn]) -> None:
    site, _ = built_in
    site.deliver()
    assert daemon.run_once(site.setting()) == 0
    assert len(site.drafts()) == 1
    assert site.states() == ["held"]


def test_a_poll_with_nothing_new_and_no_open_case_is_one_noop(built_in: tuple[Site, BuiltIn]) -> None:
    site, server = built_in
    site = replace(site, policy=replace(SHORT, poll=timedelta(seconds=0.2)))
    with site.running():
        until(lambda: sum(news.kind is Kind.ROUND for news in site.news) >= 2)
        server.commands.clear()
        done = len(site.news)
        until(lambda: sum(news.kind is Kind.ROUND for news in site.news[done:]) >= 3)
        seen = list(server.commands)
    assert set(seen) <= {"NOOP", "IDLE"}
    assert seen.count("NOOP") <= seen.count("IDLE") + 1


def test_new_mail_wakes_the_daemon_by_idle(built_in: tuple[Site, BuiltIn]) -> None:
    site, _ = built_in
    site = replace(site, policy=replace(SHORT, poll=timedelta(hours=1), hold_after_filing=timedelta(hours=1)))
    with site.running():
        until(lambda: any(news.kind is Kind.ROUND for news in site.news))
        site.deliver()
        until(lambda: site.drafts())


def test_dropped_connections_are_met_with_a_new_one(
    built_in: tuple[Site, BuiltIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, server = built_in
    monkeypatch.setattr(daemon, "FIRST_RETRY", 0.05)
    with site.running():
        for number in (1, 2):
            until(lambda: server.connections("ana") > 0)
            server.drop_connections()
            site.deliver(number)
            until(lambda number=number: len(site.drafts()) == number)


def test_a_server_that_restarts(built_in: tuple[Site, BuiltIn], monkeypatch: pytest.MonkeyPatch) -> None:
    site, server = built_in
    monkeypatch.setattr(daemon, "FIRST_RETRY", 0.05)
    with site.running():
        until(lambda: any(news.kind is Kind.ROUND for news in site.news))
        port = server.port
        server.stop()
        until(lambda: any(news.kind is Kind.TROUBLE for news in site.news))
        server.port = port
        server.start()
        site.deliver()
        until(lambda: site.drafts())


def test_a_refused_login_stops_that_account_and_no_other(
    built_in: tuple[Site, BuiltIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, _ = built_in
    monkeypatch.setattr(daemon, "FIRST_RETRY", 0.002)
    site.names = ("home", "work")
    site.passwords["work"] = "wrong"
    with site.running():
        until(lambda: any("no longer watched" in news.text for news in site.news))
        site.deliver()
        until(lambda: site.drafts())
    store = Store.open(state_file(site.folder / "state"))
    assert store.account("work").status == "stopped"
    assert store.account("home").status == "ok"
    store.close()


def test_a_refused_login_is_the_users_to_mend(built_in: tuple[Site, BuiltIn]) -> None:
    site, _ = built_in
    site.passwords["home"] = "wrong"
    assert daemon.run_once(site.setting()) == 2


def test_one_instance_for_each_state_folder(built_in: tuple[Site, BuiltIn]) -> None:
    site, _ = built_in
    with only_instance(site.folder / "state"), pytest.raises(UserError, match="another responder is running"):
        daemon.run_once(site.setting())
    assert daemon.run_once(site.setting()) == 0


def test_a_request_is_taken_up_at_once(built_in: tuple[Site, BuiltIn]) -> None:
    site, _ = built_in
    site = replace(site, policy=replace(SHORT, hold_after_filing=timedelta(hours=1), poll=timedelta(hours=1)))
    with site.running():
        site.deliver()
        until(lambda: site.drafts())
        store = Store.open(state_file(site.folder / "state"))
        until(lambda: store.cases()[0].state == "held")
        store.request("release", datetime.now(UTC), store.cases()[0].id)
        until(lambda: store.cases()[0].state == "ready")
        store.close()


class Sleeper(Clock):
    """A clock that a test can make jump, as a laptop's does when it wakes."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        return super().now() + self.offset


@pytest.mark.parametrize("jump", [timedelta(hours=30), timedelta(hours=-1)])
def test_a_clock_that_jumps_makes_every_thread_look_again(built_in: tuple[Site, BuiltIn], jump: timedelta) -> None:
    site, _ = built_in
    clock = Sleeper()
    site = replace(
        site, clock=clock, policy=replace(SHORT, poll=timedelta(hours=1), hold_after_filing=timedelta(hours=4))
    )
    with site.running():
        site.deliver()
        until(lambda: site.states() == ["held"])
        done = len(site.news)
        clock.offset = jump
        until(lambda: any(news.kind is Kind.ROUND for news in site.news[done:]))
        if jump > timedelta():
            until(lambda: site.states() == ["ready"])
        else:
            assert site.states() == ["held"]


def test_a_state_that_cannot_be_written_for_a_while_ends_nothing(
    built_in: tuple[Site, BuiltIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk, a lock held by another program: the threads wait it out, that for requests too."""
    site, _ = built_in
    site = replace(site, policy=replace(SHORT, hold_after_filing=timedelta(hours=1), poll=timedelta(hours=1)))
    monkeypatch.setattr(daemon, "FIRST_RETRY", 0.02)
    monkeypatch.setattr(daemon, "TICK", 0.02)
    failed: list[str] = []

    def in_use(name: str) -> Callable[..., None]:
        def fails(*_args: object, **_more: object) -> None:
            failed.append(name)
            raise TryLater("the state is in use by another process")

        return fails

    with site.running() as thread:
        until(lambda: any(news.kind is Kind.ROUND for news in site.news))
        with monkeypatch.context() as patch:
            for name in ("account", "set_account", "cursor", "requests", "version"):
                patch.setattr(Store, name, in_use(name))
            site.deliver()
            until(lambda: failed.count("account") > 3 and failed.count("version") > 3)
        until(lambda: site.drafts())
        store = Store.open(state_file(site.folder / "state"))
        until(lambda: store.cases()[0].state == "held")
        store.request("release", datetime.now(UTC), store.cases()[0].id)
        until(lambda: store.cases()[0].state == "ready")
        assert store.account("home").status == "ok"
        store.close()
        assert thread.is_alive()
