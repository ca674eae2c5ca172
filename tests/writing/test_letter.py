from __future__ import annotations

import re
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from responder.reading.judge import Reached, Stage
from responder.writing import cleaning, letter, phrasebook
from responder.writing.letter import Envelope, Letter, compose, draft
from tests.writing.briefs import brief, grid

if TYPE_CHECKING:
    from pathlib import Path

LANGUAGES = sorted(letter.languages())
GAPS = re.compile(r" {2}|\n{3}| [,.;]|\(\s*\)|None|\{\{|\}\}|,,|\.\.|[\u2012-\u2015]|[\ue000\u2028]")


def sentences(body: str) -> list[str]:
    return [s.strip() for s in re.split(r"(?<=[.!?。！])\s*|\n+", body) if len(s.strip()) > 12]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_reads_whole_whatever_is_known(language: str) -> None:
    for facts in grid(language):
        body = compose(facts).body
        assert not GAPS.search(body), body
        found = sentences(body)
        assert len(found) == len(set(found)), body
        assert body.endswith("Ana Souza\n"), body
        for name in facts.greeting_names:
            assert name in body.split("\n\n")[0] or language in {"ja", "zh"}, body
        for person in facts.people_met:
            assert person in body, body


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_month_is_named_from_four_weeks_on(language: str) -> None:
    book = phrasebook.load(language)
    for stage in (Stage.SCREEN, Stage.INTERVIEW, Stage.FINAL, Stage.CLOSED):
        for seed in "abcdefgh":
            facts = {"language": language, "stage": stage, "people_met": (), "seed": seed}
            late = compose(brief(interviewed_on=date(2026, 3, 3), **facts)).body
            assert book.in_month[2] in late or book.in_month[2].capitalize() in late, late
            soon = compose(brief(interviewed_on=date(2026, 11, 4), **facts)).body
            assert not any(month in soon for month in book.in_month), soon


def similar(one: str, other: str) -> float:
    return letter.similarity(one, other)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stage", list(Stage))
def test_two_letters_to_one_company_do_not_read_alike(language: str, stage: Stage) -> None:
    reached = Reached.APPLICATION if stage is Stage.APPLICATION else Reached.INTERVIEW
    facts: dict[str, Any] = {"language": language, "stage": stage, "reached": reached}
    for number in range(12):
        first = compose(brief(**facts, seed=f"first {number}")).body
        other = brief(**facts, seed=f"second {number}", role="Analyst", earlier=(first,))
        assert similar(first, compose(other).body) < letter.ALIKE, first


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_knowing_the_first_two_letters_seldom_read_alike(language: str) -> None:
    alike = 0
    for number in range(40):
        one, other = (compose(brief(language=language, seed=f"{k} {number}")).body for k in "ab")
        assert one != other or number
        alike += similar(one, other) >= letter.ALIKE
    assert alike <= 20  # a company seldom writes twice; `earlier` rules it out where it does


def test_the_same_case_always_gets_the_same_letter() -> None:
    assert compose(brief()) == compose(brief())


def test_a_language_without_letters_is_answered_in_english() -> None:
    assert compose(brief(language="fi")).language == "en"
    assert compose(brief(language="zz-Latn")).body.startswith("Dear Jane")


def test_the_user_is_told_of_a_broken_template_and_the_shipped_one_is_used(tmp_path: Path) -> None:
    mine = tmp_path / "en" / "interview.txt.j2"
    mine.parent.mkdir()
    for source, where in (("Dear {{ nobody }}", "line 1"), ("Hi\n{% if %}", "line 2"), ("\n\n{{ 'x' * 9 }}", "line 3")):
        mine.write_text(source)
        written = compose(brief(), tmp_path)
        assert written.body == compose(brief()).body
        assert str(mine) in written.remarks[0]
        assert where in written.remarks[0]
    mine.write_text("Hi {{ names|first }},\n\nthanks.\n\n{{ signature }}")
    assert compose(brief(), tmp_path).body == "Hi Jane,\n\nthanks.\n\nAna Souza\n"
    assert compose(brief(), tmp_path).remarks == ()


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__ }}",
        "{{ 'x'.ljust(10 ** 9) }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ 'x'.center(1000000000) }}",
        "{{ range(10) }}",
        "{% for a in 'x'|list %}{{ people.append(1) }}{% endfor %}",
        "{% include '../../../etc/passwd' %}",
        "{{ signature }}" * 3000,
        "{{ 1 / 0 }}",
    ],
)
def test_a_template_cannot_leave_its_box(tmp_path: Path, source: str) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "interview.txt.j2").write_text(source)
    written = compose(brief(), tmp_path)
    assert len(written.remarks) == 1
    assert written.body == compose(brief()).body


