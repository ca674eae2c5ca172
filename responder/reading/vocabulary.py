"""The words of all languages that facts are found by, merged and compiled once. Knows words only; what they mean for a mail is decided elsewhere.

A mail may mix languages, so lists are unions over all of them; phrases that find a role or a company are tried in the mail's own language first.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from responder.reading.knowledge import Lexicon
from responder.reading.words import is_dense, plain, squeezed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from responder.reading.knowledge import Knowledge


WORD = r"[^\W\d_][\w'’´.+°·-]*"
_UPPER = r"(?:[^\W\d_a-zà-öø-ÿāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįıĵķĺļľłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷźżž]|[0-9](?=\w*[^\W\d_]))[\w'’´.+°·&-]{0,40}"  # fmt: skip


def any_of(words: Iterable[str]) -> str:
    """A pattern source for any of the words as written, longest first."""
    return "|".join(re.escape(word) for word in sorted(set(words), key=lambda word: (-len(word), word)))


@cache
def _slots() -> Mapping[str, str]:
    """What stands for a {slot} of a phrase: the pattern of what is caught there."""
    join = rf"(?:{any_of(common('joining'))}|&|\+|–|-|/)"
    legal = r"(?:, (?:S\.\s?[AL]\.?|Inc\.?|LLC|Ltd\.?|GmbH|S\.A\.S\.?|S\.L\.U\.?|Lda\.?)(?![\w]))?"
    # A capitalised name of up to seven words, small joining words between them; a legal form may follow a comma.
    name = rf"{_UPPER}(?:(?: {join}){{0,3}} (?:{_UPPER}|&\s{_UPPER}|[(]{_UPPER}[)])){{0,6}}{legal}"
    dense = r"[\u4e00-\u9fff\u3040-\u30ff]"
    return {
        "{company}": rf"(?P<company>{name})",
        "{lcompany}": r"(?P<company>[^\n.;:!?,]{3,60})",
        "{person}": rf"(?P<person>{_UPPER}(?: (?:{_UPPER}|van|de|von|der|den|di|da|af)){{0,3}}|{dense}{{1,6}}(?: {dense}{{1,4}})?)",
        "{people}": r"(?P<people>[^\n.;:!?]{2,80})",
        "{cjkcompany}": r"(?P<company>[\u3005\u3007\u3040-\u30ff\u4e00-\u9fffA-Za-z0-9・&]{2,24}?)",
    }


@cache
def capitalised() -> re.Pattern[str]:
    """A run of capitalised words with small joining words between them."""
    return re.compile(_slots()["{company}"])


def _spelling(words: Iterable[str]) -> Mapping[str, str]:
    """How the words that a domain may be made of are written: "buero" and "buro" -> "büro"."""
    known = {word: word for word in places() if len(word) >= 5 and word.isalpha()}
    for word in words:
        if word.isalpha() and word[:1].lower() == word[:1] and len(word) >= 3:
            known[squeezed(word)] = word
            known[
                word.replace("ü", "ue").replace("ö", "oe").replace("ä", "ae").replace("å", "aa").replace("ø", "oe")
            ] = word
    return known


def whole_words(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern that finds any of the words whole in plain() text; scripts without spaces match anywhere."""
    plains = {plain(word) for word in words}
    spaced = any_of(word for word in plains if word and not is_dense(word))
    dense = any_of(word for word in plains if is_dense(word))
    return re.compile(
        "|".join(part for part in (rf"(?<!\w)(?:{spaced})(?!\w)" if spaced else "", dense) if part) or r"(?!)"
    )


class WordSet:
    """Many words, looked up rather than searched for: a pattern of two thousand alternatives would be slow on every line.

    Words of scripts without spaces are found anywhere; with `tails`, longer words also at the end of a compound ("Chemielaborant").
    """

    def __init__(self, words: Iterable[str], *, tails: bool = False) -> None:
        plains = {plain(word) for word in words if word}
        self._dense = frozenset(word for word in plains if is_dense(word))
        self._spaced = frozenset(plains - self._dense)
        self._most = max((word.count(" ") + 1 for word in self._spaced), default=1)
        self._tails = (
            frozenset(word for word in self._spaced if len(word) >= 5 and " " not in word)
            if tails
            else frozenset[str]()
        )

    def __contains__(self, word: str) -> bool:
        return word in self._spaced or word in self._dense

    def search(self, text: str) -> bool:
        """True if plain() text has one of the words."""
        words = [
            part for word in _WORDS.findall(text) for part in ((word, *word.split("-")) if "-" in word else (word,))
        ]
        for size in range(1, min(self._most, len(words)) + 1):
            if any(" ".join(words[at : at + size]) in self._spaced for at in range(len(words) - size + 1)):
                return True
        if self._tails and any(self._is_compound(word) for word in words):
            return True
        return bool(self._dense) and any(
            text[at : at + size] in self._dense for at in range(len(text)) if is_dense(text[at]) for size in range(1, 9)
        )

    def _is_compound(self, word: str) -> bool:
        if len(word) < 8:
            return False
        stems = {
            word,
            word.rstrip("s"),
            word.removesuffix("en"),
            word.removesuffix("n"),
            word.removesuffix("e"),
            word.removesuffix("er"),
            word.removesuffix("in"),
        }
        return any(stem[at:] in self._tails for stem in stems for at in range(2, len(stem) - 4))


