"""The record of a line as a chain: each row is bound to the one before it. Pure.

docs/evidence.md says the same in words, for whoever wants to check a file with a program of their own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import NotRequired, TypedDict, overload

from backorder.domain.delivery_reports import Report, Reported, reported_state
from backorder.domain.json_types import Json, JsonObject
from backorder.domain.keys import parts

FORMAT = "backorder-evidence/1"
BEGINS = "evidence_begins"
"""The entry with which the chain of a line begins that is older than the chain."""
ENTRY = ("at", "what", "by", "verdict", "detail", "request", "about", "words")
"""What an entry of the timeline is bound by."""
PROMISE = ("revision", "likely", "by", "parts", "evidence", "told_at", "message", "takes_back")
"""What a promise is bound by."""
STATED = (
    "purchase_order",
    "line",
    "revision",
    "split",
    "quantity",
    "day",
    "source",
    "note",
    "at",
    "received",
)
"""What a supplier's stated date is bound by."""
REPORT = ("id", "said", "code", "at", "received_at", "words")
"""What a provider's report is bound by."""
_GONE = ("address", "subject", "html", "text", "evidence")
"""Of a send or a request, what nothing is left of once it is emptied."""
_DECIDED = {"verdict": "verdict", "reason": "detail", "decided_at": "at"}
"""What a request says of what was decided, and the same in the entry that was written with it."""
_REPORTED = frozenset(said.value for said in Reported)
_PLAIN = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical(value: object) -> bytes:
    """JSON in its one form: keys sorted, nothing between, UTF-8; days, instants and amounts are texts.

    The form of RFC 8785 for what is in a file: texts, whole numbers, true, false, null, lists and objects
    whose keys are ASCII.
    """
    return _PLAIN.encode(plain(value)).encode()


@overload
def plain(value: Mapping[str, object]) -> dict[str, Json]: ...
@overload
def plain(value: object) -> Json: ...
def plain(value: object) -> Json:
    """A value in JSON's own types. Instants are UTC with six places and a Z."""
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def digest(salt: str, words: object) -> str:
    """The salted digest of what people wrote: with the salt gone, nobody can find out by trying."""
    return sha256(salt.encode() + b"\n" + canonical(words)).hexdigest()


def entry(row: Mapping[str, object]) -> dict[str, object]:
    """An entry of the timeline, as it is bound."""
    return {"kind": "entry"} | {name: row[name] for name in ENTRY}


def promise(row: Mapping[str, object]) -> dict[str, object]:
    """A promise, as it is bound; its parts and what it rests on are kept as JSON."""
    parsed = {name: json.loads(str(row[name])) for name in ("parts", "evidence")}
    return {"kind": "promise"} | {name: row[name] for name in PROMISE} | parsed


def stated(row: Mapping[str, object]) -> dict[str, object]:
    """A date that a supplier stated, as it is bound."""
    return {"kind": "stated_date"} | {name: row[name] for name in STATED}


def report(row: Mapping[str, object], send: str) -> dict[str, object]:
    """What a provider reported of a send, as it is bound."""
    return {"kind": "report", "send": send} | {name: row[name] for name in REPORT}


def name_of_reports(send: str) -> str:
    """What the chain of a send's reports is called."""
    return f"send/{send}"


def name_of_stated(order_line: str) -> str:
    """What the chain of the dates is called that were stated for a line of an order."""
    return f"purchase-order/{order_line}"


def of_report(row: Mapping[str, object]) -> dict[str, object]:
    """The words of a report, of which the digest is taken."""
    return {"reason": row["reason"]}


def of_message(send: Mapping[str, object]) -> dict[str, object]:
    """The words of a send, of which the digest is taken."""
    return {name: send[name] for name in ("channel", "address", "subject", "html", "text")}


def of_request(row: Mapping[str, object]) -> dict[str, object]:
    """The words of a request, of which the digest is taken."""
    content = row["content"]
    return {
        "kind": row["kind"],
        "content": json.loads(content) if isinstance(content, str) else content,
        "evidence": row["evidence"],
    }


class RowFile(TypedDict):
    """A row of a chain, as it stands in a file."""

    place: int
    hash: str
    row: JsonObject


class ChainFile(TypedDict):
    """A chain, as it stands in a file. of: its name. length, head: as they are kept."""

    of: str
    length: int
    head: str
    rows: Sequence[RowFile]


