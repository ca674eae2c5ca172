"""Bytes and a declared charset -> clean text. Knows labels and code pages; knows nothing of mail structure.

Own table, since neither the standard library nor mail-parser follows what senders mean by a label (latin1 that is
cp1252, gb2312 that is gb18030): the WHATWG Encoding Standard, section 4.2, does.
"""

from __future__ import annotations

import re
import unicodedata
from binascii import a2b_base64

# Only codecs named here are ever used: Python's own table would also take "unicode_escape", "zlib" or "rot13".
_LABELS = {
    "utf-8": "utf8 unicode11utf8 utf8mb4 unicode20utf8 xunicode20utf8",
    "cp1252": "iso88591 latin1 l1 cp819 ibm819 isoir100 windows1252 cp1252 xcp1252 ansi",
    "iso8859-2": "iso88592 latin2 l2 isoir101",
    "iso8859-3": "iso88593 latin3 l3",
    "iso8859-4": "iso88594 latin4 l4",
    "iso8859-5": "iso88595 cyrillic",
    "iso8859-6": "iso88596 iso88596e iso88596i arabic",
    "iso8859-7": "iso88597 greek",
    "iso8859-8": "iso88598 iso88598i iso88598e logical visual hebrew",
    "cp1254": "iso88599 latin5 l5 windows1254 cp1254 xcp1254",
    "iso8859-10": "iso885910 latin6 l6",
    "cp874": "iso885911 tis620 windows874 cp874 dos874",
    "iso8859-13": "iso885913",
    "iso8859-14": "iso885914",
    "iso8859-15": "iso885915 latin9 l9",
    "iso8859-16": "iso885916",
    "cp1250": "windows1250 cp1250 xcp1250",
    "cp1251": "windows1251 cp1251 xcp1251",
    "cp1253": "windows1253 cp1253",
    "cp1255": "windows1255 cp1255",
    "cp1256": "windows1256 cp1256",
    "cp1257": "windows1257 cp1257",
    "cp1258": "windows1258 cp1258",
    "cp437": "cp437 ibm437",
    "cp850": "cp850 ibm850",
    "cp852": "cp852 ibm852",
    "cp866": "cp866 ibm866",
    "koi8-r": "koi8r koi8 koi",
    "koi8-u": "koi8u koi8ru",
    "mac-roman": "macintosh mac macroman xmacroman",
    "gb18030": "gb18030 gb2312 gb231280 gbk xgbk cp936 windows936 chinese euccn csgb2312",
    "hz": "hzgb2312",
    "big5hkscs": "big5 big5tw big5hkscs cnbig5 xxbig5 csbig5 cp950",
    "cp949": "euckr ksc5601 ksc56011987 ksc56011989 kscs56011987 ksx1001 korean windows949 cp949 ms949 uhc",
    "iso2022_kr": "iso2022kr",
    "cp932": "shiftjis sjis xsjis mskanji ms932 windows31j cp932 csshiftjis",
    "euc_jp": "eucjp xeucjp ujis",
    "iso2022_jp": "iso2022jp csiso2022jp iso2022jpms iso2022jp1 iso2022jp2 iso2022jp3",
    "utf-16": "utf16 unicode ucs2",
    "utf-16-le": "utf16le",
    "utf-16-be": "utf16be",
    "utf-32": "utf32 ucs4",
}
_CODECS = {label: codec for codec, labels in _LABELS.items() for label in labels.split()}
_UNDECLARED = frozenset(
    ["", "usascii", "ascii", "ansix341968", "us", "unknown8bit", "unknown", "8bit", "none", "xunknown", "default"]
)
_NOT_IN_LABEL = re.compile(r"[^a-z0-9]+")
_ESCAPED = frozenset(
    ["iso2022_jp", "iso2022_kr", "hz", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)  # ASCII bytes, other text


def decode(data: bytes, label: str | None) -> tuple[str, str | None]:
    """The text of `data` as its sender meant it, and a defect in words or None. Never raises; not cleaned."""
    if not label and data.isascii() and b"\x1b" not in data:
        return data.decode("ascii"), None
    key = _NOT_IN_LABEL.sub("", (label or "")[:60].lower())
    codec = _CODECS.get(key)
    if data.isascii() and codec not in _ESCAPED and b"\x1b" not in data:
        # UTF-7 stays as it stands: it hides text from everything that looks at the bytes (RFC 9051 keeps it for folders).
        return data.decode("ascii"), "charset utf-7 refused" if key in {"utf7", "unicode11utf7"} else None
    if codec is None and key in _UNDECLARED:
        return _guess(data), None if data.isascii() else "8-bit text without a charset"
    if codec is None:
        return data.decode("utf-8", "replace"), "unknown charset"
    if codec == "utf-8":
        return _utf_8(data)
    if codec == "cp1252":  # what is UTF-8 with a valid multi-byte sequence in it was mislabelled
        return _strict(data, "utf-8") or data.decode("cp1252", "replace"), None
    if (text := _strict(data, codec)) is not None:
        return text, None
    if codec == "iso2022_jp":
        # Outlook writes NEC's row 13 (circled figures, the sign for Inc.), which only JIS X 0213 has at that place.
        wide = data.replace(b"\x1b$B", b"\x1b$(Q").replace(b"\x1b$@", b"\x1b$(Q")
        return _strict(wide, "iso2022_jp_2004") or data.decode("iso2022_jp_ext", "replace"), None
    return data.decode(codec, "replace"), f"bytes that are no {codec}"


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError):
        return None


