"""How well rejections are recognised and facts are found: `make evaluate CORPUS=folder`, or this file with --help.

Uses only what `responder inspect --json` prints. For each corpus file: precision, recall and false alarms with 95 % Wilson
intervals; then, for each fact, how often it was right, wrong, missing (there, not found) or invented (not there, "found"),
in all and by language. --blind measures on the 40 % of each corpus whose SHA-256 of the id is lowest and that no rule and no
weight was made on; the default leaves them out.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import re
import subprocess
import sys
import tempfile
import tomllib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formataddr
from pathlib import Path
from typing import Any

from written import Written, load_written

HOME = Path(__file__).resolve().parent.parent
BLIND_SHARE = 0.4
FACTS = ("company", "role", "signer", "recipient", "phone", "stage", "language")
LEGAL = re.compile(
    r"\b(gmbh|mbh|ag|se|kg|kgaa|ohg|ug|ev|co|inc|incorporated|corp|corporation|llc|llp|lp|ltd|limited|plc|pty|pvt|private|"
    r"company|sa|sas|sarl|snc|scop|spa|srl|srls|sl|slu|lda|ltda|eireli|bv|nv|vof|ab|hb|aps|as|asa|oy|oyj|sp z o o|zoo|sp k|"
    r"as|ltd sti|san|tic|a s|the)\b|株式会社|有限会社|合同会社|股份有限公司|有限责任公司|有限公司|\(株\)"
)


@dataclass(frozen=True, slots=True)
class Case:
    """One mail with the truth about it."""

    id: str
    lang: str
    rejection: bool
    raw: bytes
    truth: Mapping[str, Any]  # fact -> right value or None; a fact that is not in it is not scored
    also: Mapping[str, Sequence[str]]  # fact -> other forms that count as right
    title: str = ""


@dataclass(slots=True)
class Tally:
    """What came out for one group of mails."""

    kinds: Counter[str] = field(default_factory=Counter)  # hit, miss, alarm, quiet
    facts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))  # fact -> right, wrong ...
    known: dict[str, Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )  # the same where there is a truth


# --- the corpora ------------------------------------------------------------------------------------------------------


def is_blind(ids: Iterable[str]) -> frozenset[str]:
    """The ids of the blind part."""
    ordered = sorted(set(ids), key=lambda one: hashlib.sha256(one.encode()).hexdigest())
    return frozenset(ordered[: round(BLIND_SHARE * len(ordered))])


def load_cases(file: Path, workshop: Path) -> list[Case]:
    """The cases of one .jsonl file; structured ones are built by the corpus's own build_eml.py into `workshop`."""
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
    if rows and "headers" not in rows[0]:
        return [_plain_case(row) for row in rows if "label" in row]
    out = workshop / file.stem
    builder = file.parent / "build_eml.py"
    subprocess.run([sys.executable, str(builder), str(file), str(out)], check=True, stdout=subprocess.DEVNULL)
    return [_case(row, (out / f"{row['id']}.eml").read_bytes()) for row in rows if "label" in row]


def _plain_case(row: Mapping[str, Any]) -> Case:
    mail = EmailMessage()
    mail["Message-ID"] = f"<{row['id']}@corpus.example>"
    mail["Subject"] = " ".join((row.get("subject") or "").split())
    name, address = row.get("from_name") or "", row.get("from_addr") or ""
    mail["From"] = formataddr((" ".join(name.split()), address if "@" in address else "unknown@unknown.example"))
    mail["To"] = "me@mailbox.example"
    mail.set_content(row.get("body_text") or "")
    truth, also = {"language": row["lang"]}, {}
    stage = row.get("stage") or "unknown"
    if stage == "position_closed":  # says nothing of whether somebody was preferred: "filled" is among them
        truth["stage"], also["stage"] = "closed", ("application",)
    elif stage != "unknown":
        truth["stage"] = stage
    return Case(
        row["id"], row["lang"], row["label"] == "rejection", mail.as_bytes(), truth, also, row.get("subject") or ""
    )


def _case(row: Mapping[str, Any], raw: bytes) -> Case:
    told = row["truth"]
    truth = {
        "company": told.get("company"),
        "role": told.get("role"),
        "signer": told.get("signer"),
        "recipient": told.get("reply_address"),
        "phone": told.get("phone"),
        "stage": row.get("stage"),
        "language": row["lang"],
    }
    also = {fact: tuple(told.get(f"{fact}_aliases") or ()) for fact in ("company", "role", "signer")}
    also["phone"] = tuple(told.get("phone_also") or ())
    rejection = row["label"] == "rejection"
    return Case(row["id"], row["lang"], rejection, raw, truth, also, row["headers"].get("Subject", ""))


