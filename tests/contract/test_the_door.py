"""What may come in, beyond what a file's faults show: letters and regions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from backorder import fields, schemas
from backorder.errors import RefusedError
from backorder.schemas import PaymentReport, parse
from backorder.schemas.by_hand import TaskDone

PERSON = {"id": "c-7", "name": "Ann", "email": "ann@example.com", "region": "DE"}
WORDS: TypeAdapter[str] = TypeAdapter(fields.Words)
REGION: TypeAdapter[str] = TypeAdapter(fields.Region)


@pytest.mark.parametrize("text", ["", "two lines\nand a\ttab\r\n", "Zoë \u2192 \U0001f44d"])
def test_prose_is_taken_as_it_is(text: str) -> None:
    assert WORDS.validate_python(text) == text


@pytest.mark.parametrize("letter", ["\x00", "\x1b", "\x7f"])
def test_control_characters_stay_outside(letter: str) -> None:
    with pytest.raises(ValidationError, match="must not hold"):
        WORDS.validate_python(f"he said{letter}")


@pytest.mark.parametrize("code", ["DE", "US-CA", "GB-ENG", "AT-9"])
def test_a_region_is_a_country_or_a_part_of_one(code: str) -> None:
    assert REGION.validate_python(code) == code


@pytest.mark.parametrize("code", ["XX", "ZZ", "EU", "US-", "US-California", "US-ca", "US-CA-1", "-CA", ""])
def test_anything_else_is_no_region(code: str) -> None:
    with pytest.raises(ValidationError, match="is no ISO 3166 region"):
        REGION.validate_python(code)


def line(**fields: Any) -> dict[str, Any]:
    """An order line of Ann's in Germany."""
    customer = {"id": "ann", "name": "Ann", "email": "ann@example.com", "region": "DE"}
    raw = {"order_id": "1", "line_id": "1", "sku": "LAMP", "quantity": 2, "unit_price": "10.00"}
    rest = {"currency": "EUR", "ordered_at": "2026-05-01T10:00:00Z", "payment": "captured"}
    person = fields.pop("customer", {})
    return raw | rest | fields | {"customer": customer | person}


@pytest.mark.parametrize(
    ("phone", "read", "warning"),
    [
        ("030 901820", "+4930901820", ""),
        ("-", None, ""),
        ("n/a", None, ""),
        ("12", None, 'customer.phone: "12" is no phone number'),
        ("1-800-FLOWERS-FOR-ALL-OF-US", None, "the email address serves"),
        ("0", None, ""),
        ("0000", None, 'customer.phone: "0000" is no phone number'),
        ("+49 000 0000", None, "is no phone number"),
        ("0001-01-01", None, 'customer.phone: "0001-01-01" is a date and no phone number'),
        ("1899-12-30", None, "is a date and no phone number"),
        ("2026-05-31", None, "is a date and no phone number"),
        ("01.01.1970", None, "is a date and no phone number"),
        ("12/31/1999", None, "is a date and no phone number"),
        ("0301-12-34", "+493011234", ""),
        ("030-12-3456", "+4930123456", ""),
        ("+49 151 2345-6789", "+4915123456789", ""),
        ("+44 1632 960961", "+441632960961", ""),
        ("+44 117 496 0123", "+441174960123", ""),
    ],
)
def test_a_bad_number_beside_a_good_address_is_a_warning(phone: str, read: str | None, warning: str) -> None:
    found = parse(schemas.OrderLine, line(customer={"phone": phone}))
    assert found.customer.phone == read
    assert [warning in each for each in found.warnings] == ([True] if warning else [])
    with pytest.raises(RefusedError, match=r"needs an email address|is no phone number"):
        parse(schemas.OrderLine, line(customer={"phone": "12", "email": None}))
    with pytest.raises(RefusedError, match=r'customer.phone: "0" is no phone number; needs one'):
        parse(schemas.OrderLine, line(customer={"phone": "0", "email": None, "sms_consent": True}))
    assert parse(schemas.OrderLine, line(customer={"phone": "-", "email": None, "contact": "none"}))


@pytest.mark.parametrize(
    ("region", "words"),
    [
        *(("UK", "write GB"), ("de", "write DE"), ("Germany", "write DE"), ("deutschland", "write DE")),
        *(("us-ca", "write US-CA"), ("USA", "write US"), ("England", "write GB-ENG"), ("EL", "write GR")),
        *(("US-XX", "like US or US-CA"), ("ZZ", "like US or US-CA"), ("EU", "like US or US-CA")),
    ],
)
def test_a_region_that_is_none_is_refused_with_the_one_that_is_meant(region: str, words: str) -> None:
    with pytest.raises(RefusedError, match=rf"is no ISO 3166 region; .*{words}$"):
        parse(schemas.OrderLine, line(customer={"region": region}))


def test_names_are_those_that_were_meant_and_hold_no_link() -> None:
    for name, meant in (
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("R&D", "R&D"),
        ("Booking.com", "Booking.com"),
        ("Art.nr/12", "Art.nr/12"),
    ):
        assert parse(schemas.OrderLine, line(customer={"name": name})).customer.name == meant
    for name in ("0", "http://evil.example/pay now", "Pay at www.evil.example", "evil.com/pay &amp; win"):
        with pytest.raises(RefusedError, match=r"customer.name: .* is no name"):
            parse(schemas.OrderLine, line(customer={"name": name}))


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("unit_price", "999999999999999", "is too large; 9999999999 is the most"),
        ("unit_price", "1.00000000", "is finer than any currency"),
        ("quantity", "99999999999999999999", "is out of bounds; it must be 1 to 1000000"),
        ("quantity", "-1", "is out of bounds; it must be 1 to 1000000"),
        ("currency", "eur", "write EUR"),
        ("currency", "€", "write EUR"),
        ("unit_price", "EUR 1.00", "names its currency: write the digits alone"),
        ("unit_price", "1.00 €", "names its currency: write the digits alone"),
    ],
)
def test_what_is_wrong_with_a_number_is_said(field: str, value: str, words: str) -> None:
    with pytest.raises(RefusedError, match=rf"^{field}: .*{words}"):
        parse(schemas.OrderLine, line(**{field: value}))


