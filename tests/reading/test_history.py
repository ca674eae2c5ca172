# ruff: noqa: E501 - a mail or a table row on one line reads better than one broken into pieces
"""What the mailbox teaches: progress, people, whom to write to, and the queries that find it."""

from __future__ import annotations

import re

import pytest
from history_cases import ME, Box, mail

from responder.reading.facts import Source
from responder.reading.history import ask
from responder.reading.judge import Reached

ROBOT = "Harrow Kites <no-reply@harrow-kites.example>"
TAMSIN = "Tamsin Vale <tamsin.vale@harrowkites.example>"
NO = "Dear Robin,\n\nWe have decided to go on with another candidate for Sail Designer.\n\nThe Harrow Kites Team"
INVITATION = "Hi Robin,\n\nCould you come to the loft on 12 March at 10? You'd meet me and Obi Larsson.\n\nTamsin\n\nTamsin Vale\nHead of Design, Harrow Kites\n01632 960 881"


def refusal(
    text: str = NO, sender: str = ROBOT, date: str = "2026-03-30", subject: str = "Your application", **more: str
):
    return mail(date, text, sender, subject=subject, **more)


def invitation(
    text: str = INVITATION,
    date: str = "2026-03-02",
    sender: str = TAMSIN,
    subject: str = "Sail Designer: a visit",
    **more: str,
):
    return mail(date, text, sender, subject=subject, **more)


def own(
    text: str, to: str = TAMSIN, date: str = "2026-03-13", subject: str = "Re: Sail Designer: a visit", **more: str
):
    return mail(date, text, to=to, subject=subject, **more)


def test_a_robot_rejects_after_an_interview_and_the_interviewer_is_thanked():
    history = Box(
        refusal(), mails=[invitation(), own("Hi Tamsin,\n\nThe 12th is fine.\n\nRobin", date="2026-03-03")]
    ).history()
    assert history.reached is Reached.INTERVIEW
    assert history.recipient is not None
    assert history.recipient.address == "tamsin.vale@harrowkites.example"
    assert history.recipient.source is Source.HISTORY
    assert history.greeting_name == "Tamsin"
    assert set(history.people_met) == {"Tamsin Vale", "Obi Larsson"}
    assert str(history.interviewed_on) == "2026-03-12"
    assert history.recipient_phone == "+441632960881"
    assert history.reason_not_to_write is None


def test_nobody_wrote_so_nobody_is_thanked():
    receipt = mail(
        "2026-03-01",
        "Thank you for applying for Sail Designer. If you are selected we will invite you to an interview.",
        ROBOT,
        subject="We have your application",
    )
    history = Box(refusal(), mails=[receipt]).history()
    assert history.reached is Reached.APPLICATION
    assert history.recipient is None
    assert history.people_met == ()


def test_a_phone_call_is_a_screen():
    call = invitation(
        "Hi Robin,\n\nThanks for the call earlier. I have passed you on to the team.\n\nTamsin Vale\nRecruiter"
    )
    assert Box(refusal(), mails=[call]).history().reached is Reached.SCREEN


def test_an_interview_that_would_only_have_come_does_not_count():
    assert Box(refusal(date="2026-03-09"), mails=[invitation()]).history().reached is Reached.APPLICATION


