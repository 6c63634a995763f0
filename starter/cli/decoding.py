"""What letters the bytes of a file mean: UTF-8, UTF-16 by their mark, else what Windows programs write."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from backorder.errors import RefusedError

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_SAMPLE = 4096
_CHUNK = 1 << 20
_LETTER_OF_UTF8 = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Encoding:
    """How a file is read. remark: what the person should know about it."""

    name: str
    remark: str = ""


def encoding_of(path: Path, shown: str, given: str | None = None) -> Encoding:
    """The encoding of a file. shown: its name in words. Reads the file once, a piece at a time.

    Raises RefusedError if it is in no encoding that can be told, with the line of the first wrong byte.
    """
    if given is not None:
        return _as_given(path, shown, given)
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
    named = next((name for mark, name in _MARKS if sample.startswith(mark)), None) or _unmarked(sample)
    if (wrong := _wrong_byte(path, named)) is None:
        return Encoding(name=named)
    if named != "utf-8":
        raise RefusedError([f"{shown}: {wrong} is not {named.upper()}, which the file begins as"])
    if _mixed(path) or _wrong_byte(path, "cp1252") is not None:
        raise RefusedError([f"{shown}: {wrong} is not UTF-8; save the file as UTF-8, or say --encoding"])
    remark = (
        f"{shown} is not UTF-8; it is read as Windows-1252 (cp1252). "
        "If letters look wrong, name its encoding with --encoding"
    )
    return Encoding(name="cp1252", remark=remark)


def _as_given(path: Path, shown: str, given: str) -> Encoding:
    try:
        found = codecs.lookup(given).name
        "".encode(found)
    except (LookupError, UnicodeError):
        raise RefusedError(
            [f'--encoding: "{given}" is unknown; write it like utf-8, cp1252 or cp1250']
        ) from None
    if wrong := _wrong_byte(path, found):
        raise RefusedError([f"{shown}: {wrong} is not {given.upper()}"])
    return Encoding(name="utf-8-sig" if found == "utf-8" else found)


def _unmarked(sample: bytes) -> str:
    """UTF-16 without its mark has a zero in every second byte of plain text."""
    if len(sample) >= 4:
        half = len(sample) // 2
        if sample[1::2].count(0) > 0.4 * half:
            return "utf-16-le"
        if sample[0::2].count(0) > 0.4 * half:
            return "utf-16-be"
    return "utf-8"


def _wrong_byte(path: Path, encoding: str) -> str | None:
    """Where a file is not in an encoding, in words; None if it is all through."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                # What is left of the piece before comes first in what the decoder complains about.
                found = error.object[error.start]
                left = len(error.object) - len(chunk)
                line = lines + chunk.count(b"\n", 0, max(0, error.start - left))
                return f"line {line}: byte 0x{found:02x}"
            except UnicodeError as error:
                return f"line {lines}: {error}"
            if not chunk:
                return None
            lines += chunk.count(b"\n")


def _mixed(path: Path) -> bool:
    """Whether a file that is not UTF-8 has letters of it: then it was put together from several."""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if _LETTER_OF_UTF8.search(chunk):
                return True
    return False
