"""Every fault at every place: makes the list, plays it, counts by kind. `make faults` prints the table."""

from __future__ import annotations

import itertools
import logging
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from faults import killing, kinds
from faults.stage import PLAYS, Fault, Play, Stage, Theatre

WIRE = {
    "connection cut before a command": ("cut", "before"),
    "connection cut before the answer": ("cut", "sent"),
    "answer lost, connection cut": ("cut", "reply"),
    "BYE instead of an answer": ("bye", "before"),
    "BYE after the server acted": ("bye", "reply"),
    "stall before a command": ("stall", "before"),
    "stall instead of an answer": ("stall", "reply"),
    "an answer that never ends": ("drip", "reply"),
    "late answer": ("late", "reply"),
    "NO": ("no", "before"),
    "BAD": ("bad", "before"),
}
REFUSALS = {
    "quota exceeded": "[OVERQUOTA] Quota exceeded (mailbox for user is full)",
    "throttled": "[LIMIT] Too many requests, try again later",
    "read-only": "[NOPERM] Read-only folder",
    "server in trouble": "[UNAVAILABLE] Internal error occurred. Refer to server log for more information.",
}
CUT_LITERALS = {
    "cut in a literal of ours": ("APPEND", "literal"),
    "cut in a literal of the server's": ("UID FETCH", "answer"),
}
SHARE = 5  # plays that one process does in a row, on servers of its own
SMTP_ENDS = {"fernhill": ("sent", "unsure", "failed")}
HELD_ANEW = {"fernhill": ("held", "ready")}  # a draft that was away begins its hold anew
ANEW = ("skipped", "held", "ready", "vetoed", "stopped")  # the state was lost: nothing is done again
STATE_LOST = {"fernhill": ("lapsed", *ANEW), "greyfell": ("sent_by_user", *ANEW)}


@dataclass(frozen=True)
class Injection:
    """One fault in one scene of a play."""

    kind: str
    play: str
    scene: int
    fault: Fault
    ends: dict[str, tuple[str, ...]] = field(default_factory=dict)


Measure = tuple[list[str], int, int]  # of an undisturbed round: its commands, I/O steps, transactions


def measure(theatre: Theatre, scenes: Mapping[str, Sequence[int]] | None = None) -> dict[tuple[str, int], Measure]:
    """What each scene's first round does where nothing goes wrong; of all scenes, or of some."""
    return {
        (play.name, scene): _measured(theatre, play, scene)
        for play in PLAYS.values()
        for scene in (range(len(play.scenes)) if scenes is None else scenes[play.name])
    }


def catalogue(measures: Mapping[tuple[str, int], Measure]) -> list[Injection]:
    """Every fault there is."""
    made: list[Injection] = []
    for (name, scene), (commands, steps, transactions) in measures.items():
        play = PLAYS[name]
        made += _of_scene(play, scene, commands)
        made += [Injection("SIGKILL", name, scene, killing.kill(at), _kill_ends(play)) for at in range(steps)]
        made += _of_state(play, scene, transactions)
    if ("sending", 3) in measures:
        made += _submission()
    return made


def _kill_ends(play: Play) -> dict[str, tuple[str, ...]]:
    return SMTP_ENDS if play.sends else {}


def _measured(theatre: Theatre, play: Play, scene: int) -> Measure:
    commands: list[str] = []
    steps: list[int] = []
    transactions: list[int] = []

    @contextmanager
    def heard(stage: Stage) -> Iterator[None]:
        before = len(theatre.imap.commands)
        with kinds.transactions(transactions.append):
            yield
        commands.extend(theatre.imap.commands[before:])

    play.run(theatre, {scene: heard})
    play.run(theatre, {scene: killing.steps(steps.append)})
    return commands, steps[0], transactions[0]


def _of_scene(play: Play, scene: int, commands: Sequence[str]) -> Iterator[Injection]:
    for at, command in enumerate(commands):
        for kind, (what, when) in WIRE.items():
            yield Injection(kind, play.name, scene, kinds.wire(at, what, when))
        for kind, text in REFUSALS.items():
            yield Injection(kind, play.name, scene, kinds.wire(at, "no", text=text))
        for kind, (which, when) in CUT_LITERALS.items():
            if command == which:
                yield Injection(kind, play.name, scene, kinds.wire(at, "cut", when))
        for folder in ("INBOX", "Drafts", "Sent"):
            if command in ("EXAMINE", "LOGIN"):
                yield Injection("UIDVALIDITY changed", play.name, scene, kinds.act(at, kinds.rebuild(folder)))
        if at % 12 == 3:
            yield Injection("server restarted", play.name, scene, kinds.act(at, kinds.restart))
        if at % 4 == 2:
            yield Injection("machine suspended", play.name, scene, kinds.suspend(at), HELD_ANEW)
            yield Injection("clock a day ahead", play.name, scene, kinds.clock(at, days=1), HELD_ANEW)
            yield Injection("clock a day behind", play.name, scene, kinds.clock(at, days=-1), HELD_ANEW)
    if scene:
        yield Injection("Drafts vanished and came back", play.name, scene, kinds.vanished("Drafts"), HELD_ANEW)


