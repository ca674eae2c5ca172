"""The post that an application is for, as mails name it. Knows nothing of people and firms."""

from __future__ import annotations

import re
import unicodedata

from responder.reading.cues import Cues, captured

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_PREFIX = re.compile(
    r"^(?:\s*(?:re|aw|antw|sv|vs|fw|fwd|wg|tr|rv|odp|ynt|rif|ref|enc|vl|回复|答复|返信)\s*[:：])+\s*", re.IGNORECASE
)


def fold(text: str) -> str:
    """Lower case without accents; ß and ø as they are typed in addresses."""
    lowered = text.casefold().translate({0xF8: "o", 0xE6: "ae", 0x142: "l", 0x131: "i", 0x153: "oe"})
    return "".join(one for one in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(one))


def words(text: str) -> list[str]:
    """The folded words of a text."""
    return [fold(word) for word in _WORD.findall(text)]


def bare_subject(subject: str) -> str:
    """The subject without "Re:" and its like."""
    return _PREFIX.sub("", subject).strip()


def mentions(text: str, role: str) -> bool:
    """Whether a text names the post: all its words (by their stems) close together."""
    stems = [_stem(word) for word in words(role) if len(word) > 2 or not word.isascii()]
    if not stems:
        return fold(role) in fold(text)
    if not role.isascii() and fold(role) in fold(text):
        return True
    have = words(text)
    span = len(stems) + 4
    first = [number for number, word in enumerate(have) if word.startswith(stems[0])]
    return any(all(any(word.startswith(stem) for word in have[n : n + span]) for stem in stems) for n in first)


def _stem(word: str) -> str:
    return word[: max(5, len(word) * 2 // 3)] if len(word) > 6 else word


def roles_in(subject: str, text: str, cues: Cues) -> list[str]:
    """The posts that a mail names as what the application is for."""
    both = f"{bare_subject(subject)}\n{text}"
    titles = set(cues.words("titles"))
    named = []
    for code in cues.codes:
        one = Cues((code,))
        found = (clean_role(captured(match)) for match in one.every("role", both))
        named += [role for role in found if role and (not one.words("titles") or set(words(role)) & titles)]
    for part in re.split(r"[:|–—,]| - | / ", bare_subject(subject)):
        run = re.match(r"(?:[A-Z][\w&-]*)(?: (?:of|and|in|&|[A-Z][\w&-]*)){0,5}", part.strip())
        if run and words(run[0])[-1:] and set(words(run[0])) & titles:
            named.append(run[0])
    return [role for role in dict.fromkeys(named) if role]


def clean_role(text: str) -> str:
    """A post without requisition number, gender marks and what follows it in the sentence."""
    text = re.sub(r"\((?:[mwfdhx]\s?/\s?)+[mwfdhx]\)|\b[A-Z]{1,3}-?\d{3,}\b", "", text)
    text = re.split(
        r"\s+(?:at|with|on|has|have|is|was|role|position|post|job|opening|vacancy|in our|and (?:we|I)|ist|bei|am|chez|en|presso|bij|hos)\s",
        f"{text} ",
    )[0]
    return text.strip(" -–,;:")


def best_role(subject: str, text: str, cues: Cues) -> str | None:
    """The post that a mail is most likely about: one of the subject before one of the text."""
    named = roles_in(subject, text, cues)
    in_subject = [role for role in named if role in bare_subject(subject)]
    return next(iter(in_subject or named), None)


def short_subject(subject: str) -> str | None:
    """The subject where it is so short that it can only be the post itself."""
    bare = bare_subject(subject)
    return bare if 0 < len(words(bare)) <= 3 and len(bare) < 40 else None
