"""The report on supply: how suppliers and promises have held, what is late, unconfirmed or short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from backorder.forecasting.reliability import Kept, LeadTimeQuantiles, Reliability
from backorder.queries.supply_report import OpenOrder, Short, SupplyReport
from web.answers import read
from web.calls import CurrentCall, Doors
from web.shapes import Shape

doors = Doors("reports")


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptPromises:
    """Promises to customers that fell due in a month, by the supplier behind them.

    kept: how many were, all units there by the promised day. due: of how many. rate: the share, 0 to 1.
    """

    supplier: str
    month: str
    kept: int
    due: int
    rate: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ShortProduct:
    """A product whose queue exceeds its supply.

    waiting: units that wait and are not set aside. free: units on hand that are set aside for nobody. coming:
    units on order. missing: units that nothing covers.
    """

    sku: str
    name: str
    waiting: int
    free: int
    coming: int
    missing: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SupplyReportView:
    """What buyers want to see as of a morning. first, last: promises kept by supplier and month, judged by
    the first and by the last promise that was told. lead_times: by supplier, in days. reliability: of
    suppliers, the best first. late: lines of purchase orders whose day is over. unconfirmed: those due soon
    of which the supplier has not spoken since it was time to ask. short: products whose queue exceeds their
    supply.
    """

    asof: date
    first: tuple[KeptPromises, ...]
    last: tuple[KeptPromises, ...]
    lead_times: tuple[LeadTimeQuantiles, ...]
    reliability: tuple[Reliability, ...]
    late: tuple[OpenOrder, ...]
    unconfirmed: tuple[OpenOrder, ...]
    short: tuple[ShortProduct, ...]


@doors.door(
    "GET",
    "/v1/reports/supply",
    roles=("supply",),
    shape=Shape(answers={200: SupplyReportView, 304: None}),
)
async def read_supply(call: CurrentCall) -> Response:
    """Read how suppliers and promises have held, lead times, and what is late, unconfirmed or short."""
    now, services = call.desk.now(), call.desk.services
    found = await call.plan(lambda _: services.supply_report(now))
    return read(call.request, _view(found))


def _view(found: SupplyReport) -> SupplyReportView:
    return SupplyReportView(
        asof=found.asof,
        first=_kept(found.first),
        last=_kept(found.last),
        lead_times=tuple(found.lead_times),
        reliability=tuple(found.reliability),
        late=tuple(found.late),
        unconfirmed=tuple(found.unconfirmed),
        short=tuple(map(_short, found.short)),
    )


def _kept(found: Sequence[Kept]) -> tuple[KeptPromises, ...]:
    return tuple(
        KeptPromises(supplier=each.supplier, month=each.month, kept=each.kept, due=each.due, rate=each.rate)
        for each in found
    )


def _short(found: Short) -> ShortProduct:
    return ShortProduct(
        sku=found.sku,
        name=found.name,
        waiting=found.waiting,
        free=found.free,
        coming=found.coming,
        missing=found.missing,
    )
