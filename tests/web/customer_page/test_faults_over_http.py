"""What somebody typed is not lost where nothing could be done at that moment, whatever the reason."""

from __future__ import annotations

import html
import re

import pytest

from backorder.messaging.page import reader
from tests.support.customer_page import hidden, path_of
from tests.support.shop import Shop
from tests.web.customer_page.pages_over_http import Visitor
from web import desk
from web.customer_page.visit import on_one_line

WORDS = 'By e-mail on 3 March 2026 I ordered 3 lamps: it took "long" & <b>cost</b> me 10 EUR.\nToo long.'


def unfolded(text: str) -> list[str]:
    """The forms of a page that are open."""
    return re.findall(r"<details open>.*?</details>", text, re.DOTALL)


@pytest.fixture
def slow_links(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "CHOICES_A_SECOND", 0.2)


def test_who_has_to_wait_a_moment_keeps_their_words(shop: Shop, slow_links: None, visitor: Visitor) -> None:
    shop.start("A-77")
    path = path_of(shop)
    browser = visitor()
    form = hidden(browser.get(path).text, "complaint") | {"text": WORDS}
    found = [browser.post(path, data=form) for _ in range(3)][-1]
    assert found.status_code == 429
    [mine] = unfolded(found.text)
    assert f">\n{html.escape(WORDS, quote=False)}</textarea>" in mine.replace("&#34;", '"')
    assert "aria-invalid" not in mine, "nothing is wrong with the words"
    assert "autofocus" not in found.text


def test_a_day_that_was_named_on_an_older_page_is_there_still(
    shop: Shop, visitor: Visitor, unlimited: None
) -> None:
    shop.start("A-77", 2)
    path = path_of(shop)
    browser = visitor()
    form = hidden(browser.get(path).text, "keep") | {"until": "2025-06-30"}
    shop.cancel("A-77", 1)
    found = browser.post(path, data=form)
    assert found.status_code == 409
    [mine] = unfolded(found.text)
    assert 'value="2025-06-30"' in mine
    assert 'type="date"' in mine


def test_a_notice_in_french_keeps_the_spaces_at_which_no_line_ends() -> None:
    """A line ended after its opening quotation mark."""
    words = reader("fr").words
    for said in (words.faulty("Une autre adresse e-mail"), words.pending(), words.done("")):
        assert not re.search("« | [»:;?!]", on_one_line(said))


def test_each_line_of_an_order_has_what_was_typed_about_it(
    shop: Shop, visitor: Visitor, unlimited: None
) -> None:
    shop.start("A-77", 3)
    shop.open("A-77", 3, line_id="2")
    path = path_of(shop)
    browser = visitor()
    form = hidden(browser.get(path).text, "cancel") | {"quantity": "", "line": "A-77/2"}
    found = browser.post(path, data=form)
    assert found.status_code == 422, "an empty number is not all of them"
    [mine] = unfolded(found.text)
    assert 'name="line" value="A-77/2"' in mine
    assert found.text.count("aria-invalid") == found.text.count("autofocus") == 1
