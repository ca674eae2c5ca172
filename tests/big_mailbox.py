"""A big mailbox for measuring what history costs: an application with interviews among many small mails."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from recorder import Recorder
from servers.base import PASSWORD
from servers.dovecot import Dovecot

from responder.clock import Clock
from responder.dossier import Rules, recognise
from responder.life.plan import Policy
from responder.mailbox import Server, connect
from responder.reading import knowledge
from responder.reading.history import History
from responder.reading.message import Me
from responder.rounds.account import Account
from responder.rounds.consulting import history_of
from responder.store import Store
from responder.wire import Secret

ME = Me("Ana Souza", frozenset({"ana@letterbox.example"}))
SELF = "Ana Souza <ana@letterbox.example>"
FOLDERS = {"INBOX": 0.6, "Archive": 0.25, "Sent": 0.15}
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
MOST_ROUND_TRIPS = 7 * len(FOLDERS) + 2
MOST_BYTES = 500_000

NO = (
    "Dear Ana,\n\nthank you for your time. Unfortunately, we have decided to move forward with another candidate for the"
    " position of Kiln Engineer.\n\nWe wish you all the best.\n\nTamsin Vale\nPeople Lead, Harrow Kilns\n"
)
STORY = (
    ("INBOX", 40, "Tamsin Vale <tamsin.vale@harrowkilns.example>", "Kiln Engineer: a visit", "i1",
     "Dear Ana,\n\nwe would like to invite you to an interview for Kiln Engineer on 4 {month}. You would meet me and Obi"
     " Larsson, who runs the kilns.\n\nTamsin Vale\nPeople Lead, Harrow Kilns\n+44 1632 960881\n"),
    ("Sent", 38, SELF, "Re: Kiln Engineer: a visit", "s1",
     "Dear Tamsin,\n\nthank you, I will gladly come.\n\nAna\n"),
    ("Sent", 20, SELF, "Re: Kiln Engineer: a visit", "s2",
     "Dear Tamsin,\n\nthank you for the conversation yesterday. I was impressed that Harrow Kilns shows every cracked pot"
     " in its window.\n\nAna\n"),
    ("Archive", 50, "Harrow Kilns <jobs@harrowkilns.example>", "We have your application for Kiln Engineer", "a1",
     "Dear Ana,\n\nthank you for your application for Kiln Engineer.\n\nHarrow Kilns\n"),
)  # fmt: skip


def mail(sender: str, to: str, subject: str, text: str, when: datetime, name: str) -> bytes:
    """One mail, put together by hand: 100,000 of them in some seconds."""
    head = f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: {format_datetime(when)}\r\n"
    head += f"Message-ID: <{name}@made.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    return (head + text.replace("\n", "\r\n")).encode()


def fill(server: Dovecot, count: int, now: datetime) -> str:
    """A user with a mailbox of `count` mails, straight into the Maildir."""
    user, chance = server.new_user(), random.Random(1)
    home = server.dir / "home" / user / "Maildir"
    number = 0

    def put(folder: str, raw: bytes, when: datetime) -> None:
        nonlocal number
        number += 1
        place = home if folder == "INBOX" else home / f".{folder}"
        path = place / "cur" / f"{int(when.timestamp())}.M{number}P1.made,S={len(raw)}:2,S"
        path.write_bytes(raw)
        os.utime(path, (when.timestamp(), when.timestamp()))  # INTERNALDATE

    for folder in ("", *(f".{name}" for name in FOLDERS if name != "INBOX")):
        for part in ("cur", "new", "tmp"):
            (home / folder / part).mkdir(parents=True, exist_ok=True)
    for folder, share in FOLDERS.items():
        for _ in range(int(count * share)):
            when = now - timedelta(hours=chance.random() * 24 * 700)
            person = (
                f"{chance.choice(WORDS)}.{chance.choice(WORDS)}@{chance.choice(WORDS)}{chance.randrange(400)}.example"
            )
            sender, to = (SELF, person) if folder == "Sent" else (person, SELF)
            text = " ".join(chance.choices(WORDS, k=60)) + "\n"
            put(folder, mail(sender, to, " ".join(chance.choices(WORDS, k=4)), text, when, f"n{number}"), when)
    for week in range(60):
        when = now - timedelta(days=7 * week + 1)
        text = "<p>" + " ".join(chance.choices(WORDS, k=3000)) + "</p>\n"
        news = mail("Harrow Kilns News <news@harrowkilns.example>", SELF, "Harrow Kilns News", text, when, f"w{week}")
        put("INBOX", news, when)
    for folder, days, sender, subject, name, text in STORY:
        when = now - timedelta(days=days)
        to = "Tamsin Vale <tamsin.vale@harrowkilns.example>" if folder == "Sent" else SELF
        text = text.replace("{month}", f"{now - timedelta(days=21):%B}")
        put(folder, mail(sender, to, subject, text, when, name), when)
    if server.drop:  # the files may stay root's: the server only reads them
        for path in (home.parent, home, *home.glob(".*"), *home.glob("*/"), *home.glob(".*/*")):
            os.chown(path, server.uid, server.gid)
    return user


def ask(server: Dovecot, user: str, recorder: Recorder, now: datetime, folder: Path) -> History:
    """The history of one rejection, through the recorder."""
    place = Server("127.0.0.1", recorder.port, "none", user)
    store = Store.open(folder / "state.sqlite3")
    mailbox = connect(place, Secret(PASSWORD))
    mailbox.roles()
    account = Account(
        "home", "ana@letterbox.example", ME, Rules(), Policy(zone=UTC), store, mailbox, knowledge.load(), Clock()
    )
    raw = mail("Harrow Kilns <no-reply@harrowkilns.example>", SELF, "Your application", NO, now, "no")
    dossier = recognise(raw, ME, account.knowledge, account.rules, received=now)
    assert dossier.rejection
    recorder.reset()
    history = history_of(account, dossier)
    mailbox.close()
    assert history is not None
    return history
