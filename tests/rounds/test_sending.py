"""Sending over a real SMTP server, only when asked for: stars, manners, one attempt, three different ends."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from rounds.world import Died, World, mail

from responder.errors import LoginRefused, OutcomeUnknown, Refused, TryLater
from responder.life.plan import Action
from responder.life.window import Window


class Post:
    """A submission server that a test can break: what it took, and what it does next."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str, bytes]] = []
        self.trouble: BaseException | None = None
        self.after_taking = False

    def __call__(self, sender: str, recipient: str, raw: bytes) -> None:
        if self.trouble is not None and not self.after_taking:
            raise self.trouble
        self.taken.append((sender, recipient, raw))
        if self.trouble is not None:
            raise self.trouble


@pytest.fixture
def post() -> Post:
    return Post()


def prepare(world: World, post: Post, action: Action = Action.SEND_STARRED) -> None:
    world.policy = replace(world.policy, action=action)
    world.post = post


def hours(world: World, count: float, step: float = 0.25) -> None:
    """`count` hours, with a round at each `step`; what only waits takes large steps."""
    for _ in range(int(count / step)):
        world.pass_time(hours=step)
        world.round()


def ready(world: World) -> None:
    world.reject()
    world.round()
    hours(world, 24.5, 12.25)
    assert world.state() == "ready"


def star(world: World, *, on: bool = True) -> None:
    world.server.flag("Drafts", world.drafts()[0].uid, "\\Flagged", on=on)


def test_nothing_is_sent_by_default(world, post):
    world.post = post
    ready(world)
    star(world)
    hours(world, 48, 3)
    assert post.taken == []


def test_a_starred_draft_is_sent_as_it_stands(world, post):
    prepare(world, post)
    ready(world)
    star(world)
    hours(world, 2)
    ((sender, recipient, raw),) = post.taken
    sent = message_from_bytes(raw, policy=policy.default)
    assert (sender, recipient) == ("ana@mail.example", "tom.vogel@fernhill.example")
    assert sent["In-Reply-To"] == "<r1@fernhill.example>"
    assert sent["References"] == "<r1@fernhill.example>"
    assert sent["Auto-Submitted"] is None  # a person has approved it
    assert "X-" not in " ".join(sent.keys())
    assert world.state() == "sent"
    assert world.drafts() == []
    assert len(world.server.mails("Sent")) == 1
    assert len(world.server.mails("Trash")) == 1


def test_nothing_is_sent_twice(world, post):
    prepare(world, post)
    ready(world)
    star(world)
    hours(world, 72, 4)
    assert len(post.taken) == 1


def test_without_a_star_nothing_is_sent(world, post):
    prepare(world, post)
    ready(world)
    hours(world, 72, 4)
    assert post.taken == []


def test_a_star_that_was_there_from_the_first_look_approves_nothing(world, post):
    """A client that copies flags onto each version it saves."""
    prepare(world, post)
    world.reject()
    world.round()
    world.server.edit("Drafts", world.drafts()[0].uid, lambda raw: raw + b"\r\nmine\r\n")
    star(world)
    hours(world, 72, 4)
    assert post.taken == []
    star(world, on=False)
    hours(world, 1)
    star(world)
    hours(world, 1)
    assert len(post.taken) == 1


def test_an_edit_after_the_star_takes_the_approval_back(world, post):
    prepare(world, post)
    world.reject()
    world.round()
    hours(world, 1)
    star(world)
    hours(world, 1)
    world.server.edit("Drafts", world.drafts()[0].uid, lambda raw: raw + b"\r\nmine\r\n")
    hours(world, 48, 3)
    assert post.taken == []
    assert world.state() == "ready"


def test_a_star_before_the_hold_is_over_waits_for_it(world, post):
    prepare(world, post)
    world.reject()
    world.round()
    hours(world, 1)
    star(world)
    hours(world, 22, 2)
    assert post.taken == []
    hours(world, 4, 1)
    assert len(post.taken) == 1


