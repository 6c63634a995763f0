"""A receiver that is put anew under an ID, or with other types: what it is sent of before."""

from __future__ import annotations

import pytest

from backorder.errors import RejectedError, UnknownError
from backorder.queries.receiver_list import receiver_list
from tests.support.event_sending import EventDesk, end, written
from tests.support.receivers import Receiver
from tests.support.shop import Shop

CANCELLED = "backorder.cancelled"


def test_what_was_for_the_one_of_before_under_an_id_is_not_sent_to_the_next(
    shop: Shop, desk: EventDesk, receiver: Receiver
) -> None:
    end(shop, "O-1")
    desk.deliver()
    assert desk.states() == ["delivered"] * len(written(shop))
    desk.receivers.remove("shop", at=shop.now, now=desk.now)
    with Receiver() as second:
        desk.put("shop", second.url)
        assert listed(shop) == {}
        with pytest.raises(UnknownError, match="that was for shop"):
            desk.receivers.resend("shop", written(shop)[0], at=shop.now, now=desk.now)
        desk.deliver()
        assert second.calls == []


def listed(shop: Shop) -> dict[str, str]:
    """The deliveries of the one receiver as people see them: each event with its state."""
    [found] = receiver_list(shop.services.database)
    return {each.id: each.state for each in found.deliveries}


def test_what_a_receiver_got_no_more_is_sent_again_once_it_gets_that_type_again(
    shop: Shop, desk: EventDesk, receiver: Receiver
) -> None:
    receiver.usual = 500
    end(shop, "O-1")
    desk.deliver()
    [dead, *_] = lost = written(shop, CANCELLED)
    shop.run("UPDATE deliveries SET state = 'dead' WHERE event = :event", event=dead)
    desk.put("shop", receiver.url, "backorder.shipped")
    assert {listed(shop)[each] for each in lost} == {"dropped"}
    with pytest.raises(RejectedError, match=r"shop gets backorder\.cancelled no more"):
        desk.receivers.resend("shop", dead, at=shop.now, now=desk.now)
    desk.put("shop", receiver.url)
    receiver.usual, before = 200, len(receiver.ids)
    assert desk.receivers.resend("shop", dead, at=shop.now, now=desk.now)[0] == (dead,)
    desk.deliver()
    assert receiver.ids[before:] == [dead]
    assert listed(shop)[dead] == "delivered"
    desk.put("shop", receiver.url, "backorder.shipped")
    with pytest.raises(RejectedError, match="put it with that type first"):
        desk.receivers.resend("shop", dead, at=shop.now, now=desk.now)
    assert listed(shop)[dead] == "delivered", "it stays as it was taken"
