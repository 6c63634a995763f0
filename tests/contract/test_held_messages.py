"""Messages that are true and due, and wait all the same: too many went lately, or it is night there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backorder.domain.line.events import Held, RefundSent
from backorder.ports import Review
from backorder.queries.message_list import MessageFilter, message_list
from backorder.queries.messages import of_case
from backorder.services.pause_channel import pause
from backorder.services.record_request import NewRequest
from backorder.services.review_line import review
from backorder.storage.engine import reading, writing
from tests.support import lines as b
from tests.support.days import at, day
from tests.support.query_plans import asked, read_whole
from tests.support.sending import ANN, Desk
from tests.support.shop import Shop

POLICY = """
name = "quiet"
[updates]
gather = "0s"
per_week = 2
every = "7d"
spacing = "2d"
"""
TEXTS_FIRST = """
name = "texts-first"
[updates]
gather = "0s"
channels = ["sms", "email"]
"""
TEXTS = {"email": None, "phone": "+4915123456789", "sms_consent": True, "time_zone": "America/New_York"}
NIGHT, MORNING = at(0, hour=9), at(0, hour=13)
"""Four and eight o'clock in New York."""


@pytest.fixture
def desk(shop: Shop) -> Desk:
    with writing(shop.services.engine) as connection:
        shop.services.policies.load(connection, POLICY)
    shop.purchase()
    return Desk(shop)


def file(desk: Desk) -> list[str]:
    """What goes from here on without anybody being called, by its ID."""
    before = {row["id"] for row in desk.shop.rows("SELECT id FROM messages WHERE state = 'sent'")}
    batches = 0
    while desk.batch(stored=["email", "sms"]).taken:
        batches += 1
        assert batches < 20, "it runs hot"
    query = "SELECT id FROM messages WHERE state = 'sent' ORDER BY number"
    return [row["id"] for row in desk.shop.rows(query) if row["id"] not in before]


def said(desk: Desk, kind: str, order: str) -> str:
    """A message of a kind about an order of Ann's, as if its line had just planned it."""
    shop = desk.shop
    shop.start(order, policy="quiet")
    mine = "SELECT message FROM message_items WHERE backorder = :line"
    [row] = shop.rows(mine, line=f"{order}/1")
    shop.run("UPDATE messages SET kind = :kind WHERE id = :id", kind=kind, id=row["message"])
    return str(row["message"])


def waits(desk: Desk, id: str) -> tuple[datetime, str | None]:
    """Until when a message waits and why, as lists show it."""
    database = desk.shop.services.database
    page = message_list(database, MessageFilter(states=("waiting",)), desk.shop.now)
    [found] = [row for row in page.rows if row.id == id]
    assert found.waits_s == 0.0, "it is not behind"
    return found.not_before, found.reason


def test_the_third_update_of_a_week_waits_until_the_first_is_a_week_old(desk: Desk) -> None:
    shop = desk.shop
    first = said(desk, "still_waiting", "O-1")
    assert file(desk) == [first]
    shop.now = at(1)
    second = said(desk, "still_waiting", "O-2")
    assert file(desk) == [second]
    shop.now = at(2)
    third, news = said(desk, "still_waiting", "O-3"), said(desk, "delayed", "O-4")
    assert file(desk) == [news], "it stands in nobody's way, and news do not count"
    until, reason = waits(desk, third)
    assert (until, reason) == (at(7), "The customer had 2 messages of the kind within a week.")
    with reading(shop.services.engine) as connection:
        [shown], _ = of_case(connection, "O-3/1")
    assert (shown.state, shown.at, shown.reason) == ("planned", until, reason)
    assert desk.pause() == until - shop.now, "the dispatcher sleeps until then"
    shop.now = until - timedelta(seconds=1)
    assert file(desk) == []
    shop.now = until
    assert file(desk) == [third]
    [row] = shop.rows("SELECT reason FROM messages WHERE id = :id", id=third)
    assert row["reason"] is None
    assert shop.state("O-3").last_contacts.message is not None, "its line heard of it"