def test_the_signer_is_written_to_where_only_the_history_knows_the_address():
    thanks = own(
        "Dear Obi,\n\nThank you for the tour.\n\nRobin",
        to="Obi Larsson <obi.larsson@harrowkites.example>",
        subject="Thank you",
    )
    text = f"{NO.partition('The Harrow')[0]}Obi Larsson\nMaster Sailmaker"
    history = Box(refusal(text), signer="Obi Larsson", mails=[invitation(), thanks]).history()
    assert history.recipient is not None
    assert history.recipient.address == "obi.larsson@harrowkites.example"
    assert history.greeting_name == "Obi"


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("I have left Harrow Kites and this mailbox is no longer read.", True),
        (
            "I am on holiday until 2 April and will answer then. In urgent cases write to Kim Doe (kim.doe@harrowkites.example).",
            False,
        ),
    ],
)
def test_an_automatic_answer_tells_who_has_left(text: str, gone: bool):
    away = invitation(text, date="2026-03-14", subject="Automatic reply", id="away", Auto_Submitted="auto-replied")
    other = invitation(
        "Hi Robin,\n\nThanks for coming to see us on the 12th!\n\nObi Larsson\nMaster Sailmaker, Harrow Kites",
        date="2026-03-13",
        sender="Obi Larsson <obi.larsson@harrowkites.example>",
        subject="Your visit",
        id="visit",
    )
    history = Box(
        refusal(), mails=[invitation(), own("Hi Tamsin, see you then. Robin", date="2026-03-03", id="o"), other, away]
    ).history()
    assert history.recipient is not None
    wanted = "obi.larsson" if gone else "tamsin.vale"
    assert history.recipient.address == f"{wanted}@harrowkites.example"


def test_a_handover_names_the_successor():
    handover = invitation(
        "Hi Robin,\n\nToday is my last day at Harrow Kites. My colleague Obi Larsson (obi.larsson@harrowkites.example, 01632 960 882) looks after you from here.\n\nTamsin",
        date="2026-03-20", subject="Passing you on", id="bye",
    )  # fmt: skip
    history = Box(refusal(), mails=[invitation(), handover]).history()
    assert history.recipient is not None
    assert history.recipient.address == "obi.larsson@harrowkites.example"
    assert history.greeting_name == "Obi"


def test_a_dead_mailbox_is_not_written_to():
    bounce = mail(
        "2026-03-14",
        "The address tamsin.vale@harrowkites.example could not be found.",
        "Mail Delivery <mailer-daemon@harrowkites.example>",
        subject="Undeliverable",
        reply="mine",
    )
    history = Box(refusal(), mails=[invitation(), own("Hi Tamsin, thank you! Robin", id="mine"), bounce]).history()
    assert history.recipient is None


def test_shared_mailboxes_are_never_chosen():
    hr = invitation(
        INVITATION.replace("Tamsin Vale", "Human Resources"), sender="Harrow Kites HR <hr@harrowkites.example>"
    )
    assert Box(refusal(), mails=[hr]).history().recipient is None


def test_two_applications_at_one_firm_are_kept_apart():
    other = invitation(
        INVITATION.replace("come to the loft", "come and talk about Warehouse Manager"),
        subject="Warehouse Manager interview",
    )
    receipt = mail(
        "2026-02-01",
        "We have received your application for Sail Designer.",
        ROBOT,
        subject="Application received: Sail Designer",
    )
    history = Box(refusal(), mails=[other, receipt]).history()
    assert history.reached is Reached.APPLICATION
    assert history.recipient is None


def test_a_shop_of_the_same_name_is_nobody():
    shop = mail(
        "2026-03-05",
        "Come and visit us on 7 March! Your order is ready.\n\nHarrow Garden Shop",
        "Jill Harrow <jill@harrow-garden.example>",
        subject="Your order",
    )
    history = Box(refusal(), mails=[shop]).history()
    assert history.recipient is None


def test_calendar_invitations_name_the_people():
    calendar = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260312T100000Z\r\nSUMMARY:Interview Robin Ashgrove\r\n"
        'ORGANIZER;CN=Tamsin Vale:mailto:tamsin.vale@harrowkites.ex\r\n ample\r\nATTENDEE;CN="Larsson, Obi":mailto:obi.larsson@harrowkites.example\r\n'
        "ATTENDEE;CN=Robin Ashgrove:mailto:robin@letterbox.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    invite = mail(
        "2026-03-02",
        "You have been invited to an interview for Sail Designer.",
        "Slots for Harrow Kites <no-reply@slots.example>",
        subject="Invitation: Interview @ 12 March",
        calendar=calendar,
    )
    history = Box(refusal(), mails=[invite]).history()
    assert history.recipient is not None
    assert history.recipient.address == "tamsin.vale@harrowkites.example"
    assert history.people_met == ("Tamsin Vale", "Obi Larsson")


