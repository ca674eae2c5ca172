"""The state file: cases, journal, cursors, requests; and what its troubles say."""

import sqlite3
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.errors import Refused, TryLater, UserError
from responder.life.case import Case, Chore
from responder.life.states import Event, Impossible, State
from responder.rounds.requests import apply
from responder.store import AccountRow, AlreadyRunning, Notice, Place, Store, only_instance
from responder.store.schema import MIGRATIONS

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
PLACE = Place("INBOX", 7, 41)


def a_case(key: str = "<r@acme.example>", **changes: object) -> Case:
    base = Case("a1b2", "home", key, key, NOW, NOW, State.FOUND, "Recognised.", NOW)
    return replace(base, **changes)


@pytest.fixture
def store():
    store = Store.open(None)
    yield store
    store.close()


def test_a_case_comes_back_as_it_was(store):
    whole = a_case(
        draft=b"From: x\r\n\r\n\xff",
        due=NOW + timedelta(hours=1),
        chore=Chore.DISCARD,
        keyed=False,
        company="Ünïtéd",
        raw=b"\x00",
    )
    store.take("home", PLACE, whole.key, whole, NOW)
    assert store.case("a1b2") == whole


@given(st.text(), st.text())
def test_any_text_can_be_stored(company, why):
    store = Store.open(None)
    store.take("home", PLACE, "<k@x.example>", a_case(company=company, why=why), NOW)
    assert store.case("a1b2") is not None
    store.close()


def test_one_key_is_one_case_over_all_accounts(store):
    assert store.take("home", PLACE, "<r@acme.example>", a_case(), NOW)
    assert not store.take("work", PLACE, "<r@acme.example>", a_case(id="c3d4", account="work"), NOW)
    assert [case.id for case in store.cases()] == ["a1b2"]


def test_an_id_may_be_shortened_where_it_stays_the_only_one(store):
    store.take("home", PLACE, "<1@x.example>", a_case("<1@x.example>"), NOW)
    store.take("home", PLACE, "<2@x.example>", a_case("<2@x.example>", id="a1c3"), NOW)
    assert store.case("a1b").id == "a1b2"
    assert store.case("a1") is None
    assert store.case("%") is None


def test_record_goes_through_the_table_and_writes_the_journal(store):
    store.take("home", PLACE, "<r@acme.example>", a_case(), NOW)
    after = store.record("a1b2", Event.FILE, "A letter was written.", NOW, draft=b"x")
    assert (after.state, after.draft, after.changed) == (State.FILING, b"x", NOW)
    assert [(line.event, line.after) for line in store.journal("a1b2")] == [
        ("recognise", State.FOUND),
        ("file", State.FILING),
    ]
    with pytest.raises(Impossible):
        store.record("a1b2", Event.SENT, "no", NOW)
    assert store.case("a1b2").state is State.FILING
    assert len(store.journal("a1b2")) == 2


@pytest.mark.parametrize("column", ["state", "key", "id", "why", "no_such_column"])
def test_a_state_is_written_by_record_alone(store, column):
    store.take("home", PLACE, "<r@acme.example>", a_case(), NOW)
    with pytest.raises(ValueError, match="may be changed"):
        store.note("a1b2", **{column: "sent"})


def test_the_columns_are_the_fields(store):
    columns = [row[1] for row in store._db.execute("PRAGMA table_info(cases)")]
    assert columns == [field.name for field in fields(Case)] or set(columns) == {field.name for field in fields(Case)}


def test_cursors_only_go_forward_until_the_folder_is_made_anew(store):
    store.take("home", Place("INBOX", 7, 41), None, None, NOW)
    store.take("home", Place("INBOX", 7, 12), None, None, NOW)
    assert store.cursor("home", "INBOX") == (7, 42)
    store.take("home", Place("INBOX", 8, 3), None, None, NOW)
    assert store.cursor("home", "INBOX") == (8, 4)
    store.take("home", Place("Archive", 1, 3), None, None, NOW, cursor=False)
    assert store.cursor("home", "Archive") is None


def test_unseen(store):
    store.take("home", PLACE, "<known@x.example>", None, NOW)
    assert store.unseen("home", ["<known@x.example>", "<new@x.example>"]) == {"<new@x.example>"}
    assert store.unseen("work", ["<known@x.example>"]) == {"<known@x.example>"}
    assert len(store.unseen("home", [f"<{n}@x.example>" for n in range(1200)])) == 1200