def test_who_else_is_written_to_and_what_was_asked_for_by_hand_does_not_wait(desk: Desk) -> None:
    shop = desk.shop
    said(desk, "still_waiting", "O-1")
    said(desk, "still_waiting", "O-2")
    assert len(file(desk)) == 2
    again = said(desk, "still_waiting", "O-3")
    shop.run("UPDATE message_items SET step = 'still_waiting/1#resend-2' WHERE message = :id", id=again)
    other = said(desk, "still_waiting", "O-4")
    person = next(
        f"customer/c{number}"
        for number in range(100)
        if shop.services.dispatch.shard_of(f"customer/c{number}") == shop.services.dispatch.shard_of(ANN)
    )
    shop.open("O-9", customer={"id": person.partition("/")[2]})
    shop.run("UPDATE messages SET person = :person WHERE id = :id", person=person, id=other)
    assert file(desk) == [again, other]


def test_what_waits_is_replaced_once_its_date_has_moved(desk: Desk) -> None:
    """A regular update that is held back does not outlive what it says."""
    shop = desk.shop
    shop.start("O-1", policy="quiet")
    file(desk)
    for number in (2, 3):
        said(desk, "still_waiting", f"O-{number}")
    file(desk)
    shop.run("UPDATE messages SET done_at = :then WHERE kind = 'still_waiting'", then=stored(desk, at(6)))
    shop.now = at(7, hour=10)
    shop.review("O-1")
    assert file(desk) == []
    [held] = shop.rows("SELECT id FROM messages WHERE state = 'planned'")
    assert waits(desk, held["id"])[0] == at(13)
    shop.state_dates((10, day(40)))
    shop.replan()
    shop.review("O-1")
    shop.now += timedelta(hours=3)
    shop.review("O-1")
    said_now = {row["kind"] for row in shop.rows("SELECT kind FROM messages WHERE state = 'planned'")}
    assert "delayed" in said_now
    file(desk)
    shop.now = at(14)
    file(desk)
    [row] = shop.rows("SELECT state FROM messages WHERE id = :id", id=held["id"])
    assert row["state"] == "withdrawn"


def stored(desk: Desk, instant: datetime) -> object:
    if desk.shop.services.engine.dialect.name == "postgresql":
        return instant
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_an_offer_keeps_its_distance_from_news_about_other_lines_and_news_do_not(desk: Desk) -> None:
    shop = desk.shop
    news = said(desk, "delayed", "O-1")
    assert file(desk) == [news]
    shop.now = at(1)
    offer, more = said(desk, "shipping_upgrade", "O-2"), said(desk, "delayed", "O-3")
    assert file(desk) == [more]
    assert waits(desk, offer) == (at(2, hour=10), "An offer keeps 2 days from other messages.")
    shop.now = at(2, hour=10)
    assert file(desk) == [], "something else went meanwhile"
    shop.now = at(3, hour=10)
    assert file(desk) == [offer]


def test_a_copy_by_a_second_way_is_no_message_too_many(desk: Desk) -> None:
    shop = desk.shop
    with writing(shop.services.engine) as connection:
        text = POLICY.replace("per_week = 2", 'per_week = 1\nboth = ["alternatives"]')
        shop.services.policies.load(connection, text)
    both = {"phone": "+4915123456789", "sms_consent": True}
    shop.now = at(0, hour=10)
    shop.open("O-1", policy="quiet", customer=both)
    shop.review("O-1")
    shop.run("UPDATE messages SET kind = 'alternatives'")
    assert len(file(desk)) == 2


def test_a_text_waits_for_the_morning_there_and_a_mail_does_not(desk: Desk) -> None:
    shop = desk.shop
    shop.now = NIGHT
    shop.start("O-1", policy="quiet", customer=TEXTS)
    assert file(desk) == []
    assert waits(desk, str(desk.message()["id"])) == (MORNING, "It is night where the customer is.")
    assert desk.pause() == MORNING - NIGHT
    shop.start("O-2", customer={"id": "ann", "email": "ann@example.com"} | {"time_zone": "America/New_York"})
    shop.now = MORNING
    assert len(file(desk)) == 2


