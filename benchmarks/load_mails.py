"""The mails of the load: rejections of many shapes from firms of their own, and what lies around them in a mailbox.

Each rejection is signed by a person who can be reached, so that each must get its draft; each other mail must get none,
near-misses that use the very words of rejections among them.
"""

from __future__ import annotations

import base64
import random
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr

ME = "Ana Souza <ana@example.org>"
WORDS = (
    "harbour",
    "lantern",
    "meadow",
    "copper",
    "ribbon",
    "thistle",
    "gravel",
    "saddle",
    "kettle",
    "orchard",
    "timber",
)

# Signer, subject, text; {firm} and {signer} are filled in
REJECTIONS: tuple[tuple[str, str, str], ...] = (
    ("Jane Doe", "Your application as Data Engineer at {firm}",
     "Dear Ana,\n\nthank you for taking the time to interview with us for the Data Engineer position at {firm}.\nAfter careful"
     " consideration, we have decided to move forward with another candidate for this role.\n\nKind regards,\n{signer}\n"
     "Talent Partner, {firm}\n"),
    ("Owen Hale", "Re: Data Engineer",
     "Hi Ana,\n\nI wanted to let you know that we won't be taking your application for Data Engineer any further. We had"
     " many strong applicants.\n\nAll the best with your search,\n{signer}\n{firm}\n"),
    ("Katrin Vogel", "Ihre Bewerbung als Dateningenieurin bei {firm}",
     "Liebe Frau Souza,\n\nvielen Dank für das Gespräch und Ihr Interesse an {firm}. Leider müssen wir Ihnen mitteilen, dass wir"
     " uns für eine andere Bewerberin entschieden haben.\n\nMit freundlichen Grüßen\n{signer}\nPersonalreferentin\n{firm}\n"),
    ("Claire Martin", "Votre candidature chez {firm}",
     "Bonjour Ana,\n\nNous vous remercions de l'entretien que vous nous avez accordé pour le poste d'ingénieure de données."
     " Malheureusement, nous ne pouvons pas donner une suite favorable à votre candidature.\n\nBien cordialement,\n{signer}\n"
     "Chargée de recrutement, {firm}\n"),
    ("Lucía Romero", "Tu candidatura en {firm}",
     "Hola Ana:\n\nGracias por tu interés en {firm} y por la entrevista. Lamentablemente, hemos decidido continuar el proceso con"
     " otra persona candidata para el puesto de Ingeniera de datos.\n\nUn saludo,\n{signer}\nSelección, {firm}\n"),
    ("Giulia Conti", "La tua candidatura presso {firm}",
     "Ciao Ana,\n\nti ringraziamo per il colloquio e per l'interesse verso {firm}. Purtroppo abbiamo deciso di proseguire con un"
     " altro candidato per la posizione di Data Engineer.\n\nCordiali saluti,\n{signer}\nRisorse umane, {firm}\n"),
    ("Sanne Bakker", "Je sollicitatie bij {firm}",
     "Beste Ana,\n\nBedankt voor het gesprek over de functie van Data Engineer. Helaas hebben we besloten om verder te gaan met"
     " een andere kandidaat.\n\nMet vriendelijke groet,\n{signer}\nRecruiter, {firm}\n"),
    ("Beatriz Lima", "Sua candidatura na {firm}",
     "Olá Ana,\n\nAgradecemos a entrevista e o seu interesse na {firm}. Infelizmente, decidimos seguir com outra pessoa candidata"
     " para a vaga de Engenheira de Dados.\n\nAtenciosamente,\n{signer}\nRecrutamento, {firm}\n"),
    ("Elsa Lund", "Din ansökan till {firm}",
     "Hej Ana,\n\nTack för intervjun och ditt intresse för {firm}. Tyvärr har vi valt att gå vidare med en annan kandidat till"
     " tjänsten som dataingenjör.\n\nVänliga hälsningar,\n{signer}\nRekryterare, {firm}\n"),
    ("Marta Zielińska", "Aplikacja na stanowisko Data Engineer w {firm}",
     "Dzień dobry Pani Anno,\n\ndziękujemy za rozmowę i zainteresowanie ofertą pracy w {firm}. Niestety zdecydowaliśmy się"
     " wybrać innego kandydata na stanowisko Data Engineer.\n\nZ poważaniem,\n{signer}\nSpecjalistka ds. rekrutacji, {firm}\n"),
)  # fmt: skip

