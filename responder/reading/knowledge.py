"""Loads and checks knowledge/: languages, ATS, rules. A file that does not load is an error with file and key.

Patterns are compiled once, when first used: a mailbox in one language never pays for the others.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from responder.reading.meaning import Concepts, Meaning
from responder.reading.model import Model
from responder.reading.phrases import PhraseError, compile_phrases
from responder.reading.stage import StageWeights
from responder.reading.words import is_dense

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from importlib.resources.abc import Traversable

_MOST_IDLE, _LONG_IDLE = 20_000, 40  # words, characters: a mail may have words as long as itself


class KnowledgeError(ValueError):
    """A knowledge file is wrong: the message names file, key and what is the matter."""


class Scope(StrEnum):
    """Where a rule looks."""

    SENTENCE = "sentence"  # each sentence of the subject and the text
    SUBJECT = "subject"
    BODY = "body"  # the text only
    OPENING = "opening"  # the first three sentences after the salutation
    LINK = "link"  # targets of links: path and query


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of evidence, in every language: its phrases are in the language files under the same id."""

    id: str
    weight: float  # log-odds that it adds
    scope: Scope = Scope.SENTENCE
    unless: tuple[str, ...] = ()  # ids of rules that void it in the same sentence
    without: tuple[str, ...] = ()  # ids of rules that void it anywhere in the mail
    needs: tuple[frozenset[str], ...] = ()  # for a rule without phrases: it holds where one of each set does
    within: int | None = None  # holds only where the text has at most so many words


class Lexicon:
    """The facts of one language or ATS: lists, tables and patterns by key, as the file has them.

    `[patterns]` are regular expressions (case-insensitive), checked with the others by the tests.
    """

    def __init__(self, file: str, data: Mapping[str, Any]) -> None:
        self._file, self._data = file, data
        self._compiled: dict[str, tuple[re.Pattern[str], ...]] = {}

    def keys(self, kind: str) -> tuple[str, ...]:
        """The keys of one kind: "lists", "tables" or "patterns"."""
        return tuple(self._data.get(kind, {}))

    def words(self, key: str) -> tuple[str, ...]:
        """A list of strings; empty where the language has none."""
        value = self._data.get("lists", {}).get(key, ())
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            raise KnowledgeError(f"{self._file}: lists.{key}: must be a list of strings")
        return tuple(value)

    def table(self, key: str) -> Mapping[str, str]:
        """A table from strings to strings; empty where the language has none."""
        value = self._data.get("tables", {}).get(key, {})
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            raise KnowledgeError(f"{self._file}: tables.{key}: must be a table of strings")
        return value

    def patterns(self, key: str) -> tuple[re.Pattern[str], ...]:
        """The compiled patterns of a key, in the file's order; empty where the language has none."""
        if key not in self._compiled:
            found = []
            for source in self._data.get("patterns", {}).get(key, ()):
                try:
                    found.append(re.compile(source, re.IGNORECASE))
                except (re.error, TypeError) as error:
                    raise KnowledgeError(f"{self._file}: patterns.{key}: {source!r}: {error}") from error
            self._compiled[key] = tuple(found)
        return self._compiled[key]