def test_facts_are_values_and_never_template_source() -> None:
    body = compose(brief(role="{{ 7 * 7 }}", company="{% raw %}")).body
    assert "49" not in body
    assert "{" not in body


anything = st.text(max_size=60)
maybe = st.none() | anything


@settings(max_examples=150, deadline=None)
@given(
    language=st.sampled_from(LANGUAGES) | anything,
    stage=st.sampled_from(list(Stage)),
    company=maybe,
    role=maybe,
    names=st.lists(anything, max_size=3).map(tuple),
    people=st.lists(anything, max_size=4).map(tuple),
    impressed=maybe,
    note=st.booleans(),
    me=anything,
    seed=anything,
    hired=st.none() | st.booleans(),
    interviewed=st.none() | st.dates(),
    wrote=st.booleans(),
)
def test_no_fact_whatever_breaks_a_letter(
    language: str, stage: Stage, company: str | None, role: str | None, names: tuple[str, ...], people: tuple[str, ...],
    impressed: str | None, note: bool, me: str, seed: str, hired: bool | None, interviewed: date | None, wrote: bool,
) -> None:  # fmt: skip
    facts = brief(
        language=language, stage=stage, company=company, role=role, greeting_names=names, greeting_full_names=names[:1],
        people_met=people, impressed_by=impressed, impressed_is_note=note, me_name=me, seed=seed, someone_hired=hired,
        interviewed_on=interviewed, recipient_wrote_rejection=wrote,
    )  # fmt: skip
    written = compose(facts)
    own = me.strip()
    body = written.body.removesuffix(own + "\n") if own else written.body
    assert not re.search(r" {2}| ,|\(\)|\bNone\b|\{\{", body), body
    assert body.isprintable() or all(c == "\n" or c.isprintable() or c == "\u00a0" for c in body), body
    draft(written, ENVELOPE)


ENVELOPE = Envelope(
    from_name="Ana Souza",
    from_address="ana@example.org",
    to_name="Jörg Müller",
    to_address="joerg@müller.example",
    message_id="<4f2a@example.org>",
    in_reply_to="<r1@acme.example>",
    references=("<r0@acme.example>", "<r1@acme.example>"),
    reply_subject="AW: Re: Ihre Bewerbung",
    date=datetime(2026, 11, 25, 9, 0, tzinfo=UTC),
)


def made(**changed: Any) -> bytes:
    values = {name: getattr(ENVELOPE, name) for name in Envelope.__slots__} | changed
    return draft(changed.pop("letter", compose(brief(language="de"))), Envelope(**values))


def test_the_draft_has_one_text_part_and_no_other_header_than_those_of_a_reply() -> None:
    raw = made()
    mail = message_from_bytes(raw, policy=default)
    assert [name.lower() for name in mail] == [
        "from", "to", "subject", "date", "message-id", "in-reply-to", "references", "content-type",
        "content-transfer-encoding", "mime-version",
    ]  # fmt: skip
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content_charset() == "utf-8"
    assert mail["Subject"] == "Re: Ihre Bewerbung"
    assert mail["To"].addresses[0].addr_spec == "joerg@xn--mller-kva.example"
    assert mail["To"].addresses[0].display_name == "Jörg Müller"
    assert mail["In-Reply-To"] == "<r1@acme.example>"
    assert mail["References"].split() == ["<r0@acme.example>", "<r1@acme.example>"]
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert b"responder" not in raw.lower()


def test_a_paragraph_is_one_line_and_none_is_too_long_for_smtp() -> None:
    lines = made().split(b"\r\n\r\n", 1)[1].split(b"\r\n")
    assert any(len(line) > 100 for line in lines)
    long = draft(Letter("s", "ä" * 3000 + "\n", "de"), ENVELOPE)
    assert max(map(len, long.split(b"\r\n"))) <= 998
    assert message_from_bytes(long, policy=default).get_content().strip() == "ä" * 3000