# Sender's name, subject, text: none of them turns an application of the reader's down
OTHERS: tuple[tuple[str, str, str], ...] = (
    ("Bo", "Lunch", "At one?\n"),
    ("Hiring team", "We have received your application",
     "Dear Ana,\n\nthank you for applying. We will look at your application and be in touch. If you do not hear from us within four"
     " weeks, please consider your application unsuccessful.\n\nThe hiring team\n"),
    ("Talent team", "Interview on Thursday",
     "Dear Ana,\n\nwe would like to invite you to an interview on Thursday at ten. Unfortunately, our lift is out of order.\n\nSee"
     " you then\n"),
    ("The Careers Letter", "After careful consideration: how to read a rejection",
     "\"We have decided to move forward with other candidates\": everybody has read that sentence. Here is what it means.\n"),
    ("Bank", "Your loan application",
     "Dear customer,\n\nunfortunately we cannot offer you the loan that you applied for.\n"),
    ("Shop", "Your order is on its way", "Your parcel leaves us today.\n"),
    ("Ben", "they said no", "Hey, my application at the museum was rejected. They took somebody else. Beer tonight?\n"),
)  # fmt: skip


def rejection(number: int, date: datetime, me: str = ME) -> bytes:
    """One from a firm of its own, signed by a person; each shape as plain text, as HTML and in base64."""
    signer, subject, text = REJECTIONS[number % len(REJECTIONS)]
    firm = f"Firm{number:04}"
    local = signer.split()[0].lower().encode("ascii", "ignore").decode() or "hr"
    sender = formataddr((signer, f"{local}@firm{number:04}.example"))
    words = text.format(firm=firm, signer=signer)
    form = number // len(REJECTIONS) % 3
    return _mail(sender, me, subject.format(firm=firm), words, date, f"r{number}@firm{number:04}.example", form)


def other(number: int, date: datetime, chance: random.Random, sender: str | None = None) -> bytes:
    """What is no rejection: mostly small, now and then a long newsletter in HTML. With a `sender`, mail of the reader's own."""
    name, subject, text = OTHERS[number % len(OTHERS)]
    if number % 50 == 0:
        name, subject = "Weekly", f"This week {number}"
        text = "\n\n".join(" ".join(chance.choices(WORDS, k=60)) for _ in range(60)) + "\n"
    person = formataddr((name, f"{chance.choice(WORDS)}@{chance.choice(WORDS)}{number % 4000}.example"))
    form = 1 if number % 50 == 0 else 0
    return _mail(
        sender or person, person if sender else ME, f"{subject} {number}", text, date, f"{number}@example.net", form
    )


def _mail(sender: str, to: str, subject: str, text: str, date: datetime, name: str, form: int) -> bytes:
    """Put together by hand: 100,000 of them in some seconds."""
    kind, body = ("html", _html(text)) if form == 1 else ("plain", text)
    raw, encoding = body.replace("\n", "\r\n").encode(), "8bit"
    if form == 2:
        raw, encoding = base64.encodebytes(raw).replace(b"\n", b"\r\n"), "base64"
    head = (
        f"From: {sender}\r\nTo: {to}\r\nSubject: {Header(subject, 'utf-8' if not subject.isascii() else None).encode()}\r\n"
        f"Date: {format_datetime(date)}\r\nMessage-ID: <{name}>\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    )
    return head.encode() + raw


def _html(text: str) -> str:
    """With a style sheet as long as mail programs like to send."""
    paragraphs = "".join(f"<p>{part.replace(chr(10), '<br>')}</p>\n" for part in text.strip().split("\n\n"))
    style = "\n".join(f".c{number} {{ color: #{number:06x}; margin: {number}px }}" for number in range(400))
    return f"<html><head><style>\n{style}\n</style></head><body>\n{paragraphs}</body></html>\n"
