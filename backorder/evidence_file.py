"""Evidence as a file: signed, and checked with nothing but the published keys.

JSON in its one form, so that each byte counts; or a page to read, with what a look at its record found and
the signature in its last lines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from backorder.domain.evidence import FORMAT, Findings, LineFile, canonical, findings
from backorder.signatures import ALGORITHM, PublicKey, SigningKey

LARGEST = 200 << 20
"""Bytes of a file that is checked, at most."""
_SEAL = re.compile(rb"<!-- backorder-evidence key=([0-9a-f]{16}) signature=([0-9a-f]{128}) -->\n\Z")
_RECORD = re.compile(rb"<!-- backorder-evidence record=(\{.*\}) -->\n\Z")
_NOT_WHOLE = b"<strong>The record is not whole.</strong>"
"""What a page says of a record that is not whole; what people wrote never stands there with its marks."""
_IN_COMMENT = str.maketrans({letter: f"\\u{ord(letter):04x}" for letter in "-<>"})
"""Letters that no comment may hold in every place, as JSON says them too."""
_HEX = re.compile(r"[0-9a-f]{128}")


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceCheck:
    """What a look at a file found. faults: none for one that is whole. key: the ID of that of its signature.

    line: the ID of the line that it is about, "" where it cannot be read.
    """

    faults: tuple[str, ...]
    notes: tuple[str, ...] = ()
    key: str = ""
    line: str = ""


def signed(record: Mapping[str, object], key: SigningKey) -> bytes:
    """A record as a signed file."""
    whole = {"evidence": record, "key": key.public.id, "algorithm": ALGORITHM}
    return canonical(whole | {"signature": key.sign(canonical(whole)).hex()}) + b"\n"


def sealed(page: bytes, record: LineFile, key: SigningKey) -> bytes:
    """A page with what a look at its record finds, and its signature, behind it."""
    outcome = _findings(record)
    found = {"line": record["line"]["id"], "faults": outcome.faults, "notes": outcome.notes}
    said = canonical(found).decode().translate(_IN_COMMENT)
    page += f"<!-- backorder-evidence record={said} -->\n".encode()
    signature = key.sign(page).hex()
    return page + f"<!-- backorder-evidence key={key.public.id} signature={signature} -->\n".encode()


def check(file: bytes, keys: Mapping[str, PublicKey]) -> EvidenceCheck:
    """Look at a file: whether every byte is as it was signed, by one of the keys, and nothing is missing."""
    return _check_page(file, keys) if file.lstrip()[:1] == b"<" else _check_record(file, keys)


def _check_page(file: bytes, keys: Mapping[str, PublicKey]) -> EvidenceCheck:
    found = _SEAL.search(file)
    if found is None:
        return EvidenceCheck(faults=("the page has no signature in its last line",))
    name, page = found[1].decode(), file[: found.start()]
    faults = _faults_of_signature(name, bytes.fromhex(found[2].decode()), page, keys)
    record = _RECORD.search(page)
    if record is None:
        # A version before left it at words.
        faults += ["the page says itself that the record is not whole"] if _NOT_WHOLE in page else []
        return EvidenceCheck(faults=tuple(faults), key=name)
    try:
        said = json.loads(record[1])
        line, of_record, notes = (said[each] for each in ("line", "faults", "notes"))
    except (ValueError, LookupError, TypeError, RecursionError):
        return EvidenceCheck(faults=(*faults, "what the page says of its record cannot be read"), key=name)
    return EvidenceCheck(
        faults=(*faults, *map(str, of_record)), notes=tuple(map(str, notes)), key=name, line=str(line)
    )


def _check_record(file: bytes, keys: Mapping[str, PublicKey]) -> EvidenceCheck:
    try:
        whole = json.loads(file)
        evidence, name, signature = whole["evidence"], whole["key"], whole["signature"]
        if not (isinstance(name, str) and isinstance(signature, str) and evidence["format"] == FORMAT):
            raise ValueError
        line = evidence["line"]["id"]
        one_form = canonical(whole) + b"\n"  # no UTF-8 says half a character
    except (ValueError, KeyError, TypeError, RecursionError):
        return EvidenceCheck(faults=("this is no evidence of the form backorder-evidence/1",))
    faults = []
    if one_form != file:
        faults.append("the file is not in its one form: something stands in it that was not signed")
    if not _HEX.fullmatch(signature):
        faults.append("the signature is none")
    else:
        signed_part = canonical({key: value for key, value in whole.items() if key != "signature"})
        faults += _faults_of_signature(name, bytes.fromhex(signature), signed_part, keys)
    outcome = _findings(evidence)
    return EvidenceCheck(faults=(*faults, *outcome.faults), notes=outcome.notes, key=name, line=str(line))


def _findings(evidence: LineFile) -> Findings:
    try:
        return findings(evidence)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        return Findings(faults=("a part of the record is missing, or is none",))


def _faults_of_signature(
    name: str, signature: bytes, signed_part: bytes, keys: Mapping[str, PublicKey]
) -> list[str]:
    key = keys.get(name)
    if key is None:
        known = ", ".join(keys) or "none"
        return [f"it is signed with the key {name}, which is none of the published ones ({known})"]
    return [] if key.verifies(signature, signed_part) else ["it was changed after it was signed"]