def load_mails(folder: Path) -> list[Case]:
    """The project's own samples: x.eml beside x.toml."""
    cases = []
    for file in sorted(folder.rglob("*.toml")):
        mail = file.with_suffix(".eml")
        if not mail.is_file():
            continue
        told = tomllib.loads(file.read_text("utf-8"))
        truth = {fact: told.get(fact) for fact in FACTS if fact in told}
        also = {fact: (*told.get(f"{fact}_also", ()), *told.get(f"{fact}_aliases", ())) for fact in FACTS}
        lang = told.get("language") or told.get("lang") or file.name[:2]
        name = file.relative_to(folder).with_suffix("").as_posix()
        cases.append(Case(name, lang, bool(told.get("rejection")), mail.read_bytes(), truth, also))
    return cases


def load_own(folder: Path) -> list[Case]:
    """The mails of benchmarks/mails, or of another folder of such files, that carry the truth."""
    return [_own_case(mail) for mail in load_written(folder) if mail.told]


def _own_case(mail: Written) -> Case:
    told = {name: [one.strip() for one in value.split(" | ")] for name, value in mail.told.items()}
    signers = told.get("signer", [])
    told["signer"] = [name.strip() for one in signers for name in (one.split(" & ")[0], one)]
    sender = mail.told["from"].partition("<")[0].strip(' "')
    told["signer"] += [sender] if signers and plain(sender).split()[:1] == plain(signers[0]).split()[:1] else []
    told["recipient"], told["stage"] = told.get("reply", []), told.get("reached", [])
    truth: dict[str, Any] = {fact: (told.get(fact) or [None])[0] for fact in FACTS}
    truth["language"] = mail.language
    also = {fact: tuple(told.get(fact, ())[1:]) for fact in FACTS}
    return Case(mail.id, mail.language, mail.rejection, mail.raw(), truth, also, mail.subject)


# --- what the program says --------------------------------------------------------------------------------------------


def inspect(cases: Sequence[Case], workshop: Path) -> dict[str, dict[str, Any]]:
    """For each case what `responder inspect --json` says of its mail."""
    folder = workshop / "inspect"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    names = {}
    for number, case in enumerate(cases):
        name = f"{number:05}.eml"
        names[name] = case.id
        (folder / name).write_bytes(case.raw)
    code = "import sys; from responder.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "inspect", "--json", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=HOME)
    if not done.stdout.strip():
        raise SystemExit(f"responder inspect gave nothing: {done.stderr[-2000:]}")
    said = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {names[Path(one["file"]).name]: one for one in said}


def said_fact(said: Mapping[str, Any], fact: str) -> str | None:
    """One fact out of what inspect printed."""
    match fact:
        case "signer":
            return (said.get("signer") or {}).get("name")
        case "phone":
            return (said.get("signer") or {}).get("phone")
        case "recipient":
            return (said.get("recipient") or {}).get("address")
        case _:
            return said.get(fact)


# --- scoring ----------------------------------------------------------------------------------------------------------


def plain(value: str) -> str:
    """Case, width, punctuation and white space do not count."""
    folded = unicodedata.normalize("NFKC", value).casefold()
    return " ".join(re.sub(r"[^\w\s]|_", " ", folded).split())


def same(fact: str, got: str, truths: Iterable[str]) -> bool:
    """Whether a reasonable person would call them the same."""
    match fact:
        case "phone":
            digits = re.sub(r"\D", "", got).lstrip("0")
            known = [re.sub(r"\D", "", one).lstrip("0") for one in truths]
            return any(
                digits == one or (len(one) > 7 and digits.endswith(one)) for one in known
            )  # a truth may be in local form
        case "company":
            return any(_company(got) == _company(one) for one in truths)
        case "role":
            return any(_role(got) == _role(one) for one in truths)
        case "recipient":
            return any(got.strip().lower() == one.strip().lower() for one in truths)
        case _:
            return any(plain(got) == plain(one) for one in truths)


def _company(value: str) -> str:
    bare = " ".join(LEGAL.sub(" ", plain(value)).split())
    return (bare or plain(value)).replace(" ", "")


def _role(value: str) -> str:
    return plain(re.sub(r"\([^)]{1,12}/[^)]{1,12}\)|\(all genders\)|\(gn\)", " ", value, flags=re.IGNORECASE))


def outcome(fact: str, case: Case, said: Mapping[str, Any]) -> str:
    """right, wrong, missing or invented."""
    truth, got = case.truth[fact], said_fact(said, fact)
    if not truth:
        return "invented" if got else "right"
    if not got:
        return "missing"
    return "right" if same(fact, got, (truth, *case.also.get(fact, ()))) else "wrong"