class SupplierDatesFile(TypedDict):
    """What a supplier stated of one line of an order, as it stands in a file."""

    chain: ChainFile


class ReportFile(TypedDict):
    """What a provider reported of a send, as a file has it. place, salt: None for one outside its chain."""

    id: str
    said: str
    code: str
    reason: str
    words: str | None
    salt: str | None
    place: int | None
    hash: str


class SendFile(TypedDict):
    """A send, as it stands in a file; those of a version before say nothing of the chain of its reports."""

    id: str
    salt: str | None
    delivery: str | None
    reports: Sequence[ReportFile]
    reported_length: NotRequired[int | None]
    reported_head: NotRequired[str | None]


class MessageFile(TypedDict):
    """A message, as it stands in a file."""

    sends: Sequence[SendFile]


class RequestFile(TypedDict):
    """A request, as it stands in a file. verdict, reason, decided_at: what was decided; None before."""

    id: str
    salt: str | None
    verdict: str | None
    reason: str | None
    decided_at: str | None


class Named(TypedDict):
    """What a file is about."""

    id: str


class LineFile(TypedDict):
    """The record of a line as a file has it, where it is looked at. erased_on: a day."""

    line: Named

    chain: ChainFile
    messages: Sequence[MessageFile]
    requests: Sequence[RequestFile]
    supplier_dates: Sequence[SupplierDatesFile]
    erased_on: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """What binds a row. place: 1 for the first; hash: over the row, its place and the hash before it."""

    place: int
    hash: str


class Chain:
    """A chain that is added to. name: whose it is; length, head: of what is there, "" for nothing."""

    def __init__(self, name: str, length: int = 0, head: str = "") -> None:
        self.name, self.length, self.head = name, length, head

    def add(self, row: Mapping[str, object]) -> Link:
        """Bind a row to the last one."""
        self.length, self.head = self.length + 1, hashed(self.name, self.length + 1, self.head, row)
        return Link(place=self.length, hash=self.head)


def hashed(name: str, place: int, previous: str, row: Mapping[str, object]) -> str:
    """The hash of a row in its place."""
    return sha256(canonical({"of": name, "place": place, "previous": previous, "row": dict(row)})).hexdigest()


def broken(
    name: str, links: Sequence[tuple[Link, Mapping[str, object]]], length: int, head: str
) -> list[str]:
    """What is wrong with a chain, in words; nothing where it is whole. links: its rows in their order."""
    found, previous, expected = [], "", 1
    for link, row in links:
        if link.place != expected:
            gap = link.place > expected
            which = _rows(expected, link.place - 1) if gap else f"row {link.place}"
            found.append(f"{which} of {name} {'missing' if gap else 'there twice'}")
        elif hashed(name, link.place, previous, row) != link.hash:
            found.append(f"row {link.place} of {name} was changed")
        previous, expected = link.hash, link.place + 1
    if expected <= length:
        found.append(f"{_rows(expected, length)} of {name} missing at the end")
    elif expected - 1 > length or previous != head:
        found.append(f"{name} does not end with the row that it says")
    return found


