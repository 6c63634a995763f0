"""A corrected contact: what waited or failed goes to where the customer is reached now."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backorder.errors import RefusedError, UnknownCustomerError
from backorder.ports import Sent
from tests.contract.shop import Letterbox, Shop

GONE = Sent(outcome="permanent", code="550", reason="no such mailbox")


def correct(shop: Shop, **changes: object) -> tuple[str, ...]:
    return shop.store.contacts.change("ann", changes, shop.now, by="clerk").fields


def test_a_promise_that_nobody_got_is_told_anew_at_the_new_address(shop: Shop) -> None:
    shop.purchase()
    shop.start()
    shop.letterbox = Letterbox(GONE)
    shop.speak()
    assert shop.state().needs == ("unreachable",)
    shop.now += timedelta(hours=1)
    assert correct(shop, email="ann@new.example", name="Ann Lee") == ("name", "email")
    letter = shop.speak()[-1]
    assert (letter.to, len(shop.letterbox.letters)) == ("ann@new.example", 2)
    assert shop.state().needs == ()
    assert shop.state().promise is not None
    [entry] = shop.rows("SELECT \"by\", detail FROM timeline WHERE what = 'contact_changed'")
    assert entry["by"] == "clerk"
    assert entry["detail"].startswith("name, email changed by clerk; confirmed")
    assert "new.example" not in entry["detail"]


def test_news_of_an_ended_line_goes_out_again(shop: Shop) -> None:
    shop.start()
    shop.speak()
    shop.cancel()
    shop.letterbox = Letterbox(GONE)
    shop.speak()
    changed = shop.store.contacts.change("ann", {"email": "ann@new.example"}, shop.now, by="clerk")
    assert changed.again == 1
    assert [letter.to for letter in shop.speak()] == ["ann@example.com", "ann@new.example"]
    assert shop.state().needs == ()


def test_what_waits_for_a_rest_goes_at_once(shop: Shop) -> None:
    shop.start()
    shop.letterbox = Letterbox(Sent(outcome="transient", code="450", reason="later"))
    shop.speak()
    correct(shop, email="ann@new.example")
    assert [letter.to for letter in shop.speak()] == ["ann@example.com", "ann@new.example"]


def test_what_is_refused_is_named_and_changes_nothing(shop: Shop) -> None:
    shop.start()
    before = shop.rows("SELECT * FROM customers, timeline")
    with pytest.raises(RefusedError) as refused:
        correct(shop, email="nobody", region="Atlantis")
    assert {fault.partition(":")[0] for fault in refused.value.faults} == {"email", "region"}
    with pytest.raises(RefusedError):
        correct(shop, email=None)
    assert correct(shop, email="ann@example.com") == ()
    assert shop.rows("SELECT * FROM customers, timeline") == before
    with pytest.raises(UnknownCustomerError):
        shop.store.contacts.read("nobody")


def test_a_number_that_is_none_is_refused_and_takes_no_other_away(shop: Shop) -> None:
    shop.open(customer={"phone": "+441632960961"})
    with pytest.raises(RefusedError, match=r'customer.phone: "12" is no phone number'):
        correct(shop, phone="12")
    assert shop.rows("SELECT phone FROM customers") == [{"phone": "+441632960961"}]
