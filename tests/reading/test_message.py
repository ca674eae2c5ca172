"""Bytes -> Message: the traps that mail was seen to set, each as one case."""

from __future__ import annotations

import base64
import dataclasses
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from responder.reading import message as message_module
from responder.reading.message import Message, Unreadable, case_key, glance, read

PLAIN = b"""From: Jane Doe <jane@acme.example>
To: Ana Souza <ana@mail.example>
Subject: Your application
Date: Tue, 3 Jun 2025 10:00:00 +0200
Message-ID: <Ab.1@Acme.example>
Content-Type: text/plain; charset=utf-8

Dear Ana,
thank you.

Jane
"""


def mail(body: bytes | str = b"Hello\n", **headers: str) -> bytes:
    lines = {"From": "Jane Doe <jane@acme.example>", "Subject": "Hi", "Message-ID": "<1@acme.example>"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\n" for name, value in lines.items())
    return head.encode("utf-8", "surrogateescape") + b"\n" + (body.encode() if isinstance(body, str) else body)


def parts(subtype: str, *pieces: tuple[str, str | bytes], boundary: str = "b0") -> bytes:
    out = b""
    for content_type, body in pieces:
        data = body.encode() if isinstance(body, str) else body
        out += f"--{boundary}\nContent-Type: {content_type}\n\n".encode() + data + b"\n"
    return mail(out + f"--{boundary}--\n".encode(), Content_Type=f'multipart/{subtype}; boundary="{boundary}"')


def seen(raw: bytes) -> Message:
    """read() and glance() of one mail, which must agree."""
    first, whole = glance(raw), read(raw)
    assert isinstance(first, Message)
    assert isinstance(whole, Message)
    assert dataclasses.replace(first, defects=()) == dataclasses.replace(whole, defects=())
    assert set(first.defects) <= set(whole.defects)
    return whole


def test_plain_mail() -> None:
    message = seen(PLAIN)
    assert message.message_id == "<Ab.1@Acme.example>"
    assert message.subject == "Your application"
    assert [(a.name, a.address, a.local, a.domain) for a in message.from_] == [
        ("Jane Doe", "jane@acme.example", "jane", "acme.example")
    ]
    assert message.date == datetime(2025, 6, 3, 8, 0, tzinfo=UTC)
    assert message.text == "Dear Ana,\nthank you.\n\nJane"
    assert message.header("subject") == "Your application"
    assert message.header_all("to") == ("Ana Souza <ana@mail.example>",)
    assert not message.truncated
    assert message.defects == ()


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize(
    "before", [b"", b"\xef\xbb\xbf", b"\n\n", b"From jane@acme.example Tue Jun  3 10:00:00 2025\n"]
)
def test_line_ends_and_what_stands_before_the_header(ending: bytes, before: bytes) -> None:
    assert seen((before + PLAIN).replace(b"\n", ending)) == seen(PLAIN)


@pytest.mark.parametrize(
    "raw", [b"", b"\n\n", b"\0\0\0", b"no mail at all\n", b"\x89PNG\r\n\x1a\n\0\0", b"<html><body>Hi</body></html>"]
)
def test_what_is_no_mail_says_why(raw: bytes) -> None:
    for look in (glance, read):
        found = look(raw)
        assert isinstance(found, Unreadable)
        assert found.reason.endswith(".")


@pytest.mark.parametrize(
    ("charset", "data", "text"),
    [
        ("iso-8859-1", b"we\x92re", "we’re"),
        ("latin1", "Grüße".encode(), "Grüße"),
        ("gb2312", "镕".encode("gb18030"), "镕"),
        ("ks_c_5601-1987", "똠방".encode("cp949"), "똠방"),
        ("iso-8859-8-i", "שלום".encode("iso8859-8"), "שלום"),
        ("shift_jis", "㈱山田①".encode("cp932"), "㈱山田①"),
        ("iso-2022-jp", "採用".encode("iso2022_jp"), "採用"),
        ("iso-2022-jp", b"\x1b$B-j-!\x1b(B", "㈱①"),
        ("big5", "錄取".encode("big5"), "錄取"),
        ("iso-8859-9", "İşğ".encode("cp1254"), "İşğ"),
        ("x-nobody-knows", "né".encode(), "né"),
        ("unicode_escape", b"\\x41", "\\x41"),
        ("utf-7", b"+AGEAYg-", "+AGEAYg-"),
        ("utf-8", b"caf\xe9", "café"),
        ("utf-8", "naïve".encode() + b"\xe9", "naïve\ufffd"),
        ("us-ascii", b"caf\xe9", "café"),
        ("us-ascii", "café".encode(), "café"),
        ("", "café".encode(), "café"),
        ("utf-16", "Hi".encode("utf-16"), "Hi"),
    ],
)
def test_charsets_as_senders_mean_them(charset: str, data: bytes, text: str) -> None:
    kind = f'text/plain; charset="{charset}"' if charset else "text/plain"
    assert seen(mail(base64.encodebytes(data), Content_Type=kind, Content_Transfer_Encoding="base64")).text == text
    if b"\0" not in data:
        assert seen(mail(data, Content_Type=kind)).text == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?UTF-8?B?R3LDvMOfZQ==?= aus =?iso-8859-1?Q?K=F6ln?=", "Grüße aus Köln"),
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?utf-8?b?44G+?=\n =?utf-8?b?4w==?= =?utf-8?b?gYI=?=", "まあ"),
        ("=?utf-8?q?Hello=0D=0ABcc:_evil@x.example?=", "Hello Bcc: evil@x.example"),
        ("=?utf-8?b?not base64!?=", "not base64!"),
        ("=?x-none?q?caf=C3=A9?=", "café"),
        ("Hi\u202egnp.exe\u200b there\x07", "Hignp.exe there"),
        ("a \n folded\n\tline", "a folded line"),
        ("Candidature\u00a0!", "Candidature !"),
    ],
)
def test_header_becomes_one_clean_line(value: str, text: str) -> None:
    message = seen(mail(Subject=value))
    assert message.subject == text
    assert message.header("subject") == text