def test_not_within_a_quarter_of_an_hour_of_a_change(world, post):
    prepare(world, post)
    ready(world)
    world.server.edit("Drafts", world.drafts()[0].uid, lambda raw: raw + b"\r\nmine\r\n")
    hours(world, 5 / 60, 5 / 60)
    star(world)
    hours(world, 10 / 60, 5 / 60)
    assert post.taken == []
    hours(world, 10 / 60, 5 / 60)
    assert len(post.taken) == 1
    assert b"mine" in post.taken[0][2]


def test_the_window_is_kept(world, post):
    prepare(world, post)
    world.policy = replace(world.policy, window=Window.parse("tue-fri 09:00-17:00"))
    ready(world)  # a Tuesday
    star(world)
    hours(world, 30, 0.5)
    (moment,) = [line.at for line in world.journal(world.case().id) if line.event == "send"]
    assert 9 <= moment.hour < 17


def test_release_ends_the_window(world, post):
    prepare(world, post)
    world.policy = replace(world.policy, window=Window.parse("sun 09:00-09:01"))
    ready(world)
    star(world)
    hours(world, 2)
    assert post.taken == []
    world.ask("release", world.case().id)
    hours(world, 1)
    assert len(post.taken) == 1


def test_the_daily_limit_and_the_distance(world, post):
    prepare(world, post)
    for _ in range(4):
        world.reject()
    world.round()
    hours(world, 25, 12.5)
    for draft in world.drafts():
        world.server.flag("Drafts", draft.uid, "\\Flagged")
    hours(world, 2, 5 / 60)
    hours(world, 18, 1)
    moments = sorted(case.sent_at for case in world.cases() if case.sent_at)
    assert len(post.taken) == 2
    assert moments[1] - moments[0] >= timedelta(minutes=20)
    hours(world, 48, 3)
    assert len(post.taken) == 4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"To: ", b"Cc: boss@fernhill.example\r\nTo: "),
        (b"To: ", b"Bcc: friend@mail.example\r\nTo: "),
        (b"To: Tom", b"To: other@fernhill.example, Tom"),
    ],
)
def test_copies_and_more_recipients_are_handed_back(world, post, old, new):
    prepare(world, post)
    ready(world)
    world.server.edit("Drafts", world.drafts()[0].uid, lambda raw: raw.replace(old, new, 1))
    hours(world, 1)
    star(world)
    hours(world, 6, 1)
    assert post.taken == []
    assert world.state() == "stopped"


def test_a_starred_draft_goes_to_the_recipient_it_shows(world, post):
    prepare(world, post)
    ready(world)
    world.server.edit(
        "Drafts",
        world.drafts()[0].uid,
        lambda raw: raw.replace(b"tom.vogel@fernhill.example", b"rosa@fernhill.example"),
    )
    hours(world, 1)
    star(world)
    hours(world, 6, 1)
    assert [recipient for _, recipient, _ in post.taken] == ["rosa@fernhill.example"]


def test_a_placeholder_stops_a_starred_letter(world, post):
    prepare(world, post)
    ready(world)
    world.server.edit("Drafts", world.drafts()[0].uid, lambda raw: raw + b"\r\nBest, [Your Name]\r\n")
    hours(world, 1)
    star(world)
    hours(world, 6, 1)
    assert post.taken == []
    assert world.state() == "stopped"


def test_private_headers_of_a_client_never_leave(world, post):
    prepare(world, post)
    ready(world)
    world.server.edit(
        "Drafts",
        world.drafts()[0].uid,
        lambda raw: (
            b"S:claws@localhost\r\nFcc: imap://ana@mail.example/Sent\r\nX-Mozilla-Draft-Info: internal\r\n" + raw
        ),
    )
    hours(world, 1)
    star(world)
    hours(world, 6, 1)
    raw = post.taken[0][2]
    assert not any(word in raw for word in (b"claws", b"Fcc", b"X-Mozilla"))


