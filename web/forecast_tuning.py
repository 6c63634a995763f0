"""The forecast of arrivals: what it goes by, and how that is chosen anew from the shop's own past."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import partial

from starlette.responses import Response

from backorder.forecasting.parameters import Parameters
from backorder.services.forecasts import ChosenParameters
from web.answers import answer, read
from web.calls import Call, CurrentCall, Doors
from web.failures import HttpError
from web.shapes import Shape

doors = Doors("supply")
ROLES = ("supply",)
CHOICES = "/v1/forecast/choices"
_UNREADABLE = (
    "the forecast was tuned under this Idempotency-Key, and this version of the program cannot read what was "
    "chosen: ask again once all processes run the newest version, or tune under another key"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ForecastParameters:
    """What the forecast of arrivals goes by.

    k: what all suppliers' orders count beside a supplier's own, in orders. k2: the same of the supplier's
    orders for other destinations. half_life: days after which an order counts half; everyone_half_life: those
    of other suppliers, null: the same. averaged: with one step shorter and longer. level: by which share of
    the forecast the latest day (P90) is taken. trust_stated: stated dates are used as a ratio.
    """

    k: float
    k2: float
    half_life: float
    everyone_half_life: float | None
    averaged: bool
    level: float
    trust_stated: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ForecastChoice:
    """What was chosen once. at: when; parameters: what; words: why, and what it changed."""

    at: datetime
    parameters: ForecastParameters
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ForecastChoices:
    """choices: the latest, which counts, first; none: the defaults count. parameters: those in use."""

    parameters: ForecastParameters
    choices: tuple[ForecastChoice, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ForecastTuned:
    """What was chosen from what was known on the morning of `asof`.

    parameters: what was chosen. asked: forecasts of past orders that were replayed; judged: those whose
    latest day is over. pinball: their mean loss in days; coverage: the share that arrived by it. words:
    why it was chosen, and what it changed.

    The figures and `asof` are null where the same call, made again, is answered from the record.
    """

    asof: date | None
    parameters: ForecastParameters
    asked: int | None
    judged: int | None
    pinball: float | None
    coverage: float | None
    words: str


@doors.door("GET", CHOICES, roles=ROLES, shape=Shape(answers={200: ForecastChoices, 304: None}))
async def list_forecast_choices(call: CurrentCall) -> Response:
    """Read what the forecast of arrivals goes by, what was chosen so far, and why."""
    forecasts = call.desk.services.forecasts
    found = await call.work(forecasts.choices)
    in_use = found[0].parameters if found else await call.work(forecasts.parameters)
    told = ForecastChoices(parameters=shown(in_use), choices=tuple(map(_choice, found)))
    return read(call.request, told)


@doors.door("POST", "/v1/forecast/tune", roles=ROLES, shape=Shape(answers={200: ForecastTuned}))
async def tune_forecast(call: CurrentCall) -> Response:
    """Choose what the forecast of arrivals goes by, on the older part of the shop's own history.

    A worker does it by itself once a month.
    """
    from backorder.forecasting.tuning import differences

    now, services = call.desk.now(), call.desk.services
    day = services.calendar.day(now)

    async def choose() -> ForecastTuned:
        before = await call.work(services.forecasts.parameters)
        found = await call.desk.plans.work(call.request, partial(services.forecasts.tune, day))
        words = f"{found.words} {differences(before, found.parameters)}"
        await call.work(partial(services.forecasts.choose, found.parameters, words, now))
        return ForecastTuned(
            asof=found.asof,
            parameters=shown(found.parameters),
            asked=found.asked,
            judged=found.judged,
            pinball=found.pinball,
            coverage=found.coverage,
            words=words,
        )

    return answer(await call.act("forecast", "parameters", choose, partial(_on_record, call)))


async def _on_record(call: Call) -> ForecastTuned:
    """What a repetition answers. Raises HttpError 503 where this version can read no choice on record."""
    found = await call.work(call.desk.services.forecasts.choices)
    if not found:
        raise HttpError(503, _UNREADABLE)
    latest = found[0]
    return ForecastTuned(
        asof=None,
        parameters=shown(latest.parameters),
        asked=None,
        judged=None,
        pinball=None,
        coverage=None,
        words=latest.words,
    )


def shown(found: Parameters) -> ForecastParameters:
    """Parameters as programs read them."""
    return ForecastParameters(**asdict(found))


def _choice(found: ChosenParameters) -> ForecastChoice:
    return ForecastChoice(at=found.at, parameters=shown(found.parameters), words=found.words)
