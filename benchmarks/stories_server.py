"""Whole stories through the program on a real server: `make stories CORPUS=folder`, or this file with --help.

A story is a mailbox of folders with mails and the truth about one rejection in it (story.json, see stories.py). Each gets
a mailbox of its own on a private Dovecot; its mails are appended with their dates, or with --arrive now as they come;
`responder run --once` goes over it, and the draft is read back from Drafts. What is compared is what the user would see:
to whom the draft goes, whether there is one, what `responder show` says of it, and the greeting and the user's own words
in its text. --blind leaves out all but the part of the corpus that nothing was made on (see evaluate.py).
"""

from __future__ import annotations

import argparse
import contextlib
import email
import email.policy
import imaplib
import io
import json
import os
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path
from typing import Any

from evaluate import is_blind
from stories import FIGURES, fold, grade

from responder import cli

HOME = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOME / "tests"))

from servers.base import PASSWORD  # noqa: E402  the path had to be set first
from servers.dovecot import Dovecot  # noqa: E402  the same

CONFIG = """
state_dir = {state}
[me]
name = {name}
[[account]]
name = "story"
address = {address}
[account.imap]
host = "localhost"
port = {port}
security = "tls"
ca_file = {ca}
username = {user}
[account.secret]
env = "STORY_SECRET"
[watch]
lookback = "3650d"
[notify]
desktop = false
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the program left behind: the drafts of the rejection, those of other mails, and its own account of it."""

    drafts: list[email.message.EmailMessage]
    others: list[email.message.EmailMessage]
    shown: dict[str, Any]


def fill(server: Dovecot, user: str, folder: Path, *, dated: bool) -> None:
    """The mails of a story into the folders of a new user, oldest first."""
    client = imaplib.IMAP4("127.0.0.1", server.port)
    client.login(user, PASSWORD)
    mails = []
    for path in folder.glob("*/*.eml"):
        raw = path.read_bytes()
        when = email.message_from_bytes(raw)["Date"]
        mails.append((parsedate_to_datetime(when).timestamp() if when else 0.0, path, raw))
    for stamp, path, raw in sorted(mails, key=lambda one: (one[0], str(one[1]))):
        place = path.parent.name
        client.create(place)
        flags = "\\Seen" if place == "Sent" else ""
        when = imaplib.Time2Internaldate(stamp if dated and stamp else time.time())
        status, answer = client.append(place, flags, when, re.sub(rb"\r?\n", b"\r\n", raw))
        assert status == "OK", answer
    client.logout()


def drafts_of(server: Dovecot, user: str) -> list[email.message.EmailMessage]:
    """What lies in Drafts."""
    client = imaplib.IMAP4("127.0.0.1", server.port)
    client.login(user, PASSWORD)
    client.select("Drafts", readonly=True)
    _, found = client.search(None, "ALL")
    numbers = found[0].split() if found and found[0] else []
    mails = [client.fetch(number, "(BODY.PEEK[])")[1][0][1] for number in numbers]
    client.logout()
    return [email.message_from_bytes(raw, policy=email.policy.default) for raw in mails]  # type: ignore[arg-type]