def test_a_lost_in_reply_to_is_restored(world, post):
    prepare(world, post)
    ready(world)
    world.server.edit(
        "Drafts", world.drafts()[0].uid, lambda raw: raw.replace(b"In-Reply-To: <r1@fernhill.example>\r\n", b"")
    )
    hours(world, 1)
    star(world)
    hours(world, 6, 1)
    assert message_from_bytes(post.taken[0][2])["In-Reply-To"] == "<r1@fernhill.example>"


@pytest.mark.parametrize(
    ("trouble", "taken", "state"),
    [
        (Refused("550 no such user"), False, "failed"),
        (OutcomeUnknown("the connection was lost"), True, "unsure"),
        (OutcomeUnknown("the connection was lost"), False, "unsure"),
    ],
)
def test_the_ends_of_sending(world, post, trouble, taken, state):
    prepare(world, post)
    ready(world)
    star(world)
    post.trouble, post.after_taking = trouble, taken
    hours(world, 6, 1)
    assert world.state() == state
    assert len(post.taken) == int(taken)  # and never a second time


def test_a_server_that_says_not_now_is_asked_again(world, post):
    prepare(world, post)
    ready(world)
    star(world)
    post.trouble = TryLater("451 later")
    hours(world, 2)
    assert world.state() == "ready"
    post.trouble = None
    hours(world, 2)
    assert len(post.taken) == 1


def test_dying_while_sending_is_unsure_and_sent_settles_it(world, post):
    prepare(world, post)
    ready(world)
    star(world)
    post.trouble, post.after_taking = Died(), True
    with pytest.raises(Died):
        hours(world, 6, 1)
    post.trouble = None
    hours(world, 6, 1)
    assert world.state() == "unsure"
    assert len(post.taken) == 1
    world.server.deliver("Sent", post.taken[0][2])
    hours(world, 1)
    assert world.state() == "sent"
    assert len(post.taken) == 1


def test_send_without_a_star_demands_proof_of_the_sender(world, post):
    prepare(world, post, Action.SEND)
    world.reject()
    world.round()
    hours(world, 48, 3)
    assert post.taken == []
    assert world.state() == "stopped"
    assert "Nothing proves" in world.case().why


AUTHENTIC = {"Authentication_Results": "mx.mail.example; dmarc=pass header.from=fernhill.example"}


def unasked(world: World, post: Post, **headers: str) -> None:
    """An account that sends by itself, and a rejection whose sender is proven by the user's own server."""
    prepare(world, post, Action.SEND)
    world.rules = replace(world.rules, trusted_authserv_ids=("mx.mail.example",))
    world.deliver_with = AUTHENTIC | headers
    world.reject()
    world.round()


def test_send_with_a_proven_sender_says_that_it_is_automatic(world, post):
    unasked(world, post)
    hours(world, 48, 3)
    ((_, _, raw),) = post.taken
    assert message_from_bytes(raw)["Auto-Submitted"] == "auto-replied"
    assert message_from_bytes(raw)["In-Reply-To"] == world.case().message_id


def test_what_a_person_has_released_is_not_called_automatic(world, post):
    prepare(world, post, Action.SEND)
    world.reject()
    world.round()
    world.ask("release", world.case().id)
    hours(world, 2)
    ((_, _, raw),) = post.taken
    assert message_from_bytes(raw)["Auto-Submitted"] is None


@pytest.mark.parametrize(
    ("headers", "sentence"),
    [
        ({"Authentication_Results": "mx.other.example; dmarc=pass header.from=fernhill.example"}, "Nothing proves"),
        ({"Authentication_Results": "mx.mail.example; dmarc=fail header.from=fernhill.example"}, "Nothing proves"),
        ({"Reply_To": "Tom Vogel <tom.vogel@fernhill-jobs.example>"}, "Nothing proves|no draft"),
        ({"Precedence": "bulk"}, "bulk mail"),
        ({"Precedence": "list"}, "bulk mail"),
        ({"List_Id": "<news.fernhill.example>"}, "bulk mail"),
        ({"List_Unsubscribe": "<https://fernhill.example/u>"}, "bulk mail"),
        ({"Auto_Submitted": "auto-generated"}, "automatic mail"),
        ({"Auto_Submitted": "auto-replied; x=y"}, "automatic mail"),
        ({"X_Auto_Response_Suppress": "DR, OOF"}, "no automatic answers"),
        ({"X_Auto_Response_Suppress": "All"}, "no automatic answers"),
        ({"Return_Path": "<>"}, "no return path|no single recipient"),
    ],
)
def test_send_stays_away(world, post, headers, sentence):
    """RFC 3834 s2, and what proves no sender."""
    unasked(world, post, **headers)
    hours(world, 48, 6)
    assert post.taken == []
    assert world.state() in ("stopped", "skipped")
    if world.state() == "stopped":
        assert re.search(sentence, world.case().why)
        assert len(world.drafts()) == 1


