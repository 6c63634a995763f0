"""What a caller can say, and the lines that it finds: on every database, through an index."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backorder.domain.line.events import Shipped
from backorder.queries.line_list import Filter, lines
from backorder.services.record_request import NewRequest
from backorder.storage import find_lines, search_statements
from backorder.storage.search_statements import MOST
from tests.support.query_plans import asked, plan, read_whole
from tests.support.shop import Shop

JUERGEN = {
    "id": "c-7",
    "name": "Jürgen O'Brien-Groß",
    "email": "juergen.obrien@mail.example.com",
    "phone": "+441632960961",
    "sms_consent": True,
    "region": "GB",
}


def found(shop: Shop, q: str) -> list[str]:
    """The orders that the words find, with who waits for each."""
    page = lines(shop.services.database, Filter(q=q), shop.now)
    assert all(line.customer_name for line in page.lines)
    return [line.order_id for line in page.lines]


@pytest.fixture
def people(shop: Shop) -> Shop:
    """Ann waits for a lamp of PO-1, Jürgen for a desk that nothing is on order for; his lamp has shipped."""
    shop.product("DESK", name="Walnut desk")
    shop.purchase()
    shop.start("O-1")
    shop.start("O-2", sku="DESK", customer=JUERGEN)
    shop.start("O-3", customer=JUERGEN)
    event = Shipped(
        at=shop.now,
        day=shop.now.date(),
        shipment="S-1",
        quantity=1,
        shipped_at=shop.now,
        carrier="DHL",
        tracking="JD 0146-00 0038",
    )
    shop.ask(
        "O-3", NewRequest(id="shipment-S-1", kind="ship", event=event, given={"quantity": event.quantity})
    )
    shop.review("O-3", "shipment-S-1")
    return shop


NAMED: tuple[tuple[str, list[str]], ...] = (
    ("jürgen", ["O-2", "O-3"]),
    ("Jurgen", ["O-2", "O-3"]),
    ("juergen", ["O-2", "O-3"]),
    ("gross", ["O-2", "O-3"]),
    ("obrien jürg", ["O-2", "O-3"]),
    ("O'Brien", ["O-2", "O-3"]),
    ("Groß, Jürgen", ["O-2", "O-3"]),
    ("jürgen smith", []),
    ("obrien@mail", ["O-2", "O-3"]),
    ("JUERGEN.OBRIEN@MAIL.EXAMPLE.COM", ["O-2", "O-3"]),
    ("mail.example", ["O-2", "O-3"]),
    ("ergen.obr", ["O-2", "O-3"]),
    ("01632 960961", ["O-2", "O-3"]),
    ("+44 (0)1632 960-961", ["O-2", "O-3"]),
    ("0044 1632 960961", ["O-2", "O-3"]),
    ("011 44 1632 960961", ["O-2", "O-3"]),
    ("960961", ["O-2", "O-3"]),
    ("1632", []),
    ("c-7", ["O-2", "O-3"]),
    ("C-7", ["O-2", "O-3"]),
    ("o-2", ["O-2"]),
    ("O-2/1", ["O-2"]),
    ("jd01460000 38", ["O-3"]),
    ("PO-1", ["O-1"]),
    ("PO-1/1", ["O-1"]),
    ("PO-1/9", []),
    ("PO-1/", []),
    ("PO-2", []),
    ("walnut", ["O-2"]),
    ("DESK", ["O-2"]),
    ("%", []),
    ("nobody", []),
)
"""What a caller says, and the orders that are meant."""


def test_what_a_caller_can_say(people: Shop) -> None:
    assert [(q, found(people, q)) for q, _ in NAMED] == [*NAMED]


def test_a_search_goes_with_every_filter(people: Shop) -> None:
    def ids(wanted: Filter) -> set[str]:
        return {line.id for line in lines(people.services.database, wanted, people.now).lines}

    filters = (
        {"status": "waiting"},
        {"status": "fulfilled"},
        {"sku": "DESK"},
        {"supplier": "acme"},
        {"customer": "c-7"},
        {"order": "O-3"},
        {"late": True},
        {"needs": True},
        {"duties": True},
    )
    for q, orders in NAMED:
        for each in filters:
            wanted = replace(Filter(), **each)
            assert ids(replace(wanted, q=q)) == ids(wanted) & {f"{order}/1" for order in orders}, (q, each)


def test_an_order_and_few_customers_are_found_in_one_statement(people: Shop) -> None:
    if people.services.engine.dialect.name != "postgresql":
        return
    for q, number in (
        *(("O-2", 1), ("o-2", 1), ("jürgen", 1), ("jürgen obrien", 1), ("obrien@mail", 1)),
        *(("walnut", 2), ("c-7", 2), ("O-2/1", 2), ("groß obrien jürgen", 3)),
    ):
        with asked(people.services.engine) as statements:
            assert found(people, q)
        states = [values for _, values in statements if "lines" in values]  # of lines that have changed since
        assert len(statements) - len(states) == number, q


def test_what_is_more_than_an_order_or_few_customers_is_found_whole(people: Shop) -> None:
    """Questions that are nearly one of those which one statement answers."""
    zoe = {"id": "z", "name": "Zoe Walnut 96096100", "email": "zoe@example.com"}
    people.open("Z-1", customer=zoe)
    assert found(people, "960961") == ["O-2", "O-3"], "a number as dialled is of no name"
    assert found(people, "96096100") == ["Z-1"]
    assert found(people, "walnut") == ["O-2", "Z-1"], "a customer, and a product"
    people.open("960961")
    assert found(people, "960961") == ["960961"], "an order"
    people.open("Z-1", line_id="2", customer=zoe)
    people.open("z-1", customer=zoe)
    assert (found(people, "Z-1"), found(people, "z-1")) == (["Z-1", "Z-1"], ["z-1"]), "as it is spelled"
    people.open("c-7")
    assert found(people, "c-7") == ["O-2", "O-3", "c-7"], "a customer, and an order"


def test_an_order_with_a_slash_is_found_as_lists_show_it(shop: Shop) -> None:
    shop.open("H 1/ä")
    shop.open("50%2F")
    for q, orders in (
        ("H 1/ä", ["H 1/ä"]),
        ("H 1%2Fä", ["H 1/ä"]),
        ("H 1%2Fä/1", ["H 1/ä"]),
        ("50%2F", ["50%2F"]),
        ("50%252F", ["50%2F"]),
    ):
        assert found(shop, q) == orders, q


def test_a_corrected_customer_is_found_by_the_new_words_alone(people: Shop) -> None:
    changes = {"name": "Ada Lovelace", "phone": None, "email": "ada@example.org"}
    people.services.contacts.change("c-7", changes, people.now, by="agent")
    assert found(people, "ada love") == ["O-2", "O-3"]
    assert found(people, "jürgen") == found(people, "01632 960961") == []


def test_who_means_too_many_is_asked_for_more(shop: Shop) -> None:
    people = [
        {"id": f"c-{number}", "name": f"Sam Smith {number}", "email": f"s{number}@example.com"}
        for number in range(MOST + 1)
    ]
    opened = [shop.line(f"O-{number}", customer=each) for number, each in enumerate(people)]
    shop.services.intake.open_all(opened, shop.now)
    page = lines(shop.services.database, Filter(q="smith"), shop.now)
    assert "write more" in page.hint
    assert not lines(shop.services.database, Filter(q="smith 77"), shop.now).hint


def test_pages_of_a_search_hold_each_line_once(people: Shop) -> None:
    """Each line of any product or customer that is meant, in order, however many of theirs a page holds."""
    people.product("SHELF", name="Walnut shelf")
    for number in range(10, 22):
        zoe = {"id": f"z-{number}", "name": "Zoe", "email": f"zoe@{number}.example.com"}
        customer = JUERGEN if number % 3 else zoe
        people.start(f"O-{number}", sku=("DESK", "LAMP", "SHELF")[number % 7 % 3], customer=customer)
    rows = people.rows("SELECT id, sku, customer, phase FROM backorders ORDER BY id")
    meant = {
        "walnut": [row["id"] for row in rows if row["sku"] in ("DESK", "SHELF")],
        "example.com": [row["id"] for row in rows if row["customer"]],
        "juergen": [row["id"] for row in rows if row["customer"] == "c-7"],
    }
    for q, expected in meant.items():
        assert len(expected) > 3
        for limit in (1, 2, 4, 50):
            assert _paged(people, Filter(q=q), limit) == expected
    open_ones = [row["id"] for row in rows if row["customer"] == "c-7" and row["phase"] == "open"]
    assert _paged(people, Filter(q="juergen", status="waiting"), 2) == open_ones != meant["juergen"]


def _paged(shop: Shop, wanted: Filter, limit: int) -> list[str]:
    found, cursor = [], None
    while True:
        page = lines(shop.services.database, wanted, shop.now, cursor=cursor, limit=limit)
        found += [line.id for line in page.lines]
        if (cursor := page.cursor) is None:
            return found


def test_frequent_words_are_looked_for_among_so_many_of_the_rarest(
    people: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = people.services.database
    assert not lines(database, Filter(q="jürg obrien"), people.now).hint
    monkeypatch.setattr(find_lines, "PROBE", 1)
    monkeypatch.setattr(find_lines, "RAREST", 1)
    page = lines(database, Filter(q="jürg obrien"), people.now)
    assert "each word is one of many" in page.hint
    assert [line.order_id for line in page.lines] == ["O-2", "O-3"]
    assert not lines(database, Filter(q="jürg"), people.now).hint


def test_usual_questions_read_no_whole_table(people: Shop) -> None:
    """The plans of everything that is asked for a name, a number, an order and a parcel."""
    engine = people.services.engine
    with asked(engine) as statements:
        for number, q in enumerate(("jürgen", "jürgen obrien", "obrien ju"), 1):
            assert found(people, q) == ["O-2", "O-3"]
            asked_for = sum("customer_terms" in each for each, _ in statements)
            assert asked_for == number  # with what it could name
        for q in ("01632 960961", "O-2", "jd0146000038"):
            found(people, q)
    assert len(statements) > 8
    assert read_whole(engine, statements) == {}


def test_what_a_question_names_is_looked_for_once(people: Shop) -> None:
    if people.services.engine.dialect.name != "postgresql":
        return
    search_statements.asking.cache_clear()
    for q in ("O-1", "jürgen", "jürgen obrien", "jürgen obrien groß", "O-2"):
        with asked(people.services.engine) as statements:
            found(people, q)
        assert statements[0][0].startswith("WITH named AS MATERIALIZED"), q


def test_what_a_question_costs_is_planned_whatever_it_asks(people: Shop) -> None:
    """PostgreSQL keeps to one plan for all where the first values of a statement made none look cheaper."""
    engine = people.services.engine
    if engine.dialect.name != "postgresql":
        return
    people.run("ANALYZE")
    for one, other in (("jürgen", "zzz"), ("jürgen obrien", "zzz yyy")):
        with asked(engine) as statements:
            found(people, one)
        ((looked, values), *_) = statements
        with asked(engine) as statements:
            found(people, other)
        ((same, others), *_) = statements
        assert looked == same
        costs = [plan(engine, looked, each).partition(" rows=")[0] for each in (values, others)]
        assert costs[0] == costs[1], one


def test_letters_within_words_are_looked_for_among_so_many_names(
    people: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(people, "ergen") == ["O-2", "O-3"]
    assert found(people, "alnut") == ["O-2"]
    monkeypatch.setattr(find_lines, "LOOKED_THROUGH", 1)
    page = lines(people.services.database, Filter(q="ergen"), people.now)
    assert page.lines == ()
    assert "write the beginning of a word" in page.hint
    assert not lines(people.services.database, Filter(q="jürgen"), people.now).hint


def test_a_product_that_is_renamed_is_found_by_its_new_name(people: Shop) -> None:
    people.product("DESK", name="Oak table")
    assert found(people, "table oak") == ["O-2"]
    assert found(people, "walnut") == []