def live(server: Dovecot, folder: Path, story: dict[str, Any], workshop: Path, *, dated: bool) -> Outcome:
    """One story, from an empty mailbox to the draft."""
    user = server.new_user()
    fill(server, user, folder, dated=dated)
    config = workshop / f"{user}.toml"
    quoted = {
        "state": str(workshop / user),
        "name": story["me"]["name"],
        "address": story["me"]["email"],
        "ca": server.ca_file,
        "user": user,
    }
    config.write_text(
        CONFIG.format(port=server.tls_port, **{key: json.dumps(text) for key, text in quoted.items()}), "utf-8"
    )
    os.environ["STORY_SECRET"] = PASSWORD

    def program(*words: str) -> str:
        """One command, in this process: only the first story pays for loading what the program knows."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = cli.main(["--config", str(config), *words])
        assert code == 0, f"{words}: {err.getvalue()[-800:]}"
        return out.getvalue()

    program("run", "--once")
    cases = [json.loads(line) for line in program("status", "--all", "--json").splitlines()]
    asked = inner_ids(folder / story["rejection_path"])
    fitting = [one for one in cases if one["message_id"] in asked]
    fitting += [one for one in cases if one["message_id"] is None]  # one passed on as text has no id of its own
    case = fitting[0] if fitting else None
    shown = json.loads(program("show", case["id"], "--json")) if case else {}
    mails = drafts_of(server, user)
    own = [mail for mail in mails if case and mail["Message-ID"] == case["draft_message_id"]]
    return Outcome(own, [mail for mail in mails if mail not in own], shown)


def inner_ids(path: Path) -> set[str]:
    """The Message-IDs of a mail and of what it carries."""
    mail = email.message_from_bytes(path.read_bytes())
    return {str(part["Message-ID"]).strip() for part in mail.walk() if part["Message-ID"]}


def told(outcome: Outcome) -> dict[str, object]:
    """The figures, from the draft and from what the program says of its case."""
    shown, draft = outcome.shown, outcome.drafts[0] if outcome.drafts else None
    to = [address for _, address in getaddresses(draft.get_all("To", []))] if draft else []
    body = draft.get_content() if draft else ""
    greeting = shown.get("greeting_name")
    return {
        "rejection": bool(shown),
        "should_write": draft is not None,
        "reason": shown.get("why"),
        "recipient": ", ".join(to) or None,
        "company": shown.get("company"),
        "role": shown.get("role"),
        "stage": shown.get("stage"),
        "greeting_name": greeting if greeting and greeting in body.partition("\n\n")[0] else None,
        "impressed_by": shown.get("impressed_by"),
        "people_met": shown.get("people_met", ()),
        "phone": shown.get("recipient_phone"),
        "body": body,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="a folder of stories")
    parser.add_argument("--arrive", choices=("dated", "now"), default="dated", help="INTERNALDATE of the mails")
    parser.add_argument(
        "--blind", action="store_true", help="only the part that nothing was made on; no single case is shown"
    )
    parser.add_argument("--letters", action="store_true", help="print each draft")
    parser.add_argument("--only", nargs="*", default=())
    arguments = parser.parse_args()
    stories = {
        path.parent: json.loads(path.read_text("utf-8")) for path in sorted(arguments.folder.glob("*/story.json"))
    }
    blind = is_blind(story["id"] for story in stories.values()) if arguments.blind else frozenset()
    totals = dict.fromkeys((*FIGURES, "quoted"), 0)
    count = wrong = stray = 0
    with Dovecot() as server, tempfile.TemporaryDirectory() as workshop:
        for folder, story in stories.items():
            if (arguments.only and story["id"] not in arguments.only) or (arguments.blind and story["id"] not in blind):
                continue
            count += 1
            outcome = live(server, folder, story, Path(workshop), dated=arguments.arrive == "dated")
            got, expect = told(outcome), story["expect"]
            right = grade(got, expect)
            words = fold(expect["impressed_by"]) if expect["should_write"] else ""
            right["quoted"] = not words or words in fold(str(got["body"]))
            for figure in totals:
                totals[figure] += right[figure]
            wrong += bool(got["recipient"] and not right["recipient"])
            stray += len(outcome.others)
            if arguments.blind:
                continue
            report(story["id"], got, expect, right, outcome, arguments)
    print({figure: f"{number}/{count}" for figure, number in totals.items()})
    print(f"wrong recipients: {wrong}; drafts for other mails: {stray}")
    return 0


def report(
    name: str,
    got: dict[str, object],
    expect: dict[str, Any],
    right: dict[str, bool],
    outcome: Outcome,
    arguments: argparse.Namespace,
) -> None:
    """What was not right about one story."""
    for figure, good in right.items():
        if not good:
            print(f"{name} {figure}: got {got.get(figure)!r}, expected {expect.get(figure)!r} [{got['reason']}]")
    for mail in outcome.others:
        print(f"{name} another draft: to {mail['To']}, {mail['Subject']}")
    if arguments.letters:
        for mail in (*outcome.drafts, *outcome.others):
            print(f"--- {name} To: {mail['To']} Subject: {mail['Subject']}\n{mail.get_content()}")


if __name__ == "__main__":
    sys.exit(main())