def test_auto_submitted_no_is_a_persons_mail(world, post):
    unasked(world, post, Auto_Submitted="no", X_Auto_Response_Suppress="DR, RN")
    hours(world, 48, 6)
    assert len(post.taken) == 1


OWN = b"To: Ana Souza <ana@mail.example>\r\n"


def addressed(world: World, post: Post, to: bytes) -> None:
    """A rejection with a proven sender whose To, Cc and the like are these lines."""
    prepare(world, post, Action.SEND)
    world.rules = replace(world.rules, trusted_authserv_ids=("mx.mail.example",))
    world.deliver_with = AUTHENTIC
    raw, _ = world.rejection()
    assert OWN in raw
    world.deliver(raw.replace(OWN, to))
    world.round()


@pytest.mark.parametrize(
    "to",
    [
        OWN,
        b"To: ANA@Mail.Example\r\n",
        b"To: ana.old@mail.example\r\n",  # an alias
        b"To: archive@fernhill.example\r\nCc: Ana Souza <ana@mail.example>\r\n",
        b"To: other@mail.example, Ana <ana@mail.example>\r\n",
    ],
)
def test_send_answers_what_names_the_user_in_to_or_cc(world, post, to):
    addressed(world, post, to)
    hours(world, 48, 6)
    assert [recipient for _, recipient, _ in post.taken] == ["tom.vogel@fernhill.example"]


@pytest.mark.parametrize(
    "to",
    [
        b"",  # the user stood in Bcc, which is gone on arrival
        b"To: undisclosed-recipients:;\r\n",
        b"Bcc: Ana Souza <ana@mail.example>\r\n",
        b"To: Tom Vogel <tom.vogel@fernhill.example>\r\n",
        b"To: applicants <applicants@fernhill.example>\r\n",  # a list without the marks of one
        b"To: applicants@fernhill.example\r\nDelivered-To: ana@mail.example\r\nX-Original-To: ana@mail.example\r\n",
        b"To: other@mail.example\r\nResent-To: ana@mail.example\r\n",
        b'To: "ana@mail.example" <applicants@fernhill.example>\r\n',
        b"To: ana@mail.example.fernhill.example\r\n",
        b"To: ana+x@mail.example.fernhill.example, ana@mail.exampl\r\n",
    ],
)
def test_send_answers_nothing_that_does_not_name_the_user(world, post, to):
    """RFC 3834 s2: by Bcc, by a list, or forwarded by a machine; a draft may be there, and stays one."""
    addressed(world, post, to)
    drafts = len(world.drafts())
    hours(world, 48, 6)
    assert post.taken == []
    assert len(world.drafts()) == drafts
    assert [str(case.state) for case in world.cases()] == (["stopped"] if drafts else ["skipped"] * len(world.cases()))
    assert all("does not name you" in case.why for case in world.cases() if case.state == "stopped")


def test_a_star_may_send_what_does_not_name_the_user(world, post):
    prepare(world, post)
    raw, _ = world.rejection()
    world.deliver(raw.replace(OWN, b"To: undisclosed-recipients:;\r\n"))
    world.round()
    hours(world, 25)
    star(world)
    hours(world, 2)
    assert len(post.taken) == 1


