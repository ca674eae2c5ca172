"""What is a rejection of my application and what is none; how far it had come; whose mail it is; that the first look loses nothing."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from responder.reading.judge import Reached, Stage, Verdict, find_evidence, judge, worth_reading
from responder.reading.knowledge import load
from responder.reading.message import Me, Message, read

ME = Me("Ana Souza", frozenset({"ana@mail.example"}))
WRITTEN = tomllib.loads((Path(__file__).parent / "verdicts.toml").read_text("utf-8"))
CASES = [
    pytest.param(code, case, id=f"{code}-{number}")
    for code, cases in WRITTEN.items()
    for number, case in enumerate(cases, 1)
]
REJECTION = WRITTEN["en"][0]["text"]


def mail(
    text: str, subject: str = "Your application", sender: str = "hr@firm.example", to: str = "ana@mail.example"
) -> bytes:
    head = f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <1@firm.example>\r\nMIME-Version: 1.0\r\n"
    return (head + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + text).encode()


def verdict(raw: bytes) -> Verdict:
    message = read(raw)
    assert isinstance(message, Message)
    return judge(message, ME, load())


@pytest.mark.parametrize(("code", "case"), CASES)
def test_written_mails(code: str, case: dict[str, Any]) -> None:
    found = verdict(mail(case["text"], case.get("subject", "")))
    assert found.rejection is case["rejection"], found.reasons
    assert found.language == code
    if "reached" in case:
        assert found.reached == case["reached"]
    if "hired" in case:
        assert found.someone_hired is case["hired"]


@pytest.mark.parametrize(("code", "case"), CASES)
def test_the_first_look_loses_no_rejection(code: str, case: dict[str, Any]) -> None:
    message = read(mail(case["text"]))
    assert isinstance(message, Message)
    assert worth_reading(message, load()) or not case["rejection"]


def evidence(text: str) -> dict[str, str]:
    message = read(mail(text))
    assert isinstance(message, Message)
    return find_evidence(message, load())


def test_a_plain_decision_counts_more_where_little_stands_beside_it() -> None:
    short = "Dear Ana, unfortunately we have chosen another candidate."
    assert {"plain.decision", "plain.short"} <= set(evidence(short))
    long = evidence(f"{short} {'The lamp is green. ' * 10}")
    assert "plain.decision" in long
    assert "plain.short" not in long


def test_a_reason_has_words_and_weight() -> None:
    found = verdict(mail(REJECTION))
    assert all(reason.rule and reason.text and reason.weight for reason in found.reasons)
    assert 0.5 < found.confidence <= 1
    assert found.stage is Stage.APPLICATION


def test_nobody_preferred_makes_the_stage_closed() -> None:
    found = verdict(mail(WRITTEN["en"][2]["text"]))
    assert (found.stage, found.reached, found.someone_hired) == (Stage.CLOSED, Reached.APPLICATION, False)


@pytest.mark.parametrize(
    ("text", "hired"),
    [
        (
            "Hi Ana,\n\nthe board has cut the post of Archivist. Neither you nor the other finalist will be hired.\n\nKim",
            False,
        ),
        (
            "Chère Ana,\n\nNous supprimons le poste d'archiviste, et ni vous ni l'autre finaliste ne serez recrutée.\n\nKim",
            False,
        ),
        (
            "Liebe Ana,\n\ndie Stelle entfällt leider. Weder du noch die andere Bewerberin bekommt eine Zusage.\n\nKim",
            False,
        ),
        ("Hola Ana:\n\nSe suprime el puesto y no vamos a contratar a nadie. Lamento darte esta noticia.\n\nKim", False),
        ("Hej Ana,\n\nTjänsten dras in. Varken du eller den andra sökande får jobbet, tyvärr.\n\nKim", False),
        ("Hi Ana,\n\nwe have decided to offer the job to the other finalist. I am sorry.\n\nKim", True),
    ],
)
def test_where_nobody_gets_the_post_nobody_was_preferred(text: str, hired: bool) -> None:
    message = read(mail(text, "Re: Archivist"))
    assert isinstance(message, Message)
    found = find_evidence(message, load())
    assert ("hired.nobody" in found) is not hired
    assert "hired.somebody" in found or not hired


def test_nobody_preferred_wins_over_the_other_finalist() -> None:
    text = f"{REJECTION}\nNeither you nor the other finalist will be hired."
    assert verdict(mail(text)).someone_hired is False


@pytest.mark.parametrize(
    ("text", "interview"),
    [
        ("Thank you for taking the time to interview with us.", True),
        ("It was a pleasure to interview you for the post.", True),
        ("Thank you for coming to interview with our team.", True),
        ("We are unable to invite you to interview.", False),
        ("Your application will not progress to interview.", False),
        ("We could only select five people to interview.", False),
    ],
)
def test_an_interview_that_was_and_one_that_will_not_be(text: str, interview: bool) -> None:
    message = read(mail(f"Dear Ana,\n\n{text}\n\nKim", "Re: Archivist"))
    assert isinstance(message, Message)
    assert ("reached.interview" in find_evidence(message, load())) is interview


@pytest.mark.parametrize(
    ("text", "final"),
    [
        ("They are taking two others through to the last round, which means that we stop here.", False),
        ("We are inviting three other candidates to the final stage.", False),
        ("Wir laden nun zwei andere Bewerberinnen in die letzte Runde ein.", False),
        ("Nous invitons deux autres candidates à la dernière étape.", False),
        ("You and two others were in the final round.", True),
        ("Sie waren mit zwei anderen in der letzten Runde.", True),
    ],
)
def test_the_last_round_may_be_that_of_others(text: str, final: bool) -> None:
    message = read(mail(f"{text}\n\nKim", "Re: Archivist"))
    assert isinstance(message, Message)
    assert ("reached.final" in find_evidence(message, load())) is final


def test_no_rejection_has_no_stage() -> None:
    found = verdict(mail(WRITTEN["en"][3]["text"]))
    assert (found.stage, found.reached, found.someone_hired) == (None, None, None)


def test_my_own_letter_is_none() -> None:
    assert not verdict(mail(REJECTION, sender="ana@mail.example", to="hr@firm.example")).rejection


def forwarded(to: str) -> bytes:
    head = "---------- Forwarded message ---------\r\nFrom: Firm <hr@firm.example>\r\nDate: Mon, 6 Jul 2026 10:00:00 +0200\r\n"
    return mail(
        f"{head}Subject: Your application\r\nTo: <{to}>\r\n\r\n{REJECTION}", "Fwd: Your application", "ana@mail.example"
    )


def test_my_forward_of_a_rejection_of_mine_is_judged_by_the_inner_mail() -> None:
    found = verdict(forwarded("ana@mail.example"))
    assert found.rejection
    assert found.message.from_[0].address == "hr@firm.example"


def test_my_forward_from_an_old_address_that_the_config_does_not_know() -> None:
    head = "---------- Forwarded message ---------\r\nFrom: Kim Orr <kim@firm.example>\r\nSubject: Your application\r\n"
    passed_on = f"{head}To: Ana Souza <ana@alumni.example>\r\n\r\n{REJECTION}"
    assert verdict(mail(passed_on, "Fwd: Your application", "Ana Souza <ana@alumni.example>")).rejection


def test_my_forward_of_somebody_elses_rejection_is_none() -> None:
    assert not verdict(forwarded("friend@other.example")).rejection


def passed_on(greeting: str, sender: str = "Bo <bo@other.example>", to: str = "") -> bytes:
    head = "---------- Forwarded message ---------\r\nFrom: Firm <hr@firm.example>\r\nDate: Mon, 6 Jul 2026 10:00:00 +0200\r\n"
    inner = REJECTION.replace("Hi Ana", f"Hi {greeting}")
    return mail(f"{head}Subject: Your application\r\n{to}\r\n{inner}", "Fwd: Your application", sender)


@pytest.mark.parametrize(("greeting", "rejection"), [("Ana", True), ("Bo", False)])
def test_what_a_friend_passes_on_is_about_whom_it_greets(greeting: str, rejection: bool) -> None:
    assert verdict(passed_on(greeting)).rejection is rejection


ABOUT_HER = REJECTION.replace("Hi Ana,", "Bo,\n\nthis is about Ana Souza. Please tell her:")


@pytest.mark.parametrize("to", ["To: Bo\r\n", "To: Bo <bo@other.example>\r\n"])
@pytest.mark.parametrize(("text", "rejection"), [(ABOUT_HER, True), (REJECTION.replace("Hi Ana", "Hi Bo"), False)])
def test_what_an_agency_was_told_about_me_is_the_agencys_news(to: str, text: str, rejection: bool) -> None:
    head = "---------- Forwarded message ---------\r\nFrom: Firm <hr@firm.example>\r\nDate: Mon, 6 Jul 2026 10:00:00 +0200\r\n"
    raw = mail(f"Ana, see below.\r\n\r\n{head}Subject: Ana\r\n{to}\r\n{text}", "Fwd: Ana", "Bo <bo@other.example>")
    found = verdict(raw)
    assert found.rejection is rejection
    assert found.message.from_[0].address == "bo@other.example"


def test_a_rejection_may_have_come_to_another_address_of_mine() -> None:
    raw = passed_on("Ana", "Ana Souza <ana@student.example>", "To: <ana@student.example>\r\n")
    assert verdict(raw).rejection


def test_a_discussion_list_is_never_a_rejection() -> None:
    raw = mail(REJECTION).replace(b"MIME-Version", b"List-Post: <mailto:talk@lists.example>\r\nMIME-Version")
    assert not verdict(raw).rejection


def test_a_job_board_may_say_it_in_a_link_only() -> None:
    text = (
        "News from Brackwater\n\nThis email was sent to Ana Souza (Analyst)\n"
        "Help: https://board.example/help?trk=eml-jobs_application_rejected_01&id=3\n"
        "Unsubscribe: https://board.example/unsubscribe?trk=eml-jobs_application_rejected_01\n"
    )
    found = verdict(mail(text, "Your application for Data Analyst at Brackwater", "jobs-noreply@board.example"))
    assert "link.rejected" in {reason.rule for reason in found.reasons}
    assert found.rejection


def test_the_first_look_sees_what_a_job_board_says_in_a_link_only() -> None:
    text = (
        "The new coats are here. Order by Friday, the parcel is with you on Monday. Unsubscribe, or apply the code.\n"
        * 4
    )
    link = "https://board.example/help?trk=eml-jobs_application_rejected_01\n"
    without, within = read(mail(text, "New coats")), read(mail(text + link, "New coats"))
    assert isinstance(without, Message)
    assert isinstance(within, Message)
    assert not worth_reading(without, load())
    assert worth_reading(within, load())


def test_a_language_is_known_by_its_words_not_by_its_header() -> None:
    found = verdict(
        mail(
            "Kind regards\nSehr geehrte Frau Souza, leider haben wir uns anders entschieden. Wir danken Ihnen für das Gespräch und wünschen alles Gute."
        )
    )
    assert found.language == "de"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (
            "Stilling: Pakker\nArbeidsgiver: Torvhus AS\nStatus: Ikke aktuell\n\nDu får dette varselet fordi du har slått det på.",
            "no",
        ),
        (
            "Stilling: Pakker\nArbejdsgiver: Torvhus A/S\nStatus: Ikke aktuel\n\nDu får denne mail, fordi du har slået det til.",
            "da",
        ),
    ],
)
def test_neighbours_are_told_apart_in_a_status_mail(text: str, language: str) -> None:
    assert verdict(mail(text, "Status")).language == language


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.text(max_size=60))
def test_any_text_gets_a_verdict(text: str, subject: str) -> None:
    message = read(mail(text.replace("\r", " "), " ".join(subject.split())).replace(b"\x00", b""))
    if isinstance(message, Message):
        found = judge(message, ME, load())
        assert 0 <= found.confidence <= 1
        assert worth_reading(message, load()) or not found.rejection