def test_raw_bytes_in_a_header_are_read_in_the_body_s_charset() -> None:
    raw = mail("hi", Subject="SUBJECT", Content_Type="text/plain; charset=gb2312").replace(
        b"SUBJECT", "招聘结果通知".encode("gb18030")
    )
    assert seen(raw).subject == "招聘结果通知"


def test_lone_surrogates_never_get_out() -> None:
    message = seen(b"From: J\xfcrgen <j@x.example>\nSubject: \xff\xfe\n\n\xed\xa0\x80")
    for text in (message.subject, message.text, message.from_[0].name):
        text.encode("utf-8")
    assert message.from_[0].name == "Jürgen"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("b@x.example", [("", "b@x.example")]),
        ("Haag, Barbara (P&P) <b@X.Example>", [("Haag, Barbara (P&P)", "b@x.example")]),
        ('"Haag, Barbara" <b@x.example>, c@y.example', [("Haag, Barbara", "b@x.example"), ("", "c@y.example")]),
        ("b@x.example (Barbara Haag)", [("Barbara Haag", "b@x.example")]),
        ("J. Doe <j.doe+tag@x.example>", [("J. Doe", "j.doe+tag@x.example")]),
        ("'Jane Doe' <j@x.example>", [("Jane Doe", "j@x.example")]),
        ("undisclosed-recipients:;", []),
        ("Team: a@x.example, b@x.example;", [("", "a@x.example"), ("", "b@x.example")]),
        ("<@relay.example:j@x.example>", [("", "j@x.example")]),
        ("Jane =?utf-8?q?=C5=81?= <j@x.example>", [("Jane Ł", "j@x.example")]),
        ("=?utf-8?q?a=0D=0Ab?= <j@x.example>", [("a b", "j@x.example")]),
        ("Jörg <j@müller.example>", [("Jörg", "j@xn--mller-kva.example")]),
        ('"Jane <j@x.example>', [("Jane", "j@x.example")]),
        ("[EXT] Jane <j@x.example>", [("[EXT] Jane", "j@x.example")]),
        ("alice@corp.example)bob@evil.example", []),
        ("alice@corp.example]bob@evil.example", []),
        ("alice@corp.example(bob@evil.example", []),
        ("<alice@corp.example> bob@evil.example", []),
        ("<alice@corp.example><bob@evil.example>", []),
        ("alice@corp.example bob@evil.example", []),
        ('"alice@corp.example"@evil.example', []),
        ("alice@corp.example@evil.example", []),
        ("jane", []),
        ("jane@", []),
        ("jane@-x-", []),
    ],
)
def test_addresses(value: str, expected: list[tuple[str, str]]) -> None:
    message = seen(mail(From=value))
    assert [(one.name, one.address) for one in message.from_] == expected