_WORDS = re.compile(r"\w+(?:['&@.+/-]\w+)*|&")


def compile_phrase(source: str) -> re.Pattern[str]:
    """A phrase with slots as a pattern: words without regard to case, names with it (it tells names from words)."""
    parts = re.split(r"(\{(?:company|lcompany|person|people|cjkcompany)\})", source)
    seen: set[str] = set()
    out = []
    for part in parts:
        if part in _slots():
            out.append(_slots()[part])
            seen.add(part)
        elif part:
            out.append(f"(?i:{part})")
    return re.compile("".join(out).replace("(?i:^)", "^"), re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Speech:
    """The phrases of one language."""

    companies: tuple[re.Pattern[str], ...]
    employers: tuple[re.Pattern[str], ...]  # "{company} has decided": what boards say
    clients: tuple[re.Pattern[str], ...]
    signers: tuple[re.Pattern[str], ...]
    met: tuple[re.Pattern[str], ...]
    formal: re.Pattern[str] | None
    informal: re.Pattern[str] | None


class Vocabulary:
    """The words of all languages for one kind of fact each, as sets of plain() words or as patterns over plain() text."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._all = [language.facts for language in knowledge.languages.values()]
        self._speeches: dict[str, Speech] = {}
        self._by_code = {code: language.facts for code, language in knowledge.languages.items()}
        self._common = {code: language.detect for code, language in knowledge.languages.items()}
        self.given = given_names()
        self.spelling = _spelling(
            [*self._words("titles"), *self._words("org"), *self._words("trades"), *common("domain_words")]
        )
        self.salutations = re.compile(rf"^(?:{any_of(self._plain('salutations'))})(?!\w)")
        dense = [word for word in self._plain("signoffs") if is_dense(word)]
        self.signoffs = re.compile(
            rf"^\W*(?:(?:{any_of(set(self._plain('signoffs')) - set(dense))})(?!\w)|(?:{any_of(dense) or '(?!)'}))"
        )
        self.partings = common_set("partings")
        self.weak_signoffs = re.compile(rf"^\W*(?:{any_of(self._plain('weak_signoffs'))})(?!\w)")
        self.team = frozenset(self._plain("team"))
        self.titles = frozenset(self._plain("titles"))
        self.org = frozenset(self._plain("org"))
        self.legal = frozenset(squeezed(word) for word in self._words("legal"))
        self.honorifics = frozenset(self._plain("honorifics"))
        self.greeting_honorifics = frozenset(self._plain("greeting_honorifics"))
        self.degrees = frozenset(squeezed(word) for word in self._words("degrees"))
        self.prefixes = re.compile(rf"^(?:{any_of(self._plain('prefixes'))})(?=\W|$)")
        self.connectors = frozenset(self._plain("connectors"))
        self.after_names = frozenset(self._words("after_names"))
        self.surnames = frozenset(char for char in "".join(self._tables("surnames")))
        self.team_words = WordSet(self._words("team"))
        self.title_words = WordSet(self._words("titles"), tails=True)
        self.units, self.public = frozenset(self._plain("units")), frozenset(self._plain("public"))
        self.dense_teams = tuple(word for word in self.team | self.titles if len(word) > 1 and is_dense(word))
        self.org_words = WordSet(self._words("org"))
        self.trade_words = WordSet([*self._words("org"), *self._words("trades")], tails=True)
        self.agency = whole_words(self._words("agency"))
        self.client = whole_words(self._words("client"))
        self.company_labels = frozenset(self._plain("company_labels"))
        self.role_labels = frozenset(self._plain("role_labels"))
        self.other_labels = frozenset(self._plain("other_labels"))
        self.phone_labels = whole_words(self._words("phone_labels"))
        self.phone_skip = whole_words(self._words("phone_skip"))
        self.phone_mine = whole_words(self._words("phone_mine"))
        self.org_inflections = {
            plain(word): base for facts in self._all for word, base in facts.table("org_inflections").items()
        }
        self.footers = whole_words(self._words("footers"))
        self.generic_subject = frozenset(self._plain("generic_subject"))
        self.role_suffixes = tuple(word for word in self._plain("role_suffixes"))
        self.idle_words = frozenset(self._plain("idle_words"))
        self.role_stop = frozenset(self._plain("role_stop"))
        self.write_to = whole_words(self._words("write_to"))
        self.not_write_to = whole_words(self._words("not_write_to"))
        self.no_reply = tuple(pattern for facts in self._all for pattern in facts.patterns("no_reply"))
        self.may_reply = tuple(pattern for facts in self._all for pattern in facts.patterns("may_reply"))
        systems = [ats.facts for ats in knowledge.ats]
        self.systems = frozenset(squeezed(name) for facts in systems for name in facts.words("names"))
        shapes = [shape for facts in systems for shape in facts.words("noreply")]
        self.noreply_local = re.compile(rf"(?:{'|'.join(shapes)})" if shapes else r"(?!)")

    def role_like(self, text: str) -> bool:
        """A word of plain() text ends as names of occupations do: a hint only, for what already stands where a role would."""
        return any(len(word) >= 6 and word.endswith(self.role_suffixes) for word in _WORDS.findall(text)[:4])

    def regions(self, code: str | None) -> tuple[str, ...]:
        """The regions in which a language is written (ISO 3166), the commonest first."""
        return self._by_code[code].words("regions") if code in self._by_code else ()

    def guests(self, code: str | None) -> tuple[str, ...]:
        """Regions whose people write a language that is not theirs."""
        return self._by_code[code].words("guest_regions") if code in self._by_code else ()

    def codes(self, language: str | None) -> tuple[str, ...]:
        """The languages that a mail's words are of: its own and English, which others borrow from; all where it is unknown."""
        return tuple(dict.fromkeys((language, "en"))) if language in self._by_code else tuple(self._by_code)

    def words(self, key: str, codes: tuple[str, ...]) -> frozenset[str]:
        """A list of some languages, plain()."""
        return frozenset(plain(word) for code in codes for word in self._by_code[code].words(key))

    def function(self, code: str) -> frozenset[str]:
        """The commonest words of a language, plain()."""
        return frozenset(plain(word) for word in self._common[code])

    def _words(self, key: str) -> list[str]:
        return [word for facts in self._all for word in facts.words(key)]

    def _plain(self, key: str) -> list[str]:
        return [plain(word) for word in self._words(key)]

    def _tables(self, key: str) -> list[str]:
        return [facts.words(key)[0] for facts in self._all if facts.words(key)]

    def speech(self, code: str | None) -> tuple[Speech, ...]:
        """The phrases of the mail's language, then of English, which other languages' mails borrow from; all where it is unknown."""
        return tuple(self._speech(one) for one in self.codes(code))

    def _speech(self, code: str) -> Speech:
        if code not in self._speeches:
            self._speeches[code] = _speech_of(self._by_code[code])
        return self._speeches[code]


def _speech_of(facts: Lexicon) -> Speech:
    def phrases(key: str) -> tuple[re.Pattern[str], ...]:
        return tuple(compile_phrase(source) for source in facts.words(key))

    def cues(key: str) -> re.Pattern[str] | None:
        return re.compile("|".join(facts.words(key))) if facts.words(key) else None

    return Speech(
        phrases("company_phrases"),
        phrases("employer_phrases"),
        phrases("client_phrases"),
        phrases("signer_phrases"),
        phrases("met"),
        cues("formal"),
        cues("informal"),
    )


@cache
def everywhere() -> Lexicon:
    """The words that facts are found by in every language."""
    return Lexicon("facts.toml", tomllib.loads((files("responder") / "knowledge" / "facts.toml").read_text("utf-8")))


def common(key: str) -> tuple[str, ...]:
    """A list that holds in every language, as written."""
    return everywhere().words(key)


@cache
def common_set(key: str) -> frozenset[str]:
    """A list that holds in every language, for comparing with plain() text."""
    return frozenset(plain(word) for word in common(key))


@cache
def given_names() -> frozenset[str]:
    """Given names of many languages, plain()."""
    text = (files("responder") / "knowledge" / "names" / "given.txt").read_text("utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


@cache
def places() -> frozenset[str]:
    """Countries, regions and large cities, plain(): what stands beside a role and is no part of it."""
    text = (files("responder") / "knowledge" / "names" / "places.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


_KEPT: dict[int, tuple[Knowledge, Vocabulary]] = {}


def vocabulary_of(knowledge: Knowledge) -> Vocabulary:
    """The vocabulary of this knowledge, made once (knowledge is shared and does not change)."""
    kept = _KEPT.get(id(knowledge))
    if kept is None or kept[0] is not knowledge:
        _KEPT.clear()
        kept = _KEPT[id(knowledge)] = (knowledge, Vocabulary(knowledge))
    return kept[1]
