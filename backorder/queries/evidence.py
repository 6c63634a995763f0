"""Everything that proves what was done for a line: what was said and answered, what it rested on, and why."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, Table, bindparam, select

from backorder.domain import evidence
from backorder.domain.calendar import Calendar
from backorder.domain.json_types import Json
from backorder.domain.keys import parts
from backorder.domain.law.packs import PACKS
from backorder.domain.line.policy_changes import naming
from backorder.errors import UnknownBackorderError
from backorder.storage import stated_chain
from backorder.storage.isolation import readable
from backorder.storage.known_addresses import BY_TEXT
from backorder.storage.statements import one_of
from backorder.storage.stored_state import PlainState
from backorder.storage.tables import (
    backorders,
    consents,
    delivery_reports,
    inbound_texts,
    message_items,
    messages,
    policies,
    products,
    promises,
    purchase_order_lines,
    requests,
    sends,
    stated_dates,
    timeline,
)

_LINE = (
    select(backorders, products.c.name.label("product"))
    .join(products, products.c.sku == backorders.c.sku)
    .where(backorders.c.id == bindparam("backorder"))
    .with_for_update(of=backorders, key_share=True)
)
_MESSAGES = (
    select(messages, message_items.c.step, message_items.c.facts, message_items.c.revision)
    .join(message_items, message_items.c.message == messages.c.id)
    .where(message_items.c.backorder == bindparam("backorder"))
    .order_by(messages.c.number)
)
_SENDS = (
    select(sends)
    .where(sends.c.message.in_(bindparam("messages", expanding=True)))
    .order_by(sends.c.attempt, sends.c.claimed_at)
)
_REPORTS = (
    select(delivery_reports)
    .where(delivery_reports.c.send.in_(bindparam("sends", expanding=True)))
    .order_by(delivery_reports.c.at, delivery_reports.c.id)
)
_STATED = select(stated_dates).order_by(stated_dates.c.purchase_order, stated_dates.c.line, stated_dates.c.id)
_ENDS = select(
    purchase_order_lines.c.purchase_order,
    purchase_order_lines.c.line,
    purchase_order_lines.c.stated_length,
    purchase_order_lines.c.stated_head,
)
_OF_LINE = ("id", "order_id", "line_id", "sku", "product", "customer", "ordered_at", "opened_at", "closed_at")
_OF_MESSAGE = ("id", "kind", "state", "created_at", "done_at", "template", "copy_of", "step", "revision")
_OF_SEND = (
    *("id", "channel", "address", "subject", "text", "html", "state", "provider_id", "code", "reason"),
    *("claimed_at", "recorded_at", "delivery", "digest", "salt", "reported_length", "reported_head"),
)
_OF_REQUEST = ("id", "kind", "evidence", "requested_at", "verdict", "reason", "decided_at", "salt")
_OF_CONSENT = ("purpose", "wording", "evidence", "at", "ended_at", "ended_by")
_CONSENTS = select(consents).where(consents.c.customer == bindparam("customer")).order_by(consents.c.number)
_TEXTS = select(inbound_texts.c.sid, inbound_texts.c.body).where(
    inbound_texts.c.sid.in_(bindparam("sids", expanding=True))
)
_OF_REPORT = ("id", "said", "code", "reason", "at", "received_at", "words", "salt", "place", "hash")


def line_evidence(connection: Connection, backorder: str, calendar: Calendar) -> dict[str, Json]:
    """All of it, in JSON's own types. The line is locked meanwhile. Raises UnknownBackorderError.

    calendar: of the shop, whose day an erasure is said to be on.
    """
    row = connection.execute(_LINE, {"backorder": backorder}).one_or_none()
    if row is None:
        raise UnknownBackorderError(backorder)
    line, state = readable(row)._asdict(), json.loads(row.state)
    entries = _rows(connection, timeline, backorder, timeline.c.number)
    told = _rows(connection, promises, backorder, promises.c.revision)
    found: dict[str, object] = {
        "format": evidence.FORMAT,
        "line": _only(line, _OF_LINE) | {"phase": line["phase"]},
        "erased_on": calendar.day(line["erased_at"]) if line["erased_at"] else None,
        "terms": _terms(state),
        "chain": _chain(backorder, entries, told, line["chained"], line["head"]),
        "before_chain": [
            *(evidence.entry(each) for each in entries if each["place"] is None),
            *(evidence.promise(each) for each in told if each["place"] is None),
        ],
        "messages": _messages(connection, backorder),
        "requests": _requests(connection, backorder),
        # Those of an erased customer are gone, and who orders under that ID again is somebody else.
        "consents": [] if line["erased_at"] else _consents(connection, str(line["customer"])),
        "supplier_dates": _stated(connection, told),
        "policies": _policies(connection, line, entries),
    }
    return evidence.plain(found)


def _terms(state: PlainState) -> dict[str, object]:
    """What decided, as it stands. law: of the line; rules: those of its pack, each with its source."""
    law = state.get("terms") or {}
    pack = PACKS.get(str(law.get("pack", "")))
    rules = {f"{pack.name}/{each.id}": each.source for each in pack.rules} if pack else {}
    names = ("quantity", "payment", "consent", "shipments", "questions", "agreements")
    return {name: state.get(name) for name in names} | {"law": law, "rules": rules}


def _rows(
    connection: Connection, table: Table, backorder: str, *order: ColumnElement[object]
) -> list[dict[str, object]]:
    query = select(table).where(table.c.backorder == backorder).order_by(*order)
    return [readable(row)._asdict() for row in connection.execute(query)]


def _only(row: Mapping[str, object], names: Iterable[str]) -> dict[str, object]:
    return {name: row[name] for name in names}


def _chain(
    name: str, entries: Sequence[dict[str, object]], told: Sequence[dict[str, object]], length: int, head: str
) -> dict[str, object]:
    bound = [(each, evidence.entry(each)) for each in entries if each["place"] is not None]
    bound += [(each, evidence.promise(each)) for each in told if each["place"] is not None]
    return _linked(name, bound, length, head)


def _linked(
    name: str, bound: Sequence[tuple[Mapping[str, object], Mapping[str, object]]], length: int, head: str
) -> dict[str, object]:
    """A chain as it stands in a file."""
    in_order = sorted(bound, key=lambda each: _place(each[0]))
    rows = [{"place": row["place"], "hash": row["hash"], "row": what} for row, what in in_order]
    return {"of": name, "length": length, "head": head, "rows": rows}


def _place(row: Mapping[str, object]) -> int:
    """Its place in its chain; 0 for one outside."""
    place = row["place"]
    return place if isinstance(place, int) else 0


def _messages(connection: Connection, backorder: str) -> list[dict[str, object]]:
    rows = connection.execute(_MESSAGES, {"backorder": backorder}).all()
    ids = sorted({row.id for row in rows})
    tried = connection.execute(_SENDS, {"messages": ids}).all() if ids else []
    reported = connection.execute(_REPORTS, {"sends": [each.id for each in tried]}).all() if tried else []
    sent: dict[str, list[dict[str, object]]] = {}
    for send in tried:
        reports = [_only(readable(each)._asdict(), _OF_REPORT) for each in reported if each.send == send.id]
        whole = _only(readable(send)._asdict(), _OF_SEND) | {"reports": reports}
        sent.setdefault(send.message, []).append(whole)
    return [
        _only(readable(row)._asdict(), _OF_MESSAGE)
        | {"facts": json.loads(row.facts), "sends": sent.get(row.id, [])}
        for row in rows
    ]


def _of(lines: Collection[tuple[str, str]], table: Table) -> ColumnElement[bool]:
    return one_of(lines, table.c.purchase_order, table.c.line)


def _stated(connection: Connection, told: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """What suppliers stated for all that any shown date rested on."""
    supplies = {row[3].partition("#")[0] for each in told for row in json.loads(str(each["evidence"]))}
    lines = sorted({named for named in map(parts, supplies) if len(named) == 2})
    rows = connection.execute(_STATED.where(_of(lines, stated_dates))).all()
    of_lines = _ENDS.where(_of(lines, purchase_order_lines))
    ends = {tuple(row[:2]): row[2:] for row in connection.execute(of_lines)}
    found: list[dict[str, object]] = []
    for order, line in lines:
        mine = [readable(row)._asdict() for row in rows if (row.purchase_order, row.line) == (order, line)]
        bound = [(each, evidence.stated(each)) for each in mine if each["place"] is not None]
        last = max((each for each, _ in bound), key=_place, default=None)
        kept = ends.get((order, line), (None, None))
        ended = (_place(last), str(last["hash"])) if last else (0, "")
        end = stated_chain.end_of(*kept, *ended)
        chain = _linked(stated_chain.name_of(order, line), bound, *end)
        before = [evidence.stated(each) for each in mine if each["place"] is None]
        found.append({"chain": chain, "before_chain": before})
    return found


def _requests(connection: Connection, backorder: str) -> list[dict[str, object]]:
    """What was asked and reported; `wrote`: the words of the text that did, None where none is there."""
    rows = _rows(connection, requests, backorder, requests.c.requested_at, requests.c.id)
    by_text = {str(row["evidence"]).removeprefix(BY_TEXT) for row in rows if row["evidence"]}
    found = connection.execute(_TEXTS, {"sids": sorted(by_text)}).all() if by_text else []
    wrote = {f"{BY_TEXT}{row.sid}": row.body or None for row in map(readable, found)}
    return [
        _only(row, _OF_REQUEST)
        | {"content": json.loads(str(row["content"])), "wrote": wrote.get(str(row["evidence"]))}
        for row in rows
    ]


def _consents(connection: Connection, customer: str) -> list[dict[str, object]]:
    rows = connection.execute(_CONSENTS, {"customer": customer})
    return [_only(readable(row)._asdict(), _OF_CONSENT) for row in rows]


def _policies(
    connection: Connection, line: Mapping[str, object], entries: Sequence[Mapping[str, object]]
) -> list[dict[str, object]]:
    """The rules that the line keeps, and behind them those that it kept before it was moved."""
    moved = _of_moves(str(each["detail"]) for each in entries if each["what"] == "policy_moved")
    query = select(policies.c.name, policies.c.version, policies.c.text)
    kept = (policies.c.name == line["policy"]) & (policies.c.version == line["policy_version"])
    mine = [row._asdict() for row in connection.execute(query.where(kept))]
    before = query.where(~kept).order_by(policies.c.loaded_at.desc(), policies.c.name, policies.c.version)
    others = connection.execute(before).all() if moved else []
    return mine + [row._asdict() for row in others if f" {naming(row.name, row.version)} " in moved]


def _of_moves(details: Iterable[str]) -> str:
    """What moves say, each name of a policy between spaces."""
    return " ".join(f" {detail} ".replace(";", " ").replace(",", " ") for detail in details)
