"""Under the ID of an erased customer somebody orders anew: what befalls the old lines never reaches them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from backorder.domain.line.events import Complained, RefundSent
from backorder.domain.line.legal_flags import TELL
from backorder.ports import Review, Sent
from backorder.queries.line_list import Filter, lines
from backorder.services.gather_messages import gather
from backorder.services.review_line import review
from backorder.storage.engine import writing
from tests.support.days import at
from tests.support.erased_customer import ZOE, ask, cancelled, refunded, when
from tests.support.senders import Recorder
from tests.support.shop import Shop

STRANGER: dict[str, Any] = ZOE | {
    "name": "Someone New",
    "email": "new@example.com",
    "phone": "+4915199999999",
}
OLD = "UPDATE backorders SET erased_at = :at WHERE id = 'O-1/1'"
OF_OLD = "SELECT message FROM message_items WHERE backorder = 'O-1/1' AND step LIKE 'cancelled%'"


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """Zoe's line was cancelled, paid back and erased; the next day somebody orders under her ID."""
    shop.out = Recorder(Sent(outcome="accepted", provider_id="x"))
    shop.start("O-1", customer=ZOE)
    cancelled(shop, "O-1")
    shop.dispatch("customer/zoe")
    refunded(shop, "O-1")
    shop.dispatch("customer/zoe")
    assert shop.services.erasures.ask("zoe", shop.now).erased_at is not None
    shop.now = at(1)
    shop.start("O-2", customer=STRANGER)
    shop.now += timedelta(minutes=5)
    [first] = shop.dispatch("customer/zoe")[-1:]
    assert first.to == "new@example.com", "what is said of their own order reaches them"
    return shop


def complain(shop: Shop) -> None:
    ask(shop, "O-1", "complain", Complained(**when(shop), request="W-1", received_at=shop.now))


def pay_back_once_more(shop: Shop) -> None:
    """Much later it turns out that the money did not arrive, and it goes by other means."""
    failed = RefundSent(
        **when(shop), refund="RF-O-1", amount=Decimal("10.00"), sent_at=None, failed_at=shop.now
    )
    ask(shop, "O-1", "refund", failed)
    again = RefundSent(
        **when(shop), refund="RF-2", amount=Decimal("10.00"), sent_at=shop.now, means="transfer"
    )
    ask(shop, "O-1", "refund", again)


LATER = {"complaint": complain, "refund": pay_back_once_more}


@pytest.mark.parametrize("later", LATER)
def test_what_befalls_an_erased_line_is_a_persons_to_tell(shop: Shop, later: str) -> None:
    """Who has the ID now reads nothing of it; who must be told, a person tells."""
    known = len(shop.out.given)
    planned = shop.rows("SELECT count(*) AS n FROM messages")
    LATER[later](shop)
    assert shop.dispatch("customer/zoe")[known:] == []
    assert shop.rows("SELECT count(*) AS n FROM messages") == planned
    assert TELL in shop.state("O-1").needs
    found = lines(shop.services.database, Filter(needs=True), shop.now).lines
    assert [each.id for each in found] == ["O-1/1"]


@pytest.mark.parametrize("later", LATER)
def test_what_an_earlier_version_planned_goes_nowhere(shop: Shop, later: str) -> None:
    [erased] = shop.rows("SELECT erased_at FROM backorders WHERE id = 'O-1/1'")
    shop.run(OLD, at=None)
    known = len(shop.out.given)
    LATER[later](shop)
    shop.run(OLD, at=erased["erased_at"])
    waiting = (
        "SELECT message FROM message_items JOIN messages ON messages.id = message WHERE state = 'planned'"
    )
    assert shop.rows(waiting)
    assert shop.dispatch("customer/zoe")[known:] == []
    assert shop.rows(waiting) == []
    assert TELL in shop.state("O-1").needs


@pytest.mark.parametrize("joined", [False, True], ids=["apart", "joined by an earlier version"])
def test_no_message_speaks_of_an_erased_line_and_a_new_one(shop: Shop, *, joined: bool) -> None:
    """Also of one order: the new line's is sent, the old one's is not, nor together with it."""
    raw = shop.line("O-1", customer=STRANGER).model_copy(update={"line_id": "2"})
    shop.services.intake.open(raw, shop.now)
    review(shop.services.lines, Review(backorder="O-1/2", seq=1, at=shop.now))
    [new] = shop.rows("SELECT message FROM message_items WHERE backorder = 'O-1/2'")
    anew = "UPDATE messages SET state = 'planned', kind = 'confirmed', attempts = 0, not_before = :at, "
    anew += f"created_at = :at, reason = NULL WHERE id IN ({OF_OLD})"
    shop.run(
        anew,
        at=shop.rows("SELECT created_at FROM messages WHERE id = :id", id=new["message"])[0]["created_at"],
    )
    [old] = shop.rows(OF_OLD)
    with writing(shop.services.engine) as connection:
        both = [old["message"], new["message"]]
        assert gather(connection, both, shop.services.policies) == []
    if joined:
        shop.run(
            "UPDATE message_items SET message = :new WHERE message = :old",
            new=new["message"],
            old=old["message"],
        )
    known = len(shop.out.given)
    shop.now += timedelta(minutes=10)
    [sent] = shop.dispatch("customer/zoe")[known:]
    assert sent.to == "new@example.com"
    states = "SELECT backorder, state FROM message_items JOIN messages ON messages.id = message "
    states += "WHERE kind = 'confirmed' AND backorder LIKE 'O-1/%' AND step LIKE 'c%' ORDER BY backorder"
    found = {(each["backorder"], each["state"]) for each in shop.rows(states)}
    assert {("O-1/1", "withdrawn"), ("O-1/2", "sent")} <= found
    assert ("O-1/1", "sent") not in {each for each in found if not joined}


def test_how_the_stranger_is_reached_changes_nothing_of_it(shop: Shop) -> None:
    """A new address of theirs is no news of the person who was erased: who must be told still has to be."""
    complain(shop)
    before, known = shop.state("O-1"), len(shop.out.given)
    changed = shop.services.contacts.change("zoe", {"email": "newer@example.com"}, shop.now, by="Eva")
    assert changed.again == 0
    assert shop.state("O-1") == before
    assert shop.dispatch("customer/zoe")[known:] == []
