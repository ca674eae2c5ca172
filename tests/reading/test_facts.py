"""Facts of mails in facts_cases.toml, and whom a note can reach in each of the ways that a mail can mislead about it."""

from __future__ import annotations

import tomllib
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from responder.reading.facts import Facts, Source, gather
from responder.reading.judge import Verdict
from responder.reading.knowledge import load
from responder.reading.message import Me, Message, read
from responder.reading.organisations import bare

CASES: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("facts_cases.toml").read_text("utf-8"))["mail"]
ME = Me("Nora Beck", frozenset(["nora.beck@postbox.example"]))


def mail(case: dict[str, Any]) -> Message:
    made = EmailMessage()
    made["From"] = case["from"]
    made["To"] = "Nora Beck <nora.beck@postbox.example>"
    made["Subject"] = case["subject"]
    made["Date"] = case.get("date", "Tue, 03 Nov 2026 09:12:00 +0100")
    made["Message-ID"] = "<case@mail.example>"
    for name, value in case.get("headers", {}).items():
        made[name] = value
    made.set_content(case["body"].strip() + "\n")
    message = read(made.as_bytes())
    assert isinstance(message, Message)
    return message


def facts(case: dict[str, Any]) -> Facts:
    return gather(Verdict(True, 1.0, (), case["language"], None, None, mail(case)), ME, load())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_facts(case: dict[str, Any]) -> None:
    found = facts(case)
    signer = found.signers[0] if found.signers else None
    values = {
        "company": found.company,
        "role": found.role,
        "signer": signer.name if signer else None,
        "title": signer.title if signer else None,
        "phone": signer.phone if signer else None,
        "recipient": found.recipient.address if found.recipient else None,
    }
    for fact, value in values.items():
        if fact in case:
            right = [case[fact], *case.get(f"{fact}_also", ())]
            right += (
                [bare(one) for one in right] if fact == "company" else []
            )  # a person would leave the legal form out
            assert (value or "").casefold() in [one.casefold() for one in right], f"{fact}: {value!r}, not {right}"


@pytest.mark.parametrize(
    ("language", "body", "met"),
    [
        ("de", "Danke für das Gespräch mit Herrn Sommerfeld und mir.", ("Herr Sommerfeld",)),
        ("de", "Danke für das Gespräch mit Herrn Ole Sommerfeld und mir.", ("Ole Sommerfeld",)),
        (
            "en",
            "Following your interview with Mr Oduya and Ms Farquharson, we chose another.",
            ("Mr Oduya", "Ms Farquharson"),
        ),
    ],
)
def test_a_family_name_alone_keeps_its_honorific(language: str, body: str, met: tuple[str, ...]) -> None:
    assert facts({"from": "hr@firm.example", "subject": "x", "language": language, "body": body}).people_met == met


# --- whom a note can reach ----------------------------------------------------------------------------------------------

BODY = """Dear Nora,

Thank you for applying for the Estimator role at Tilling Brothers. We have chosen another candidate.

Kind regards,
Imogen Tarrant
Tilling Brothers Ltd
"""
PERSON = "Imogen Tarrant <imogen.tarrant@tillingbrothers.example>"
ROBOT = "Tilling Brothers <no-reply@tillingbrothers.example>"
TEAM = BODY.replace("Imogen Tarrant\n", "The Recruitment Team\n")


