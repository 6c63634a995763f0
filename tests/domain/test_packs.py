"""Which law a line has, the day that it counts to, and until when money has to go back."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backorder import schemas
from backorder.domain.calendar import Calendar
from backorder.domain.law.message_rules import MESSAGE_RULES
from backorder.domain.law.packs import NAMES, PACKS, pack_for
from backorder.domain.law.refund_limits import Holidays, refund_due_by, refund_reminder_on
from backorder.domain.law.terms import OrderFacts, terms_of
from backorder.domain.policy.policy_file import PolicyError, read_policy
from backorder.errors import RefusedError
from backorder.settings import Settings
from tests.support.web_lines import order_line

ORDERED = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
BERLIN = Calendar(zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("region", "consumer", "business"),
    [
        *((each, "us-ftc-435", "us-ftc-435") for each in ("US", "US-NY", "PR", "VI", "GU", "AS", "MP")),
        *((each, "eu-crd-18", "plain") for each in ("DE", "DE-BY", "IS", "LI", "NO", "AX", "GF", "GP")),
        *((each, "eu-crd-18", "plain") for each in ("MF", "MQ", "RE", "YT", "HR", "FR-RE", "SE")),
        *((each, "uk-cra-28", "plain") for each in ("GB", "GB-SCT")),
        ("IN", "in-ecommerce-2020", "plain"),
        *((each, "plain", "plain") for each in ("CH", "JE", "GI", "BR", "UM", "FR-NC", "NL-CW", "GL")),
    ],
)
def test_a_region_and_a_kind_choose_the_pack(region: str, consumer: str, business: str) -> None:
    assert pack_for(region, "consumer").name == consumer
    assert pack_for(region, "business").name == business


def test_27_members_are_in_the_european_pack_with_three_states_and_seven_parts() -> None:
    assert len(PACKS["eu-crd-18"].regions) == 27 + 3 + 7


def test_an_order_names_its_pack_before_its_policy_and_a_policy_before_its_region() -> None:
    assert pack_for("DE", "consumer", policy="us-ftc-435").name == "us-ftc-435"
    assert pack_for("DE", "consumer", policy="us-ftc-435", order="none").name == "none"
    assert pack_for("DE", "consumer", policy="auto", order="auto").name == "eu-crd-18"


def test_every_rule_about_messages_has_a_source_too() -> None:
    assert len({rule.id for rule in MESSAGE_RULES}) == len(MESSAGE_RULES)
    assert all(rule.source and rule.what and rule.engine for rule in MESSAGE_RULES)


def test_every_rule_has_a_source_and_an_id_of_its_own() -> None:
    for pack in PACKS.values():
        assert len({rule.id for rule in pack.rules}) == len(pack.rules)
        assert all(rule.source and rule.what and rule.engine for rule in pack.rules)
    assert NAMES[0] == "auto"


def _terms(region: str, **fields: object) -> date | None:
    order = OrderFacts(region=region, kind="consumer", ordered_at=ORDERED, **fields)  # type: ignore[arg-type]
    return terms_of(order, BERLIN).legal_date


def test_435_2_a_1_the_window_that_was_shown_is_the_legal_date() -> None:
    shown, told = date(2026, 3, 20), date(2026, 3, 24)
    assert _terms("US", ship_by=shown, promised_by=told, told_at=ORDERED) == shown
    assert _terms("US", promised_by=told, told_at=ORDERED) == told
    assert _terms("US", promised_by=told, told_at=ORDERED + timedelta(seconds=1)) == date(2026, 4, 1)


def test_435_2_a_1_without_a_window_it_is_30_days_from_the_completed_order_and_50_with_credit() -> None:
    assert _terms("US") == date(2026, 4, 1)
    assert _terms("US", completed_at=ORDERED + timedelta(days=2)) == date(2026, 4, 3)
    assert _terms("US", credit=True) == date(2026, 4, 21)
    # the order is complete on the shop's day, which is the next one here
    assert _terms("US", completed_at=datetime(2026, 3, 2, 23, 30, tzinfo=UTC)) == date(2026, 4, 2)


@pytest.mark.parametrize("region", ["DE", "GB"])
def test_art_18_1_and_s_28_the_clock_is_one_of_delivery(region: str) -> None:
    assert _terms(region, ship_by=date(2026, 3, 20), transit=3) == date(2026, 3, 23)
    assert _terms(region, transit=3) == date(2026, 4, 1)


def test_what_no_pack_covers_is_started_with_none_and_a_reason() -> None:
    with pytest.raises(RefusedError, match="pack_reason: say why no law applies"):
        schemas.parse(schemas.OrderLine, order_line(pack="none"))
    line = schemas.parse(schemas.OrderLine, order_line(pack="none", pack_reason="cash on delivery"))
    assert line.pack_reason == "cash on delivery"
    for pack in ({}, {"pack": "auto"}):  # a reason that changed nothing would leave the region's law
        with pytest.raises(RefusedError, match="pack: name the law that pack_reason is for"):
            schemas.parse(schemas.OrderLine, order_line(pack_reason="cash on delivery", **pack))
    ordered = str(ORDERED)
    for completed_at, fault in ((ORDERED - timedelta(hours=1), False), (ORDERED - timedelta(days=2), True)):
        raw = order_line(ordered_at=ordered, completed_at=str(completed_at))
        with pytest.raises(RefusedError, match="completed_at: is before") if fault else nullcontext():
            schemas.parse(schemas.OrderLine, raw)


@pytest.mark.parametrize("state", ["given", "implied"])
def test_consent_at_the_start_covers_a_day(state: str) -> None:
    with pytest.raises(RefusedError, match=r"consent\.until: say until which day"):
        schemas.parse(schemas.OrderLine, order_line(consent={"state": state}))
    told = {"by": date(2026, 6, 1).isoformat(), "told_at": "2026-05-04T10:00:00Z"}
    given: tuple[dict[str, Any], ...] = (
        {"consent": {"state": state}, "promised": told},
        {"consent": {"state": state, "until": "2026-06-01"}},
    )
    for each in given:
        line = order_line(ordered_at="2026-05-04T09:00:00Z", **each)
        consent = schemas.parse(schemas.OrderLine, line).consent
        assert consent is not None
        assert consent.state == state


def test_435_2_d_records_are_kept_for_six_years_unless_the_shop_says_otherwise() -> None:
    assert Settings().retention == "6y"


def test_a_plain_line_has_no_legal_date() -> None:
    assert _terms("BR", ship_by=date(2026, 3, 20)) is None


def _due(pack: str, vested: datetime, **fields: object) -> date:
    return refund_due_by(pack, vested, calendar=BERLIN, **fields)  # type: ignore[arg-type]


def test_435_1_b_seven_working_days_are_counted_from_the_day_after() -> None:
    assert _due("us-ftc-435", ORDERED, region="US") == date(2026, 3, 11)
    # in the evening it is the next day at the shop
    assert _due("us-ftc-435", datetime(2026, 3, 2, 23, tzinfo=UTC), region="US") == date(2026, 3, 12)


@pytest.mark.parametrize(
    ("pack", "cycle", "due"),
    [
        ("us-ftc-435", None, date(2026, 3, 11)),
        ("us-ftc-435", 30, date(2026, 4, 1)),
        ("eu-crd-18", 30, date(2026, 3, 16)),
        ("none", 30, date(2026, 3, 11)),
    ],
)
def test_435_1_b_2_a_seller_that_is_the_creditor_has_one_billing_cycle(
    pack: str, cycle: int | None, due: date
) -> None:
    assert _due(pack, ORDERED, region="US", billing_cycle=cycle) == due


def test_435_1_b_2_an_order_on_credit_and_a_policy_that_names_the_cycle_make_it_count() -> None:
    order = OrderFacts(region="US", kind="consumer", ordered_at=ORDERED, credit=True)
    assert terms_of(order, BERLIN).credit
    assert read_policy('name = "x"\n[duties]\nbilling_cycle = "30d"\n').billing_cycle == 30
    assert read_policy('name = "x"\n').billing_cycle is None


def test_the_holidays_of_the_region_are_no_working_days_and_those_of_another_are() -> None:
    free = date(2026, 3, 5)
    of = {"US": frozenset({free})}
    assert _due("us-ftc-435", ORDERED, region="US-NY", holidays=Holidays(of=of)) == date(2026, 3, 12)
    assert _due("us-ftc-435", ORDERED, region="PR", holidays=Holidays(of=of)) == date(2026, 3, 11)
    everywhere = Holidays(everywhere=frozenset({free}))
    assert _due("us-ftc-435", ORDERED, region="PR", holidays=everywhere) == date(2026, 3, 12)


def test_days_on_which_only_the_shop_is_closed_count() -> None:
    closed = Calendar(zone="Europe/Berlin", closed=frozenset({date(2026, 3, 5)}))
    assert refund_due_by("us-ftc-435", ORDERED, calendar=closed, region="US") == date(2026, 3, 11)


@pytest.mark.parametrize("pack", ["eu-crd-18", "uk-cra-28", "in-ecommerce-2020", "plain"])
def test_art_13_and_reg_34_money_goes_back_within_14_days(pack: str) -> None:
    assert _due(pack, ORDERED) == date(2026, 3, 16)


def test_a_reminder_comes_after_seven_days_where_a_law_has_one() -> None:
    assert refund_reminder_on("eu-crd-18", _due("eu-crd-18", ORDERED)) == date(2026, 3, 9)
    assert refund_reminder_on("us-ftc-435", _due("us-ftc-435", ORDERED)) is None


def test_where_no_law_counts_the_policy_does() -> None:
    assert _due("none", ORDERED, within=3) == _due("", ORDERED, within=3) == date(2026, 3, 5)


@given(
    st.timedeltas(timedelta(0), timedelta(days=700)),
    st.sets(st.dates(date(2026, 1, 1), date(2028, 2, 1)), max_size=40),
)
def test_seven_working_days_lie_between_a_right_and_its_last_day(later: timedelta, free: set[date]) -> None:
    vested = ORDERED + later
    holidays = Holidays(everywhere=frozenset(free))
    due = _due("us-ftc-435", vested, region="US", holidays=holidays)
    day = BERLIN.day(vested)
    between = [day + timedelta(days=count) for count in range(1, (due - day).days + 1)]
    assert sum(holidays.works(each, "US") for each in between) == 7
    assert holidays.works(due, "US")


def test_a_policy_names_holidays_of_all_or_of_a_country() -> None:
    everywhere = read_policy('name = "x"\n[duties]\nholidays = ["2026-12-25", 2026-12-26]\n').holidays
    assert not everywhere.works(date(2026, 12, 25), "US")
    of = read_policy('name = "x"\n[duties]\nholidays = { US = ["2026-11-26"] }\n').holidays
    assert (of.works(date(2026, 11, 26), "US"), of.works(date(2026, 11, 26), "DE")) == (False, True)
    for wrong in ('["christmas"]', "{ USA = [] }", '"2026-12-25"', "[3]"):
        with pytest.raises(PolicyError):
            read_policy(f'name = "x"\n[duties]\nholidays = {wrong}\n')