def test_an_ambiguous_address_list_is_a_defect() -> None:
    assert any("ambiguous" in defect for defect in seen(mail(From="alice@corp.example)bob@evil.example")).defects)


@pytest.mark.parametrize(
    "value", ["," * 50_000, "(" * 3_000, '"' * 20_000, '\\"' * 20_000, "<" * 50_000, "a@b," * 50_000, ":" * 50_000]
)
def test_hostile_address_lists_come_to_an_end(value: str) -> None:
    # the standard library takes 16 s for the first of them
    message = seen(mail(From=value))
    assert len(message.from_) <= 500


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<a.B@C.example>", "<a.B@C.example>"),
        ("  <a@b> (comment)", "<a@b>"),
        ("a@b", None),
        ("<ab>", None),
        ("<a@b@c>", None),
        ("<a b@c>", None),
        ("<a@b> <c@d>", None),
        ("<é@b>", None),
        ("=?utf-8?q?=3Cx=40y=3E=22=0D=0AZ1_DELETE_INBOX=0D=0A?=", None),
        ("<" + "a" * 2000 + "@b>", None),
    ],
)
def test_message_id(value: str, expected: str | None) -> None:
    assert seen(mail(Message_ID=value)).message_id == expected


def test_references_keep_valid_ids_once_and_in_order() -> None:
    message = seen(mail(References="<a@x>\n <bad> <b@x> junk <a@x>", In_Reply_To="<b@x>"))
    assert message.references == ("<a@x>", "<b@x>")
    assert message.in_reply_to == ("<b@x>",)
    assert len(seen(mail(References=" ".join(f"<{n}@x>" for n in range(5000)))).references) <= 100


@pytest.mark.parametrize(
    "value", ["", "yesterday", "Tue, 3 Jun 99999 10:00:00 +0000", "Tue, 3 Jun 1800 10:00:00 +0000", "0" * 5000]
)
def test_a_date_that_is_none(value: str) -> None:
    assert seen(mail(Date=value)).date is None


def test_the_first_of_two_headers_counts_and_is_a_defect() -> None:
    message = seen(b"From: a@x.example\nFrom: b@x.example\nSubject: one\nSubject: two\n\nHi")
    assert (message.from_[0].address, message.subject) == ("a@x.example", "one")
    assert {"more than one from", "more than one subject"} <= set(message.defects)
    assert message.header_all("subject") == ("one", "two")


def test_plain_alternative_is_preferred_and_links_come_from_html() -> None:
    html = '<p>We liked <a href="https://jobs.example/a?x=1&amp;y=2">you</a></p>'
    message = seen(parts("alternative", ("text/plain", "We liked you"), ("text/html", html)))
    assert message.text == "We liked you"
    assert message.links == ("https://jobs.example/a?x=1&y=2",)


