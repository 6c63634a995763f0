"""Pictures of demand and stock: well-formed, within their frame, and said in words, whatever is drawn."""

from __future__ import annotations

from datetime import date, timedelta
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from backorder.forecasting.demand.fan import Ahead, Fan
from backorder.queries.expected_supply import ComingUnits, ExpectedSupply
from starter.cli import demand_picture, stock_picture
from starter.cli.chart import ACROSS, nice, ticks
from starter.cli.stock_picture import StockPicture

DAY = date(2025, 3, 3)
SVG = "{http://www.w3.org/2000/svg}"
units = st.one_of(st.just(0.0), st.floats(0, 30), st.floats(0, 1e7))
names = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=60)


def read(svg: str) -> ElementTree.Element:
    """The picture, which has a title and says what it shows; nothing of it lies outside its plot."""
    root = ElementTree.fromstring(svg)  # noqa: S314 our own
    assert root.get("role") == "img"
    assert [each.tag.removeprefix(SVG) for each in root[:2]] == ["title", "desc"]
    assert all(each.text for each in root[:2])
    for plot in root.findall(f"{SVG}svg[@viewBox]"):
        height = float(plot.get("height", "0"))
        for shape in plot.iter():
            for point in shape.get("points", "").split():
                x, y = map(float, point.split(","))
                assert 0 <= x <= ACROSS, svg
                assert 0 <= y <= height, svg
            if shape.tag == f"{SVG}rect":
                low = float(shape.get("y", "0"))
                assert 0 <= low <= low + float(shape.get("height", "0")) <= height + 0.101
    return root


@st.composite
def fan(draw: st.DrawFn) -> Fan:
    """A product of one period, or of many."""
    sold = draw(st.lists(units, min_size=1, max_size=130))
    steps = sorted(draw(st.sets(st.integers(1, 20), min_size=1, max_size=8)))
    return Fan(
        sku=draw(names),
        starts=[DAY + timedelta(weeks=number - len(sold)) for number in range(len(sold) + 1)],
        sold=sold,
        open_for=[draw(st.sampled_from([0.0, 0.4, 1.0])) for _ in sold],
        ahead=[
            Ahead(
                until=DAY + timedelta(weeks=step),
                periods=step,
                p50=step,
                p90=step * 2,
                p95=step * 3,
            )
            for step in steps
        ],
    )


@settings(max_examples=60)
@given(fan(), st.none() | st.integers(0, 10**6))
def test_any_demand_is_drawn(found: Fan, point: int | None) -> None:
    root = read(demand_picture.drawn([found], "week", {} if point is None else {found.sku: point}))
    titles = {each.text for each in root.iter(f"{SVG}title")}
    assert (f"reorder point: {point or 0:,}" in titles) == (point is not None)
    assert f"half the time at most {found.ahead[-1].p50:,g}" in titles


arrivals = st.builds(
    lambda quantity, first, more: ComingUnits(
        order="PO-1",
        quantity=quantity,
        likely=DAY + timedelta(days=first),
        by=DAY + timedelta(days=first + more),
    ),
    st.integers(1, 500),
    st.integers(-30, 90),
    st.integers(0, 60),
)
supplies = st.builds(
    ExpectedSupply,
    free=st.integers(0, 500),
    waiting=st.integers(0, 500),
    coming=st.lists(arrivals, max_size=5).map(lambda found: tuple(sorted(found, key=lambda one: one.likely))),
    dateless=st.integers(0, 9),
)


@settings(max_examples=60)
@given(names, st.none() | supplies, st.lists(st.floats(0, 500), max_size=6), st.integers(0, 900))
def test_any_stock_is_drawn(sku: str, supply: ExpectedSupply | None, sold: list[float], point: int) -> None:
    ahead = [(DAY + timedelta(weeks=n), each, 2 * each) for n, each in enumerate(sorted(sold), start=1)]
    found = StockPicture(
        sku=sku, day=DAY, reorder_point=point, textbook=point, expected=1.0, ahead=ahead, supply=supply
    )
    root = read(stock_picture.drawn([found, found], 0.95))
    titles = [each.text for each in root.iter(f"{SVG}title")]
    assert titles.count(f"reorder point: {point:,}") == 2
    if supply:
        short = supply.waiting + point - supply.free - supply.dateless
        short -= sum(each.quantity for each in supply.coming)
        assert (f"{short:,} short" if short > 0 else "enough") in (root[1].text or "")
        assert titles.count(f"{supply.waiting:,} units are waited for") == 2


@given(st.dates(date(1970, 1, 1), date(2100, 1, 1)), st.integers(0, 15_000), st.floats(0, 1e9))
def test_an_axis_has_a_few_marks_of_equal_step(first: date, days: int, most: float) -> None:
    last = first + timedelta(days=days)
    marks = list(ticks(first, last))
    assert all(first <= day <= last for day, _ in marks)
    assert len(marks) <= 9
    assert len(marks) > 1 or days < 2
    assert len({words for _, words in marks}) == len(marks)
    assert most <= nice(most) <= max(2 * most, 1)
