"""What text may hold, at every door: IDs, names, short labels, prose. Faults are words for the person."""

from __future__ import annotations

import html
import re
import unicodedata

ID_LETTERS, ID_BYTES = 128, 384
"""An ID's length; the second is of its encoded form, as the keys of databases and workflows hold it."""
_SHOWN = 60
_NOTHING = """
- -- . .. ? n/a n/a. n.a. <na> nan -nan nat null (null) <null> #null none (none) nil undefined (blank) (empty)
unknown
"""
_PLACEHOLDERS = frozenset(_NOTHING.split()) | {"[object object]"}
"""What spreadsheets and other systems write where they have nothing; NA too, in capitals: Na is a name."""
_CROWDS = """
guest guests guest-user guest_user guestuser guest-checkout guest_checkout gast invite invité anonymous anonym
anon default customer user nobody walk-in walkin walk_in cash-customer
"""
_NOBODY = frozenset(_CROWDS.split())
"""Customer IDs that whole crowds share."""
_ERROR = re.compile(r"#[\w/¡]+[!?]|#N/?A|#NV|#+")
"""A spreadsheet's error, in any language, or a column too narrow for its value."""
_FLOAT = re.compile(r"[-+]?\d+[.,]0*")
_SCIENTIFIC = re.compile(r"[-+]?\d(?:[.,]\d+)?[eE]\+\d+")
_FORMULA = re.compile(r'=\s*".*"|=\w+\(.*\)')
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_WEB = re.compile(
    r"\w://|\bwww\.|\w\.(?:com|net|org|info|biz|io|xyz|top|shop|online|site|link|click|app)/", re.IGNORECASE
)
"""What mail programs turn into a link; a firm may be called Booking.com."""
_LIVE_LINK = re.compile(r"((?:/|%2f)[bsu](?:/|%2f))[a-z0-9_-]{22}(?![a-z0-9_-])", re.ASCII | re.IGNORECASE)
"""A link to a page of a customer or supplier as a message had it, also within another address."""
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BREAKS = frozenset("\t\n\r\u2028\u2029")


def how_many(count: int, one: str, several: str = "") -> str:
    """1 unit, 2 units: a count with its words. several: where it is more than an s that differs."""
    return f"{count:,} {one if abs(count) == 1 else several or one + 's'}"


def fault_of_parsing(error: ValueError) -> str:
    """Why a file or a body could not be parsed, without what Python advises its programmers."""
    return "a number has thousands of digits" if "sys.set_int_max_str_digits" in str(error) else str(error)


def shown(text: object) -> str:
    """A text in quotes as any terminal, file and encoder takes it: cut, and escaped where it must be."""
    whole = text if isinstance(text, str) else str(text)
    words = "".join(_escaped(letter) for letter in whole[:_SHOWN])
    return f'"{words}…"' if len(whole) > _SHOWN else f'"{words}"'


def _escaped(letter: str) -> str:
    return letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")


def fault_of_id(text: str) -> str | None:
    """What is wrong with an ID; None if nothing is. Any printable text of up to 128 characters is one."""
    if not text:
        return "is empty"
    if len(text) > ID_LETTERS:
        return f"is {len(text)} characters long; an ID has {ID_LETTERS} at most"
    if odd := next((letter for letter in text if not letter.isprintable()), None):
        return f"{shown(text)} holds {_named(odd)}; an ID is printable text"
    if text != text.strip():
        return f"{shown(text)} begins or ends with a space"
    if "\ufffd" in text:
        return f"{shown(text)} holds {_REPLACED}"
    if len(text.encode()) + 2 * sum(map(text.count, "%/#")) > ID_BYTES:
        return f"{shown(text)} is too long once it is encoded: it may take {ID_BYTES} bytes"
    return _fault_of_cell(text)


def _fault_of_cell(text: str) -> str | None:
    if _is_placeholder(text):
        return f"{shown(text)} is no ID: it stands where a system had none"
    if _ERROR.fullmatch(text):
        return f"{shown(text)} is a spreadsheet's error, no ID"
    if _FLOAT.fullmatch(text) or _SCIENTIFIC.fullmatch(text):
        return f"{shown(text)} is how a spreadsheet writes an ID as a number; format the column as text"
    if _FORMULA.fullmatch(text):
        return f"{shown(text)} is a spreadsheet's formula, no ID; format the column as text"
    return None


