"""A message, or a line of it, that cannot be read keeps neither other messages nor other lines back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backorder.ports import Outgoing, Review, Reviewed, Sent
from backorder.queries.line_list import Filter, lines
from backorder.services.review_line import review_or_put_aside
from backorder.storage.engine import reading
from backorder.storage.isolation import NEEDS, all_notes
from tests.support.senders import Recorder
from tests.support.sending import Desk
from tests.support.shop import Shop

ANN, SUPPLIER = "customer/ann", "supplier/acme"
SPOILT_LINES = {
    "the line": "UPDATE backorders SET state = '{' WHERE id = 'O-1/1'",
    # The last day that there is has no next one, which the rules stumble over.
    "what the rules make of it": (
        'UPDATE message_items SET "window" = '
        """'{"likely":"9999-12-30","by":"9999-12-31","parts":[]}' WHERE backorder = 'O-1/1'"""
    ),
    "its units": "UPDATE demands SET arrivals = '[' WHERE backorder = 'O-1/1'",
    "what was said": "UPDATE message_items SET \"window\" = '{' WHERE backorder = 'O-1/1'",
}
SPOILT_MESSAGES = {
    "facts": "UPDATE message_items SET facts = '{' WHERE message = :id",
    "words": 'UPDATE message_items SET facts = \'{"quantity": "many"}\' WHERE message = :id',
}


class Spoiler(Recorder):
    """A way out during which somebody spoils a row."""

    def __init__(self, shop: Shop, statement: str, *outcomes: Sent) -> None:
        super().__init__(*outcomes)
        self._shop = shop
        self._statement = statement

    def send(self, outgoing: Outgoing) -> Sent:
        """Take a letter; the row is spoilt by the time it was taken."""
        self._shop.run(self._statement)
        return super().send(outgoing)


def kept(shop: Shop) -> dict[str, Any]:
    """What a repair would write back."""
    (line,) = shop.rows("SELECT state FROM backorders WHERE id = 'O-1/1'")
    (item,) = shop.rows("SELECT \"window\" FROM message_items WHERE backorder = 'O-1/1'")
    return {"state": line["state"], "window": item["window"], "arrivals": shop.demand()["arrivals"]}


def repair(shop: Shop, values: dict[str, Any]) -> None:
    """Write back what was there."""
    shop.run("UPDATE backorders SET state = :state WHERE id = 'O-1/1'", state=values["state"])
    shop.run("UPDATE demands SET arrivals = :a WHERE backorder = 'O-1/1'", a=values["arrivals"])
    shop.run("UPDATE message_items SET \"window\" = :w WHERE backorder = 'O-1/1'", w=values["window"])


def look(shop: Shop) -> Reviewed:
    """What the line's workflow would be answered."""
    seq = shop.rows("SELECT seq FROM backorders WHERE id = 'O-1/1'")[0]["seq"] + 1
    return review_or_put_aside(shop.services.lines, Review(backorder="O-1/1", seq=seq, at=shop.now))[0]


@pytest.fixture
def two(shop: Shop) -> Shop:
    """Two lines of Ann's, of which one message speaks."""
    shop.purchase()
    shop.start("O-1")
    shop.start("O-2")
    first = "(SELECT message FROM message_items WHERE backorder = 'O-1/1')"
    shop.run("UPDATE messages SET state = 'withdrawn' WHERE number = (SELECT max(number) FROM messages)")
    shop.run(f"UPDATE message_items SET message = {first} WHERE backorder = 'O-2/1'")
    return shop


@pytest.mark.parametrize("what", SPOILT_LINES)
def test_a_line_that_cannot_hear_of_its_message_hears_later_and_the_others_now(two: Shop, what: str) -> None:
    shop, sound = two, kept(two)
    shop.out = Spoiler(shop, SPOILT_LINES[what])
    told = shop.now
    shop.dispatch()
    shop.dispatch()
    assert len(shop.out.given) == 1
    assert shop.rows("SELECT state FROM messages ORDER BY number")[0]["state"] == "sent"
    assert [row["state"] for row in shop.rows("SELECT state FROM sends")] == ["sent"]
    other = shop.state("O-2").promise
    assert other is not None
    needing = [each.id for each in lines(shop.services.database, Filter(needs=True), shop.now).lines]
    assert needing == ["O-1/1"]

    shop.now += timedelta(hours=1)
    assert NEEDS in look(shop).summary  # still spoilt
    repair(shop, sound)
    assert NEEDS not in look(shop).summary
    promise = shop.state("O-1").promise
    assert promise is not None
    assert (promise.told_at, promise.window) == (told, other.window)
    assert not shop.rows("SELECT 1 FROM message_items WHERE unapplied IS NOT NULL")
    with reading(shop.services.engine) as connection:
        assert not all_notes(connection)
    assert len(shop.dispatch()) == 1


def test_a_refusal_is_heard_later_too(two: Shop) -> None:
    """Nobody is left to write to, and the line hears of it when it can be read again."""
    shop, sound = two, kept(two)
    refused = Sent(outcome="permanent", reason="no such mailbox")
    shop.out = Spoiler(shop, SPOILT_LINES["the line"], refused)
    shop.dispatch()
    assert shop.state("O-2").needs == ("unreachable",)
    repair(shop, sound)
    # The sweep finds it, should nobody have been told to look.
    shop.run("UPDATE engine_errors SET until = :past", past="2025-03-01T00:00:00.000000Z")
    assert "O-1/1" in shop.services.reconciler.orphaned(shop.now).after.backorders
    look(shop)
    assert shop.state("O-1").needs == ("unreachable",)


@pytest.mark.parametrize("what", SPOILT_MESSAGES)
def test_a_message_that_cannot_be_said_is_put_aside_and_the_others_go(shop: Shop, what: str) -> None:
    shop.purchase()
    shop.start("O-1")
    shop.start("O-2")
    row, _ = shop.rows("SELECT id, kind FROM messages ORDER BY number")
    (item,) = shop.rows("SELECT facts FROM message_items WHERE message = :id", id=row["id"])
    shop.run(SPOILT_MESSAGES[what], id=row["id"])
    assert len(shop.dispatch()) == 1
    assert shop.state("O-2").promise is not None
    with reading(shop.services.engine) as connection:
        (note,) = all_notes(connection)
    assert (note.subject, note.times) == (f"message/{row['id']}", 1)
    assert [each.id for each in lines(shop.services.database, Filter(needs=True), shop.now).lines] == [
        "O-1/1"
    ]
    assert Desk(shop, datetime.now(UTC)).pause() != timedelta(0)

    shop.run("UPDATE messages SET kind = :kind WHERE id = :id", kind=row["kind"], id=row["id"])
    shop.run("UPDATE message_items SET facts = :f WHERE message = :id", f=item["facts"], id=row["id"])
    assert len(shop.dispatch()) == 1  # it waits for its time, so that it never runs hot
    shop.run("UPDATE engine_errors SET until = :past", past="2025-03-01T00:00:00.000000Z")
    assert Desk(shop, datetime.now(UTC)).pause() == timedelta(0)
    assert len(shop.dispatch()) == 2
    assert shop.state("O-1").promise is not None
    with reading(shop.services.engine) as connection:
        assert not all_notes(connection)