@pytest.mark.parametrize(
    "stub", ["", " \n", "Your mail client does not support HTML.", "Please view this message in HTML", "x"]
)
def test_html_alternative_where_the_plain_one_is_a_stub(stub: str) -> None:
    html = "<p>Thank you for applying. We have chosen somebody else for the post this time.</p>"
    assert seen(parts("alternative", ("text/plain", stub), ("text/html", html))).text.startswith(
        "Thank you for applying."
    )


def test_text_parts_of_mixed_come_in_order_and_equal_ones_once() -> None:
    raw = parts("mixed", ("text/plain", "one"), ("image/png", "x"), ("text/html", "<p>two</p>"), ("text/plain", "two"))
    message = seen(raw)
    assert message.text == "one\n\ntwo"
    assert message.attachments == 1


def test_attachments_and_calendars_are_no_text() -> None:
    raw = parts(
        "mixed",
        ("text/plain", "body"),
        ('text/plain\nContent-Disposition: attachment; filename="cv.txt"', "not mine"),
        ("application/ms-tnef", "x"),
        ("text/calendar; method=REQUEST", "BEGIN:VCALENDAR"),
    )
    message = seen(raw)
    assert (message.text, message.attachments, message.calendars) == ("body", 2, ("BEGIN:VCALENDAR",))


def test_an_attached_mail_is_forwarded_not_body() -> None:
    inner = b"From: HR <hr@acme.example>\nSubject: No\nMessage-ID: <in@acme.example>\n\nWe chose somebody else.\n"
    message = seen(parts("mixed", ("text/plain", "look"), ("message/rfc822", inner)))
    assert message.text == "look"
    assert [(one.subject, one.text, one.message_id) for one in message.forwarded] == [
        ("No", "We chose somebody else.", "<in@acme.example>")
    ]
    encoded = parts("mixed", ("message/rfc822\nContent-Transfer-Encoding: base64", base64.encodebytes(inner)))
    assert seen(encoded).forwarded[0].text == "We chose somebody else."


def test_a_bounce_keeps_the_returned_mail_apart() -> None:
    raw = parts(
        "report; report-type=delivery-status",
        ("text/plain", "could not be delivered"),
        ("message/delivery-status", "Status: 5.1.1"),
        ("message/rfc822", "Subject: thanks\n\nmy letter"),
    )
    message = seen(raw)
    assert message.text == "could not be delivered"
    assert message.forwarded[0].text == "my letter"


def test_format_flowed_is_unwrapped() -> None:
    body = "We have \ndecided.\n> quoted \n> line\n-- \nJane\n"
    message = seen(mail(body, Content_Type="text/plain; format=flowed"))
    assert message.text.startswith("We have decided.")
    assert message.quoted == "> quoted line"


def test_odd_structures_still_give_their_text() -> None:
    assert seen(mail("words", Content_Type="multipart/mixed")).text == "words"
    assert seen(mail("--x\n\nwords\n", Content_Type="multipart/mixed; boundary=x")).text == "words"
    assert seen(mail("<html><body>Hi <b>you</b></body></html>", Content_Type="text/plain")).text == "Hi you"
    assert seen(mail("words", Content_Type="nonsense")).text == "words"
    assert seen(mail("!!", Content_Type="text/plain", Content_Transfer_Encoding="base64")).text in ("!!", "")
    signed = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nwords\n-----BEGIN PGP SIGNATURE-----\nxx\n-----END PGP SIGNATURE-----\n"
    assert seen(mail(signed)).text == "words"
    assert "encrypted" in seen(parts("encrypted", ("application/pgp-encrypted", "Version: 1"))).defects


def test_a_charset_in_pieces_and_languages_does_no_harm() -> None:
    raw = mail(b"caf\xc3\xa9", Content_Type="text/plain; charset*=utf-8'en'utf-8")
    assert seen(raw).text == "café"
    assert seen(raw.replace(b"charset*=utf-8'en'utf-8", b"charset*0=ut; charset*1*=utf-8''%f")).text == "café"