def fault_of_sku(text: str) -> str | None:
    """What is wrong with a SKU: besides that of every ID, the number of no product."""
    if re.fullmatch(r"0+", text):
        return f"{shown(text)} is no SKU: it stands where a system had none"
    return fault_of_id(text)


def fault_of_customer_id(text: str) -> str | None:
    """What is wrong with a customer's ID: besides that of every ID, one that nobody owns."""
    fold = text.casefold()
    number = re.fullmatch(r"[-+]?[0.,]+|-\d+", text)
    if fold in _NOBODY or number or re.fullmatch(r"[0-]+", text) or _is_placeholder(text):
        return (
            f"{shown(text)} is no customer's ID: many would share it, and with it one address; "
            "derive one from the order, such as guest-1001"
        )
    return fault_of_id(text)


def name_of(text: str) -> str:
    """A name as it was meant: HTML entities decoded, once."""
    return _ENTITY.sub(lambda found: html.unescape(found.group()), text).strip()


def fault_of_name(text: str, *, most: int = 200) -> str | None:
    """What is wrong with a name of a person, product or supplier, once `name_of` has read it."""
    if fault := fault_of_label(text, most=most):
        return fault
    if not text:
        return "is empty"
    if _is_placeholder(text):
        return f"{shown(text)} is no name: it stands where a system had none"
    if all(unicodedata.category(letter)[0] in "PZC" for letter in text) or re.fullmatch(r"0+", text):
        return f"{shown(text)} is no name: it has no letter"
    if _WEB.search(text):
        return f"{shown(text)} is no name: a web address in it would be a link in every mail"
    return None


def is_blank(text: str) -> bool:
    """Whether nothing of a text can be seen: spaces, breaks, and marks without a width."""
    return all(unicodedata.category(letter)[0] in "CZ" for letter in text)


def fault_of_label(text: str, *, most: int) -> str | None:
    """What is wrong with a short text of one line, which may be empty."""
    if len(text) > most:
        return f"is {len(text)} characters long; {most} are the most"
    if any(letter in _BREAKS for letter in text):
        return f"{shown(text)} holds a line break or a tab; it must be one line"
    if "\ufffd" in text:
        return f"{shown(text)} holds {_REPLACED}"
    if _ERROR.fullmatch(text):
        return f"{shown(text)} is a spreadsheet's error"
    return fault_of_prose(text, most=most)


def without_live_links(text: str) -> str:
    """A text that people may have quoted a message in: links to their pages open nothing any more."""
    return _LIVE_LINK.sub(r"\1...", text)


def fault_of_prose(text: str, *, most: int) -> str | None:
    """What is wrong with a text of any number of lines, which may be empty."""
    if len(text) > most:
        return f"is {len(text)} characters long; {most} are the most"
    odd = next((letter for letter in text if _is_unfit(letter)), None)
    return f"{shown(text)} must not hold {_named(odd)}" if odd else None


_KNOWN = {
    "\0": "NUL",
    "\x1b": "an escape character",
    "\xa0": "a no-break space",
    "\u200b": "an invisible space",
}
_REPLACED = '"\ufffd", which stands for a letter that was lost: save the file as UTF-8'


def _is_placeholder(text: str) -> bool:
    return text.casefold() in _PLACEHOLDERS or text == "NA"


def _is_unfit(letter: str) -> bool:
    """Controls, surrogates, what no character is, and what turns the direction of the text around it."""
    if letter in "\t\n\r":
        return False
    code = ord(letter)
    return unicodedata.category(letter) in ("Cc", "Cs") or letter in _BIDI or code & 0xFFFE == 0xFFFE


def _named(letter: str) -> str:
    """A character as people may know it."""
    if letter in _KNOWN:
        words = f"{_KNOWN[letter]} "
    elif 0xD800 <= ord(letter) < 0xE000:
        words = "half a character "
    else:
        words = "a direction mark " if letter in _BIDI else "the control character "
    return f"{words}({_escaped(letter)})"