def test_without_a_recipient_there_is_no_to() -> None:
    values = {name: getattr(ENVELOPE, name) for name in Envelope.__slots__} | {"to_address": None, "to_name": None}
    assert b"\r\nTo:" not in draft(compose(brief()), Envelope(**values))


def test_long_ids_are_not_turned_into_encoded_words() -> None:
    long = "<" + "a" * 180 + "@mail.example>"
    values = {name: getattr(ENVELOPE, name) for name in Envelope.__slots__} | {
        "in_reply_to": long,
        "references": (long, "<b@x.example>"),
        "message_id": "<" + "m" * 120 + "@example.org>",
    }
    raw = draft(compose(brief()), Envelope(**values))
    assert f"In-Reply-To: {long}\r\n".encode() in raw
    assert b"=?" not in raw.split(b"Message-ID:")[1].split(b"Content-Type")[0]


@pytest.mark.parametrize(
    ("given_subject", "expected"),
    [
        ("Your application", "Re: Your application"),
        ("Re: Re: AW: Your application", "Re: Your application"),
        ("Antwort: Ihre Bewerbung", "Re: Ihre Bewerbung"),
        ("SV: Din ansökan", "Re: Din ansökan"),
        ("RE[2]: x", "Re: x"),
        ("回复：您的申请", "Re: 您的申请"),
        ("Odp: Re: rekrutacja", "Re: rekrutacja"),
        ("Regarding your application", "Re: Regarding your application"),
        ("Hello\r\nBcc: evil@x.example", "Re: Hello Bcc: evil@x.example"),
        ("bid\u202ei", "Re: bidi"),
        ("", "Data Engineer: thank you"),
        ("Re: ", "Data Engineer: thank you"),
        (None, "Data Engineer: thank you"),
    ],
)
def test_subjects(given_subject: str | None, expected: str) -> None:
    assert letter.reply_subject(given_subject, compose(brief()).subject) == expected


@settings(max_examples=150, deadline=None)
@given(name=anything, to=anything, subject=maybe, ids=st.lists(anything, max_size=3).map(tuple), body=anything)
@example(name="0", to=",(»", subject=None, ids=(), body="")  # the standard library's parser fails on it
@example(name="0", to="jane@,(»", subject=None, ids=(), body="")
def test_no_string_breaks_or_adds_a_header(
    name: str, to: str, subject: str | None, ids: tuple[str, ...], body: str
) -> None:
    envelope = Envelope(
        name, "ana@example.org", name, to, "<a@example.org>", (ids or (None,))[0], ids, subject, ENVELOPE.date
    )
    mail = message_from_bytes(draft(Letter("s", body, "en"), envelope), policy=default)
    allowed = {"from", "to", "subject", "date", "message-id", "in-reply-to", "references", "mime-version"}
    assert {key.lower() for key in mail} <= allowed | {"content-type", "content-transfer-encoding"}
    assert mail["Message-ID"] == "<a@example.org>"


@pytest.mark.parametrize(
    ("company", "shown"),
    [
        ("Amberline Inc.", "Amberline"),
        ("Hüttenberger Präzision GmbH & Co. KG", "Hüttenberger Präzision"),
        ("Kornbach Mühlen AG und für das Gespräch in Uelzen", "Kornbach Mühlen"),
        ("AG", "AG"),
        ("Moss & Ember", "Moss & Ember"),
        ("株式会社蒼凪計測", "株式会社蒼凪計測"),
    ],
)
def test_a_company_is_named_as_people_say_it(company: str, shown: str) -> None:
    assert cleaning.everyday(company) == shown


def test_a_role_in_capitals_is_written_as_in_a_sentence() -> None:
    body = compose(brief(role="LECTURER IN MEDIEVAL HISTORY", company="University of Alderton")).body
    assert "Lecturer in Medieval History role at the University of Alderton" in body
    assert "QA/HR role" in compose(brief(role="QA/HR", company=None)).body


def test_apostrophes_are_the_users_own_all_through_the_letter() -> None:
    sentence = "J'ai admiré que vos ateliers soient ouverts aux enfants du quartier."
    body = compose(brief(language="fr", impressed_by=sentence, impressed_is_note=False)).body
    assert sentence in body
    assert "’" not in body
