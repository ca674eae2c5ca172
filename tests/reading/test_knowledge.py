"""Every knowledge file loads, every pattern compiles, none can run away; mistakes name file and key."""

from __future__ import annotations

import re
import shutil
import tomllib
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from responder.reading.knowledge import Knowledge, KnowledgeError, load, load_folder
from responder.reading.phrases import PhraseError, compile_phrases, expand, fold, sentences
from responder.reading.vocabulary import everywhere

LANGUAGES = ("da", "de", "en", "es", "fr", "it", "ja", "nl", "no", "pl", "pt", "sv", "tr", "zh")
LEXICONS = [
    *((code, language.facts) for code, language in load().languages.items()),
    *((ats.name, ats.facts) for ats in load().ats),
    ("every language", everywhere()),
]


def test_fourteen_languages_are_known() -> None:
    assert tuple(sorted(load().languages)) == LANGUAGES


def test_knowledge_is_loaded_once() -> None:
    assert load() is load()


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_pattern_compiles(code: str) -> None:
    language = load().languages[code]
    for rule in language.rules:
        assert language.pattern(rule) is not None, rule


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_language_has_words_for_every_kind_of_evidence(code: str) -> None:
    language = load().languages[code]
    phrased = {rule.id for rule in load().rules.values() if not rule.needs}
    assert phrased - set(language.rules) <= {"guard.adverse"}  # a matter of law in the United States


def test_every_pattern_of_the_facts_compiles() -> None:
    for name, lexicon in LEXICONS:
        for key in lexicon.keys("patterns"):
            assert all(isinstance(one, re.Pattern) for one in lexicon.patterns(key)), (name, key)


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_repetition_of_a_phrase_is_unbounded(code: str) -> None:
    """Without `*`, `+` and `{n,}` a pattern takes a number of steps that does not grow with the length of a sentence."""
    language = load().languages[code]
    for rule in language.rules:
        pattern = language.pattern(rule)
        assert pattern is not None
        bare = re.sub(r"\\.|\[[^\]]*\]", "x", pattern.pattern)
        assert not re.search(r"[*+]|\{\d*,\}", bare), rule


@pytest.mark.parametrize("code", LANGUAGES)
def test_phrases_have_few_gaps(code: str) -> None:
    """Each gap multiplies the steps by ten; a sentence has 600 characters at most."""
    language = load().languages[code]
    for rule in language.rules:
        for phrase in language.phrases(rule):
            assert phrase.count("...") <= 4, (rule, phrase)


NESTED = re.compile(r"\((?:\?:)?[^()]*[*+](?:\?|)[^()]*\)[*+]")


def test_patterns_of_the_facts_have_no_nested_repetition() -> None:
    """(a+)+ takes exponential time on text that almost matches."""
    for name, lexicon in LEXICONS:
        for key in lexicon.keys("patterns"):
            for pattern in lexicon.patterns(key):
                bare = re.sub(r"\\.|\[[^\]]*\]", "x", pattern.pattern)
                assert not NESTED.search(bare), (name, key, pattern.pattern)


def test_no_pattern_of_any_knowledge_file_can_run_away() -> None:
    """History, manners and whatever else is data: found by their table, [patterns]."""
    found = 0
    with as_file(files("responder") / "knowledge") as folder:
        for file in sorted(folder.rglob("*.toml")):
            told = tomllib.loads(file.read_text("utf-8"))
            patterns = told.get("patterns", {})
            for key, sources in patterns.items():
                for source in [sources] if isinstance(sources, str) else sources:
                    bare = re.sub(r"\\.|\[[^\]]*\]", "x", source)
                    assert not NESTED.search(bare), (file.name, key, source)
                    found += 1
    assert found > 100


def test_the_rule_about_nested_repetition_finds_one() -> None:
    assert NESTED.search("(x+)+y")
    assert not NESTED.search("(x+)y")


def test_phrases_say_what_they_stand_for() -> None:
    pattern = compile_phrases(("(not|never) ... mov* forward with <what>",), {"what": "(you|your application)"})
    assert pattern.search("we will not, at this time, be moving forward with your application.")
    assert not pattern.search("we will move forward with your application")
    assert not pattern.search("knot moving forward with you")


