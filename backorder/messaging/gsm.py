"""The alphabet of SMS (3GPP TS 23.038): what fits into it, and how many segments a text costs."""

from __future__ import annotations

import re
import unicodedata

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
_DOUBLE = re.compile(r"[\^{}\\\[~\]|€\f]")
ALPHABET = _BASIC | _EXTENDED
"""Every character of GSM-7, the extension table included (each of those takes two places)."""

_RELATIVES = {
    "'": "‘’‚‛′`´ʼ",
    '"': "“”„‟″«»",
    "-": "‐‑‒–—―−～•·",
    " ": "\u00a0\u2002\u2003\u2007\u2008\u2009\u200a\u202f\t\r\n\f",
    "": "™®©",
    "...": "…",
    "x": "×",
    "Rs ": "₹",
    "i": "ı",
    "c": "ç",
    "L": "Ł",
    "l": "ł",
    "D": "ĐÐ",
    "d": "đð",
    "Th": "Þ",
    "th": "þ",
    "OE": "Œ",
    "oe": "œ",
    "SS": "ẞ",
}
_THOUSANDS = re.compile("(?<=\\d)[\u00a0\u2009\u202f](?=\\d{3}(?!\\d))")  # 1 299,50, where no line may end
_SIGNED = re.compile("(?<=\\d)[\u00a0\u202f](?=[%€$£¥₹])|(?<=[€$£¥₹])[\u00a0\u202f](?=\\d)")  # 10 €, € 10
_PLAIN = str.maketrans({c: plain for plain, relatives in _RELATIVES.items() for c in relatives})


def whole_numbers(text: str) -> str:
    """The text with nothing between the thousands of a number that a language parts by a blank, nor between a
    number and its sign.
    """
    return _SIGNED.sub("", _THOUSANDS.sub("", text))


def plain(text: str) -> str:
    """The text in GSM-7 on one line: relatives replace what it lacks, and the rest is left out.

    GSM-7 has no blank at which no line ends: one within a number or before its sign goes, else a line ends
    within a sum.
    """
    text = whole_numbers(text).translate(_PLAIN)
    if not ALPHABET.issuperset(text):
        text = "".join(
            c if c in ALPHABET else "".join(d for d in unicodedata.normalize("NFKD", c) if d in ALPHABET)
            for c in unicodedata.normalize("NFC", text)
        )
    return " ".join(text.split())


def size(text: str) -> int:
    """The places a text takes: GSM-7 septets, or UTF-16 code units if one character is outside GSM-7."""
    if ALPHABET.issuperset(text):
        return len(text) + len(_DOUBLE.findall(text))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def segments(text: str) -> int:
    """How many SMS the text costs: 160 places in one and 153 in each of several, 70 and 67 outside GSM-7."""
    one, several = (160, 153) if ALPHABET.issuperset(text) else (70, 67)
    places = size(text)
    return max(1, 1 if places <= one else -(-places // several))
