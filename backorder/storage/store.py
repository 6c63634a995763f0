"""One database with everything that reads and writes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from backorder.domain.calendar import Calendar
from backorder.domain.channels import FIRST_REST
from backorder.domain.clock import Clock
from backorder.domain.durations import parse_duration, whole_days
from backorder.domain.policyfile import PolicyError
from backorder.domain.purchasing import Purchasing
from backorder.errors import SetupError
from backorder.messaging.letter import Shop
from backorder.ports import Replanned
from backorder.settings import Settings
from backorder.storage import replanning
from backorder.storage.aside import pause
from backorder.storage.cases import SqlCasebook
from backorder.storage.contacts import Contacts
from backorder.storage.dates import Limits, SupplierDates
from backorder.storage.engine import open_database, reading, rehearsing, writing
from backorder.storage.expecting import Expecting
from backorder.storage.floor import SqlFloor
from backorder.storage.intake import Intake
from backorder.storage.migrate import fit
from backorder.storage.outlook import Outlook
from backorder.storage.policies import PolicyShelf
from backorder.storage.post import SqlPost
from backorder.storage.purchasing import PurchasingBook
from backorder.storage.reporting import SupplyReporter
from backorder.storage.settling import Delays
from backorder.storage.stock import StockBook
from backorder.storage.supply import SupplyBook
from backorder.storage.timekeeping import Timekeeper, kept_zone


class Store:
    """The parts that work on one database, wired once."""

    def __init__(
        self,
        engine: Engine,
        calendar: Calendar,
        shop: Shop,
        *,
        public_url: str = "",
        limits: Limits | None = None,
        rules: Purchasing | None = None,
        max_endings_per_hour: int = 50,
        delays: Delays | None = None,
    ) -> None:
        self.engine = engine
        self.time = Timekeeper(engine)
        self.calendar = calendar
        self.shelf = PolicyShelf(calendar, max_endings_per_hour=max_endings_per_hour)
        self.cases = SqlCasebook(engine, self.shelf)
        self.post = SqlPost(engine, self.shelf, shop, public_url=public_url, delays=delays)
        self.intake = Intake(engine, self.shelf)
        self.outlook = Outlook(engine)
        self._expecting = expecting = Expecting(self.outlook, calendar)
        self._limits = limits or Limits()
        self.dates = SupplierDates(engine, self.shelf, expecting, self._limits)
        self.supply = SupplyBook(engine, self.shelf, expecting, self.dates)
        self.stock = StockBook(engine, self.shelf, expecting)
        self.purchasing = PurchasingBook(
            engine, calendar, expecting, self.dates, self.outlook, self.supply, rules or Purchasing()
        )
        self.reporter = SupplyReporter(engine, calendar, self.outlook, rules or Purchasing())
        self.planner = Planner(engine, self.shelf)
        self.contacts = Contacts(engine, self.shelf)
        self.floor = SqlFloor(engine, calendar, self.outlook)

    def clock(self) -> Clock:
        """How business time runs on this database; machine time where nothing else was set."""
        return self.time.clock()

    def keep_zone(self) -> None:
        """Keep the shop's zone with the database: from now on days mean the same."""
        self.time.keep_zone(self.calendar.zone)

    @contextmanager
    def rehearsal(self, at: datetime) -> Iterator[Rehearsal]:
        """Facts of supply that come one after the other, and of which nothing stays in the end."""
        self._expecting.prepare(at)
        with rehearsing(self.engine) as connection:
            yield Rehearsal(
                stock=StockBook(connection, self.shelf, self._expecting),
                dates=SupplierDates(connection, self.shelf, self._expecting, self._limits),
            )

    def policy_names(self) -> list[str]:
        """The policies on record."""
        with reading(self.engine) as connection:
            return self.shelf.names(connection)

    def load_policies(self, folder: Path) -> list[str]:
        """Load every policy file of a folder. Raises SetupError with every fault of every file."""
        faults, names = [], []
        with writing(self.engine) as connection:
            for path in sorted(folder.glob("*.toml")):
                try:
                    names.append(self.shelf.load(connection, path.read_text(encoding="utf-8-sig")).name)
                except PolicyError as error:
                    faults += [f"{path}: {fault}" for fault in error.faults]
                except UnicodeDecodeError as error:
                    faults.append(f"{path}: is not UTF-8 ({error.reason} at byte {error.start})")
            if faults:
                raise SetupError("\n".join(faults))
        if not names:
            raise SetupError(f"{folder}: there is no policy file")
        return names

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsal:
    """The books of one rehearsal; see `Store.rehearsal`."""

    stock: StockBook
    dates: SupplierDates


class Planner:
    """Pegging; see `activities.replans.Planner`."""

    def __init__(self, engine: Engine, shelf: PolicyShelf) -> None:
        self._engine = engine
        self._shelf = shelf

    def replan(self, sku: str, at: datetime) -> Replanned:
        """Peg a SKU anew."""
        return replanning.replan(self._engine, self._shelf, sku, at=at, day=self._shelf.calendar.day(at))

    def put_aside(self, sku: str, error: Exception) -> None:
        """Note that a SKU cannot be pegged."""
        pause(self._engine, f"sku/{sku}", error)

    def uncalled(self, sku: str, *, after: str, limit: int) -> list[tuple[str, int]]:
        """Lines that have to look and were not called to do so."""
        return replanning.uncalled(self._engine, sku, after=after, limit=limit)

    def called(self, sku: str, lines: Sequence[tuple[str, int]]) -> None:
        """Lines that were called to look."""
        replanning.called(self._engine, sku, lines)


def open_store(settings: Settings) -> Store:
    """Open the database of the settings. Raises SetupError if it is not at the schema of this code."""
    try:
        engine = open_database(settings.database)
    except ValueError as error:
        raise SetupError(f"BACKORDER_DATABASE_URL: {error}") from None
    try:
        with reading(engine) as connection:
            fit(connection)
    except SetupError:
        engine.dispose()
        raise
    zone, probe = _zone(settings, kept_zone(engine)), parse_duration(settings.probe_every)
    shop = Shop(
        name=settings.shop_name,
        url=settings.shop_url,
        postal_address=settings.shop_address,
        logo=settings.shop_logo,
        colour=settings.shop_colour,
    )
    return Store(
        engine,
        Calendar(zone=zone),
        shop,
        public_url=settings.public_url,
        limits=Limits(days=_days(settings.approve_over), lines=settings.approve_lines),
        rules=Purchasing(
            confirm_before=_days(settings.confirm_before),
            chase_every=_days(settings.chase_every),
            chases=settings.chases,
        ),
        max_endings_per_hour=settings.max_endings_per_hour,
        delays=Delays(
            lease=parse_duration(settings.lease),
            settling=parse_duration(settings.settling),
            probe=probe,
            # A single message rests no longer than a channel that fails for everybody.
            first_rest=min(FIRST_REST, probe),
        ),
    )


def _zone(settings: Settings, kept: str | None) -> str:
    """The shop's zone: the one that the database keeps. Raises SetupError if the settings name another."""
    if kept is None or kept == settings.time_zone:
        return settings.time_zone
    if "time_zone" in settings.model_fields_set:
        raise SetupError(
            f"BACKORDER_TIME_ZONE is {settings.time_zone}, but this database keeps the days of {kept}: "
            "every date in it would mean another day. Leave the setting out, or name the same zone"
        )
    return kept


def _days(length: str) -> int:
    return whole_days(parse_duration(length))


def machine_now() -> datetime:
    """The machine's time."""
    return datetime.now(UTC)
