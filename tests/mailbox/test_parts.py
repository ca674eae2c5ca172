"""The pure rooms of the mailbox: what is fetched of a mail, what answers mean, which folder is which, what may be searched for."""

from __future__ import annotations

import email
import email.policy
import imaplib
import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imapclient.exceptions import InvalidCriteriaError, ProtocolError
from imapclient.response_parser import parse_response

from responder.errors import Refused, TryLater, UserError
from responder.mailbox import Roles, Search
from responder.mailbox.fetched import Fetched, read
from responder.mailbox.folders import Listed, find_roles
from responder.mailbox.query import criteria, msgid_needle, same_message_id
from responder.mailbox.structure import PART_LIMIT, Branch, Leaf, assemble, chosen, leaves, put_together, read_structure
from responder.mailbox.texts import fetch_texts
from responder.mailbox.trouble import refusal, said, translate

# -- structure

PLAIN = b'("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 120 4 NIL NIL NIL)'
HTML = b'("text" "html" ("charset" "utf-8") NIL NIL "quoted-printable" 900 30)'
PDF = (
    b'("application" "pdf" ("name" "cv.pdf") NIL NIL "base64" 9000000 NIL ("attachment" ("filename" "cv.pdf")) NIL NIL)'
)
CALENDAR = b'("text" "calendar" ("method" "REQUEST") NIL NIL "7bit" 500 9 NIL ("attachment" ("filename" "i.ics")))'
NOTES = b'("text" "plain" NIL NIL NIL "7bit" 700 9 NIL ("attachment" ("filename" "notes.txt")))'
MESSAGE = b'("message" "rfc822" NIL NIL NIL "7bit" 300 (NIL "x" NIL NIL NIL NIL NIL NIL NIL NIL) ' + PLAIN + b" 9)"


def _tree(text: bytes) -> Leaf | Branch:
    (value,) = parse_response([text])
    tree = read_structure(value)
    assert tree is not None
    return tree


def _multi(*parts: bytes, subtype: bytes = b"mixed") -> bytes:
    return b"(" + b"".join(parts) + b' "' + subtype + b'" ("boundary" "xyz") NIL NIL)'


@pytest.mark.parametrize(
    ("structure", "wanted"),
    [
        (PLAIN, ["1"]),
        (PDF, []),
        (_multi(PLAIN, PDF), ["1"]),
        (_multi(_multi(PLAIN, HTML, subtype=b"alternative"), PDF, CALENDAR), ["1.1", "1.2", "3"]),
        (_multi(PLAIN, NOTES), ["1"]),
        (_multi(PDF, NOTES), ["2"]),  # nothing else to read
        (_multi(PLAIN, MESSAGE), ["1", "2"]),
        (_multi(PLAIN * 1), ["1"]),
        (b"(" + PLAIN + b' "mixed" NIL NIL NIL)', ["1"]),
        (_multi(*[PLAIN] * 100), [str(n) for n in range(1, 31)]),
        (_multi(*[HTML.replace(b"900", b"999999")] * 9), ["1", "2", "3"]),  # cut at about 1 MB
    ],
)
def test_which_parts_are_fetched(structure, wanted):
    assert [leaf.section for leaf in chosen(_tree(structure))] == wanted


@pytest.mark.parametrize("text", [b"()", b'("x")', b"NIL", b"5", b'(((("a"))))', b'("text" "plain" NIL)', _multi() * 1])
def test_a_structure_that_makes_no_sense_is_none(text):
    (value,) = parse_response([text])
    assert read_structure(value) is None


def test_a_structure_too_deep_is_none():
    value: object = (b"text", b"plain", None, None, None, b"7bit", 5, 1)
    for _ in range(3000):
        value = (value, b"mixed")
    assert read_structure(value) is None