def test_tries_are_counted_and_a_mail_is_set_aside(store):
    assert [store.try_mail("home", PLACE, NOW) for _ in range(3)] == [1, 2, 3]
    store.set_aside("home", PLACE, "it could not be read")
    assert [aside.reason for aside in store.asides("home")] == ["it could not be read"]
    assert store.asides("work") == []


def test_a_mail_that_was_read_is_no_longer_counted(store):
    store.try_mail("home", PLACE, NOW)
    store.take("home", PLACE, "<x@x.example>", None, NOW)
    assert store.try_mail("home", PLACE, NOW) == 1


def test_requests(store):
    number = store.request("hold", NOW, "a1b2", seconds=60)
    (request,) = store.requests()
    assert (request.kind, request.case_id, request.args) == ("hold", "a1b2", {"seconds": 60})
    store.finish(number, NOW, ok=True, outcome="held")
    assert store.requests() == []
    assert store.request_of(number).outcome == "held"


def test_notes_are_stored_first_and_told_when_filed(store):
    store.take("home", PLACE, "<r@acme.example>", a_case(), NOW)
    store.add_notice(Notice("<n@me.example>", "home", NOW, b"raw", ("a1b2",), None))
    assert not store.case("a1b2").told
    store.notice_filed("<n@me.example>", NOW)
    assert store.case("a1b2").told
    assert store.notices("home")[0].filed_at == NOW


def test_a_pause_may_be_open(store):
    store.pause(datetime.max.replace(tzinfo=UTC))
    assert store.paused_until > NOW
    store.pause(None)
    assert store.paused_until is None


def test_accounts(store):
    assert store.account("home") == AccountRow("home")
    store.set_account(AccountRow("home", "trouble", "no", last_round=NOW, drafts_uidvalidity=3, told=False), NOW)
    assert store.account("home") == AccountRow("home", "trouble", "no", NOW, NOW, None, 3, False)


def test_forgetting_leaves_no_word_in_any_file(tmp_path):
    """Not in free pages, not in the write-ahead log, while the daemon has the state open; a keyed hash remembers the mail."""
    word = b"zzyzx"
    daemon, store = Store.open(tmp_path / "s.sqlite3"), Store.open(tmp_path / "s.sqlite3")
    key = "<r1@zzyzx.example>"
    case = a_case(key=key, message_id=key, company="Zzyzx Works", raw=b"Zzyzx body " * 5000, facts='{"a": "Zzyzx"}')
    store.take("home", PLACE, key, case, NOW)
    store.record("a1b2", Event.FILE, "Zzyzx reason", NOW, draft=b"Zzyzx letter " * 3000)
    daemon.note("a1b2", draft=b"Dear Zzyzx")
    store.add_notice(Notice("<n@x>", "home", NOW, b"A note to Zzyzx is ready", ("a1b2",), None))
    daemon.notice_filed("<n@x>", NOW)
    store.add_notice(Notice("<n2@x>", "home", NOW, b"Another note to Zzyzx", ("a1b2",), None))
    for kind, details in (
        ("note", {"company": "Zzyzx Works", "text": "its kites"}),
        ("forget", {"what": "Zzyzx Works"}),
    ):
        number = store.request(kind, NOW, **details)
        apply(daemon, daemon.request_of(number), NOW)
        daemon.finish(number, NOW, ok=True, outcome="Remembered about Zzyzx." if kind == "note" else "Done.")
    assert store.cases() == []
    assert store.impressions() == {}
    assert [notice.message_id for notice in store.notices("home")] == ["<n@x>"]  # when it was filed still counts
    assert store.unseen("home", [key]) == set()
    for path in tmp_path.iterdir():
        assert word not in path.read_bytes().lower(), path.name
    store.close()
    daemon.close()