class Language:
    """One language: how it is known, and its phrases for each rule."""

    def __init__(self, file: str, data: Mapping[str, Any], facts: Lexicon, concepts: Mapping[str, str]) -> None:
        unknown = set(data) - {"code", "name", "spaced", "detect", "cues", "vocabulary", "phrases"}
        if unknown:
            raise KnowledgeError(f"{file}: {', '.join(sorted(unknown))}: no such key")
        try:
            self.code: str = data["code"]
            self.name: str = data["name"]
            self.detect = frozenset[str](data["detect"]["words"])
            self.cues: tuple[str, ...] = tuple(data["cues"]["application"])
            self.outcomes: tuple[str, ...] = tuple(data["cues"]["outcome"])
            self.status_labels: tuple[str, ...] = tuple(data["cues"]["status"])
        except KeyError as error:
            raise KnowledgeError(f"{file}: {error.args[0]}: is missing") from error
        self.letters: str = data["detect"].get("letters", "")
        self.spaced: bool = data.get("spaced", True)
        self.facts = facts
        self.concepts = Concepts(concepts, self.code, spaced=self.spaced)
        self._file = file
        self._vocabulary: dict[str, str] = data.get("vocabulary", {})
        self._phrases: Mapping[str, list[str]] = data["phrases"]
        self._compiled: dict[str, re.Pattern[str]] = {}

    @property
    def rules(self) -> tuple[str, ...]:
        """Ids of the rules that this language has phrases for."""
        return tuple(self._phrases)

    def phrases(self, rule: str) -> tuple[str, ...]:
        """The phrases of a rule as written."""
        return tuple(self._phrases.get(rule, ()))

    def pattern(self, rule: str) -> re.Pattern[str] | None:
        """The compiled phrases of a rule, to be matched against folded text; None where there are none."""
        if rule not in self._compiled:
            if not self._phrases.get(rule):
                return None
            try:
                self._compiled[rule] = compile_phrases(self.phrases(rule), self._vocabulary, self.spaced)
            except PhraseError as error:
                raise KnowledgeError(f"{self._file}: phrases.{rule}: {error}") from error
        return self._compiled[rule]


@dataclass(frozen=True, slots=True)
class Ats:
    """One applicant tracking system, job board or relay, with what its addresses mean."""

    name: str
    domains: tuple[str, ...]
    default_reply: str  # "human" | "inbox" | "no" | "unknown"
    rules: tuple[tuple[re.Pattern[str], str], ...]  # (full match on the lower-cased address, reply), first wins
    board: bool  # a job board: never a recipient
    facts: Lexicon


@dataclass(frozen=True)
class Knowledge:
    """Everything that is known."""

    languages: Mapping[str, Language]
    rules: Mapping[str, Rule]
    ats: tuple[Ats, ...]
    bias: float
    model: Model | None = field(default=None)
    meaning: Meaning | None = field(default=None)
    stage: StageWeights | None = field(default=None)

    @cached_property
    def application_cues(self) -> Cues:
        """In any language, beginnings of words that mail about an application has; for the cheap first look."""
        return Cues(word for language in self.languages.values() for word in language.cues)

    @cached_property
    def outcome_cues(self) -> Cues:
        """In any language, beginnings of words that mail about an outcome has; for the cheap first look."""
        return Cues(word for language in self.languages.values() for word in language.outcomes)

    @cached_property
    def status_line(self) -> re.Pattern[str]:
        """A line that begins as a field for a status does, in any language."""
        labels = {label for language in self.languages.values() for label in language.status_labels}
        return re.compile(rf"[^\w\n]*(?:{'|'.join(sorted(labels))})[ \u3000]*[:：][ \u3000]*\S", re.IGNORECASE)

    @cached_property
    def link_patterns(self) -> Mapping[str, re.Pattern[str]]:
        """For each rule about links one pattern with the phrases of all languages."""
        phrases = {
            rule.id: tuple(one for language in self.languages.values() for one in language.phrases(rule.id))
            for rule in self.rules.values()
            if rule.scope is Scope.LINK
        }
        return {rule: compile_phrases(them, {}) for rule, them in phrases.items() if them}


class Cues:
    """Beginnings of words, found by set look-ups: the price is the same for one language and for fourteen."""

    def __init__(self, words: Iterable[str]) -> None:
        known = {word.strip() for word in words}
        self._dense = tuple(word for word in known if is_dense(word))
        self._spaced = frozenset(known.difference(self._dense))
        self._lengths = tuple(sorted({len(word) for word in self._spaced}))
        self._idle: set[str] = set()  # words that begin with none of them: mails share most of their words

    def count(self, words: set[str], text: str) -> int:
        """How many different ones a lower-case text has, whose words are given as well."""
        found: set[str] = set()
        for word in words - self._idle:
            beginnings = [word[:length] for length in self._lengths if word[:length] in self._spaced]
            found.update(beginnings)
            if not beginnings and len(word) <= _LONG_IDLE and len(self._idle) < _MOST_IDLE:
                self._idle.add(word)
        dense = () if text.isascii() else [word for word in self._dense if word in text]
        return len(found) + len(dense)


