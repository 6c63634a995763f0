"""Odd values at every door: a verdict in words, never a traceback, never a value that was not meant."""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backorder import schemas
from backorder.domain.policy.policy_file import PolicyError, read_policy, warnings_of
from backorder.errors import BackorderError, RefusedError, SetupError
from backorder.forecasting.history import past_order
from backorder.queries.case_view import case
from backorder.queries.line_list import Filter, lines
from backorder.schemas import Incoming, parse
from backorder.settings import Settings, read_settings, variable
from tests.support.fuzzing import TRIED, in_words, often
from tests.support.odd_values import NOW, OTHERS, TEXTS
from tests.support.shop import Shop

PERSON = {"id": "c-7", "name": "Ann", "email": "ann@example.com", "region": "DE"}
GOOD: dict[type[Incoming], dict[str, Any]] = {
    schemas.Customer: PERSON | {"phone": "+4930901820", "locale": "en_GB", "time_zone": "Europe/Berlin"},
    schemas.OrderLine: {
        "order_id": "1001",
        "line_id": "1",
        "sku": "LAMP",
        "quantity": "2",
        "customer": PERSON,
        "unit_price": "10.00",
        "line_paid": "20.00",
        "shipping_paid": "4.90",
        "currency": "EUR",
        "ordered_at": "2026-04-30T10:00:00Z",
        "ship_by": "2026-06-01",
        "promised": {"by": "2026-06-01", "told_at": "2026-05-01T10:00:00Z"},
        "notices": [{"at": "2026-05-01T10:00:00Z", "medium": "phone", "by_date": "2026-06-01"}],
        "consent": {"state": "given", "until": "2026-06-01"},
        "payment": "captured",
    },
    schemas.Product: {"sku": "L", "name": "L", "price": "1.00", "currency": "EUR", "supplier": "acme"},
    schemas.Supplier: {"id": "acme", "name": "Acme", "email": "a@example.com", "lead_days": "14"},
    schemas.PurchaseOrder: {
        "id": "PO-1",
        "supplier": "acme",
        "ordered_at": "2026-04-30T10:00:00Z",
        "lines": [{"line": "1", "sku": "LAMP", "quantity": "3", "stated_date": "2026-05-20"}],
    },
    schemas.StatedDates: {
        "purchase_order": "PO-1",
        "line": "1",
        "splits": [{"quantity": "3", "date": "2026-05-20"}],
        "source": "mail",
    },
    schemas.Receipt: {
        "receipt_id": "R",
        "purchase_order": "PO-1",
        "line": "1",
        "quantity": "1",
        "received_at": "2026-05-01T10:00:00Z",
    },
    schemas.Adjustment: {"adjustment_id": "A", "sku": "LAMP", "quantity": "2", "reason": "found"},
    schemas.StockCount: {"sku": "LAMP", "on_hand": "2", "as_of": "2026-05-01T10:00:00Z"},
    schemas.Cancellation: {"request_id": "c", "reason": "enough", "received_at": "2026-05-01T10:00:00Z"},
    schemas.Shipment: {"shipment_id": "S", "quantity": "1", "shipped_at": "2026-05-01T10:00:00Z"},
    schemas.Answer: {"request_id": "a", "choice": "keep", "until": "2026-06-01"},
    schemas.HoldRequest: {"request_id": "h", "until": "2026-05-08T10:00:00Z", "reason": "holiday"},
    schemas.FlagDone: {"request_id": "d", "flag": "unreachable", "note": "phoned", "actor": "Eva"},
    schemas.NoteText: {"request_id": "n", "text": "wants it on a Friday", "actor": "Eva"},
    schemas.RefundReport: {"refund_id": "F", "amount": "10.00", "sent_at": "2026-05-01T10:00:00Z"},
    schemas.PaymentReport: {"request_id": "p", "state": "authorized", "expires_at": "2026-05-08T10:00:00Z"},
}
ODD = st.one_of(st.sampled_from(TEXTS), st.sampled_from(OTHERS), st.text(max_size=20))


def verdict(model: type[Incoming], raw: Mapping[str, Any]) -> Incoming | None:
    """What came in, or None where it was refused in words."""
    try:
        found = parse(model, raw, now=NOW)
    except RefusedError as refusal:
        in_words(refusal.faults)
        found = None
    TRIED["entries", "taken" if found else "refused"] += 1
    return found