def _utf_8(data: bytes) -> tuple[str, str | None]:
    if (text := _strict(data, "utf-8-sig")) is not None:
        return text, None
    text = data.decode("utf-8", "replace")
    good = sum(character > "\x7f" for character in text[:20_000]) - text.count("\ufffd", 0, 20_000)
    if good <= 0:  # not one valid sequence: the label was wrong, not the bytes
        return data.decode("cp1252", "replace"), "charset utf-8 is windows-1252"
    return text, "bytes that are no utf-8"


def _guess(data: bytes) -> str:
    if (b"\x1b$" in data or b"\x1b(" in data) and (text := _strict(data, "iso2022_jp")) is not None:
        return text
    text8 = _strict(data, "utf-8-sig")
    return data.decode("cp1252", "replace") if text8 is None else text8


# What no reader sees or what turns text round: C0 and C1 controls, zero-width characters, bidirectional controls, tags.
_INVISIBLE = (
    "\\x00-\\x08\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
_BREAKS = "\r\x0b\x0c\x85\u2028\u2029"
_SPACES = "\t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
_ODD = re.compile(f"[{_INVISIBLE}{_BREAKS}{_SPACES}\u0300-\u036f\u3099\u309a\ud800-\udfff]")
_DROP = re.compile(f"[{_INVISIBLE}]+")
_BREAK = re.compile(f"\r\n|[{_BREAKS}]")
_SPACE = re.compile(f"[{_SPACES}]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_MARKS = re.compile(
    "\\w[\u0300-\u036f\u3099\u309a]{1,4}"
)  # bounded: normalising a long run of marks takes quadratic time
_ASCII_TABLE = bytes.maketrans(b"\t\r\x0b\x0c", b" \n\n\n")
_ASCII_DROP = bytes([*range(9), *range(14, 32), 127])


def clean(text: str) -> str:
    """Text with \\n line ends, plain spaces, composed letters, and without what is invisible or turns the text round."""
    if text.isascii():
        data = text.encode("ascii")
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n")
        return data.translate(_ASCII_TABLE, _ASCII_DROP).decode("ascii")  # a tenth of the time of regular expressions
    if _ODD.search(text) is None:
        return text
    text = _SURROGATE.sub("\ufffd", _BREAK.sub("\n", text))
    text = _SPACE.sub(" ", _DROP.sub("", text))
    return _MARKS.sub(lambda match: unicodedata.normalize("NFC", match[0]), text)


def one_line(text: str) -> str:
    """clean(), with every run of white space as one space."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip(" ")
    line = " ".join(text.split())
    if line.isascii() and line.isprintable():
        return line
    return " ".join(clean(line).split())


_WORD = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?]*)\?=")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")


def unfold(value: str, charset: str | None = None) -> str:
    """A header value as the parser hands it out, with raw 8-bit bytes decoded; `charset` is tried where they are no UTF-8."""
    if not value.isascii() and _SURROGATE.search(value) is not None:
        data = value.encode("utf-8", "surrogateescape")
        text = _strict(data, "utf-8")
        value = decode(data, charset)[0] if text is None else text
    return value.replace("\n", " ") if "\n" in value else value


def decode_words(value: str) -> str:
    """One clean line from a header value as the parser hands it out: encoded words (RFC 2047) and raw 8-bit bytes decoded.

    Own: the standard library raises on bad base64 and on an unknown charset.
    """
    value = unfold(value)
    if "=?" not in value:
        return one_line(value)
    out: list[str] = []
    pending, label, end = b"", "", 0
    for match in _WORD.finditer(value):
        between = value[end : match.start()]
        data = _word_bytes(match[2], match[3])
        if between.strip() or match[1].lower() != label or not pending:
            out.append(decode(pending, label)[0])
            pending, label = b"", match[1].lower()
            out.append(between if between.strip() or end == 0 else "")
        pending += data  # a character may be split over two words of one charset, though it must not
        end = match.end()
    out += [decode(pending, label)[0], value[end:]]
    return one_line("".join(out))


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "qQ":
        return _HEX.sub(lambda match: bytes([int(match[1], 16)]), data.replace(b"_", b" "))
    try:
        return a2b_base64(data + b"=" * (-len(data) % 4))
    except ValueError:
        return data
