"""Reasons not to write that stand in the mailbox, in fourteen languages, and what is none."""

from __future__ import annotations

import pytest
from history_cases import Box, mail
from test_history import NO, ROBOT, TAMSIN, invitation, own, refusal

WITHDRAWN = {
    "en": "After some thought I would like to withdraw my application.",
    "de": "Nach reiflicher Überlegung ziehe ich meine Bewerbung zurück.",
    "fr": "Après réflexion, je préfère retirer ma candidature.",
    "es": "Tras pensarlo, he decidido retirar mi candidatura.",
    "it": "Dopo averci pensato, ho deciso di ritirare la mia candidatura.",
    "pt": "Depois de pensar, decidi retirar a minha candidatura.",
    "nl": "Na enig nadenken trek ik mijn sollicitatie in.",
    "sv": "Efter moget övervägande drar jag tillbaka min ansökan.",
    "da": "Efter at have tænkt mig om trækker jeg min ansøgning tilbage.",
    "no": "Etter å ha tenkt meg om trekker jeg søknaden min.",
    "pl": "Po namyśle postanowiłem wycofać swoją aplikację.",
    "tr": "Düşündükten sonra başvurumu geri çekmek istiyorum.",
    "ja": "検討の結果、選考を辞退させていただきたく存じます。",
    "zh": "经过考虑，我决定撤回我的申请。",
}
REVERSED = {
    "en": "Please disregard our earlier message, it was sent in error. Your application is still active.",
    "de": "Bitte ignorieren Sie unsere letzte Nachricht, sie wurde versehentlich verschickt.",
    "fr": "Merci de ne pas tenir compte de notre message, envoyé par erreur.",
    "es": "Por favor, ignora el mensaje anterior: fue un error y sigues en el proceso.",
    "it": "La preghiamo di ignorare la nostra mail, inviata per errore.",
    "pt": "Por favor, ignore a mensagem anterior, enviada por engano.",
    "nl": "Negeer alstublieft ons vorige bericht, dat is per ongeluk verstuurd.",
    "sv": "Vänligen bortse från vårt förra mejl, det skickades av misstag.",
    "da": "Se venligst bort fra vores sidste mail, den blev sendt ved en fejl.",
    "no": "Vennligst se bort fra vår forrige e-post, den ble sendt ved en feil.",
    "pl": "Prosimy zignorować poprzednią wiadomość, została wysłana przez pomyłkę.",
    "tr": "Lütfen önceki mesajımızı dikkate almayın, yanlışlıkla gönderildi.",
    "ja": "先ほどのメールは誤送信でしたので、破棄をお願いいたします。選考は継続しております。",
    "zh": "请忽略之前的邮件，系误发，您的申请仍在考虑之中。",
}


@pytest.mark.parametrize("language", WITHDRAWN)
def test_a_withdrawal_speaks_against_it(language: str):
    box = Box(refusal(), language=language, mails=[invitation(), own(f"{WITHDRAWN[language]}\n\nRobin")])
    assert "withdrawn" in (box.history().reason_not_to_write or "")


@pytest.mark.parametrize("language", REVERSED)
def test_a_decision_taken_back_speaks_against_it(language: str):
    back = mail(
        "2026-03-31", f"{REVERSED[language]} Sail Designer", ROBOT, subject="Your application for Sail Designer"
    )
    box = Box(refusal(), language=language, mails=[invitation(), back])
    assert "back" in (box.history().reason_not_to_write or "")


def test_a_robot_that_asks_for_an_opinion_takes_nothing_back():
    survey = mail(
        "2026-03-31",
        "How was your application for Sail Designer? If you have already answered, please ignore this message.",
        ROBOT,
        subject="How did we do?",
    )
    assert Box(refusal(), mails=[invitation(), survey]).history().reason_not_to_write is None


def test_an_answer_by_hand_speaks_against_it():
    answer = own(
        "Thank you for telling me.\n\nRobin",
        to=ROBOT,
        date="2026-03-30 12:00",
        subject="Re: Your application",
        reply="no",
    )
    assert "answered" in (Box(refusal(id="no"), mails=[answer]).history().reason_not_to_write or "")


def test_a_new_thread_to_people_met_is_an_answer_too():
    answer = own(
        "Hi both,\n\nthank you for everything.\n\nRobin",
        to="Obi <obi.larsson@harrowkites.example>, Tamsin <tamsin.vale@harrowkites.example>",
        date="2026-03-31",
        subject="Thank you both",
    )
    assert "written to them" in (Box(refusal(), mails=[invitation(), answer]).history().reason_not_to_write or "")


def test_a_reply_in_drafts_is_one_too():
    reply = own("Thank you", to=ROBOT, date="2026-03-30 12:00", subject="Re: Your application", reply="no")
    assert "drafts" in (Box(refusal(id="no"), drafts=[reply]).history().reason_not_to_write or "")