def meant(name: str, text: str, value: Any) -> bool:
    """Whether a value is what its text says."""
    if name in ("note", "evidence"):
        return bool(value == text)
    text = text.strip()
    match value:
        case None:
            return name == "phone"
        case bool():
            return value is (text.casefold() in ("true", "yes", "1"))
        case int():
            return text.isascii() and text.lstrip("+-").isdigit() and int(text) == value
        case Decimal():
            return Decimal(text) == value and "e" not in text.casefold()
        case datetime():
            return datetime.fromisoformat(text.upper().replace(" UTC", "Z")) == value
        case date():
            return value.isoformat().replace("-", "") == text.replace("-", "")
    if name in ("name", "phone", "email", "locale"):
        return bool(value) and (name != "name" or value in (text, html.unescape(text).strip()))
    return bool(value == text)


def test_there_are_more_than_three_hundred_of_them() -> None:
    assert len(set(TEXTS)) > 300


@pytest.mark.parametrize("model", GOOD, ids=lambda model: model.__name__)
def test_each_odd_value_in_each_field_is_meant_or_refused_in_words(model: type[Incoming]) -> None:
    good = GOOD[model]
    assert verdict(model, good) is not None
    for name in model.model_fields:
        for text in TEXTS:
            found = verdict(model, good | {name: text})
            if found is not None and (value := getattr(found, name)) is not None:
                assert meant(name, text, value), (name, text, value)
        for other in OTHERS:
            verdict(model, good | {name: other})
    for text in TEXTS:
        assert text in model.model_fields or verdict(model, good | {text: "x"}) is None


@pytest.mark.parametrize("model", GOOD, ids=lambda model: model.__name__)
def test_what_says_when_is_bounded(model: type[Incoming]) -> None:
    kinds = ("datetime", "Instant", "date")
    fields = model.model_fields.items()
    dated = {name for name, info in fields if any(each in str(info.annotation) for each in kinds)}
    assert dated <= {*schemas.HAPPENED, *schemas.TO_COME}, model
    for text in (
        "0001-01-01T00:00:00Z",
        "1999-12-31T23:00:00Z",
        "9999-12-31T23:59:59Z",
        "2026-05-03T09:00:00Z",
    ):
        for name in dated & set(schemas.HAPPENED):
            assert verdict(model, GOOD[model] | {name: text}) is None, (name, text)
    for text in ("1900-01-01", "9999-12-31", "2031-05-02"):
        for name in dated & set(schemas.TO_COME):
            assert verdict(model, GOOD[model] | {name: text}) is None, (name, text)


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[type[Incoming], dict[str, Any]]:
    """Something that comes in, with several odd values in it."""
    model = draw(st.sampled_from(list(GOOD)))
    raw = dict(GOOD[model])
    for name in draw(st.lists(st.sampled_from(list(model.model_fields)), min_size=1, max_size=4)):
        inner = raw.get(name)
        if isinstance(inner, dict) and inner and draw(st.booleans()):
            raw[name] = inner | {draw(st.sampled_from(list(inner))): draw(ODD)}
        else:
            raw[name] = draw(ODD)
    return model, raw


@often(40, 300)
@given(spoilt())
def test_several_odd_values_at_once_have_a_verdict(case: tuple[type[Incoming], dict[str, Any]]) -> None:
    model, raw = case
    found = verdict(model, raw)
    if found is not None:
        assert list(found.untimely(NOW)) == []
        assert found.model_dump_json().encode()


POLICY = (Path(__file__).parents[2] / "policies" / "standard.toml").read_text(encoding="utf-8")


@st.composite
def policies(draw: st.DrawFn) -> str:
    """The standard policy with some of its lines spoilt."""
    rows = POLICY.split("\n")
    for _ in range(draw(st.integers(1, 4))):
        number = draw(st.integers(0, len(rows) - 1))
        key, equals, _ = rows[number].partition("=")
        odd = draw(st.one_of(st.sampled_from(TEXTS), st.text(max_size=30)))
        quoted = '"' + odd.replace("\\", "\\\\").replace('"', '\\"') + '"'
        rows[number] = draw(st.sampled_from([f"{key}{equals} {quoted}", f"{key}{equals} {odd}", odd, ""]))
    return "\n".join(rows)