def count(cases: Sequence[Case], said: Mapping[str, Mapping[str, Any]], show: bool) -> tuple[Tally, dict[str, Tally]]:
    """Over all and by language. Facts are scored on the rejections that were recognised."""
    total, by_language = Tally(), defaultdict[str, Tally](Tally)
    for case in cases:
        one = said.get(case.id, {})
        yes = bool(one.get("rejection"))
        kind = ("hit" if yes else "miss") if case.rejection else ("alarm" if yes else "quiet")
        if show and kind in {"miss", "alarm"}:
            print(f"  {kind:5} {case.id}  {one.get('confidence', 0):.2f}  {case.title[:60]!r}  {_why(one)}")
        for tally in (total, by_language[case.lang]):
            tally.kinds[kind] += 1
        if kind != "hit":
            continue
        for fact in case.truth:
            result = outcome(fact, case, one)
            for tally in (total, by_language[case.lang]):
                tally.facts[fact][result] += 1
                if case.truth[fact] or result == "invented":
                    tally.known[fact][result] += 1
            if show and result != "right":
                print(f"  {fact} {result} {case.id}: {said_fact(one, fact)!r} for {case.truth[fact]!r}")
    return total, by_language


def _why(said: Mapping[str, Any]) -> str:
    reasons = said.get("reasons") or []
    return " ".join(f"{reason['rule']}{reason['weight']:+.1f}" for reason in reasons[:6])


def wilson(hits: int, of: int) -> str:
    """A share with its 95 % Wilson interval."""
    if not of:
        return "   -"
    z, p = 1.96, hits / of
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return f"{p:.3f} [{max(0.0, middle - half):.3f}, {min(1.0, middle + half):.3f}]"


def report(name: str, total: Tally, by_language: Mapping[str, Tally]) -> None:
    """One corpus as text."""
    kinds = total.kinds
    print(f"\n{name}: {sum(kinds.values())} mails, {kinds['hit'] + kinds['miss']} rejections")
    print(f"  precision {wilson(kinds['hit'], kinds['hit'] + kinds['alarm'])}")
    print(f"  recall    {wilson(kinds['hit'], kinds['hit'] + kinds['miss'])}")
    print(f"  false alarms {kinds['alarm']} of {kinds['alarm'] + kinds['quiet']}")
    for lang, tally in sorted(by_language.items()):
        one = tally.kinds
        found, there = one["hit"] + one["alarm"], one["hit"] + one["miss"]
        precision = f"{one['hit'] / found:.2f}" if found else "-"
        recall = f"{one['hit'] / there:.2f}" if there else "-"
        print(f"    {lang:3} n={sum(one.values()):3}  precision {precision:>4}  recall {recall:>4}")
    for fact, results in total.facts.items():
        size = sum(results.values())
        parts = "  ".join(f"{kind} {results[kind]:3}" for kind in ("right", "wrong", "missing", "invented"))
        known = total.known[fact]
        share = f"  of those with one {known['right']}/{sum(known.values())}" if fact == "phone" else ""
        languages = " ".join(
            f"{lang}:{tally.facts[fact]['right']}/{sum(tally.facts[fact].values())}"
            for lang, tally in sorted(by_language.items())
            if tally.facts[fact]
        )
        print(f"  {fact:9} right {wilson(results['right'], size)}  {parts}{share}\n            {languages}")


def evaluate(name: str, cases: Sequence[Case], workshop: Path, show: bool) -> tuple[Tally, dict[str, Tally]]:
    """Inspect, count and print one corpus."""
    total, by_language = count(cases, inspect(cases, workshop), show)
    report(name, total, by_language)
    return total, by_language


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument(
        "corpus", type=Path, nargs="*", help="a folder of .jsonl corpora with its build_eml.py, or single files"
    )
    parser.add_argument("--blind", action="store_true", help="the blind part instead of the rest")
    parser.add_argument("--whole", action="store_true", help="both parts")
    parser.add_argument("--show", action="store_true", help="list what is not right")
    parser.add_argument("--lang", help="only this language")
    parser.add_argument(
        "--written", type=Path, action="append", default=[], help="a folder of files like benchmarks/mails"
    )
    options = parser.parse_args(argv)
    if options.show and (options.blind or options.whole):
        parser.error("--show lists single mails: never those of the blind part")
    files: list[Path] = []
    for place in options.corpus:
        files += sorted(place.glob("*.jsonl")) if place.is_dir() else [place]
    with tempfile.TemporaryDirectory() as folder:
        workshop = Path(folder)
        for file in files:
            if "stories" in file.stem:
                continue  # their truth is in the mailbox, not in one mail
            cases = load_cases(file, workshop)
            blind = is_blind(case.id for case in cases)
            kept = [case for case in cases if options.whole or (case.id in blind) == options.blind]
            kept = [case for case in kept if not options.lang or case.lang == options.lang]
            part = "whole" if options.whole else "blind part" if options.blind else "without the blind part"
            evaluate(f"{file.stem} ({part})", kept, workshop, options.show)
        for place in options.written:
            cases = [case for case in load_own(place) if not options.lang or case.lang == options.lang]
            evaluate(place.name, cases, workshop, options.show)
        mails = load_mails(HOME / "tests" / "mails")
        if mails and not options.blind and not options.lang:
            evaluate("tests/mails", mails, workshop, options.show)
    return 0


if __name__ == "__main__":
    sys.exit(main())