@pytest.mark.parametrize(
    "sentence",
    [
        "Could you come to an interview at the loft on 12 March at 10: Nora Quill (MD) and Anna Larsson (Sailmaker).",
        "Could you come to an interview on 12 March? You'd meet Nora Quill. Anna Larsson will be there in the afternoon.",
    ],
)
def test_people_are_named_by_where_they_stand(sentence: str):
    history = Box(refusal(), mails=[invitation(f"Hi Robin,\n\n{sentence}\n\nTamsin Vale\nHead of Design")]).history()
    assert set(history.people_met) == {"Tamsin Vale", "Nora Quill", "Anna Larsson"}


def test_the_coordinator_who_was_not_there_is_not_thanked():
    arranged = invitation(
        "Dear Robin,\n\nYour panel for Sail Designer is on 12 March:\nObi Larsson, Master Sailmaker\n\nI shan't be there on the day.\n\nTamsin Vale\nInterview Coordinator",
    )
    after = invitation(
        "Robin,\n\nA good talk yesterday, thank you for coming.\n\nObi",
        date="2026-03-13",
        sender="Obi Larsson <obi.larsson@harrowkites.example>",
        subject="The book",
        id="b",
    )
    history = Box(refusal(), mails=[arranged, after]).history()
    assert history.recipient is not None
    assert history.recipient.address == "obi.larsson@harrowkites.example"
    assert history.people_met == ("Obi Larsson",)


@pytest.mark.parametrize("role", [None, "Harrow"])  # the subject, taken for a post
def test_an_agency_is_thanked_and_its_client_named(role: str | None):
    consultant = "Edda Winter <edda@wintersearch.example>"
    put = mail(
        "2026-02-20",
        "Hi Robin,\n\nI'd like to put you forward to Harrow Kites for their Sail Designer.\n\nEdda Winter\nWinter Search",
        consultant,
        subject="Sail Designer - Harrow Kites",
        id="put",
    )
    text = "Hi Robin,\n\nI am sorry, they have gone with somebody else.\n\nEdda"
    box = Box(
        refusal(text, consultant, subject="Harrow"),
        company="Winter Search",
        agency=True,
        role=role,
        signer="Edda Winter",
        recipient="edda@wintersearch.example",
        mails=[put],
    )
    history = box.history()
    assert history.company == "Harrow Kites"
    assert history.role == "Sail Designer"
    assert history.recipient is not None
    assert history.recipient.address == "edda@wintersearch.example"