@often(10, 150)
@given(policies())
def test_a_spoilt_policy_has_a_verdict(text: str) -> None:
    try:
        read_policy(text)
    except PolicyError as error:
        in_words([str(fault) for fault in error.faults])
        TRIED["policies", "refused"] += 1
    else:
        in_words([*map(str, warnings_of(text)), "read"])
        TRIED["policies", "read"] += 1


YES, NO = {"1", "true", "t", "yes", "y", "on"}, {"0", "false", "f", "no", "n", "off"}


@often(5, 150)
@given(st.dictionaries(st.sampled_from(list(Settings.model_fields)), st.sampled_from(TEXTS), max_size=4))
def test_odd_settings_have_a_verdict(values: dict[str, str]) -> None:
    environ = {variable(name): text for name, text in values.items()}
    try:
        found = read_settings(environ)
    except SetupError as error:
        in_words(str(error).splitlines())
        TRIED["settings", "refused"] += 1
        return
    TRIED["settings", "read"] += 1
    for name, text in values.items():
        said = text.strip()
        value = getattr(found, name)
        if isinstance(value, bool):
            assert said.casefold() in (YES if value else NO)
        elif isinstance(value, float):
            assert value == float(said)
        elif isinstance(value, int):
            assert said.isascii()
            assert said.isdigit()
            assert value == int(said)
        else:
            assert str(value) == str(Path(said) if name in ("data", "policies") else said)


CELLS = st.one_of(
    st.sampled_from([text for text in TEXTS if not set(text) & set(',"\r\n\x00\x85\u2028\u2029')]),
    st.sampled_from(["2026-01-05", "2026-02-10", "acme", ""]),
)


@often(10, 150)
@given(st.lists(CELLS, min_size=5, max_size=5))
def test_an_odd_row_of_history_is_read_or_refused(row: list[str]) -> None:
    names = ("supplier", "destination", "ordered", "arrived", "stated")
    try:
        order = past_order(dict(zip(names, row, strict=True)))
    except ValueError as fault:
        in_words([str(fault)])
        TRIED["histories of orders", "refused"] += 1
        return
    TRIED["histories of orders", "read"] += 1
    cells = {cell.strip().replace("-", "") for cell in row}
    for day in (order.ordered, order.stated, order.arrived):
        assert day is None or day.isoformat().replace("-", "") in cells


@often(1, 40)
@given(data=st.data())
def test_whatever_was_taken_leaves_the_database_working(shop: Shop, data: st.DataObject) -> None:
    services = shop.services
    raw = GOOD[schemas.OrderLine] | {"ordered_at": shop.now.isoformat(), "promised": None, "notices": []}
    raw |= {
        "order_id": data.draw(st.text("A1/%# ü=", min_size=1, max_size=6)),
        "ship_by": None,
        "consent": None,
    }
    for name in data.draw(st.lists(st.sampled_from(list(raw)), max_size=2)):
        raw[name] = data.draw(ODD)
    raw["customer"] = PERSON | {
        data.draw(st.sampled_from(["id", "name", "phone", "locale"])): data.draw(st.sampled_from(TEXTS))
    }
    try:
        line = parse(schemas.OrderLine, raw, now=shop.now)
        opened = services.intake.open(line, shop.now)
    except BackorderError as error:
        in_words([str(error)] if not isinstance(error, RefusedError) else error.faults)
        in_words([*services.intake.unknown(raw.get("sku"), raw.get("policy", "standard")), "asked"])
        TRIED["lines put on record", "refused"] += 1
        return
    TRIED["lines put on record", "taken"] += 1
    assert case(services.database, opened.id, shop.now).id == opened.id
    assert shop.rows("SELECT order_id, line_id FROM backorders WHERE id = :id", id=opened.id) == [
        {"order_id": line.order_id, "line_id": line.line_id}
    ]
    assert lines(services.database, Filter(), shop.now, limit=5).lines
    services.planner.replan("LAMP", shop.now)
    services.reconciler.orphaned(shop.now)