def test_a_second_rejection_gets_no_second_note():
    first = invitation(
        NO.replace("The Harrow Kites Team", "Tamsin"), date="2026-03-27", subject="Re: Sail Designer", id="first"
    )
    again = Box(refusal(NO), mails=[first]).history()
    assert "one note is enough" in (again.reason_not_to_write or "")


def test_a_rejection_of_another_post_is_no_first_one():
    first = mail(
        "2026-03-27",
        NO.replace("Sail Designer", "Warehouse Manager"),
        ROBOT,
        subject="Your application for Warehouse Manager",
    )
    assert Box(refusal(), mails=[first, invitation()]).history().reason_not_to_write is None


def test_newer_mail_from_a_person_is_read_first():
    newer = invitation(
        "Hi Robin,\n\ncan we talk tomorrow?\n\nTamsin",
        date="2026-03-31",
        subject="Re: Sail Designer: a visit",
        id="new",
    )
    assert "newer mail from Tamsin Vale" in (
        Box(refusal(), mails=[invitation(), newer]).history().reason_not_to_write or ""
    )


def test_newer_mail_about_another_application_is_none():
    newer = invitation(
        "Hi Robin,\n\nI'm delighted to offer you the position of Warehouse Manager.\n\nObi",
        date="2026-03-31",
        sender="Obi Larsson <obi.larsson@harrowkites.example>",
        subject="Warehouse Manager - an offer",
        id="offer",
    )
    earlier = invitation(
        "Hi Robin,\n\nWarehouse Manager: 10 March at 9?\n\nObi",
        date="2026-03-01",
        sender="Obi Larsson <obi.larsson@harrowkites.example>",
        subject="Warehouse Manager",
        id="w",
    )
    assert Box(refusal(), mails=[invitation(), earlier, newer]).history().reason_not_to_write is None


def test_own_notes_and_mass_mail_are_no_history():
    note = mail(
        "2026-03-31",
        "A note to Tamsin Vale at Harrow Kites is ready.",
        subject="A note is ready in Drafts",
        Auto_Submitted="auto-generated",
    )
    news = mail("2026-03-31", "New jobs at Harrow Kites", TAMSIN, subject="Jobs", List_Id="jobs.harrowkites.example")
    assert Box(refusal(), mails=[invitation(), note, news]).history().reason_not_to_write is None


def test_a_forward_to_a_friend_is_no_answer():
    forward = own(
        "Read this.\n\nRobin",
        to="Kit <kit@letters.example>",
        date="2026-03-30 12:00",
        subject="Fwd: Your application",
        reply="no",
    )
    assert Box(refusal(id="no"), mails=[invitation(), forward]).history().reason_not_to_write is None


def test_a_friend_who_names_the_firm_is_neither_thanked_nor_news():
    kit = "Kit Marlow <kit.marlow@letters.example>"
    before = mail(
        "2026-03-10",
        "Good luck with your interview for Sail Designer at Harrow Kites on 12 March!\n\nKit",
        kit,
        subject="Fingers crossed",
    )
    after = mail(
        "2026-03-31", "Any news about your application to Harrow Kites?\n\nKit", kit, subject="Re: Fingers crossed"
    )
    history = Box(refusal(), mails=[before, after]).history()
    assert history.recipient is None
    assert history.reason_not_to_write is None


@pytest.mark.parametrize(
    ("company", "other", "domain"),
    [
        ("Firm3", "Firm30", "firm30.example"),
        ("Firm3", "Firm30", "letters.example"),
        ("Harrow", "Harrowgate", "harrowgate.example"),
    ],
)
def test_newer_mail_from_a_firm_whose_name_only_begins_alike_is_none(company: str, other: str, domain: str):
    newer = mail(
        "2026-03-31",
        f"Hi Robin,\n\nthank you for your application for Sail Designer. When can we talk?\n\nJo Marsh\n{other}",
        f"Jo Marsh <jo.marsh@{domain}>",
        subject=f"Your application at {other}",
    )
    own_firm = newer_from(company, company.lower() + ".example")
    rejection = refusal(NO.replace("Harrow Kites", company), sender=f"{company} <jobs@{company.lower()}.example>")
    assert Box(rejection, company=company, mails=[newer]).history().reason_not_to_write is None
    assert "Jo Marsh" in (Box(rejection, company=company, mails=[own_firm]).history().reason_not_to_write or "")


def newer_from(company: str, domain: str):
    return mail(
        "2026-03-31",
        f"Hi Robin,\n\nabout your application for Sail Designer: when can we talk?\n\nJo Marsh\n{company}",
        f"Jo Marsh <jo.marsh@{domain}>",
        subject=f"Your application at {company}",
    )
