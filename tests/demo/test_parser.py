from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imapclient.imap_utf7 import encode

from responder.demo.parser import Atom, Bad, date_time, day, holds, internal_date, quoted, ranges, tokens, wire_name


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([b"INBOX"], (b"INBOX",)),
        ([b'"My folder" (MESSAGES UNSEEN)'], (b"My folder", (b"MESSAGES", b"UNSEEN"))),
        ([rb'"a \"b\" \\c"'], (rb'a "b" \c',)),
        ([b"1 BODY.PEEK[HEADER.FIELDS (FROM TO)]<0.100>"], (b"1", b"BODY.PEEK[HEADER.FIELDS (FROM TO)]<0.100>")),
        ([b"[Gmail]/Drafts"], (b"[Gmail]/Drafts",)),
        ([b"Drafts (\\Draft) ", b"Subject: x\r\n\r\n", b""], (b"Drafts", (b"\\Draft",), b"Subject: x\r\n\r\n")),
        ([b""], ()),
    ],
)
def test_a_command_becomes_tokens(parts: list[bytes], expected: tuple[object, ...]) -> None:
    assert tokens(parts) == expected


def test_an_atom_is_not_a_string() -> None:
    atom, string = tokens([b'ALL "ALL"'])
    assert isinstance(atom, Atom)
    assert not isinstance(string, Atom)


@pytest.mark.parametrize("line", [b"(", b")", b'"open', b"BODY[", b"\x00", b"(" * 50 + b")" * 50, b"{5}"])
def test_what_cannot_be_parsed_is_bad(line: bytes) -> None:
    with pytest.raises(Bad):
        tokens([line])


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=5))
def test_any_bytes_are_parsed_or_bad(parts: list[bytes]) -> None:
    try:
        tokens(parts)
    except Bad as complaint:
        assert str(complaint)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        (b"2", {2}, {1, 3}),
        (b"2:4", {2, 3, 4}, {1, 5}),
        (b"4:2", {2, 3, 4}, {1, 5}),
        (b"*", {9}, {8}),
        (b"7:*", {7, 8, 9}, {6}),
        (b"*:7", {7, 8, 9}, {6}),
        (b"20:*", {9}, {8}),  # the trap of n:* beyond the end
        (b"1,5:6", {1, 5, 6}, {2, 4, 7}),
    ],
)
def test_a_set_names_numbers(text: bytes, inside: set[int], outside: set[int]) -> None:
    wanted = ranges(text)
    assert all(holds(wanted, number, 9) for number in inside)
    assert not any(holds(wanted, number, 9) for number in outside)


@pytest.mark.parametrize("text", [b"", b"0", b"1:", b"a", b"1,,2", b"-1", b"1:2:3"])
def test_what_is_no_set_is_bad(text: bytes) -> None:
    with pytest.raises(Bad):
        ranges(text)


def test_dates_are_english_in_any_locale() -> None:
    assert day(b"1-Mar-2026") == date(2026, 3, 1)
    when = date_time(b" 1-Mar-2026 01:30:00 +0200")
    assert when == datetime(2026, 2, 28, 23, 30, tzinfo=UTC)
    assert internal_date(when) == b'"28-Feb-2026 23:30:00 +0000"'


@pytest.mark.parametrize("text", [b"1-March-2026", b"31-Feb-2026", b"2026-03-01", b""])
def test_what_is_no_date_is_bad(text: bytes) -> None:
    with pytest.raises(Bad):
        day(text)


@given(st.text(max_size=30))
def test_folder_names_travel_as_clients_write_them(name: str) -> None:
    name = "".join(char for char in name if char.isprintable() and not 0xD800 <= ord(char) <= 0xDFFF)
    assert wire_name(name).encode() == encode(name)


@given(st.binary(max_size=2000))
def test_a_string_that_is_written_is_read_back(value: bytes) -> None:
    written = quoted(value)
    if written.startswith(b'"'):
        assert tokens([written]) == (value,)
    else:
        assert written == b"{%d}\r\n%s" % (len(value), value)