@pytest.mark.parametrize(
    ("language", "theirs", "mine", "greeting", "formal"),
    [
        ("de", "Sehr geehrter Herr Ashgrove,\n\nich lade Sie zum Vorstellungsgespräch am 12. März ein.\n\nMit freundlichen Grüßen\nDr. Ida Brandt", "Sehr geehrte Frau Dr. Brandt,\n\nvielen Dank, ich komme gern. Ich freue mich auf Sie.\n\nRobin Ashgrove", "Frau Dr. Brandt", True),
        ("de", "Hallo Robin,\n\nhast du am 12. März Zeit für ein Gespräch?\n\nLiebe Grüße\nIda", "Liebe Ida,\n\ngern, bis dann bei euch!\n\nRobin", "Ida", False),
        ("fr", "Bonjour Monsieur Ashgrove,\n\nJe vous propose un entretien le 12 mars.\n\nIda Brandt", "Bonjour Madame Brandt,\n\nJe vous remercie, je viendrai.\n\nRobin Ashgrove", "Madame Brandt", True),
        ("es", "Hola, Robin:\n\nTe esperamos el 12 de marzo para la entrevista.\n\nUn saludo,\nIda Brandt", "Hola, Ida:\n\nAllí estaré.\n\nRobin", "Ida", None),
        ("it", "Gentile dott. Ashgrove,\n\nLa invitiamo a un colloquio il 12 marzo.\n\nCordiali saluti\nIda Brandt", "Gentile dott.ssa Brandt,\n\nconfermo volentieri.\n\nRobin Ashgrove", "dott.ssa Brandt", None),
        ("nl", "Hoi Robin,\n\nKom je 12 maart langs?\n\nGroetjes,\nIda", "Hoi Ida,\n\nLeuk, tot dan!\n\nRobin", "Ida", None),
        ("sv", "Hej Robin,\n\nVälkommen till en intervju den 12 mars.\n\nHälsningar\nIda", "Hej Ida,\n\nTack, jag kommer.\n\nRobin", "Ida", None),
        ("pl", "Szanowny Panie,\n\nzapraszamy na rozmowę kwalifikacyjną 12 marca.\n\nIda Brandt", "Szanowna Pani Brandt,\n\ndziękuję Pani, przyjdę.\n\nRobin Ashgrove", "Pani Brandt", True),
        ("tr", "Merhaba Robin Bey,\n\n12 Mart'ta mülakata bekliyoruz.\n\nIda Brandt", "Merhaba Ida Hanım,\n\nTeşekkürler, geleceğim.\n\nRobin", "Ida Hanım", None),
    ],
)  # fmt: skip
def test_people_are_greeted_as_the_user_did(language: str, theirs: str, mine: str, greeting: str, formal: bool | None):
    ida = "Ida Brandt <ida.brandt@harrowkites.example>"
    box = Box(
        refusal(),
        language=language,
        mails=[invitation(theirs, sender=ida, id="one"), own(mine, to=ida, date="2026-03-03", reply="one", id="two")],
    )
    history = box.history()
    assert history.reached is Reached.INTERVIEW
    assert history.greeting_name == greeting
    if formal is not None:
        assert history.formal is formal


def test_known_sender_needs_mail_both_ways():
    one_way = Box(
        refusal(sender=TAMSIN), signer="Tamsin Vale", recipient="tamsin.vale@harrowkites.example", mails=[invitation()]
    )
    assert not one_way.history().known_sender
    one_way.mails.append(own("Hi Tamsin, gladly. Robin", date="2026-03-03"))
    assert one_way.history().known_sender


@pytest.mark.parametrize(
    ("sender", "company"),
    [
        (ROBOT, "Harrow Kites"),
        ("Harrow Kites <no-reply@us.greenhouse-mail.io>", "Harrow Kites"),
        ("Workday <harrow@myworkday.com>", "Harrow Kites"),
        ('x <a"b(c)@gmail.com>', 'Ha\r\nrrow" OR ALL (x'),
        ("Jo <jo@gmail.com>", None),
    ],
)
def test_queries_are_safe_bounded_and_selective(sender: str, company: str | None):
    box = Box(refusal(sender=sender), company=company, signer="Jo O'Neil")
    query = ask(box.verdict(), box.facts(), ME, box.rejection.date)  # type: ignore[arg-type]
    for value in (*query.people, *query.subjects):
        assert re.fullmatch(r"[\w.@-]+", value), value
        assert len(value) >= 4
    for value in query.references:
        assert not re.search(r"[\s<>\"\\()]", value)
    assert max(len(query.people), len(query.subjects), len(query.references)) <= 12
    assert not {"gmail.com", "myworkday.com", "greenhouse-mail.io", "letterbox.example"} & set(query.people)


def test_the_second_query_asks_only_for_what_is_new():
    private = mail(
        "2026-03-04",
        "Robin,\n\nTamsin Vale here from Harrow Kites, this is my own address. Come aboard on 12 March for a talk about Sail Designer.\n\nTamsin",
        "Tamsin V <tamsin.vale77@islemail.example>",
        subject="Sail Designer - a talk",
    )
    box = Box(refusal(), mails=[private])
    history = box.history()
    assert history.recipient is not None
    assert history.recipient.address == "tamsin.vale77@islemail.example"
    assert history.recipient.name == "Tamsin Vale"
    first, second = box.queries
    assert not set(second.people) & set(first.people)
    assert not second.subjects