@pytest.mark.parametrize(("hour", "goes"), [(20, True), (5, False)])
def test_a_legal_notice_by_text_waits_for_the_morning_only_if_that_is_in_time(
    desk: Desk, hour: int, goes: bool
) -> None:
    """Nine in the evening of its last day in Berlin, and six in the morning: both are quiet."""
    shop, limit = desk.shop, day(10)
    shop.now = at(9, hour=12)
    texts = TEXTS | {"region": "US", "time_zone": "Europe/Berlin"}
    shop.start("O-1", policy="quiet", customer=texts, ship_by=limit)
    file(desk)
    shop.now = at(10, hour=hour)
    shop.state_dates((10, day(60)))
    shop.replan()
    shop.review("O-1")
    shop.run("UPDATE messages SET not_before = :then WHERE state = 'planned'", then=stored(desk, shop.now))
    assert bool(file(desk)) is goes
    query = "SELECT kind, state FROM messages ORDER BY number"
    kinds = {row["kind"]: row["state"] for row in shop.rows(query)}
    assert kinds["consent_request"] == ("sent" if goes else "planned")


def test_a_text_from_an_indian_number_is_no_notice_whose_silence_has_a_meaning(desk: Desk) -> None:
    """The registered form says neither the date nor the deadline: they stand behind its link."""
    shop = desk.shop
    shop.now = at(1, hour=12)
    texts = TEXTS | {"region": "US", "phone": "+919812345678"}
    shop.start("O-1", policy="quiet", customer=texts, ship_by=day(10))
    shop.now = at(1, hour=15)
    shop.review("O-1")
    file(desk)
    assert "consent_request" not in {
        row["kind"] for row in shop.rows("SELECT kind FROM messages WHERE state = 'sent'")
    }
    assert shop.state("O-1").needs == ("notice_incomplete",), "a person calls; the number works"
    assert shop.state("O-1").consent.state == "none", "nothing was told"


def test_a_mail_in_trouble_does_not_wake_anybody_by_text(desk: Desk) -> None:
    """Its second way is open at night; it goes in the morning, or by the first if that is back before."""
    shop = desk.shop
    shop.now = at(0, hour=2)
    shop.start("O-1", policy="quiet", customer=TEXTS | {"email": "ann@example.com"})
    pause(shop.services.engine, "email", by="Eva", reason="logo", until=None, at=shop.now, now=desk.now)
    shop.now = at(0, hour=7)
    assert desk.take() is None
    [row] = shop.rows("SELECT * FROM messages")
    assert row["channel"] == "email"
    shop.now = MORNING
    assert desk.claimed().outgoing.channel == "sms"


def test_a_text_in_trouble_does_not_hold_the_mail_until_the_morning(desk: Desk) -> None:
    """Its first way is held at night; the second one, whose turn it is by then, disturbs nobody."""
    shop = desk.shop
    with writing(shop.services.engine) as connection:
        shop.services.policies.load(connection, TEXTS_FIRST)
    shop.now = at(0, hour=23)
    shop.start("O-1", policy="texts-first", customer=TEXTS | {"email": "ann@example.com"})
    pause(shop.services.engine, "sms", by="Eva", reason="logo", until=None, at=shop.now, now=desk.now)
    assert desk.take() is None
    shop.now = at(1, hour=3)
    assert desk.claimed().outgoing.channel == "email"


def test_what_went_to_a_person_is_found_through_an_index(desk: Desk) -> None:
    said(desk, "alternatives", "O-1")
    with asked(desk.shop.services.engine) as statements:
        file(desk)
    lately = [each for each in statements if "messages.state = 'sent'" in each[0]]
    assert len(lately) == 2
    assert not read_whole(desk.shop.services.engine, lately)