def test_a_key_of_a_mail_seen_is_stored_as_a_hash_only(tmp_path):
    store = Store.open(tmp_path / "s.sqlite3")
    store.take("home", PLACE, "<private@bank.example>", None, NOW)
    assert store.unseen("home", ["<private@bank.example>", "<other@bank.example>"]) == {"<other@bank.example>"}
    store.close()
    assert b"bank.example" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_a_case_that_was_forgotten_meanwhile_is_refused(store):
    store.take("home", PLACE, "<r@acme.example>", a_case(), NOW)
    store.add_notice(Notice("<n@x>", "home", NOW, b"x", ("a1b2",), None))
    store.forget(["a1b2"])
    store.notice_filed("<n@x>", NOW)
    with pytest.raises(Refused, match="has been deleted"):
        store.note("a1b2", tries=1)
    with pytest.raises(Refused, match="has been deleted"):
        store.record("a1b2", Event.SKIP, "no", NOW)


def test_forgetting_what_is_not_there_forgets_nothing(store):
    store.take("home", PLACE, "<r1@x>", a_case(), NOW)
    assert store.forget(["ffff"]) == 0
    assert store.forget(["ffff", a_case().id]) == 1
    assert store.cases() == []


def test_nothing_to_note_changes_nothing(store):
    store.take("home", PLACE, "<r1@x>", a_case(), NOW)
    assert store.note(a_case().id) == a_case()


def test_those_changed_after_a_time(store):
    store.take("home", PLACE, a_case().key, a_case(), NOW)
    later = NOW + timedelta(seconds=1)
    for account, state, moment, found in (
        ("home", State.FOUND, NOW - timedelta(microseconds=1), 1),
        ("home", State.FOUND, NOW, 0),
        ("home", State.SKIPPED, NOW - timedelta(days=1), 0),
        ("work", State.FOUND, NOW - timedelta(days=1), 0),
    ):
        assert len(store.changed_after(account, state, moment)) == found
    store.record(a_case().id, Event.SKIP, "Too old.", later)
    assert [one.id for one in store.changed_after("home", State.SKIPPED, NOW)] == [a_case().id]
    assert store.changed_after("home", State.SKIPPED, later) == []


def test_mails_set_aside_are_told_with_the_note_that_tells_of_them(store):
    places = [Place("INBOX", 1, uid) for uid in (1, 2)]
    for place in places:
        store.try_mail("home", place, NOW)
        store.set_aside("home", place, "no")
    one, two = store.asides("home", untold=True)
    store.add_notice(Notice("<n@x>", "home", NOW, b"a", (), None), [one])
    assert store.asides("home", untold=True) == [two]
    store.asides_told([two])
    assert store.asides("home", untold=True) == []
    assert store.asides("home") == [one, two]


def test_trim_lets_go_of_old_letters_and_later_of_the_rest(store):
    letters, rejections = timedelta(days=20), timedelta(days=40)
    store.take("home", PLACE, "<r@acme.example>", a_case(raw=b"x", draft=b"y"), NOW)
    store.record("a1b2", Event.SKIP, "no", NOW)
    store.take("home", PLACE, "<open@acme.example>", a_case(id="c3d4", key="<open@acme.example>", raw=b"z"), NOW)
    store.trim(NOW + timedelta(days=10), letters, rejections)
    assert store.case("a1b2").raw == b"x"
    store.trim(NOW + timedelta(days=30), letters, rejections)
    assert (store.case("a1b2").raw, store.case("a1b2").draft) == (None, None)
    store.trim(NOW + timedelta(days=50), letters, rejections)
    assert [case.id for case in store.cases()] == ["c3d4"]
    assert store.journal("a1b2") == []
    assert store.unseen("home", ["<r@acme.example>"]) == set()  # no scan reaches back so far, yet
    assert store.case("c3d4").raw == b"z"
    store.trim(NOW + timedelta(days=70), letters, rejections)
    assert store.unseen("home", ["<r@acme.example>"]) == {"<r@acme.example>"}


def test_only_the_user_can_read_it(tmp_path):
    Store.open(tmp_path / "state" / "s.sqlite3").close()
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "state" / "s.sqlite3").stat().st_mode & 0o777 == 0o600


def test_the_key_stays(tmp_path):
    first = Store.open(tmp_path / "s.sqlite3")
    second = Store.open(tmp_path / "s.sqlite3")
    assert first.key == second.key
    assert len(first.key) == 32


def test_a_newer_state_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "s.sqlite3"
    Store.open(path).close()
    sqlite3.connect(path).execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(UserError, match="written by a newer version"):
        Store.open(path)