def _rows(first: int, last: int) -> str:
    return f"row {first}" if first == last else f"rows {first} to {last}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """What a look at a record found. faults: what was changed or is missing; notes: what is worth knowing."""

    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def findings(record: LineFile) -> Findings:
    """Look at a whole record: whether its chains hold, and whether what they bind is what stands in it."""
    chains = [record["chain"], *(each["chain"] for each in record["supplier_dates"])]
    faults = [fault for each in chains for fault in _faults_of_chain(each)]
    faults += _faults_of_names(record)
    faults += _faults_of_decisions(record)
    sends = (send for message in record["messages"] for send in message["sends"])
    faults += [fault for send in sends for fault in _faults_of_reports(send, record["erased_on"] is not None)]
    notes, gone, rows = [], 0, record["chain"]["rows"]
    if rows and rows[0]["row"].get("what") == BEGINS:
        at = str(rows[0]["row"]["at"])
        notes.append(f"the chain begins on {at[:10]} at {at[11:16]} UTC, later than the line")
    for each in rows:
        fault, is_gone = _fault_of_words(record, each["place"], each["row"])
        gone += is_gone
        faults += [fault] if fault else []
    if gone:
        notes.append(f"erased on {record['erased_on']}: the words of {gone} rows are gone, the chain holds")
    return Findings(faults=tuple(faults), notes=tuple(notes))


def _faults_of_names(record: LineFile) -> list[str]:
    """Whether the chains are those of the line and of every supply that a shown date rested on, in words."""
    line, chain = record["line"]["id"], record["chain"]
    found = [] if chain["of"] == line else [f"the chain is that of {chain['of']}, and not of {line}"]
    known = {each["chain"]["of"] for each in record["supplier_dates"]}
    told = (each["row"].get("evidence") for each in chain["rows"] if each["row"].get("kind") == "promise")
    rests_on = (row[3] for rows in told if isinstance(rows, list) for row in rows if isinstance(row, list))
    orders = {str(each).partition("#")[0] for each in rests_on}
    names = sorted(name_of_stated(each) for each in orders if len(parts(each)) == 2)
    return found + [f"{each} is missing, on which a shown date rested" for each in names if each not in known]


def _faults_of_decisions(record: LineFile) -> list[str]:
    """Whether a request says of what was decided what the entry says that was written with it, in words.

    An erasure empties the reason of a request, and leaves that of the entry.
    """
    rows = (each["row"] for each in record["chain"]["rows"])
    ruled = {row["request"]: row for row in rows if row.get("kind") == "entry" and row.get("request")}
    found = []
    for each in record["requests"]:
        entry = ruled.get(each["id"], {})
        names = [of for of in _DECIDED.items() if entry and of[0] in each]
        if record["erased_on"] is not None and not each.get("reason"):
            names = [of for of in names if of[0] != "reason"]
        if any(each.get(name) != entry[of] for name, of in names):
            found.append(f"what was decided of the request {each['id']} is not what its entry says")
    return found


def _faults_of_chain(chain: ChainFile) -> list[str]:
    links = [(Link(place=each["place"], hash=each["hash"]), each["row"]) for each in chain["rows"]]
    return broken(chain["of"], links, chain["length"], chain["head"])


def _faults_of_reports(send: SendFile, erased: bool) -> list[str]:
    """What is wrong with what the provider reported of a send, and with where that put it, in words."""
    if "reported_length" not in send:
        return []  # a version before wrote the file
    name = name_of_reports(send["id"])
    bound = [(each["place"], each) for each in send["reports"] if each["place"] is not None]
    links = [
        (Link(place=place, hash=each["hash"]), report(each, send["id"]))
        for place, each in sorted(bound, key=lambda each: each[0])
    ]
    found = broken(name, links, send["reported_length"] or 0, send["reported_head"] or "")
    for place, each in bound:
        if each["salt"] is None and erased:
            continue
        if each["salt"] is None or digest(each["salt"], of_report(each)) != each["words"]:
            found.append(f"the words of row {place} of {name} are not those that it was written for")
    kinds = [each["said"] for each in send["reports"]]
    if not all(each in _REPORTED for each in kinds):
        return found  # what a newer version understands is left to that
    came = reported_state(
        Report(id=each["id"], said=Reported(each["said"]), code=each["code"]) for each in send["reports"]
    )
    if send["delivery"] != (came.state.value if kinds else None):
        found.append(f"{name} stands as {send['delivery']}, and its reports say otherwise")
    return found


def _fault_of_words(record: LineFile, place: int, row: JsonObject) -> tuple[str, bool]:
    """What is wrong with the words that a row is about, "" for nothing; and whether they were erased."""
    if row.get("words") is None:
        return "", False
    what, found, read = _about(record, row)
    if found is None:
        return f"row {place} is about {what}, which is missing", False
    if found["salt"] is None:
        erased = record["erased_on"] is not None
        if erased and any(found.get(name) for name in _GONE):
            return f"words of {what} stand there, and those that row {place} was written for are gone", True
        return "" if erased else f"row {place} is about {what}, whose words cannot be checked", erased
    if digest(found["salt"], read(found)) != row["words"]:
        return f"the words of {what} are not those that row {place} was written for", False
    return "", False


def _about(
    record: LineFile, row: JsonObject
) -> tuple[str, SendFile | RequestFile | None, Callable[[Mapping[str, object]], dict[str, object]]]:
    """What the words of a row are, in words; where they stand, and how they are read."""
    if row["about"] is None:
        asked = (each for each in record["requests"] if each["id"] == row["request"])
        return f"the request {row['request']}", next(asked, None), of_request
    sends = (send for message in record["messages"] for send in message["sends"])
    found = next((each for each in sends if each["id"] == row["about"]), None)
    return f"the send {row['about']}", found, of_message
