"""The user's own wording in Drafts: read once for each version, told kindly; and letters to one company that differ."""

from __future__ import annotations

import json
from dataclasses import replace
from email import message_from_bytes, policy

from rounds.world import mail

from responder.writing.letter import ALIKE, similarity


def text_of(raw: bytes) -> str:
    return message_from_bytes(raw, policy=policy.default).get_content()


def edit(world, change) -> None:
    """Another version of the only draft, as mail programs save one: a new UID, the old one gone."""
    (draft,) = world.drafts()
    message = message_from_bytes(draft.raw, policy=policy.SMTP)
    message.set_content(change(message.get_content().replace("\r\n", "\n")))
    world.server.delete("Drafts", draft.uid)
    world.deliver(message.as_bytes(), "Drafts")


def findings(world) -> list[str]:
    return [one["kind"] for one in json.loads(world.case().facts).get("findings", ())]


def test_an_untouched_letter_has_no_findings(world):
    world.reject()
    world.round()
    world.pass_time(hours=25)
    world.round()
    assert world.state() == "ready"
    assert findings(world) == []


def test_the_users_edits_are_read_and_told_in_the_note(world):
    world.reject()
    world.round()
    edit(world, lambda text: text.replace("\n\n", "\n\nCould you please tell me why I was not chosen? ", 1))
    world.pass_time(hours=25)
    world.round()
    assert findings(world) == ["asks"]
    (note,) = [one for one in world.server.mails("INBOX") if b"auto-generated" in one.raw]
    assert "A word on the wording, only as a thought:" in text_of(note.raw)
    assert "asks for reasons" in text_of(note.raw)


def test_what_is_put_right_is_no_longer_found(world):
    world.reject()
    world.round()
    edit(world, lambda text: "Dear [Name],\n\n" + text)
    world.pass_time(minutes=10)
    world.round()
    assert "placeholder" in findings(world)
    edit(world, lambda text: text.removeprefix("Dear [Name],\n\n"))
    world.pass_time(minutes=10)
    world.round()
    assert findings(world) == []


def test_two_letters_to_one_company_do_not_read_alike(world):
    no = "Dear Ana,\n\nthank you for the interview for the {role} position at Fernhill."
    no += " Unfortunately we have decided to move forward with another candidate.\n\nAll the best,\n{name}\nTalent Partner, Fernhill\n"
    for number, (role, name) in enumerate(
        (("Data Engineer", "Jane Doe"), ("Office Manager", "Tom Vogel"), ("Analyst", "Mia Stone"))
    ):
        address = name.lower().replace(" ", ".")
        world.deliver(
            mail(
                f"{name} <{address}@fernhill.example>",
                f"Your application for {role} at Fernhill",
                no.format(role=role, name=name),
                f"<r{number}@fernhill.example>",
                world.clock.now(),
            )
        )
        world.round()
        world.pass_time(hours=1)
    letters = [text_of(draft.raw) for draft in world.drafts()]
    assert len(letters) == 3
    assert max(similarity(one, other) for one in letters for other in letters if one is not other) < ALIKE


def test_a_template_of_the_users_with_an_error_costs_no_draft_and_is_told(world, tmp_path):
    own = tmp_path / "templates" / "en"
    own.mkdir(parents=True)
    for stage in ("application", "screen", "interview", "final", "closed"):
        (own / f"{stage}.txt.j2").write_text("Dear {{ names|first }},\n\n{% if role %}Thank you\n")
    world.rules = replace(world.rules, templates=tmp_path / "templates")
    world.reject()
    world.round()
    (draft,) = world.drafts()
    assert "{%" not in text_of(draft.raw)
    store = world.store()
    told = " ".join(change.why for change in store.journal(world.case().id))
    assert f"{world.case().stage}.txt.j2, line 3" in told
    assert "the shipped letter is used" in told