def test_a_damaged_state_is_named_with_what_to_do(tmp_path):
    path = tmp_path / "s.sqlite3"
    path.write_bytes(b"this is no database " * 100)
    with pytest.raises(UserError, match=r"is damaged .* move it away"):
        Store.open(path)


def test_a_state_in_use_means_later(tmp_path):
    path = tmp_path / "s.sqlite3"
    store = Store.open(path)
    store._db.execute("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(TryLater, match="in use"):
        store.pause(None)
    other.execute("ROLLBACK")
    store.pause(None)


def test_a_full_disk_means_later(tmp_path):
    store = Store.open(tmp_path / "s.sqlite3")
    store._db.execute(f"PRAGMA max_page_count = {store._db.execute('PRAGMA page_count').fetchone()[0]}")
    with pytest.raises(TryLater, match="disk is full"):
        for number in range(200):
            store.take("home", Place("INBOX", 1, number), f"<{number}@x.example>", None, NOW)
    store._db.execute("PRAGMA max_page_count = 100000")
    store.pause(None)


def test_a_state_that_can_only_be_read_means_later_and_can_be_looked_at(tmp_path):
    store = Store.open(tmp_path / "s.sqlite3")
    store.take("home", PLACE, "<r@acme.example>", a_case(), NOW)
    store._db.execute("PRAGMA query_only=ON")
    with pytest.raises(TryLater, match="cannot be written"):
        store.pause(None)
    store._migrate()  # as every opening does: nothing is written where nothing is to be done
    assert [case.id for case in store.cases()] == ["a1b2"]
    store.forgive("home", PLACE)  # must not hide the trouble that it follows


def test_a_folder_in_the_place_of_the_file_means_later(tmp_path):
    (tmp_path / "s.sqlite3").mkdir()
    with pytest.raises((TryLater, UserError), match="cannot be written"):
        Store.open(tmp_path / "s.sqlite3")


def test_a_damaged_page_is_named_when_it_is_read(tmp_path):
    path = tmp_path / "s.sqlite3"
    store = Store.open(path)
    for number in range(300):
        store.take("home", Place("INBOX", 7, number), f"<{number}@x.example>", None, NOW)
    store.close()
    raw = bytearray(path.read_bytes())
    raw[4096:] = b"\xa5" * (len(raw) - 4096)
    path.write_bytes(raw)
    with pytest.raises(UserError, match="is damaged"):  # by whichever of the two reads it first
        store = Store.open(path)
        store.take("home", PLACE, "<r@acme.example>", a_case(), NOW)


def test_a_damaged_text_is_named_when_it_is_read_and_not_shown(tmp_path):
    store = Store.open(tmp_path / "s.sqlite3")
    store.take("home", PLACE, "<r@acme.example>", a_case(), NOW)
    store._db.execute("UPDATE cases SET facts = CAST(CAST(facts AS BLOB) || x'a5' AS TEXT)")
    with pytest.raises(UserError, match="is damaged") as told:
        store.cases()
    assert "{" not in str(told.value)


def test_a_mistake_of_the_program_is_not_taken_for_damage(store):
    with pytest.raises(sqlite3.IntegrityError):
        store.take("home", PLACE, "k", a_case(company=None, role=None, folder=None), NOW)
    with pytest.raises(sqlite3.OperationalError, match="no such"):
        store._read("SELECT none_such FROM cases")


def test_a_folder_that_cannot_be_made_is_the_users_to_mend(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="state cannot be written"):
        Store.open(tmp_path / "file" / "s.sqlite3")


def test_a_state_folder_that_cannot_be_made_is_the_users_to_mend(tmp_path):
    (tmp_path / "state").write_text("a file in its place")
    with pytest.raises(UserError, match="state folder cannot be written"), only_instance(tmp_path / "state"):
        pass


def test_the_lock_of_a_state_folder_is_held_by_one_and_given_back(tmp_path):
    with only_instance(tmp_path), pytest.raises(AlreadyRunning, match="another responder"), only_instance(tmp_path):
        pass
    with only_instance(tmp_path):
        assert (tmp_path / "lock").exists()


def test_another_connection_sees_that_something_was_written(tmp_path):
    one, two = Store.open(tmp_path / "s.sqlite3"), Store.open(tmp_path / "s.sqlite3")
    before = one.version()
    two.request("resume", NOW)
    assert one.version() != before