def test_more_paid_than_the_units_cost_is_refused_with_what_to_do() -> None:
    with pytest.raises(RefusedError, match="give unit_price with tax, or line_paid without"):
        parse(schemas.OrderLine, line(line_paid="23.80"))
    assert parse(schemas.OrderLine, line(line_paid="20.00")).line_paid == 20
    rounded = line(quantity=3, unit_price="33.33", line_paid="100.00")
    assert parse(schemas.OrderLine, rounded).line_paid == 100
    with pytest.raises(RefusedError, match=r"is more than 3 x 33\.33"):
        parse(schemas.OrderLine, rounded | {"line_paid": "100.01"})


@pytest.mark.parametrize(
    ("currency", "good", "fine"),
    [("RSD", "1299.50", "1299.505"), ("JPY", "1299", "1299.5"), ("KWD", "1.299", "1.2995")],
)
def test_money_is_in_its_currencys_minor_units(currency: str, good: str, fine: str) -> None:
    price = {"currency": currency, "unit_price": good}
    assert str(parse(schemas.OrderLine, line(**price)).unit_price) == good
    with pytest.raises(RefusedError, match="is finer than the currency"):
        parse(schemas.OrderLine, line(currency=currency, unit_price=fine))


def test_nobody_was_told_or_agreed_before_the_order_and_each_slip_is_named() -> None:
    told = {"at": "2026-05-02T10:00:00Z", "medium": "phone", "by_date": "2020-01-01", "text": "x"}
    early = told | {"at": "2020-01-01T10:00:00Z", "by_date": "2026-06-01"}
    raw = line(notices=[told, early], consent={"state": "given", "until": "2020-01-01"}, priority="rubbish")
    with pytest.raises(RefusedError) as refused:
        parse(schemas.OrderLine, raw)
    named = {each.partition(":")[0] for each in refused.value.faults}
    assert named == {"priority", "notices.0.by_date", "notices.1.at", "consent.until"}
    on_the_day = told | {"at": "2026-05-01T00:00:00Z", "by_date": "2026-05-01"}
    parse(schemas.OrderLine, line(notices=[on_the_day], consent={"state": "given", "until": "2026-05-01"}))


def test_what_may_be_meant_otherwise_is_taken_with_a_warning() -> None:
    now = datetime(2026, 5, 3, tzinfo=UTC)
    found = parse(schemas.OrderLine, line(order_id="'O22", ordered_at="2001-05-01T10:00:00Z"), now=now)
    assert found.order_id == "'O22"
    assert [each.partition(":")[0] for each in found.warnings] == ["order_id", "ordered_at"]
    assert "2001-05-01 is 25 years ago: is the year right?" in found.warnings[1]
    assert parse(schemas.OrderLine, line(order_id="O'2"), now=now).warnings == ()


def test_a_promise_names_all_that_is_missing_at_once() -> None:
    said = {"request_id": "p1", "by": "1999-05-01", "reason": "", "evidence": " "}
    with pytest.raises(RefusedError) as refused:
        parse(schemas.PromiseMade, said)
    assert [each.partition(":")[0] for each in refused.value.faults] == ["by", "reason", "evidence"]


def test_an_authorization_ends_after_it_began() -> None:
    said = {"request_id": "p1", "state": "authorized", "at": "2026-05-03T10:00:00Z"}
    assert parse(PaymentReport, said | {"expires_at": "2026-05-09T10:00:00Z"}).expires_at
    with pytest.raises(RefusedError, match="expires_at: is not after `at`"):
        parse(PaymentReport, said | {"expires_at": "2020-05-09T10:00:00Z"})


@pytest.mark.parametrize("blank", ["\u200b", " \u2060 ", "\u00ad"])
def test_what_nobody_can_see_says_nothing(blank: str) -> None:
    """A zero-width space alone is no name, no reason, no note and nobody."""
    told = {"request_id": "r", "reason": "enough"}
    for model, said, name in (
        (schemas.Customer, PERSON | {"name": blank}, "name"),
        (schemas.Cancellation, told | {"reason": blank}, "reason"),
        (schemas.NoteText, {"request_id": "n", "text": blank}, "text"),
        (schemas.NoteText, {"request_id": "n", "text": "phoned", "actor": blank}, "actor"),
        (TaskDone, {"note": blank}, "note"),
    ):
        with pytest.raises(RefusedError, match=rf"^{name}: "):
            parse(model, said)


def test_an_agreement_is_a_yes_or_a_no_like_any_other() -> None:
    report = {"refund_id": "F", "amount": "10.00"}
    assert parse(schemas.RefundReport, report | {"agreed": "yes"}).agreed is True
    for odd in ("t", "off", "maybe", 2):
        with pytest.raises(RefusedError, match="agreed: write true or false, not "):
            parse(schemas.RefundReport, report | {"agreed": odd})


def test_the_words_of_a_fault_keep_the_capitals_of_an_id() -> None:
    with pytest.raises(RefusedError) as refused:
        parse(schemas.Product, {"sku": "ALT", "name": "A", "price": "1.00", "alternatives": ["ALT"]})
    assert any("ALT cannot stand in for itself" in fault for fault in refused.value.faults)