def test_what_waited_for_the_end_of_a_hold_goes_in_words_that_are_true_by_then(shop: Shop) -> None:
    """A part that left with more to come, and none does any more; a refund that came back meanwhile."""
    shop.start("O-1", 2)
    shop.dispatch()
    apply(shop, "hold", b.hold(shop.now, at(5)))
    shop.ship("O-1", id="S-1")
    shop.now = at(1)
    shop.cancel("O-1")
    apply(shop, "refund", b.refund(shop.now, "10.00"))
    apply(shop, "refund", b.refund(shop.now, "10.00", failed=shop.now), id="failed")
    shop.now = at(1, 10)
    assert [message.subject for message in shop.dispatch()[1:]] == ["Cancelled: 1 × Lamp"]
    shop.now = at(5)
    shop.review()
    assert [message.subject for message in shop.dispatch()[2:]] == ["On the way to you: Lamp"]
    [over] = shop.rows("SELECT state, reason FROM messages WHERE kind = 'refunded'")
    assert (over["state"], over["reason"]) == ("withdrawn", "what it says holds no more")
    assert "undelivered" not in shop.state().needs


def test_the_lines_of_what_waited_are_read_together(shop: Shop) -> None:
    for order in ("O-1", "O-2", "O-3"):
        shop.start(order, 1)
        shop.dispatch()
        apply(shop, "hold", b.hold(shop.now, at(5)), order=order)
        shop.ship(order, id=f"S-{order}")
    shop.now = at(5)
    with asked(shop.services.engine) as statements:
        Desk(shop).batch(stored=["email"])
    states = [words for words, _ in statements if "backorders.state, demands.allocated" in words]
    assert len(states) == 1


def apply(shop: Shop, kind: str, event: Held | RefundSent, id: str = "", order: str = "O-1") -> None:
    """A line hears what happened to it."""
    request = id or kind
    shop.ask(order, NewRequest(id=request, kind=kind, event=event, given={"id": request}))
    shop.review(order, request)


def test_a_second_delay_of_another_order_waits_until_the_first_is_three_days_old(desk: Desk) -> None:
    shop = desk.shop
    for number in (1, 2):
        shop.product(f"P{number}")
        shop.purchase(f"P-{number}", {"sku": f"P{number}", "stated_date": day(40)})
        shop.start(f"O-{number}", sku=f"P{number}", customer={"region": "CH"})
    file(desk)
    for number in (1, 2):
        shop.now = at(number)
        shop.state_dates((10, day(43)), order=f"P-{number}")
        shop.replan(f"P{number}")
        shop.review(f"O-{number}")
        shop.now = at(number, 15)
        assert len(file(desk)) == (number == 1)
    shop.now = at(4, 10)
    assert len(file(desk)) == 1


@pytest.mark.parametrize(
    ("night", "morning"),
    [
        (datetime(2025, 3, 9, 2, 35, tzinfo=UTC), datetime(2025, 3, 9, 12, tzinfo=UTC)),
        (datetime(2025, 11, 2, 2, 35, tzinfo=UTC), datetime(2025, 11, 2, 13, tzinfo=UTC)),
    ],
)
def test_lines_that_slip_in_a_night_in_which_clocks_are_set_are_one_text_at_eight(
    desk: Desk, night: datetime, morning: datetime
) -> None:
    """One after the other: the first waits for the morning already when the second slips."""
    shop = desk.shop

    def look(line: str, number: int) -> None:
        review(shop.services.lines, Review(backorder=f"O-1/{line}", seq=number, at=shop.now))

    def gone() -> list[str]:
        shop.dispatch()
        return [row["text"] for row in shop.rows("SELECT text FROM sends ORDER BY claimed_at")]

    shop.now = night - timedelta(days=9, hours=-13)
    shop.state_dates((10, shop.now.date() + timedelta(days=20)))
    for line in ("1", "2"):
        raw = shop.line("O-1", 2, policy="quiet", customer=TEXTS).model_copy(update={"line_id": line})
        shop.services.intake.open(raw, shop.now)
    shop.replan()
    for line in ("1", "2"):
        look(line, 1)
    before = gone()
    shop.now = night - timedelta(hours=2)
    shop.state_dates((10, shop.now.date() + timedelta(days=40)))
    shop.replan()
    for line in ("1", "2"):
        look(line, 2)
        shop.now += timedelta(hours=2)
        look(line, 3)
        assert gone() == before
    shop.now = morning - timedelta(seconds=1)
    assert gone() == before
    shop.now = morning
    [text] = gone()[len(before) :]
    assert text.count("Lamp") == 2
