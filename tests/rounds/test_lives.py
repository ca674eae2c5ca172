"""Random lives: mail arrives, the user edits, deletes, sends and waits, networks fail, the process dies at any I/O.

Held to at every moment: never two drafts for one rejection, never a release before its time, never a letter after a
veto; and at the end: no rejection lost.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from rounds.world import ADDRESS, Died, World, mail

from responder.errors import TryLater


class Lives(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="lives-"))
        self.rejections: dict[str, datetime] = {}  # Message-ID -> when it arrived
        self.asked_anew: Counter[str] = Counter()
        self.hastened: set[str] = set()
        self.vetoed: dict[str, int] = {}

    @initialize(at_end=st.booleans())
    def begin(self, *, at_end: bool) -> None:
        self.world = World(self.folder)
        assert self.world.is_recognised(), "the world's rejections must be unmistakable, or these lives prove nothing"
        if at_end:
            self.world.policy = replace(self.world.policy, at_end=True)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.nothing_is_lost()
            self.world.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def nothing_is_lost(self) -> None:
        """After a day of rounds: what was moved away unseen is found by the daily sweep. A first look reaches ten days back."""
        for hours in (1, 25, 1):
            self.world.round()
            self.world.pass_time(hours=hours)
        self.world.round()
        reach = self.world.clock.now() - 2 * self.world.policy.lookback + timedelta(days=2)
        owed = {message_id for message_id, arrived in self.rejections.items() if arrived >= reach}
        known = {case.message_id for case in self.world.cases()}
        assert owed <= known, "a rejection was lost"

    # -- the outside

    @rule()
    def a_rejection_arrives(self) -> None:
        if len(self.rejections) < 4:
            self.rejections[self.world.reject()] = self.world.clock.now()

    @rule()
    def other_mail_arrives(self) -> None:
        self.world.count += 1
        self.world.deliver(
            mail(
                "News <n@news.example>",
                "News",
                "The weekly news.",
                f"<n{self.world.count}@news.example>",
                self.world.clock.now(),
            )
        )

    @rule(minutes=st.sampled_from([1, 5, 61, 4 * 60, 24 * 60, 3 * 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.world.pass_time(minutes=minutes)

    @rule(hours=st.sampled_from([1, 24]))
    def the_clock_is_set_back(self, hours: int) -> None:
        self.world.pass_time(hours=-hours)

    @rule(folder=st.sampled_from(["INBOX", "Drafts", "Sent"]))
    def a_folder_is_rebuilt(self, folder: str) -> None:
        self.world.server.rebuild(folder)

    @precondition(lambda self: self.world.server.mails("INBOX"))
    @rule(data=st.data())
    def the_user_archives(self, data: st.DataObject) -> None:
        mails = self.world.server.mails("INBOX")
        self.world.server.move("INBOX", data.draw(st.sampled_from(mails)).uid, "Archive")

    @precondition(lambda self: self.world.drafts())
    @rule(data=st.data(), act=st.sampled_from(["delete", "edit", "edit-new-id", "copy", "send", "trash", "star"]))
    def the_user_acts_on_a_draft(self, data: st.DataObject, act: str) -> None:
        server = self.world.server
        draft = data.draw(st.sampled_from(self.world.drafts()))
        match act:
            case "delete":
                server.delete("Drafts", draft.uid)
            case "edit":
                server.edit("Drafts", draft.uid, lambda raw: raw + b"\r\nmine\r\n")
            case "edit-new-id":
                self.world.count += 1
                server.edit(
                    "Drafts", draft.uid, lambda raw: raw + b"\r\nx\r\n", message_id=f"<e{self.world.count}@c.example>"
                )
            case "copy":
                server.deliver("Drafts", draft.raw)
            case "send":
                server.move("Drafts", draft.uid, "Sent")
            case "trash":
                server.move("Drafts", draft.uid, "Trash")
            case "star":
                server.flag("Drafts", draft.uid, "\\Flagged")

    @precondition(lambda self: self.rejections)
    @rule(data=st.data())
    def the_user_answers_by_hand(self, data: st.DataObject) -> None:
        self.world.count += 1
        rejection = data.draw(st.sampled_from(list(self.rejections)))
        own = f"<own{self.world.count}@mail.example>"
        self.world.server.deliver(
            "Sent", mail(f"Ana <{ADDRESS}>", "Re: x", "Thank you.", own, self.world.clock.now(), In_Reply_To=rejection)
        )

    # -- the program

    @rule()
    def a_round(self) -> None:
        self.world.round()

    @rule(at=st.integers(0, 60), how=st.sampled_from(["dies", "network"]))
    def a_round_that_ends_early(self, at: int, how: str) -> None:
        left = at

        def count(_: str) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Died if how == "dies" else TryLater("the network is gone")

        try:
            self.world.round(count)
        except Died:
            return

    @precondition(lambda self: self.world.cases())
    @rule(data=st.data(), kind=st.sampled_from(["release", "hold", "drop", "draft", "again"]))
    def a_command(self, data: st.DataObject, kind: str) -> None:
        case = data.draw(st.sampled_from(self.world.cases()))
        match kind:
            case "hold":
                self.world.ask("hold", case.id, seconds=3600)
                self.hastened.add(case.id)  # a hold of an hour may end before the cooldown: it is the user's wish
            case "again" | "draft":
                if self.world.ask("draft", case.id, again=kind == "again").startswith("A draft"):
                    self.asked_anew[case.id] += 1
            case _:
                self.world.ask(kind, case.id)
                if kind == "release":
                    self.hastened.add(case.id)

    # -- what always holds

    @invariant()
    def never_two_drafts_for_one_rejection(self) -> None:
        if not hasattr(self, "world"):
            return
        filed = [raw for folder, raw in self.world.server.filed if folder == "Drafts"]
        ids = Counter(re.search(rb"(?im)^message-id:\s*(\S+)", raw)[1] for raw in filed)
        assert all(count == 1 for count in ids.values()), "one draft was filed twice"
        for case in self.world.cases():
            mine = [raw for raw in filed if case.message_id and case.message_id.encode() in raw]
            assert len(mine) <= 1 + self.asked_anew[case.id], "two drafts for one rejection"

    @invariant()
    def never_released_early(self) -> None:
        if not hasattr(self, "world"):
            return
        for case in self.world.cases():
            if case.ready_at is None or case.id in self.hastened or str(case.state) != "ready":
                continue
            assert case.ready_at >= case.received + timedelta(hours=24), "released before the cooldown was over"
            if not self.world.policy.at_end:
                assert case.ready_at >= case.filed_at + timedelta(hours=4), "released four hours too early"

    @invariant()
    def never_a_letter_after_a_veto(self) -> None:
        if not hasattr(self, "world"):
            return
        for case in self.world.cases():
            mine = sum(1 for _, raw in self.world.server.filed if case.message_id and case.message_id.encode() in raw)
            if str(case.state) == "vetoed":
                assert self.vetoed.setdefault(case.id, mine) == mine, "a letter after a veto"
            else:
                assert case.id not in self.vetoed, "a veto was taken back"


Lives.TestCase.settings = settings(
    max_examples=int(os.environ.get("LIVES", "25")),  # `make faults` asks for many, and for other ones each time
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize="LIVES" not in os.environ,
)
TestLives = Lives.TestCase