def test_earlier_mail_both_ways_proves_the_sender(world, post):
    prepare(world, post, Action.SEND)
    tom = "Tom Vogel <tom.vogel@fernhill.example>"
    earlier = world.clock.now() - timedelta(days=20)
    asked = mail(tom, "Interview", "Dear Ana, shall we meet? Tom Vogel", "<q1@fernhill.example>", earlier)
    answered = mail("Ana Souza <ana@mail.example>", "Re: Interview", "Dear Tom, gladly.", "<a1@mail.example>", earlier)
    world.server.deliver("Archive", asked, when=earlier)
    world.server.deliver(
        "Sent", answered.replace(b"To: Ana Souza <ana@mail.example>", f"To: {tom}".encode()), when=earlier
    )
    world.reject(name="Tom Vogel")
    world.round()
    hours(world, 48, 6)
    assert [recipient for _, recipient, _ in post.taken] == ["tom.vogel@fernhill.example"]


def test_every_finding_of_manners_stops_what_nobody_approved(world, post):
    unasked(world, post)
    world.server.edit("Drafts", world.drafts()[0].uid, lambda raw: raw + b"\r\nWhy was I not chosen?\r\n")
    hours(world, 48, 6)
    assert post.taken == []
    assert world.state() == "stopped"
    assert "Please look at it" in world.case().why


def test_a_lesser_finding_does_not_stop_a_star(world, post):
    prepare(world, post)
    ready(world)
    world.server.edit("Drafts", world.drafts()[0].uid, lambda raw: raw + b"\r\nWhy was I not chosen?\r\n")
    hours(world, 1)
    star(world)
    hours(world, 6, 1)
    assert len(post.taken) == 1


def test_a_wrong_company_stops_a_star(world, post):
    prepare(world, post)
    ready(world)
    world.server.edit("Drafts", world.drafts()[0].uid, lambda raw: raw.replace(b"Fernhill", b"Greyfell"))
    hours(world, 1)
    star(world)
    hours(world, 6, 1)
    assert post.taken == []
    assert world.state() == "stopped"


@pytest.mark.parametrize(("before_due", "sent"), [(True, 0), (False, 1)])
def test_gmail_only_a_star_set_after_the_hold_counts(world, post, before_due, sent):
    prepare(world, post)
    world.policy = replace(world.policy, star_after_due=True)
    world.reject()
    world.round()
    hours(world, 1)
    if before_due:
        star(world)
    hours(world, 25, 5)
    assert world.state() == "ready"
    if not before_due:
        star(world)
    hours(world, 10 / 60, 5 / 60)
    assert post.taken == []  # still there a quarter of an hour after it was first seen
    hours(world, 6, 1)
    assert len(post.taken) == sent


def test_a_star_within_two_minutes_of_the_first_look_waits(world, post):
    """A program that saves a version and then copies the flags onto it may be seen in between."""
    prepare(world, post)
    ready(world)
    world.server.edit("Drafts", world.drafts()[0].uid, lambda raw: raw + b"\r\nmine\r\n")
    world.round()
    world.pass_time(minutes=1)
    star(world)
    world.round()
    hours(world, 15 / 60, 5 / 60)
    assert post.taken == []
    hours(world, 1)
    assert len(post.taken) == 1


def test_sending_is_recorded_before_smtp_is_spoken(world, post):
    prepare(world, post)
    ready(world)
    star(world)
    states = []

    def submit(*handed: object) -> None:
        states.append(world.state())
        post(*handed)

    world.post = submit
    hours(world, 2)
    assert states == ["sending"]
    assert world.state() == "sent"


def test_no_release_beyond_the_daily_limit(world, post):
    prepare(world, post)
    world.policy = replace(world.policy, max_per_day=1)
    for _ in range(2):
        world.reject()
    world.round()
    for case in world.cases():
        world.ask("release", case.id)
    for draft in world.drafts():
        world.server.flag("Drafts", draft.uid, "\\Flagged")
    world.round()
    for draft in world.drafts():
        world.server.flag("Drafts", draft.uid, "\\Flagged", on=False)
    hours(world, 0.5)
    for draft in world.drafts():
        world.server.flag("Drafts", draft.uid, "\\Flagged")
    hours(world, 12, 2)
    assert len(post.taken) == 1