def nested(depth: int) -> bytes:
    body = b"deep"
    for level in range(depth):
        boundary = b"b%d" % level
        body = (
            b"Content-Type: multipart/mixed; boundary="
            + boundary
            + b"\n\n--"
            + boundary
            + b"\n"
            + body
            + b"\n--"
            + boundary
            + b"--\n"
        )
    return b"From: a@x.example\n" + body


@pytest.mark.parametrize(
    "raw",
    [
        nested(3000),
        b"From: a@x.example\nContent-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\nhi\n" * 50_000,
        b"From: a@x.example\n" + b"a:b\n" * 200_000 + b"\nhi",
        b"From: a@x.example\nSubject: " + b"x" * 1_000_000 + b"\n\nhi",
        b"From: a@x.example\n\n" + b"x\n" * 1_000_000,
        b"From: a@x.example\n\n" + b"x" * 10_000_000,
        b"From: a@x.example\nContent-Type: text/html\n\n" + b"<div>" * 100_000,
        b"From: a@x.example\nContent-Type: text/html\n\n" + b"<!--" * 200_000,
    ],
    ids=["depth", "parts", "headers", "header", "lines", "bytes", "tags", "comments"],
)
def test_limits_hold_before_parsing(raw: bytes) -> None:
    message = seen(raw)
    assert message.truncated
    assert len(message.text) <= 100_000
    assert len(message.headers) <= message_module.MAX_HEADERS


def test_parameters_without_end_come_to_an_end() -> None:
    seen(mail(Content_Type="text/plain" + ";a=b" * 10_000))
    seen(mail(Content_Type="text/plain" + ";" * 60_000))


def test_case_key_is_the_message_id_or_a_hash() -> None:
    assert case_key(seen(PLAIN)) == "<Ab.1@Acme.example>"
    without = PLAIN.replace(b"Message-ID", b"X-Other")
    key = case_key(seen(without))
    assert key.startswith("sha256:")
    assert key == case_key(seen(without.replace(b"\n", b"\r\n")))
    for change in ((b"jane@", b"june@"), (b"3 Jun", b"4 Jun"), (b"Your", b"Our"), (b"thank you", b"thanks")):
        assert case_key(seen(without.replace(*change))) != key


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=3000))
def test_arbitrary_bytes_never_raise(raw: bytes) -> None:
    assert isinstance(glance(raw), Message | Unreadable)
    assert isinstance(read(raw), Message | Unreadable)


SEED = parts(
    "mixed",
    ("text/plain; charset=iso-2022-jp", b"\x1b$B:NMQ\x1b(B"),
    (
        'text/html; charset="utf-8"\nContent-Transfer-Encoding: quoted-printable',
        "<p style=3D'display:none'>x</p><a href=3D\"https://x.example\">y</a>",
    ),
    (
        "message/rfc822",
        "From: =?utf-8?q?=C3=A9?= <a@x.example>\nDate: Tue, 3 Jun 2025 10:00:00 +0200\n\n> quoted\nOn 3 June 2025 at 10:00, x wrote:\n",
    ),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(SEED)), st.binary(max_size=4), st.integers(0, 3)), min_size=1, max_size=12)
)
def test_mutated_mails_never_raise_and_stay_clean(changes: list[tuple[int, bytes, int]]) -> None:
    raw = SEED
    for position, new, cut in changes:
        raw = raw[:position] + new + raw[position + cut :]
    for look in (glance, read):
        message = look(raw)
        if isinstance(message, Message):
            for text in (message.text, message.quoted, message.subject, *(value for _, value in message.headers)):
                text.encode("utf-8")
                assert not set(text) & {"\0", "\r", "\u202e", "\u200b"}
            assert all("\n" not in value for _, value in message.headers)
