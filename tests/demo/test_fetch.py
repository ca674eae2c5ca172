"""Sections, envelopes and structures, and searches, on one mail of every shape; then on any bytes."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.demo.fetch import answer, items
from responder.demo.parser import Bad, No, tokens
from responder.demo.quirks import Quirks
from responder.demo.search import Scope, criteria
from responder.demo.store import Content, Mail

WHEN = datetime(2026, 11, 3, 23, 30, tzinfo=UTC)
INNER = b"Subject: inner\r\nFrom: kim@acme.example\r\n\r\ninner body\r\n"
MIXED = (
    b"From: =?utf-8?q?J=C3=BCrgen?= <jw@acme.example>\r\nTo: ana@mail.example\r\nSubject: =?utf-8?b?UsO8Y2ttZWxkdW5n?=\r\n"
    b"Date: Tue, 3 Nov 2026 10:00:00 +0100\r\nMessage-ID: <a@acme.example>\r\nReferences: <r1@x>\r\n <r2@x>\r\n"
    b'Content-Type: multipart/mixed; boundary="b1"\r\n\r\npreamble\r\n'
    b'--b1\r\nContent-Type: multipart/alternative; boundary="b2"\r\n\r\n'
    b"--b2\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ngr=C3=B6=C3=9Ftenteils\r\n"
    b"--b2\r\nContent-Type: text/html\r\n\r\n<p>html</p>\r\n--b2--\r\n"
    b"--b1\r\nContent-Type: message/rfc822\r\n\r\n" + INNER + b"\r\n--b1--\r\nepilogue"
)


def mail(raw: bytes = MIXED, *flags: str, uid: int = 7) -> Mail:
    return Mail(uid, Content(raw, WHEN, frozenset(flags)))


def fetched(item: bytes, raw: bytes = MIXED) -> bytes:
    return answer(1, mail(raw), items(tokens([item])[0])).removeprefix(b"* 1 FETCH (").removesuffix(b")")


@pytest.mark.parametrize(
    ("item", "value"),
    [
        (b"BODY[]", MIXED),
        (b"BODY.PEEK[]<5.10>", MIXED[5:15]),
        (b"BODY[1.1]", b"gr=C3=B6=C3=9Ftenteils"),
        (
            b"BODY[1.1.MIME]",
            b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
        ),
        (b"BODY[1.2]", b"<p>html</p>"),
        (b"BODY[2]", INNER),
        (b"BODY[2.HEADER]", INNER[: INNER.index(b"inner body")]),
        (b"BODY[2.TEXT]", b"inner body\r\n"),
        (b"BODY[2.1]", b"inner body\r\n"),
        (b"BODY[HEADER.FIELDS (references X-NONE)]", b"References: <r1@x>\r\n <r2@x>\r\n\r\n"),
        (b"BODY[2.HEADER.FIELDS.NOT (FROM)]", b"Subject: inner\r\n\r\n"),
        (b"RFC822.HEADER", MIXED[: MIXED.index(b"preamble")]),
    ],
)
def test_a_section_is_byte_for_byte_what_was_stored(item: bytes, value: bytes) -> None:
    _, _, literal = fetched(item).partition(b" {%d}\r\n" % len(value))
    assert literal == value


def test_a_part_that_is_not_there_is_nil() -> None:
    assert fetched(b"BODY[3]") == b"BODY[3] NIL"
    assert fetched(b"BODY[2]", b"Subject: x\r\n\r\nno parts") == b"BODY[2] NIL"
    assert fetched(b"BODY[1]", b"Subject: x\r\n\r\nno parts").endswith(b"{8}\r\nno parts")


def test_the_answer_names_the_section_without_peek() -> None:
    assert fetched(b"body.peek[header.fields (from)]<0.4>") == b"BODY[HEADER.FIELDS (FROM)]<0> {4}\r\nFrom"


def test_envelope() -> None:
    assert fetched(b"ENVELOPE") == (
        b'ENVELOPE ("Tue, 3 Nov 2026 10:00:00 +0100" "=?utf-8?b?UsO8Y2ttZWxkdW5n?=" '
        + b'(("=?utf-8?q?J=C3=BCrgen?=" NIL "jw" "acme.example")) ' * 3
        + b'((NIL NIL "ana" "mail.example")) NIL NIL NIL "<a@acme.example>")'
    )


def test_structure() -> None:
    assert fetched(b"BODY") == (
        b'BODY ((("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "quoted-printable" 22 0)'
        b'("TEXT" "HTML" NIL NIL NIL "7BIT" 11 0) "ALTERNATIVE")'
        b'("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 54 (NIL "inner" ((NIL NIL "kim" "acme.example")) ((NIL NIL "kim" "acme.example"))'
        b' ((NIL NIL "kim" "acme.example")) NIL NIL NIL NIL NIL) ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 12 1) 4) "MIXED")'
    )


@pytest.mark.parametrize("item", [b"BODY[NONSENSE]", b"NONSENSE", b"BODY[1.2.3.x]", b"BODY[HEADER.FIELDS]"])
def test_what_cannot_be_fetched_is_bad(item: bytes) -> None:
    with pytest.raises(Bad):
        fetched(item)


def matches(search: str, *flags: str, quirks: Quirks | None = None) -> bool:
    test = criteria(tokens([search.encode()]), Scope(9, 9, quirks or Quirks()))
    return test(3, mail(MIXED, *flags))


@pytest.mark.parametrize(
    "search",
    [
        "ALL",
        "SEEN FLAGGED",
        "UNANSWERED",
        "NOT DELETED",
        "OR DELETED SEEN",
        "KEYWORD $held UNKEYWORD $Other",
        "FROM jürgen",
        'SUBJECT "rückmeldung"',
        "HEADER Message-ID <a@acme.example>",
        'HEADER References "<r2@x>"',
        'HEADER To ""',
        "BODY größten",
        "TEXT inner",
        "TEXT acme.example",
        "ON 3-Nov-2026",
        "SINCE 3-Nov-2026 BEFORE 4-Nov-2026",
        "SENTON 3-Nov-2026 SENTSINCE 1-Nov-2026 SENTBEFORE 4-Nov-2026",
        "UID 5:8",
        "3",
        "1:*",
        "(SEEN (FLAGGED)) LARGER 100 SMALLER 10000",
        "NOT (OR FROM nobody SUBJECT nothing)",
    ],
)
def test_a_search_finds(search: str) -> None:
    assert matches(search, "\\Seen", "\\Flagged", "$Held")
    assert not matches(f"NOT ({search})", "\\Seen", "\\Flagged", "$Held")


@pytest.mark.parametrize("search", ["", "NONSENSE", "FROM", "OR SEEN", "NOT", "SINCE yesterday", "LARGER x", "KEYWORD"])
def test_what_is_no_search_is_bad(search: str) -> None:
    with pytest.raises(Bad):
        matches(search)


def test_the_charset_may_be_named() -> None:
    assert matches('CHARSET UTF-8 SUBJECT "rückmeldung"')


def test_a_charset_that_is_not_known_is_refused() -> None:
    with pytest.raises(No, match="BADCHARSET"):
        matches("CHARSET KOI8-R SUBJECT x")


@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", b"From: "]),
)
def test_any_bytes_can_be_fetched_and_searched(raw: bytes, start: bytes) -> None:
    wanted = items(
        tokens([b"(ENVELOPE BODYSTRUCTURE BODY[1.HEADER] BODY[TEXT] BODY[HEADER.FIELDS (FROM)] RFC822.SIZE)"])[0]
    )
    whole = mail(start + raw)
    assert answer(1, whole, wanted).startswith(b"* 1 FETCH (ENVELOPE (")
    test = criteria(tokens([b"OR TEXT x OR SENTSINCE 1-Jan-2026 HEADER From y"]), Scope(9, 9, Quirks()))
    assert test(1, whole) in (True, False)


@pytest.mark.parametrize(
    "raw",
    [b"From: " + b"(" * 5000 + b"\r\n\r\n", b"x" * 3_000_000, b"--b\r\n" * 100_000],
    ids=["comments", "line", "parts"],
)
def test_bombs_are_answered(raw: bytes) -> None:
    head = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" if raw.startswith(b"--") else b""
    wanted = items(tokens([b"(ENVELOPE BODYSTRUCTURE BODY[HEADER.FIELDS (FROM)])"])[0])
    assert len(answer(1, mail(head + raw), wanted)) < 200_000