def test_a_media_type_cannot_be_a_header():
    (value,) = parse_response([_multi(PLAIN, subtype=b"mixed\r\nBcc: evil@x.example;").replace(b"plain", b"pl ain\n")])
    tree = read_structure(value)
    assert isinstance(tree, Branch)
    assert tree.subtype == "mixed"
    assert leaves(tree)[0].type == "text/octet-stream"


HEADER = b"From: Jane <jane@acme.example>\r\nSubject: =?utf-8?q?N=C3=A9?=\r\nMIME-Version: 1.0\r\n"
HEADER += b"Content-Type: multipart/mixed;\r\n\tboundary=xyz\r\nX-After: kept\r\n\r\n"


def test_what_is_put_together_is_a_mail():
    tree = _tree(_multi(_multi(PLAIN, HTML, subtype=b"alternative"), PDF, CALENDAR))
    parts = {
        "1.1": (
            b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
            b"Gr=C3=BC=C3=9Fe\r\n",
        ),
        "1.2": (b"Content-Type: text/html\r\n\r\n", b"<p>--part-0-00</p>"),
        "3": (b"", b"BEGIN:VCALENDAR\r\n"),
    }
    raw = assemble(HEADER, tree, parts)
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert not mail.defects
    assert mail["Subject"] == "Né"
    assert mail["X-After"] == "kept"
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar",
    ]  # fmt: skip
    plain, html, calendar = (part for part in mail.walk() if not part.is_multipart())
    assert plain.get_content() == "Grüße\r\n" or plain.get_content() == "Grüße\n"
    assert "part-0-00" in html.get_content()
    assert "VCALENDAR" in calendar.get_payload()
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_a_bounce_keeps_its_report_type():
    structure = (
        b"("
        + PLAIN
        + b'("message" "delivery-status" NIL NIL NIL "7bit" 90) "report" ("report-type" "delivery-status" "boundary" "b") NIL NIL)'
    )
    raw = assemble(HEADER, _tree(structure), {"1": (b"", b"x"), "2": (b"", b"Action: failed")})
    mail = email.message_from_bytes(raw)
    assert mail.get_content_type() == "multipart/report"
    assert mail.get_param("report-type") == "delivery-status"


def test_a_mail_of_one_part_keeps_its_header():
    header = b"Subject: x\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    assert assemble(header, _tree(PLAIN), {"1": (b"", b"Gr\xfc\xdfe")}) == header + b"Gr\xfc\xdfe"


def test_a_mail_that_is_one_attachment_has_no_text():
    header = b"Subject: x\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    mail = email.message_from_bytes(assemble(header, _tree(PDF), {}))
    assert mail.get_content_type() == "text/plain"
    assert mail["Content-Transfer-Encoding"] is None
    assert mail.get_payload() == ""


