"""What people find in the console: the worklist, lines, cases; and who may see what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import OperationalError

from backorder.ports import Sent
from backorder.queries import worklist as worklists
from backorder.storage import tasks
from backorder.storage.engine import writing
from tests.support.console import Clerk, Coming, forms_of, note_of
from tests.support.customer_page import plain
from tests.support.days import at, day
from tests.support.sending import Desk
from tests.support.shop import Shop
from tests.support.web import WebServer, serving

HOSTILE = "<script>alert(1)</script> \"'&amp; {{ 7 * 7 }} " + "W" * 3000
TURNED = "\u202e<script>alert(2)</script>\u2066"
"""What no door takes any more, and an older version may have."""
OF_AGENTS = ("/console/lines", "/console/lines/A-1/1")
OF_BOTH = (
    "/console/",
    "/console/products",
    "/console/products/LAMP",
    "/console/purchase-orders",
    "/console/purchase-orders/PO-1",
    "/console/purchase-orders/PO-1/1",
)


def add_task(shop: Shop, kind: str, subject: str, **detail: object) -> str:
    """Put a task on the worklist. Returns its ID."""
    with writing(shop.services.engine) as connection:
        tasks.add(connection, key=f"{kind}/{subject}", kind=kind, subject=subject, detail=detail, at=shop.now)
    return str(shop.rows("SELECT id FROM tasks WHERE kind = :kind", kind=kind)[0]["id"])


def test_a_key_opens_what_its_roles_may_see_and_offers_nothing_else(agent: Clerk, buyer: Clerk) -> None:
    for path in (*OF_AGENTS, *OF_BOTH):
        assert (path, agent.see(path).status_code) == (path, 200)
        assert (path, buyer.see(path).status_code) == (path, 403 if path in OF_AGENTS else 200)
    refused = buyer.see("/console/lines/A-1/1")
    assert "needs a key of agent" in plain(refused)
    assert "Ann" not in refused.text
    sign_out = "/console/sign-out"
    for path in OF_BOTH:
        found = buyer.see(path).text
        assert "/console/lines" not in found
        assert "Ann" not in found
    place = "/console/purchase-orders/PO-1/1"
    assert forms_of(agent.see(place).text) - {"/console/lines"} == {sign_out}
    assert f"{place}/dates" in forms_of(buyer.see(place).text)
    assert "Who waits for it" not in agent.see(place).text
    form = buyer.form(place, f"{place}/dates")
    for action in ("/console/lines/A-1/1/note", "/console/lines/A-1/1/cancel"):
        assert buyer.browser.post(action, data=form | {"text": "x"}).status_code == 403
    note = agent.form("/console/lines/A-1/1", "/console/lines/A-1/1/note")
    for action in ("dates", "decision"):
        assert agent.browser.post(f"{place}/{action}", data=note).status_code == 403


def test_what_is_not_there_is_a_page_too(agent: Clerk) -> None:
    for path in (
        "/console/nowhere",
        "/console/lines/A-9/1",
        "/console/lines/%00/1",
        "/console/products/NONE",
        "/console/purchase-orders/PO-9",
        "/console/purchase-orders/PO-1/9",
        "/console/tasks/none",
    ):
        found = agent.see(path)
        assert (path, found.status_code, "There is no such thing" in found.text) == (path, 404, True)
    moved = agent.see("/console")
    assert (moved.status_code, moved.headers["location"]) == (308, "console/")
    for query in ("status=no", "shoe=4", "sku=a&sku=b", f"q={'x' * 301}", "cursor=x"):
        found = agent.see(f"/console/lines?{query}")
        assert (query[:20], found.status_code) == (query[:20], 422)
    assert agent.see("/console/products?cursor=x").status_code == 422


def test_the_worklist_has_the_most_urgent_first(web: WebServer, shop: Shop, agent: Clerk) -> None:
    add_task(shop, "product_short", "LAMP", quantity=4, supplier="acme", why="few are left", day=str(day(3)))
    add_task(shop, "supplier_silent", "PO-1/1", chases=2, supplier="acme", outstanding=10, why="late")
    shop.start("A-3", customer={"id": "cy", "region": "US", "contact": "none", "email": None}, ship_by=day(1))
    found = agent.see("/console/")
    words = plain(found)
    order = [
        words.index(each) for each in ("A-3/1", "4 units of acme should be ordered", "acme was chased 2")
    ]
    assert order == sorted(order)
    assert "the law wants the customer told" in words
    assert 'href="/console/lines/A-3/1"' in found.text
    assert 'href="/console/products/LAMP"' in found.text
    assert 'href="/console/purchase-orders/PO-1/1"' in found.text


def test_a_long_worklist_says_that_there_is_more(
    shop: Shop, agent: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worklists, "SHOWN", 1)
    for number in range(2):
        add_task(shop, "supplier_silent", f"PO-1/{number}", chases=1, supplier="acme", outstanding=1, why="")
    assert "There is more than fits here" in agent.see("/console/").text


def test_a_task_is_done_once_with_a_note(web: WebServer, shop: Shop, buyer: Clerk) -> None:
    id = add_task(shop, "supplier_silent", "PO-1/1", chases=2, supplier="acme", outstanding=10, why="late")
    place = f"/console/tasks/{id}"
    empty = buyer.send(place, f"{place}/done")
    assert (empty.status_code, 'id="task-note-wrong"' in empty.text) == (422, True)
    form = buyer.form(place, f"{place}/done") | {"note": "they called: it left today"}
    done = [buyer.browser.post(f"{place}/done", data=form) for _ in range(2)]
    assert [each.status_code for each in done] == [303, 303]
    after = buyer.browser.get(done[1].headers["location"])
    assert note_of(after) == "That task is done, and off the list."
    assert "acme was chased" not in after.text
    assert '"done_by":"Bo"' in shop.rows("SELECT detail FROM tasks")[0]["detail"]
    assert len(shop.rows("SELECT * FROM audit WHERE kind = 'task'")) == 1
    gone = buyer.see(place)
    assert "not on the list any more" in buyer.browser.get(gone.headers["location"]).text
    by_itself = add_task(shop, "approve_date", "PO-1/1", why="far")
    assert f"/console/tasks/{by_itself}/done" not in forms_of(buyer.see(f"/console/tasks/{by_itself}").text)


def test_lines_are_found_by_what_a_caller_says(agent: Clerk) -> None:
    for said in ("A-1", "A-1/1", "Bob Ray", "bob@example.com"):
        found = agent.see("/console/lines", q=said)
        case = "A-2" if "ob" in said else "A-1"
        assert (said, found.headers.get("location")) == (said, f"/console/lines/{case}/1")
    both = agent.see("/console/lines", q="LAMP")
    assert both.status_code == 200
    assert "A-1/1" in both.text
    assert "A-2/1" in both.text
    assert "No line fits that" in agent.see("/console/lines", q="nobody").text
    assert "A-2/1" not in agent.see("/console/lines", q="A-1", status="waiting").text
    assert "No line fits that" in agent.see("/console/lines", status="cancelled").text


def test_lists_go_page_by_page(shop: Shop, agent: Clerk) -> None:
    for number in range(60):
        shop.open(f"B-{number:02}")
    first = agent.see("/console/lines", status="waiting")
    assert first.text.count('scope="row"') == 50
    path = first.text.partition('rel="next"')[0].rpartition('href="')[2].rstrip('" ').replace("&amp;", "&")
    second = agent.browser.get(path)
    assert second.text.count('scope="row"') == 12
    assert "First page" in second.text


def test_a_case_says_what_there_is_to_say(shop: Shop, agent: Clerk) -> None:
    words = plain(agent.see("/console/lines/A-1/1"))
    for each in (
        "Nothing was told yet",
        "2 units",
        "Ann",
        "ann@example.com",
        "20.00 EUR captured",
        "number 1",
        "PO-1 line 1",
        "confirm",
        "standard",
        "taken up",
    ):
        assert each in words
    shop.run("UPDATE backorders SET state = '{' WHERE id = 'A-1/1'")
    broken = agent.see("/console/lines/A-1/1")
    assert broken.status_code == 200
    assert "The engine cannot look at this line" in plain(broken)


def test_a_case_names_both_ways_of_what_cannot_go(shop: Shop, agent: Clerk) -> None:
    texts = {"id": "moe", "name": "Moe", "email": "moe@example.com", "phone": "+4915123456789"}
    shop.dispatch("customer/moe")
    shop.start("O-moe", customer=texts | {"sms_consent": True})
    desk = Desk(shop, datetime.now(UTC))
    for reason in ("busy", "the queue is full"):
        sent = Sent(outcome="transient", code="429", reason=reason)
        desk.record_outcome(desk.claimed("customer/moe"), sent)
        shop.now += timedelta(hours=4)
    words = plain(agent.see("/console/lines/O-moe/1"))
    assert "text: the queue is full; tried again" in words
    assert "email: busy; tried again" in words


def test_hostile_words_stay_words(web: WebServer, shop: Shop, agent: Clerk) -> None:
    shop.product("<b>X", name=HOSTILE[:200])
    shop.purchase("PO<i>", {"sku": "<b>X"})
    shop.start("<b>O", sku="<b>X", customer={"id": "<u>", "name": HOSTILE[:200]})
    place = "/console/lines/%3Cb%3EO/1"
    sent = agent.send(place, f"{place}/note", text=HOSTILE)
    assert sent.status_code == 303
    shop.run("UPDATE products SET name = :name WHERE sku = 'LAMP'", name=TURNED)
    for path in (
        place,
        "/console/lines",
        "/console/lines/A-1/1",
        "/console/products",
        "/console/products/LAMP",
        "/console/products/%3Cb%3EX",
        "/console/purchase-orders",
        "/console/purchase-orders/PO%3Ci%3E",
        "/console/lines?q=%3Cscript%3E&status=waiting",
    ):
        found = agent.see(path)
        assert (path, found.status_code) == (path, 200)
        for tag in ("<script", "<b>X", "<u>", "<i>", "PO<i"):
            assert (path, tag in found.text) == (path, False)
    too_long = agent.send(place, f"{place}/note", text="W" * 10_000)
    assert (too_long.status_code, "characters" in too_long.text) == (422, True)


def test_ids_of_any_text_lead_somewhere(shop: Shop, agent: Clerk) -> None:
    shop.open("A/1 %2F#?&=ä")
    path = "/console/lines/A%2F1%20%252F%23%3F%26%3D%C3%A4/1"
    assert f'href="{path}"' in agent.see("/console/lines").text
    assert "A%2F1 %252F%23?&=ä/1" in plain(agent.see(path))


def test_it_says_so_where_the_database_is_away(
    web: WebServer, agent: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("database is locked"))

    monkeypatch.setattr("web.console.lines.line_list.lines", away)
    found = agent.see("/console/lines")
    assert (found.status_code, found.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert "Something does not answer" in found.text


def test_times_are_the_shops_and_say_so(agent: Clerk) -> None:
    found = agent.see("/console/lines/A-1/1").text
    assert f'datetime="{at(0).isoformat()}"' in found
    assert "Mon 3 Mar 09:00" in found
    assert "days and times are those of UTC" in found


def test_a_key_has_so_many_calls(shop: Shop, coming: Coming) -> None:
    with serving(shop.services, web_rate=0.1) as web:
        clerk = coming(web.key("agent"), web)
        clerk.sign_in()
        assert clerk.see("/console/").status_code == 200
        often = clerk.see("/console/")
        assert (often.status_code, "That was a lot at once" in often.text) == (429, True)
        assert int(often.headers["retry-after"]) >= 1