def _of_state(play: Play, scene: int, transactions: int) -> Iterator[Injection]:
    for at in range(transactions):
        yield Injection("disk full", play.name, scene, kinds.state(at, kinds.full), _kill_ends(play))
        yield Injection("database locked", play.name, scene, kinds.state(at, kinds.locked), _kill_ends(play))
        yield Injection("state read-only", play.name, scene, kinds.state(at, kinds.read_only), _kill_ends(play))
    if play.sends:
        return
    if scene < 2:
        for at in range(transactions):
            yield Injection("state folder deleted", play.name, scene, kinds.state(at, kinds.gone), STATE_LOST)
    if scene == 1:
        for part in range(20):
            yield Injection("database damaged", play.name, scene, kinds.damaged(part / 20), STATE_LOST)


def _submission() -> Iterator[Injection]:
    for kind in ("cut", "stall"):
        for direction, longest, stride in (("s2c", 260, 9), ("c2s", 1900, 61)):
            for position in range(0, longest, stride):
                fault = kinds.submission(kind, direction, position)
                yield Injection(f"SMTP {kind}", "sending", 3, fault, SMTP_ENDS)


@dataclass
class Tally:
    """What was injected, and what went wrong."""

    injected: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    plays: int = 0

    def add(self, other: Tally) -> None:
        """What another process has found."""
        self.injected += other.injected
        self.wrong += other.wrong
        self.plays += other.plays

    def table(self) -> str:
        """By kind, and the sum."""
        lines = [f"{kind:36} {count:6}" for kind, count in sorted(self.injected.items())]
        kinds_of_wrong = Counter(line.partition(":")[0] for line in self.wrong)
        names = ("LostError", "DoubledError", "EarlyError", "LieError")
        ends = ", ".join(f"{kinds_of_wrong[name]} {name.removesuffix('Error').lower()}" for name in names)
        return "\n".join([*lines, f"{'all':36} {self.injected.total():6}   in {self.plays} plays", ends])


def play(theatre: Theatre, injections: Sequence[Injection], tally: Tally) -> None:
    """One play with at most one fault in each scene."""
    faults = {}
    for injection in injections:
        faults[injection.scene] = _counted(injection, tally)
    ends = dict(PLAYS[injections[0].play].ends)
    for injection in injections:
        for firm, states in injection.ends.items():
            if firm in ends:
                ends[firm] = (*ends[firm], *states)
    tally.plays += 1
    try:
        PLAYS[injections[0].play].run(theatre, faults, ends)
    except Exception as error:  # the sweep goes on, and says at the end what was wrong
        names = "; ".join(f"{one.kind} in scene {one.scene}" for one in injections)
        tally.wrong.append(f"{type(error).__name__}: {error} [{injections[0].play}: {names}]")


def _counted(injection: Injection, tally: Tally) -> Fault:
    @contextmanager
    def fault(stage: Stage) -> Iterator[None]:
        before = stage.fired
        with injection.fault(stage):
            yield
        tally.injected[injection.kind] += stage.fired - before

    return fault


def together(injections: Sequence[Injection]) -> list[list[Injection]]:
    """Faults of different scenes into one play: fewer plays for as many faults."""
    by_scene: dict[str, dict[int, list[Injection]]] = defaultdict(lambda: defaultdict(list))
    for injection in injections:
        by_scene[injection.play][injection.scene].append(injection)
    plays = []
    for scenes in by_scene.values():
        for row in itertools.zip_longest(*scenes.values()):
            plays.append([one for one in row if one is not None])  # noqa: PERF401  clearer than nested
    return plays


def sample(injections: Sequence[Injection], count: int, seed: int) -> list[Injection]:
    """`count` of them, every kind among them."""
    chosen = random.Random(seed)
    by_kind = defaultdict(list)
    for injection in injections:
        by_kind[injection.kind].append(injection)
    first = [chosen.choice(group) for group in by_kind.values()]
    rest = [one for one in injections if one not in first]
    return first + chosen.sample(rest, min(max(count - len(first), 0), len(rest)))


def groups(measures: Mapping[tuple[str, int], Measure], plays: int, seed: int) -> list[list[Injection]]:
    """What is played together; the same in every process, for the same seed."""
    order = random.Random(seed)
    injections = catalogue(measures)
    order.shuffle(injections)
    made = together(injections)
    order.shuffle(made)
    return made[:plays]


def share(measures: Mapping[tuple[str, int], Measure], plays: int, seed: int, first: int) -> Tally:
    """One process's part."""
    logging.disable(logging.CRITICAL)
    tally = Tally()
    with Theatre.open() as theatre:
        for group in groups(measures, plays, seed)[first : first + SHARE]:
            play(theatre, group, tally)
    return tally
