"""A line that cannot be put into words keeps none waiting that is said together with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backorder.messaging.message_content import Shop as MessageShop
from backorder.messaging.render import BUILT_IN
from backorder.ports import Review
from backorder.queries.line_list import Filter, lines
from backorder.services.dispatch_messages import MessageDispatch
from backorder.services.gather_messages import gather
from backorder.services.review_line import review
from backorder.storage.engine import reading, writing
from backorder.storage.isolation import Failure, all_notes, note
from tests.support.days import day
from tests.support.sending import Desk
from tests.support.shop import Shop

POLICY = """name = "gathering"
[updates]
gather = "1m"
[duties]
pack = "none"
"""
GATHERED = timedelta(minutes=5)
UNSAYABLE = '{"quantity": 1' + 30 * "0" + "}"
SPOIL = "UPDATE message_items SET facts = :facts WHERE backorder = :line"
PAST = "2025-03-01T00:00:00.000000Z"


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """Ann has ordered three lines at once, and their confirmations are due."""
    with writing(shop.services.engine) as connection:
        shop.services.policies.load(connection, POLICY)
    shop.purchase("PO-1", {"stated_date": day(20), "quantity": 100})
    for line in ("1", "2", "3"):
        add(shop, line)
    shop.now += GATHERED
    return shop


def add(shop: Shop, line: str) -> None:
    """One more line of her order."""
    raw = shop.line("O-1", policy="gathering").model_copy(update={"line_id": line})
    shop.services.intake.open(raw, shop.now)
    review(shop.services.lines, Review(backorder=f"O-1/{line}", seq=1, at=shop.now))


def facts(shop: Shop, line: str) -> str:
    [row] = shop.rows("SELECT facts FROM message_items WHERE backorder = :line", line=f"O-1/{line}")
    return str(row["facts"])


def spoil(shop: Shop, line: str, found: str = UNSAYABLE) -> None:
    shop.run(SPOIL, facts=found, line=f"O-1/{line}")


def told(shop: Shop) -> set[str]:
    """The lines whose customer has heard a date."""
    return {row["backorder"].split("/")[1] for row in shop.rows("SELECT backorder FROM promises")}


def needing(shop: Shop) -> set[str]:
    found = lines(shop.services.database, Filter(needs=True), shop.now).lines
    return {each.id.split("/")[1] for each in found}


def noted(shop: Shop) -> list[str]:
    with reading(shop.services.engine) as connection:
        return [each.subject for each in all_notes(connection)]


def sent(shop: Shop) -> int:
    """How many messages have gone. Whatever is due goes first."""
    for _ in range(3):
        shop.dispatch()
    return len(shop.out.given)


@pytest.mark.parametrize("bad", ["1", "2", "3"])
def test_the_others_go_at_once_and_together(shop: Shop, bad: str) -> None:
    good, whole = {"1", "2", "3"} - {bad}, facts(shop, bad)
    spoil(shop, bad)
    assert sent(shop) == 1
    assert (told(shop), needing(shop)) == (good, {bad})
    assert Desk(shop, datetime.now(UTC)).pause() != timedelta(0), "it rests, so that it never runs hot"

    spoil(shop, bad, whole)
    assert sent(shop) == 1
    shop.run("UPDATE engine_errors SET until = :past", past=PAST)
    assert sent(shop) == 2
    assert (told(shop), needing(shop), noted(shop)) == ({"1", "2", "3"}, set(), [])


@pytest.mark.parametrize("found", [UNSAYABLE, "{"])
def test_also_where_it_was_gathered_before_it_was_spoilt(shop: Shop, found: str) -> None:
    messages = [row["id"] for row in shop.rows("SELECT id FROM messages")]
    with writing(shop.services.engine) as connection:
        assert gather(connection, messages, shop.services.policies)
    spoil(shop, "2", found)
    assert sent(shop) == 1
    assert (told(shop), needing(shop)) == ({"1", "3"}, {"2"})


def test_where_none_can_be_said_all_rest(shop: Shop) -> None:
    for line in ("1", "2", "3"):
        spoil(shop, line)
    assert sent(shop) == 0
    assert needing(shop) == {"1", "2", "3"}
    assert Desk(shop, datetime.now(UTC)).pause() != timedelta(0)


def test_what_could_not_be_said_is_tried_by_itself(shop: Shop) -> None:
    """Its rest is over, and more is said of its order: that goes whatever becomes of it."""
    spoil(shop, "2")
    assert sent(shop) == 1
    add(shop, "4")
    shop.now += GATHERED
    shop.run("UPDATE engine_errors SET until = :past", past=PAST)
    assert sent(shop) == 2
    assert (told(shop), needing(shop)) == ({"1", "3", "4"}, {"2"})


def test_a_line_that_somebody_holds_stays_with_its_message_until_they_let_go(shop: Shop) -> None:
    if shop.services.engine.dialect.name == "sqlite":
        return  # one writes at a time there
    spoil(shop, "2")
    with writing(shop.services.engine) as connection:
        connection.exec_driver_sql("SELECT id FROM backorders WHERE id = 'O-1/3' FOR NO KEY UPDATE")
        sent(shop)
    assert sent(shop) <= 2
    assert (told(shop), needing(shop)) == ({"1", "3"}, {"2"})


def test_nothing_stays_noted_of_a_message_that_became_part_of_another(shop: Shop) -> None:
    messages = [row["id"] for row in shop.rows("SELECT id FROM messages ORDER BY number")]
    with writing(shop.services.engine) as connection:
        for number, id in enumerate(messages, start=1):
            note(connection, [Failure(f"message/{id}", ValueError("odd"), f"O-1/{number}")])
        [one] = gather(connection, messages, shop.services.policies)
    assert one.others
    assert noted(shop) == [f"message/{one.head}"]
    shop.run("UPDATE engine_errors SET until = :past", past=PAST)
    assert sent(shop) == 1
    assert (told(shop), noted(shop)) == ({"1", "2", "3"}, [])
    assert needing(shop) == set()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE message_items SET \"window\" = '{' WHERE backorder = 'O-1/2'",
        "UPDATE backorders SET state = '{' WHERE id = 'O-1/2'",
        "UPDATE message_items SET revision = -9 WHERE backorder = 'O-1/2'",
    ],
)
@pytest.mark.parametrize("waits", [timedelta(0), timedelta(days=2)])
def test_what_is_odd_about_one_line_as_it_is_claimed_keeps_no_other_waiting(
    shop: Shop, statement: str, waits: timedelta
) -> None:
    messages = [row["id"] for row in shop.rows("SELECT id FROM messages")]
    with writing(shop.services.engine) as connection:
        gather(connection, messages, shop.services.policies)
    shop.now += waits
    shop.run(statement)
    sent(shop)
    assert {"1", "3"} <= told(shop)


def test_what_cannot_be_said_together_is_said_each_by_itself(shop: Shop, tmp_path: Path) -> None:
    """Whatever is the matter with it: no line is to blame."""
    words = (BUILT_IN / "en" / "confirmed.jinja").read_text(encoding="utf-8")
    (tmp_path / "en").mkdir()
    spoilt = words.replace("{{ count }} items", "{{ count // 0 }} items")
    assert spoilt != words
    (tmp_path / "en" / "confirmed.jinja").write_text(spoilt, encoding="utf-8")
    own, services = MessageShop(name="Lamps", templates=tmp_path), shop.services
    services.dispatch = MessageDispatch(services.engine, services.policies, own)
    assert sent(shop) == 1
    shop.run("UPDATE engine_errors SET until = :past", past=PAST)
    assert sent(shop) == 3
    assert (told(shop), needing(shop), noted(shop)) == ({"1", "2", "3"}, set(), [])