@pytest.mark.parametrize("phrase", ["a+", "[ab]", "a{3}", r"\w", "^a", "(?:a)", "<nothing>", "(a", "a?"])
def test_a_phrase_outside_the_language_is_refused(phrase: str) -> None:
    with pytest.raises(PhraseError):
        compile_phrases((phrase,), {})


def test_a_vocabulary_entry_that_names_itself_is_refused() -> None:
    with pytest.raises(PhraseError, match="names itself"):
        expand("<a>", {"a": "x <a>"})


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Bewerber:innen und Kandidat*innen", "bewerber und kandidat"),
        ("les candidat·e·s retenu(e)s", "les candidat retenu"),
        ("seleccionado/a", "seleccionado"),
        ("We\u2019re  \u201csorry\u201d \u2013 truly", 'we\'re "sorry" - truly'),
        ("İşe alım", "işe alım"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_sentences_survive_abbreviations_and_wrapped_lines() -> None:
    text = "Hi Ana,\n\nThe job at Acme Inc. has been filled by another person whom we had known\nfor long. Good luck!"
    assert sentences(text) == [
        "hi ana,",
        "the job at acme inc. has been filled by another person whom we had known for long.",
        "good luck!",
    ]


# --- mistakes ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with as_file(files("responder") / "knowledge") as here:
        shutil.copy(here / "rules.toml", tmp_path / "rules.toml")
        (tmp_path / "languages").mkdir()
        shutil.copy(here / "languages" / "nl.toml", tmp_path / "languages" / "nl.toml")
    return tmp_path


def edit(folder: Path, old: str, new: str) -> None:
    file = folder / "languages" / "nl.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def test_a_folder_of_one_language_loads(folder: Path) -> None:
    knowledge = load_folder(folder)
    assert isinstance(knowledge, Knowledge)
    assert list(knowledge.languages) == ["nl"]
    assert knowledge.model is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('code = "nl"', "code = ", r"nl\.toml: "),
        ('name = "Nederlands"', "", r"nl\.toml: name: is missing"),
        ('"regret" =', '"regrets" =', r"nl\.toml: phrases\.regrets: rules\.toml has no such rule"),
        ('code = "nl"', 'code = "nl"\nspacing = 3', r"nl\.toml: spacing: no such key"),
    ],
)
def test_a_mistake_names_file_and_key(folder: Path, old: str, new: str, message: str) -> None:
    edit(folder, old, new)
    with pytest.raises(KnowledgeError, match=message):
        load_folder(folder)


def test_a_wrong_phrase_names_file_and_key(folder: Path) -> None:
    edit(folder, '"regret" = [', '"regret" = ["a+", ')
    with pytest.raises(KnowledgeError, match=r"nl\.toml: phrases\.regret: 'a\+'"):
        load_folder(folder).languages["nl"].pattern("regret")


def test_a_family_of_rules_that_there_is_none_of_is_named(folder: Path) -> None:
    file = folder / "rules.toml"
    file.write_text(file.read_text("utf-8") + '[rule."new.one"]\nweight = 1\nunless = ["nothing.*"]\n', "utf-8")
    with pytest.raises(KnowledgeError, match=r"rules\.toml: rule\.new\.one: nothing\.\*"):
        load_folder(folder)


def test_a_family_of_rules_stands_for_all_that_begin_so() -> None:
    given = load().rules["guard.offer"].unless
    assert {"decision.refusal", "closed.filled"} <= set(given)
    assert {one for one in load().rules if one.startswith("decision.")} <= set(given)


def test_a_limit_of_words_that_is_no_number_names_its_rule(folder: Path) -> None:
    file = folder / "rules.toml"
    file.write_text(file.read_text("utf-8") + '[rule."new.one"]\nweight = 1\nwithin = "few"\n', "utf-8")
    with pytest.raises(KnowledgeError, match=r"rules\.toml: rule\.new\.one"):
        load_folder(folder)


def test_a_rule_without_a_weight_names_its_key(folder: Path) -> None:
    file = folder / "rules.toml"
    file.write_text(file.read_text("utf-8") + '[rule."new.one"]\nscope = "subject"\n', "utf-8")
    with pytest.raises(KnowledgeError, match=r"rules\.toml: rule\.new\.one"):
        load_folder(folder)