@cache
def load() -> Knowledge:
    """The package's knowledge; loaded once and shared."""
    return load_folder(files("responder") / "knowledge")


def load_folder(folder: Traversable) -> Knowledge:
    """The knowledge of a folder laid out like the package's. Raises KnowledgeError."""
    rules_data = _toml(folder / "rules.toml")
    tables = rules_data["rule"]
    rules = {identity: _rule(identity, table, tables) for identity, table in tables.items()}
    languages = {}
    for file in _sorted(folder / "languages"):
        if file.name.count(".") != 1 or not file.name.endswith(".toml"):
            continue  # xx.facts.toml and xx.concepts.toml belong to xx.toml
        facts, concepts = _beside(file, folder, "facts"), _beside(file, folder, "concepts")
        language = Language(file.name, _toml(file), Lexicon(*facts), _entries(*concepts))
        for rule in language.rules:
            if rule not in rules:
                raise KnowledgeError(f"{file.name}: phrases.{rule}: rules.toml has no such rule")
        languages[language.code] = language
    model = _model(folder) if (folder / "model.json").is_file() else None
    weights = folder / "meaning.json"
    meaning = Meaning.of(json.loads(weights.read_text("utf-8"))) if weights.is_file() else None
    weights = folder / "stage.json"
    stage = StageWeights.of(json.loads(weights.read_text("utf-8"))) if weights.is_file() else None
    ats = tuple(_ats(file.name, _toml(file)) for file in _sorted(folder / "ats") if file.name.endswith(".toml"))
    return Knowledge(languages, rules, ats, float(rules_data["bias"]), model, meaning, stage)


def _model(folder: Traversable) -> Model:
    with (folder / "model.weights").open("rb") as weights, (folder / "model.marks").open("rb") as marks:
        return Model.of(json.loads((folder / "model.json").read_text("utf-8")), weights, marks)


def _beside(file: Traversable, folder: Traversable, kind: str) -> tuple[str, dict[str, Any]]:
    """Name and content of the file about the same language; empty where there is none."""
    beside = folder / "languages" / file.name.replace(".toml", f".{kind}.toml")
    return beside.name, _toml(beside) if beside.is_file() else {}


def _entries(file: str, data: Mapping[str, Any]) -> Mapping[str, str]:
    for concept, entries in data.items():
        if not isinstance(entries, str) or re.search(r"[^\w*' \-]|\*[^ _]|^$", entries):
            raise KnowledgeError(f"{file}: {concept}: must be words, stems* and two_words with blanks between them")
    return data


def _sorted(folder: Traversable) -> list[Traversable]:
    return sorted(folder.iterdir(), key=lambda file: file.name) if folder.is_dir() else []


def _toml(file: Traversable) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KnowledgeError(f"{file.name}: {error}") from error


def _rule(identity: str, table: Mapping[str, Any], known: Iterable[str]) -> Rule:
    try:
        return Rule(
            identity,
            float(table["weight"]),
            Scope(table.get("scope", "sentence")),
            _named(table.get("unless", ()), known),
            _named(table.get("without", ()), known),
            tuple(frozenset(_named(alternatives, known)) for alternatives in table.get("needs", ())),
            int(table["within"]) if "within" in table else None,
        )
    except (KeyError, ValueError) as error:
        raise KnowledgeError(f"rules.toml: rule.{identity}: {error}") from error


def _named(names: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """The ids of rules that are named: "decision.*" is all that begin so."""
    found: list[str] = []
    for name in names:
        meant = [one for one in known if one == name or (name.endswith(".*") and one.startswith(name[:-1]))]
        if not meant:
            raise ValueError(f"{name}: rules.toml has no such rule")
        found += meant
    return tuple(found)


def _ats(file: str, data: Mapping[str, Any]) -> Ats:
    try:
        return Ats(
            data["name"],
            tuple(data["domains"]),
            data.get("default_reply", "unknown"),
            tuple((re.compile(rule["match"]), rule["reply"]) for rule in data.get("rules", ())),
            bool(data.get("board", False)),
            Lexicon(file, data),
        )
    except (KeyError, re.error) as error:
        raise KnowledgeError(f"ats/{file}: {error}") from error
