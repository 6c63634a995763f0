"""What is on record of lines, played under the policy that they had: it is what happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import pytest
from sqlalchemy import select

from backorder.domain.backtest.history import LineHistory
from backorder.domain.backtest.play import Life, play
from backorder.domain.line.events import Shipped, SupplyChanged
from backorder.domain.policy.policy_file import read_policy
from backorder.ports import Notify
from backorder.queries.case_view import case
from backorder.queries.line_histories import count_lines, line_histories
from backorder.storage import marketing_consents
from backorder.storage.engine import reading, writing
from backorder.storage.history_files import read_histories, write_histories
from backorder.storage.tables import messages
from tests.support.days import at, day
from tests.support.policies import POLICY
from tests.support.query_plans import asked
from tests.support.routine import Routine
from tests.support.shop import PROMOTIONS, Shop
from tests.support.stated_dates import HOURS, says

EVERYBODY = Notify(skus=("LAMP",), shards=(0, 1))
"""Whom a change may concern."""


@pytest.fixture
def season(shop: Shop) -> Routine:
    """A month of lamps: one line is late and ships, one is cancelled after it heard so and got a coupon, one
    waits on."""
    routine = Routine(shop)
    routine.notify(shop.purchase())
    agreed = {"id": "cleo", "email": "cleo@example.com", "marketing_consent": PROMOTIONS}
    for order, customer in (("O-1", {}), ("O-2", agreed), ("O-3", {})):
        routine.open(order, 4, customer={"region": "CH"} | customer)
    routine.until(at(3))
    routine.notify(says(shop, (4, day(22)), (6, day(36))).after)
    routine.until(shop.now + 8 * HOURS)
    routine.until(at(6))
    shop.cancel("O-2", id="C-2")
    routine.notify(EVERYBODY)
    routine.until(at(22))
    routine.notify(shop.receive(4))
    routine.until(shop.now + 2 * HOURS)
    shop.ship("O-1", 4)
    routine.notify(EVERYBODY)
    routine.until(at(30))
    return routine


def histories(shop: Shop) -> list[LineHistory]:
    services = shop.services
    with reading(services.engine) as connection:
        found = list(line_histories(connection, services.calendar, since=at(-1), now=shop.now))
        assert count_lines(connection, at(-1)) >= len(found)
    return found


def played(shop: Shop, text: str = POLICY) -> Iterator[tuple[LineHistory, Life]]:
    policy = read_policy(text, calendar=shop.services.calendar)
    return ((each, play(policy, each)) for each in histories(shop))


def test_a_coupon_is_sent_to_who_agreed_while_the_line_lived(shop: Shop) -> None:
    """Who agreed with a later order, and who agreed no longer before it began."""
    shop.now = at(0)
    shop.start("O-1", customer={"id": "ann"})
    later = {"email": PROMOTIONS["email"] | {"at": f"{at(0):%Y-%m-%dT%H:%M:%SZ}"}}
    shop.start("O-2", customer={"id": "ann", "marketing_consent": later})
    shop.start("O-3", customer={"id": "ben", "email": "ben@example.com", "marketing_consent": PROMOTIONS})
    with writing(shop.services.engine) as connection:
        marketing_consents.end(connection, ["ben"], "email", at(-1), "ben")
    assert {each.state.id: each.marketing for each in histories(shop)} == {
        "O-1/1": True,
        "O-2/1": True,
        "O-3/1": False,
    }


def test_the_policy_in_force_leads_to_what_is_on_record(season: Routine) -> None:
    found = {history.state.id: life for history, life in played(season.shop)}
    assert {id: life.ending for id, life in found.items()} == {
        "O-1/1": "fulfilled",
        "O-2/1": "cancelled by customer",
        "O-3/1": "open",
    }
    assert all(life.same for life in found.values()), found
    sent: dict[str, int] = {}
    for life in found.values():
        for kind, count in life.messages.items():
            sent[kind] = sent.get(kind, 0) + count
    told = [*season.kinds_told(), *season.kinds_told("customer/cleo")]
    # Messages of an order's lines, and of one day, are gathered into one; here each line is its own order.
    assert sent["delayed"] == told.count("delayed")
    assert sent["confirmed"] == told.count("confirmed") == 3
    assert sent["shipped"] == sent["cancelled"] == 1


def test_a_coupon_counts_from_when_its_message_went(season: Routine) -> None:
    line = next(each for each in histories(season.shop) if each.state.id == "O-2/1")
    with reading(season.shop.services.engine) as connection:
        went = connection.execute(select(messages.c.done_at).where(messages.c.kind == "coupon")).scalar_one()
    assert next(at for at, told in line.told if told.offers == ("coupon 10%",)) == went


def test_supply_is_what_was_known_on_each_day(season: Routine) -> None:
    """No day that was stated later is known before; what the promise rested on is the first that is."""
    one = histories(season.shop)[0]
    assert [each.by for each in one.started.supply.arrivals] == [day(20)]
    changes = [each for each in one.facts if isinstance(each, SupplyChanged)]
    assert (changes[0].day, [each.by for each in changes[0].arrivals]) == (day(3), [day(22)])
    assert not changes[0].moved_by_time_alone
    assert [each.allocated for each in changes][-1] == 4
    assert [each.quantity for each in one.facts if isinstance(each, Shipped)] == [4]
    assert [told.by for _, told in one.told] == [day(21), day(23)]


def test_days_that_time_alone_moved_are_played_as_the_line_took_them(shop: Shop) -> None:
    """A supplier says nothing more: the forecast creeps on every morning, and most do not call the line."""
    routine = Routine(shop)
    routine.notify(shop.purchase())
    routine.open("O-1", 4, customer={"region": "CH"})
    for on in range(75):
        routine.until(at(on))
        with asked(shop.services.engine) as statements:
            case(shop.services.database, "O-1/1", shop.now)
        assert not [each for each, _ in statements if each.startswith("INSERT")], (
            "who only looks writes nothing"
        )
    [(history, life)] = played(shop)
    assert life.same, (history.told, life)
    assert len({told.by for _, told in history.told}) > 2


def test_a_day_that_waited_for_the_buyer_was_stated_all_the_same(shop: Shop) -> None:
    routine = Routine(shop)
    routine.notify(shop.purchase())
    routine.open("O-1", 4, customer={"region": "CH"})
    routine.until(at(3))
    routine.notify(says(shop, (10, day(60))).after)
    routine.until(at(6))
    [(history, life)] = played(shop)
    later = [each for each in history.facts if isinstance(each, SupplyChanged)]
    assert [(each.day, each.moved_by_time_alone) for each in later] == [(day(4), False)]
    assert life.same


def test_another_policy_is_played_with_the_same_facts(season: Routine) -> None:
    """Who cancelled after a notice that this policy would not have sent yet is unknown."""
    calm = POLICY.replace("[updates]", '[promise]\nmin_slip = "30d"\n[updates]')
    found = {history.state.id: life for history, life in played(season.shop, calm)}
    assert found["O-2/1"].ending == "unknown"
    assert found["O-2/1"].messages == {"confirmed": 1, "coupon": 1}


def test_histories_are_the_same_from_a_file(season: Routine) -> None:
    found = histories(season.shop)
    text = write_histories(found)
    for written in (text, text.replace('"told":[[', '"heard":[[')):  # the second as versions before wrote it
        again = read_histories(written)
        assert [asdict(each) for each in again] == [asdict(each) for each in found]


def test_a_line_that_cannot_be_read_stops_no_other(season: Routine) -> None:
    shop = season.shop
    shop.run("UPDATE backorders SET state = '{' WHERE id = 'O-2/1'")
    assert [each.state.id for each in histories(shop)] == ["O-1/1", "O-3/1"]
