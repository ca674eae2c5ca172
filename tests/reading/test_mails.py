"""Every sample mail with what must come out of it: tests/mails/<lang>/<slug>.eml beside <slug>.toml.

In the .toml an absent key is not checked, "" means that nothing may be found. `me` is who the user is, by default the mail's To.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from responder.reading.facts import Facts, gather
from responder.reading.judge import Verdict, judge
from responder.reading.knowledge import load
from responder.reading.message import Me, Message, read

MAILS = Path(__file__).parents[1] / "mails"
SLUGS = sorted(str(path.relative_to(MAILS).with_suffix("")) for path in MAILS.rglob("*.eml"))
REACHED = {"application", "screen", "interview", "final"}
KEYS = {
    *("rejection", "category", "language", "reached", "someone_hired", "company", "company_aliases", "role", "role_aliases", "signer"),
    *("signer_aliases", "signer_title", "phone", "recipient", "recipient_source", "me", "note"),
}  # fmt: skip


def truth_of(slug: str) -> dict[str, Any]:
    return tomllib.loads((MAILS / f"{slug}.toml").read_text("utf-8"))


def message_of(slug: str) -> Message:
    message = read((MAILS / f"{slug}.eml").read_bytes())
    assert isinstance(message, Message)
    return message


@cache
def judged(slug: str) -> Verdict:
    message = message_of(slug)
    name, _, address = truth_of(slug).get("me", "").rstrip(">").rpartition(" <")
    me = Me(name, frozenset([address])) if address else Me(message.to[0].name, frozenset([message.to[0].address]))
    return judge(message, me, load())


@cache
def facts_of(slug: str) -> Facts:
    message = message_of(slug)
    return gather(judged(slug), Me(message.to[0].name, frozenset([message.to[0].address])), load())


def same(found: str | None, truth: dict[str, Any], key: str) -> None:
    """The fact is the one that is written down, or one of its other forms, letters' case aside."""
    if key in truth:
        right = [truth[key], *truth.get(f"{key}_aliases", [])]
        assert (found or "").casefold() in [one.casefold() for one in right], f"{key}: {found!r}, not {right}"


@pytest.mark.parametrize("slug", SLUGS)
def test_truth_is_well_formed(slug: str) -> None:
    truth = truth_of(slug)
    assert truth.keys() <= KEYS
    assert {"rejection", "category", "language", "note"} <= truth.keys()
    if truth["rejection"]:
        assert truth["reached"] in REACHED
    assert message_of(slug).subject


@pytest.mark.parametrize("slug", SLUGS)
def test_judgement(slug: str) -> None:
    verdict, truth = judged(slug), truth_of(slug)
    assert verdict.rejection is truth["rejection"], truth["note"]
    if truth["rejection"]:
        assert verdict.language == truth["language"]
        assert verdict.reached == truth["reached"]
        if "someone_hired" in truth:
            assert verdict.someone_hired is truth["someone_hired"]


@pytest.mark.parametrize("slug", [slug for slug in SLUGS if truth_of(slug)["rejection"]])
def test_facts(slug: str) -> None:
    truth = truth_of(slug)
    if not judged(slug).rejection:
        pytest.skip("not recognised: test_judgement says so")
    facts = facts_of(slug)
    signer = facts.signers[0] if facts.signers else None
    same(facts.company, truth, "company")
    same(facts.role, truth, "role")
    same(signer.name if signer else None, truth, "signer")
    same(signer.title if signer else None, truth, "signer_title")
    same(signer.phone if signer else None, truth, "phone")
    same(facts.recipient.address if facts.recipient else None, truth, "recipient")
    same(facts.recipient.source if facts.recipient else None, truth, "recipient_source")