def test_a_cut_part_ends_with_a_whole_line():
    tree = _tree(_multi(PLAIN))
    line = b"QUJD" * 19 + b"\r\n"
    body = (line * (PART_LIMIT // len(line) + 1))[:PART_LIMIT]
    mail = Fetched(
        1, {b"BODY[HEADER]": HEADER, b"BODY[1]": body, b"BODY[1.MIME]": b"Content-Transfer-Encoding: base64\r\n\r\n"}
    )
    (part,) = email.message_from_bytes(put_together(tree, ["1"], mail)).get_payload()
    decoded = part.get_payload(decode=True)
    assert decoded == b"ABC" * (len(decoded) // 3)
    assert len(decoded) > 190_000


# -- fetched


def test_an_answer_is_read_whatever_the_server_calls_the_section():
    data = [
        (
            b'1 (UID 7 FLAGS (\\sEEN $Label \\Recent) INTERNALDATE "14-Mar-2026 10:26:53 +0100" BODY[HEADER.FIELDS ("MESSAGE-ID" FROM)]<0> {5}',
            b"a: b\n",
        ),
        b" RFC822.SIZE 12)",
        (b"2 (UID 8 BODY[1]<0.262144> {2}", b"hi"),
        b")",
    ]
    mails = read(data, [7, 8])
    assert mails[7].header() == b"a: b\n"
    assert mails[7].flags == {"\\Seen", "$Label"}
    assert mails[7].internal_date == datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
    assert mails[7].size == 12
    assert mails[8].section(b"1") == b"hi"
    assert mails[8].section(b"2") == b""


def test_one_broken_answer_hides_no_other():
    data = [b"1 (UID 7 BODYSTRUCTURE ((((", b"2 (UID 8 FLAGS ())", b"3 (FLAGS", b"garbage", b"4 (UID 7 UID 8 X (", None]
    mails = read(data, [7, 8])
    assert mails[7].broken
    assert not mails[8].broken
    assert set(mails) == {7, 8}


def test_an_answer_too_long_to_be_read_in_time_is_a_broken_one():
    mails = read([b"1 (UID 7 X " + b"(" * 3_000_000, b"2 (UID 8 FLAGS ())"], [7, 8])
    assert mails[7].broken
    assert not mails[8].broken


def test_what_was_not_asked_for_is_left_out():
    assert set(read([b"1 (UID 9 FLAGS ())", b"2 (UID 7 FLAGS ())"], [7])) == {7}


@pytest.mark.parametrize(
    ("value", "header", "expected"),
    [
        (b"14-Mar-2026 10:26:53", b"", datetime(2026, 3, 14, 10, 26, 53, tzinfo=UTC)),  # naive: taken as UTC
        (b" 4-Mar-2026 10:26:53 -0500", b"", datetime(2026, 3, 4, 15, 26, 53, tzinfo=UTC)),
        (None, b"Date: Sat, 14 Mar 2026 10:26:53 +0100\r\n", datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)),
        (b"yesterday", b"Date: the day before\r\n", datetime(1970, 1, 1, tzinfo=UTC)),
        (b"32-Mar-2026 99:99:99 +0100", b"", datetime(1970, 1, 1, tzinfo=UTC)),
        (b"31-Dec-9999 23:00:00 -1400", b"", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_dates(value, header, expected):
    assert Fetched(1, {b"INTERNALDATE": value, b"BODY[HEADER]": header}).internal_date == expected


LITERAL = st.tuples(st.binary(max_size=40).map(lambda b: b + b" {3}"), st.just(b"abc"))


@given(st.lists(st.one_of(st.binary(max_size=80), LITERAL, st.none()), max_size=6))
def test_any_answer_is_survived(data):
    for mail in read(data, [1, 7]).values():
        assert isinstance(mail.flags, frozenset)
        assert mail.internal_date.tzinfo is UTC
        mail.header()
        read_structure(mail.items.get(b"BODYSTRUCTURE"))


NESTED = st.recursive(
    st.one_of(
        st.none(),
        st.integers(0, 10**6),
        st.binary(max_size=12),
        st.sampled_from([b"text", b"plain", b"mixed", b"attachment", b"rfc822"]),
    ),
    lambda inner: st.lists(inner, max_size=9).map(tuple),
    max_leaves=40,
)


@given(NESTED, st.binary(max_size=200))
def test_any_structure_gives_a_mail_or_nothing(value, header):
    tree = read_structure(value)
    if tree is not None:
        parts = {leaf.section: (b"", b"body\r\n") for leaf in chosen(tree)}
        email.message_from_bytes(assemble(header, tree, parts))


# -- texts


def test_many_mails_cost_few_commands_and_bounded_answers():
    asked: list[tuple[int, tuple[str, ...], int]] = []
    shape = parse_response([_multi(PLAIN, PDF)])[0]

    def fetch(uids, items, size):
        if uids:
            asked.append((len(uids), tuple(items), size))
        return {
            u: Fetched(
                u, {b"RFC822.SIZE": 9_000_000, b"BODYSTRUCTURE": shape, b"BODY[HEADER]": HEADER, b"BODY[1]": b"x"}
            )
            for u in uids
        }

    found = fetch_texts(fetch, range(1, 51), {})
    assert len(found) == 50
    assert len(asked) == 2 + 8
    assert max(number * size for number, _items, size in asked[2:]) <= 4_000_000
    assert not any(item.startswith("BODY.PEEK[2]") for _n, items, _s in asked for item in items)


# -- folders


def _listed(*rows: str) -> list[Listed]:
    return [
        Listed(frozenset(attributes.lower().split()), delimiter, name)
        for attributes, delimiter, name in (row.split("|") for row in rows)
    ]


def _roles(**known: str) -> Roles:
    return Roles(**{"drafts": None, "sent": None, "trash": None, "archive": None, "all": None, "junk": None, **known})


@pytest.mark.parametrize(
    ("listed", "prefix", "expected"),
    [
        (["|/|INBOX", "\\Drafts|/|Kladde 2", "|/|Drafts", "\\Sent|/|Out"], "", _roles(drafts="Kladde 2", sent="Out")),
        (["\\drafts|/|A", "\\allmail|/|B", "\\spam|/|C"], "", _roles(drafts="A", all="B", junk="C")),
        (["|/|INBOX", "|/|Entwürfe", "|/|Gesendet", "|/|Papierkorb"], "", _roles(drafts="Entwürfe", sent="Gesendet", trash="Papierkorb")),
        (["|/|Entwu\u0308rfe"], "", _roles(drafts="Entwu\u0308rfe")),  # decomposed
        (["|.|INBOX.Drafts", "|.|INBOX.sent", "|.|INBOX"], "INBOX.", _roles(drafts="INBOX.Drafts", sent="INBOX.sent")),
        (["|.|INBOX.Drafts"], "", _roles(drafts="INBOX.Drafts")),
        (["\\Noselect|/|[Gmail]", "|/|[Gmail]/Brouillons", "|/|[Gmail]/Corbeille"], "", _roles(drafts="[Gmail]/Brouillons", trash="[Gmail]/Corbeille")),
        (["|/|Projects/Drafts", "|/|My Drafts"], "", _roles()),  # never from part of a name
        (["\\NonExistent \\Drafts|/|Drafts", "\\Noselect|/|Sent"], "", _roles()),
        (["|/|Sent Items", "|/|Sent"], "", _roles(sent="Sent")),
        (["|/|Draft", "|/|Bulk", "|/|Deleted Messages"], "", _roles(drafts="Draft", junk="Bulk", trash="Deleted Messages")),
        (["|/|下書き", "|/|送信済みメール"], "", _roles(drafts="下書き", sent="送信済みメール")),
    ],
)  # fmt: skip
def test_folders_by_use(listed, prefix, expected):
    assert find_roles(_listed(*listed), {}, prefix) == expected


def test_a_configured_folder_wins():
    listed = _listed("\\Drafts|/|Drafts", "|/|Mine")
    assert find_roles(listed, {"drafts": "Mine", "sent": ""}).drafts == "Mine"
    assert find_roles(_listed("|.|INBOX.Mine"), {"drafts": "Mine"}, "INBOX.").drafts == "INBOX.Mine"


def test_a_configured_folder_that_is_not_there_is_named():
    with pytest.raises(UserError, match=r'drafts = "Mine".*There are: Drafts, INBOX'):
        find_roles(_listed("\\Drafts|/|Drafts", "|/|INBOX"), {"drafts": "Mine"})


# -- query


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        (Search(), (["ALL"], None)),
        (Search(since=date(2026, 3, 1)), (["SINCE", date(2026, 3, 1)], None)),
        (Search(before=date(2026, 3, 2)), (["BEFORE", date(2026, 3, 2)], None)),
        (Search(date(2026, 3, 1), date(2026, 3, 2), subjects=("kites",)), (["SINCE", date(2026, 3, 1), "BEFORE", date(2026, 3, 2), "SUBJECT", "kites"], None)),
        (Search(people=("a@b.example",)), (["OR", "FROM", "a@b.example", "OR", "TO", "a@b.example", "CC", "a@b.example"], None)),
        (Search(subjects=('Re: "quoted" (x) {5}\r\n',)), (["SUBJECT", "Re quoted x 5"], None)),
        (Search(subjects=("Ingenieur für Daten",)), (["SUBJECT", "Ingenieur für Daten"], "UTF-8")),
        (Search(references=("<a+b=c@d.example>",)), (["OR", "HEADER", "References", "a+b=c@d.example", "HEADER", "In-Reply-To", "a+b=c@d.example"], None)),
        (Search(people=("", "\x00"), references=('"',)), ([], None)),
    ],
)  # fmt: skip
def test_criteria(search, expected):
    assert criteria(search) == expected


def test_criteria_for_a_server_that_knows_ascii_only():
    assert criteria(Search(subjects=("Ingenieur für Daten", "数据")), ascii_only=True) == (
        ["SUBJECT", "Ingenieur"],
        None,
    )


def test_criteria_are_bounded():
    many = tuple(f"someone{n}@acme.example" * 20 for n in range(1000))
    asked, _charset = criteria(Search(people=many, subjects=many, references=many))
    assert sum(len(str(word)) + 1 for word in asked) < 60_000


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_value_can_leave_its_place_in_a_command(value, other):
    asked, _charset = criteria(Search(people=(value,), subjects=(other,), references=(value, other)))
    for word in asked:
        assert not set(str(word)) & set('\r\n\0"\\{}()*%')


def test_a_message_id_is_searched_by_what_is_safe_and_compared_whole():
    assert msgid_needle("<abc(1)def-ghi@x.example>") == "def-ghi@x.example"
    assert msgid_needle("<>") == ""
    header = b"Message-ID:\r\n\t<abc(1)def-ghi@x.example>\r\n\r\n"
    assert same_message_id(header, "<abc(1)def-ghi@x.example>")
    assert not same_message_id(header, "<def-ghi@x.example>")
    assert not same_message_id(b"", "<a@b>")


# -- trouble


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("append failed: [TRYCREATE] no such mailbox", Refused),
        ("append failed: [OVERQUOTA] full", TryLater),
        ("append failed: Quota exceeded (mailbox for user is full)", TryLater),
        ("select failed: [SERVERBUG] Internal error occurred", TryLater),
        ("select failed: [NOPERM] no", Refused),
        ("UID command error: BAD [b'Command Argument Error. 11']", Refused),
        ("command SEARCH illegal in state AUTH", TryLater),
    ],
)
def test_refusals_by_what_happens_next(text, error):
    assert type(refusal(text, "here")) is error


@pytest.mark.parametrize(
    ("trouble", "error", "words"),
    [
        (Refused("no"), Refused, "^no$"),
        (imaplib.IMAP4.readonly("x"), Refused, "only be read"),
        (imaplib.IMAP4.abort("gone"), TryLater, r"the connection was lost \(gone\)"),
        (ProtocolError("?"), TryLater, "could not be understood"),
        (InvalidCriteriaError("BAD x"), Refused, "refused by the server"),
        (imaplib.IMAP4.error("select failed: no"), Refused, "refused by the server"),
        (TimeoutError(), TryLater, "no answer in time"),
        (ConnectionResetError("reset by peer"), TryLater, r"the connection failed \(reset by peer\)"),
        (RecursionError("deep"), TryLater, r"could not be understood \(RecursionError\)"),
    ],
)
def test_what_imapclient_raises_by_what_happens_next(trouble, error, words):
    found = translate(trouble, "looking", "there")
    assert type(found) is error
    assert re.search(words, str(found))


def test_what_a_server_says_is_one_short_line():
    assert said(b"a\r\nb\x1b[31mc\x00" + b"d" * 500) == "a b [31mc " + "d" * 190
