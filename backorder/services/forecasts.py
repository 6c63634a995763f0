"""What a shop's own history says about when purchase orders arrive."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Connection, Engine, func, insert, select

from backorder.forecasting.history import PastOrder
from backorder.forecasting.parameters import DEFAULT, Parameters
from backorder.forecasting.query import Query
from backorder.queries.past_orders import past_orders, usual_lead_days
from backorder.services.import_history import THERE, HistoryImport
from backorder.storage.codec import dump_json
from backorder.storage.engine import reading, writing
from backorder.storage.isolation import known, sound
from backorder.storage.tables import history, parameters, purchase_order_lines

if TYPE_CHECKING:
    from backorder.forecasting.arrival import ArrivalForecast, ArrivalModel
    from backorder.forecasting.tuning import Progress, Tuning

log = logging.getLogger(__name__)

TUNED_EVERY = timedelta(days=30)
"""Business time after which the parameters are chosen anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenParameters:
    """Parameters that were chosen once, and why; `at` is a business instant."""

    at: datetime
    parameters: Parameters
    words: str


class ForecastService:
    """Forecasts arrivals, each day from what was known that morning. Safe to use from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._model: ArrivalModel | None = None
        self._outdated = False

    def prepare(self, day: date) -> ArrivalModel:
        """The model of a morning; it is learnt once a day, outside every transaction that writes."""
        from backorder.forecasting.arrival import ArrivalModel  # numpy: 0.1 s that most commands need not pay
        from backorder.forecasting.plausible import plausible

        with self._lock:
            if self._model is None or self._model.asof != day or self._outdated:
                self._outdated = False
                with reading(self._engine) as connection:
                    orders, chosen = past_orders(connection), chosen_parameters(connection)
                self._model = ArrivalModel.fit(plausible(orders, day), day, chosen)
            return self._model

    @property
    def model(self) -> ArrivalModel | None:
        """The model that was prepared last."""
        return self._model

    def forecast(self, queries: Sequence[Query]) -> list[ArrivalForecast | None]:
        """The arrivals of open orders, as the prepared model sees them."""
        model = self._model
        if model is None or not queries:
            return [None for _ in queries]
        return list(model.forecast_many(queries))

    def forget(self) -> None:
        """Learn anew before the next transaction: the history changed. Whoever asks now has the old model."""
        with self._lock:
            self._outdated = True

    def past(self) -> tuple[list[PastOrder], dict[str, int]]:
        """Every order that is known, and the suppliers' stated lead times in days."""
        with reading(self._engine) as connection:
            return past_orders(connection), usual_lead_days(connection)

    def tune(self, day: date, progress: Progress | None = None) -> Tuning:
        """Replay the past to find the parameters that would have forecast it best; nothing is written."""
        from backorder.forecasting.plausible import plausible
        from backorder.forecasting.tuning import tune

        with reading(self._engine) as connection:
            orders = past_orders(connection)
        return tune(plausible(orders, day), day, progress)

    def retune(self, now: datetime, day: date) -> Tuning | None:
        """Choose the parameters anew if that is due; what changed is kept with the choice.

        Due is a month after the last choice, or without one once there is a history. Cheap when not due.
        `day` is the business day of `now`. Returns None when not due.
        """
        from backorder.forecasting.tuning import FEWEST_QUERIES, differences

        with reading(self._engine) as connection:
            newest = select(parameters.c.at).order_by(parameters.c.number.desc()).limit(1)
            last = known(connection.execute(newest).scalar())
            if last is not None and abs(now - last) < TUNED_EVERY:
                return None
            counts = (select(func.count()).select_from(table) for table in (history, purchase_order_lines))
            if sum(connection.execute(count).scalar_one() for count in counts) < FEWEST_QUERIES:
                return None
            before = chosen_parameters(connection)
        tuning = self.tune(day)
        words = f"{tuning.words} {differences(before, tuning.parameters)}"
        self.choose(tuning.parameters, words, now)
        log.info("the forecast was tuned: %s", words)
        return tuning

    def parameters(self) -> Parameters:
        """The parameters in use."""
        with reading(self._engine) as connection:
            return chosen_parameters(connection)

    def choices(self) -> list[ChosenParameters]:
        """Every choice of parameters, the latest first."""
        query = select(parameters).order_by(parameters.c.number.desc())
        with reading(self._engine) as connection:
            found, _ = sound(connection.execute(query), _choice, lambda row: (f"parameters/{row.number}", ""))
            return found

    def import_history(self, orders: Sequence[PastOrder]) -> int:
        """Keep past orders from before this database; the same rows again add nothing.

        An order that was open in an earlier import and has arrived since is brought up to date. Returns how
        many are new or brought up to date.
        """
        found = HistoryImport(self._engine).keep(orders)
        self.forget()
        return sum(each != THERE for each in found)

    def choose(self, chosen: Parameters, words: str, at: datetime) -> None:
        """Use these parameters from now on; earlier choices stay on record."""
        with writing(self._engine) as connection:
            row = {"content": dump_json(asdict(chosen)), "words": words, "at": at}
            connection.execute(insert(parameters), row)
        self.forget()


def chosen_parameters(connection: Connection) -> Parameters:
    """The parameters that were chosen last, or the defaults."""
    query = select(parameters.c.number, parameters.c.content).order_by(parameters.c.number.desc()).limit(10)
    found, _ = sound(connection.execute(query), _chosen, lambda row: (f"parameters/{row.number}", ""))
    return found[0] if found else DEFAULT


class _ChosenRow(Protocol):
    content: str


class _ChoiceRow(_ChosenRow, Protocol):
    at: datetime
    words: str


def _choice(row: _ChoiceRow) -> ChosenParameters:
    return ChosenParameters(at=row.at, parameters=_chosen(row), words=row.words)


def _chosen(row: _ChosenRow) -> Parameters:
    return Parameters(**json.loads(row.content))