def reached(body: str = BODY, **headers: str) -> Facts:
    """The facts of a mail with these headers; underscores stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    sender = named.pop("From", PERSON)
    case = {"from": sender, "subject": "Your application", "language": "en", "body": body, "headers": named}
    return facts(case)


def closed_with(sentence: str) -> str:
    return BODY + f"\n{sentence}\n"


@pytest.mark.parametrize(
    ("headers", "body", "address", "source"),
    [
        ({}, BODY, "imogen.tarrant@tillingbrothers.example", Source.SIGNER),
        (
            {"From": "Tilling Brothers <jobs@tillingbrothers.example>"},
            TEAM,
            "jobs@tillingbrothers.example",
            Source.FROM,
        ),
        # one Reply-To on From's own domain, or from a robot to the company's domain
        (
            {"From": ROBOT, "Reply_To": "imogen.tarrant@tillingbrothers.example"},
            BODY,
            "imogen.tarrant@tillingbrothers.example",
            Source.SIGNER,
        ),
        (
            {"From": ROBOT, "Reply_To": "careers@tillingbrothers.example"},
            TEAM,
            "careers@tillingbrothers.example",
            Source.REPLY_TO,
        ),
        (
            {
                "From": "Tilling Brothers <no-reply@us.greenhouse-mail.io>",
                "Reply_To": "imogen.tarrant@tillingbrothers.example",
            },
            BODY,
            "imogen.tarrant@tillingbrothers.example",
            Source.SIGNER,
        ),
        # bulk signs do not say that nobody reads
        (
            {"Auto_Submitted": "auto-generated", "List_Unsubscribe": "<https://tillingbrothers.example/u>"},
            BODY,
            "imogen.tarrant@tillingbrothers.example",
            Source.SIGNER,
        ),
        # an address that the text gives, on the company's own domain
        (
            {"From": ROBOT},
            closed_with("Questions? Write to imogen.tarrant@tillingbrothers.example."),
            "imogen.tarrant@tillingbrothers.example",
            Source.BODY,
        ),
        # one's own address as Reply-To is a client's mistake: From decides
        ({"Reply_To": "nora.beck@postbox.example"}, BODY, "imogen.tarrant@tillingbrothers.example", Source.SIGNER),
    ],
)
def test_whom_a_note_reaches(headers: dict[str, str], body: str, address: str, source: Source) -> None:
    found = reached(body, **headers)
    assert found.recipient is not None, found.unreachable
    assert (found.recipient.address, found.recipient.source) == (address, source)
    assert found.suspicious is None


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"From": ROBOT}, BODY),
        ({"From": "Tilling Brothers <careers+autoreply@tillingbrothers.example>"}, TEAM),
        ({"From": "Tilling Brothers <notifications@tillingbrothers.example>"}, TEAM),
        ({"From": "Tilling Brothers <system@successfactors.eu>"}, TEAM),
        ({"From": "Tilling Brothers <tilling@myworkday.com>"}, TEAM),
        ({"From": "Tilling Brothers <tilling+autoreply@talent.icims.com>"}, TEAM),
        ({"From": "LinkedIn <jobs-noreply@linkedin.com>"}, TEAM),
        ({"From": "Indeed <noreply@indeed.com>"}, TEAM),
        ({"Return_Path": "<>"}, BODY),
        ({"From": "Nora Beck <nora.beck@postbox.example>"}, BODY),
        ({"From": "A <a@tillingbrothers.example>, B <b@tillingbrothers.example>"}, BODY),
        # the text says so
        ({"From": "Tilling Brothers <jobs@tillingbrothers.example>"}, TEAM + "\nThis mailbox is not monitored.\n"),
        ({"From": "Tilling Brothers <jobs@tillingbrothers.example>"}, TEAM + "\nPlease do not reply to this email.\n"),
        (
            {"From": "Tilling Brothers <jobs@tillingbrothers.example>"},
            TEAM + "\nReplies to this message are undeliverable and will not reach the Human Resource Department.\n",
        ),
        # an address in the text that is not the company's, or is for something else
        ({"From": ROBOT}, closed_with("Questions? Write to imogen.tarrant@gmail.com.")),
        ({"From": ROBOT}, closed_with("Questions? Write to help@tilling-brothers-support.xyz.example.")),
        ({"From": ROBOT}, closed_with("To have your data deleted write to privacy@tillingbrothers.example.")),
    ],
)
def test_nobody_is_reached(headers: dict[str, str], body: str) -> None:
    found = reached(body, **headers)
    assert found.recipient is None
    assert found.unreachable


@pytest.mark.parametrize(
    "headers",
    [
        {"Reply_To": "imogen.tarrant@tilling-hr.biz.example"},
        {"Reply_To": "imogen.tarrant.tilling@gmail.com"},
        {"Reply_To": "a@tillingbrothers.example, b@tillingbrothers.example"},
    ],
)
def test_an_answer_that_would_go_elsewhere_is_suspicious(headers: dict[str, str]) -> None:
    found = reached(**headers)
    assert found.recipient is None
    assert found.suspicious


def test_a_failed_dmarc_is_suspicious_only_from_a_trusted_server() -> None:
    value = "mx.mailbox.example; dmarc=fail header.from=tillingbrothers.example"
    case = {
        "from": PERSON,
        "subject": "Your application",
        "language": "en",
        "body": BODY,
        "headers": {"Authentication-Results": value},
    }
    verdict = Verdict(True, 1.0, (), "en", None, None, mail(case))
    assert gather(verdict, ME, load()).suspicious is None
    assert gather(verdict, ME, load(), ("mx.mailbox.example",)).suspicious


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "You received this from an unattended mailbox."),
        ("en", "This is a post only email, responses are not monitored."),
        ("en", "Please note that this address cannot receive replies."),
        ("en", "Emails sent to this address will not be read."),
        ("de", "Bitte antworten Sie nicht auf diese E-Mail."),
        ("de", "Diese Nachricht wurde automatisch erstellt, Antworten an diese Adresse werden nicht gelesen."),
        ("de", "Dieses Postfach wird nicht überwacht."),
        ("fr", "Merci de ne pas répondre à ce message."),
        ("fr", "Cette adresse n'est pas consultée, toute réponse restera sans suite."),
        ("fr", "Ceci est un envoi automatique : les réponses à ce courriel ne sont pas lues."),
        ("es", "Por favor, no responda a este correo electrónico."),
        ("es", "Este buzón no está supervisado."),
        ("es", "Mensaje automático: las respuestas a esta dirección no se leen."),
        ("pt", "Por favor, não responda a este e-mail."),
        ("pt", "Esta caixa de correio não é monitorada."),
        ("it", "Si prega di non rispondere a questa e-mail."),
        ("it", "Questa casella non è presidiata."),
        ("nl", "Gelieve niet te antwoorden op deze e-mail."),
        ("nl", "Dit e-mailadres wordt niet gelezen."),
        ("sv", "Det går inte att svara på detta mejl."),
        ("sv", "Vänligen svara inte på detta meddelande."),
        ("da", "Denne mail kan ikke besvares."),
        ("da", "Svar venligst ikke på denne e-mail."),
        ("no", "Denne e-posten kan ikke besvares."),
        ("no", "Vennligst ikke svar på denne meldingen."),
        ("pl", "Prosimy nie odpowiadać na tę wiadomość."),
        ("pl", "Ta skrzynka nie jest obsługiwana."),
        ("tr", "Lütfen bu e-postayı yanıtlamayınız."),
        ("tr", "Bu adrese gelen iletiler okunmamaktadır."),
        ("ja", "このメールは送信専用のため、ご返信いただいてもお答えできません。"),
        ("ja", "本メールに返信されましても対応いたしかねます。"),
        ("zh", "此为系统邮件，请勿直接回复。"),
        ("zh", "本信箱僅供發信，請勿直接回信。"),
    ],
)
def test_a_sentence_forbids_an_answer(language: str, sentence: str) -> None:
    sender = "Tilling Brothers <jobs@tillingbrothers.example>"
    body = f"Tilling Brothers\n\n{sentence}\n"
    found = facts({"from": sender, "subject": "Tilling Brothers", "language": language, "body": body})
    assert found.recipient is None


@pytest.mark.parametrize(
    "local",
    [
        *(
            "no-reply",
            "noreply",
            "no.reply",
            "donotreply",
            "do-not-reply",
            "jobs-noreply",
            "noreply-hr",
            "notifications",
        ),
        *(
            "careers+autoreply",
            "bounce",
            "mailer-daemon",
            "keine-antwort",
            "nicht-antworten",
            "ne-pas-repondre",
            "nepasrepondre",
        ),
        *(
            "no-responder",
            "noresponder",
            "nao-responda",
            "naoresponda",
            "non-rispondere",
            "nonrispondere",
            "niet-beantwoorden",
        ),
        *(
            "svara-ej",
            "svarainte",
            "svar-ikke",
            "ikke-svar",
            "nie-odpowiadaj",
            "nieodpowiadac",
            "yanitlamayin",
            "cevaplamayin",
        ),
    ],
)
def test_an_address_that_takes_no_answers(local: str) -> None:
    found = reached(TEAM, From=f"Tilling Brothers <{local}@tillingbrothers.example>")
    assert found.recipient is None, local