def test_a_rejection_that_a_mail_program_has_marked_as_answered(world, post):
    prepare(world, post)
    ready(world)
    star(world)
    world.server.flag("INBOX", world.server.mails("INBOX")[0].uid, "\\Answered")
    hours(world, 2)
    assert post.taken == []
    assert world.state() == "stopped"


def unsure(world: World, post: Post) -> bytes:
    prepare(world, post)
    ready(world)
    star(world)
    post.trouble, post.after_taking = OutcomeUnknown("the connection was lost"), True
    hours(world, 1)
    assert world.state() == "unsure"
    return post.taken[0][2]


def test_unsure_is_settled_by_what_the_letter_answers_to_whom_and_when(world, post):
    """Outlook gives the copy in Sent a Message-ID of its own."""
    raw = unsure(world, post)
    other = raw.replace(world.case().draft_message_id.encode(), b"<own@outlook.example>")
    world.server.deliver("Sent", other, when=world.case().sent_at + timedelta(seconds=30))
    hours(world, 1)
    assert world.state() == "sent"
    assert len(world.server.mails("Sent")) == 1
    assert world.drafts() == []


@pytest.mark.parametrize(
    ("old", "new", "later"),
    [(b"", b"", timedelta(hours=3)), (b"tom.vogel@fernhill", b"rosa@fernhill", timedelta(minutes=1))],
    ids=["hours later", "to somebody else"],
)
def test_what_else_lies_in_sent_is_the_users_own_answer(world, post, old, new, later):
    raw = unsure(world, post)
    other = raw.replace(world.case().draft_message_id.encode(), b"<own@mail.example>").replace(old, new)
    world.server.deliver("Sent", other, when=world.case().sent_at + later)
    hours(world, 1)
    assert world.state() == "sent_by_user"
    assert len(world.drafts()) == 1


def test_a_death_while_sending_is_told(world, post):
    prepare(world, post)
    ready(world)
    star(world)
    post.trouble = Died()
    with pytest.raises(Died):
        hours(world, 2)
    post.trouble = None
    hours(world, 25, 5)
    assert world.state() == "unsure"
    assert any(b"may or may not" in note.raw.replace(b"=\r\n", b"") for note in world.server.mails("INBOX"))


def test_a_login_that_the_user_must_mend_is_told_and_tried_again(world, post):
    prepare(world, post)
    ready(world)
    star(world)
    post.trouble = LoginRefused("the server refused the login for sending")
    hours(world, 1)
    assert world.state() == "ready"
    assert any("cannot be sent" in news.text for news in world.news)
    post.trouble = None
    hours(world, 2)
    assert len(post.taken) == 1


def test_without_a_server_for_sending_a_star_stops(world):
    world.policy = replace(world.policy, action=Action.SEND_STARRED)
    ready(world)
    star(world)
    hours(world, 1)
    assert world.state() == "stopped"
    assert "No server for sending" in world.case().why


def test_an_attachment_is_handed_back(world, post):
    prepare(world, post)
    ready(world)
    world.server.edit("Drafts", world.drafts()[0].uid, with_attachment)
    hours(world, 1)
    star(world)
    hours(world, 6, 1)
    assert post.taken == []
    assert world.state() == "stopped"


def with_attachment(raw: bytes) -> bytes:
    message = message_from_bytes(raw, policy=policy.SMTP)
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="cv.pdf")
    return message.as_bytes()


def test_send_never_uses_a_changed_recipient(world, post):
    unasked(world, post)
    world.server.edit(
        "Drafts",
        world.drafts()[0].uid,
        lambda raw: raw.replace(b"tom.vogel@fernhill.example", b"rosa@fernhill.example"),
    )
    hours(world, 48, 6)
    assert post.taken == []
    assert "recipient was changed" in world.case().why
