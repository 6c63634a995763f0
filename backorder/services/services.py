"""One database with everything that reads and writes it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from backorder.domain.calendar import Calendar
from backorder.domain.channels import FIRST_REST
from backorder.domain.clock import Clock
from backorder.domain.durations import parse_duration, whole_days
from backorder.domain.supply.approval import Limits
from backorder.domain.supply.order_plan import PlanningRules
from backorder.domain.supply.purchase_order_follow_up import FollowUpRules
from backorder.errors import SetupError
from backorder.messaging.customer_links import CustomerLinks
from backorder.messaging.message_content import Shop
from backorder.services.delays import Delays
from backorder.services.load_policies import load_policies
from backorder.settings import Settings
from backorder.storage.clock import Timekeeper, kept_zone
from backorder.storage.database import Database
from backorder.storage.engine import open_database, reading, rehearsing
from backorder.storage.migrate import fit
from backorder.storage.policies import PolicyRepository
from backorder.storage.transactions import OwnTransaction, PartOfTransaction

if TYPE_CHECKING:
    from backorder.queries.supply_report import SupplyReport
    from backorder.schemas import Incoming
    from backorder.schemas.policies import PolicyText
    from backorder.services.availability import AvailabilityService
    from backorder.services.change_customer import Contacts
    from backorder.services.dispatch_messages import MessageDispatch
    from backorder.services.erase_customer import Erasures
    from backorder.services.expected_receipts import ExpectedReceipts
    from backorder.services.export_evidence import EvidenceExport, Requester
    from backorder.services.follow_up_purchase_order import PurchaseOrderFollowUp
    from backorder.services.forecasts import ForecastService
    from backorder.services.import_sales import SalesImport
    from backorder.services.kept_plans import KeptPlans
    from backorder.services.load_policy import PolicyLoaded
    from backorder.services.message_routes import Addressing
    from backorder.services.move_line import LineMover
    from backorder.services.open_line import LineOpener
    from backorder.services.plan_orders import OrderPlanning
    from backorder.services.planner import Planner
    from backorder.services.publish_events import EventDispatch
    from backorder.services.receivers import Receivers
    from backorder.services.reconcile import Reconciler
    from backorder.services.record_reports import ReportRecorder
    from backorder.services.record_request import RequestRecorder
    from backorder.services.record_stock import StockRecorder
    from backorder.services.record_supply import SupplyRecorder
    from backorder.services.supplier_answers import SupplierAnswers
    from backorder.services.supplier_dates import SupplierDates
    from backorder.services.take_text import TextIntake
    from backorder.services.tell_lines import LineTelling
    from backorder.services.what_if import WhatIfs
    from backorder.storage.line_repository import LineRepository

log = logging.getLogger(__name__)


class Services:
    """The parts that work on one database, each wired when it is first asked for: a command needs a few."""

    def __init__(
        self,
        engine: Engine,
        calendar: Calendar,
        shop: Shop,
        *,
        limits: Limits | None = None,
        rules: FollowUpRules | None = None,
        max_endings_per_hour: int = 50,
        delays: Delays | None = None,
        receivers_private: bool = False,
        retention: str = "6y",
        links: CustomerLinks | None = None,
        planning: PlanningRules | None = None,
    ) -> None:
        self.engine = engine
        self.time = Timekeeper(engine)
        self.calendar = calendar
        self.policies = PolicyRepository(calendar, max_endings_per_hour=max_endings_per_hour)
        self.database = Database(engine=engine, policies=self.policies, templates=shop.templates)
        self._shop = shop
        self.links = links
        self._limits = limits or Limits()
        self._rules = rules
        self._delays = delays or Delays()
        self._receivers_private = receivers_private
        self._retention = retention
        self.planning = planning or PlanningRules()

    @cached_property
    def lines(self) -> LineRepository:
        """Lines that are reviewed."""
        from backorder.storage.line_repository import LineRepository

        return LineRepository(self.engine, self.policies)

    @cached_property
    def dispatch(self) -> MessageDispatch:
        """Messages on their way."""
        from backorder.services.dispatch_messages import MessageDispatch

        return MessageDispatch(self.engine, self.policies, self._shop, delays=self._delays, links=self.links)

    @cached_property
    def reports(self) -> ReportRecorder:
        """What providers report."""
        from backorder.services.record_reports import ReportRecorder

        return ReportRecorder(self.engine, self.policies, self.addressing, self._delays)

    @cached_property
    def events(self) -> EventDispatch:
        """Events on their way."""
        from backorder.services.publish_events import EventDispatch

        return EventDispatch(self.engine, lambda now: self.clock().business(now))

    @cached_property
    def receivers(self) -> Receivers:
        """Receivers of events."""
        from backorder.services.receivers import Receivers

        return Receivers(self.engine, private=self._receivers_private)

    @cached_property
    def moving(self) -> LineMover:
        """Lines that are moved, in their queue or to another policy."""
        from backorder.services.move_line import LineMover

        return LineMover(self.engine, self.policies)

    @cached_property
    def texts(self) -> TextIntake:
        """What customers text."""
        from backorder.services.take_text import TextIntake

        return TextIntake(self.engine, self.policies, self._shop, self.links)

    @cached_property
    def intake(self) -> LineOpener:
        """Lines that come in."""
        from backorder.messaging.written_languages import languages
        from backorder.services.line_warnings import LineWarnings
        from backorder.services.open_line import LineOpener

        return LineOpener(self.engine, self.policies, LineWarnings(languages(self._shop.templates)))

    @cached_property
    def availability(self) -> AvailabilityService:
        """What can be said before somebody orders."""
        from backorder.services.availability import AvailabilityService

        return AvailabilityService(self.engine, self.policies)

    @cached_property
    def requests(self) -> RequestRecorder:
        """What is asked of lines."""
        from backorder.services.record_request import RequestRecorder

        return RequestRecorder(self.engine)

    @cached_property
    def forecasts(self) -> ForecastService:
        """The forecast."""
        from backorder.services.forecasts import ForecastService

        return ForecastService(self.engine)

    @cached_property
    def _expected_receipts(self) -> ExpectedReceipts:
        from backorder.services.expected_receipts import ExpectedReceipts

        return ExpectedReceipts(self.forecasts, self.calendar)

    @cached_property
    def dates(self) -> SupplierDates[OwnTransaction]:
        """What suppliers say."""
        from backorder.services.supplier_dates import SupplierDates

        return SupplierDates(
            OwnTransaction(self.engine), self.policies, self._expected_receipts, self._limits
        )

    @cached_property
    def supplier_answers(self) -> SupplierAnswers:
        """What suppliers say by their links."""
        from backorder.services.supplier_answers import SupplierAnswers

        return SupplierAnswers(self.engine, self.policies, self._expected_receipts, self._limits)

    @cached_property
    def supply(self) -> SupplyRecorder:
        """Suppliers, products, purchase orders."""
        from backorder.services.record_supply import SupplyRecorder

        return SupplyRecorder(self.engine, self.policies, self._expected_receipts, self.dates)

    @cached_property
    def stock(self) -> StockRecorder[OwnTransaction]:
        """What is on hand."""
        from backorder.services.record_stock import StockRecorder

        return StockRecorder(OwnTransaction(self.engine), self.policies, self._expected_receipts)

    @cached_property
    def what_if(self) -> WhatIfs:
        """What would come of something that has not happened."""
        from backorder.services.what_if import WhatIfs

        return WhatIfs(self.engine, self.policies, self._expected_receipts, self._limits)

    @cached_property
    def purchasing(self) -> PurchaseOrderFollowUp:
        """Purchase orders that are followed up."""
        from backorder.services.follow_up_purchase_order import PurchaseOrderFollowUp

        rules = self._rules or FollowUpRules()
        return PurchaseOrderFollowUp(
            self.engine,
            self.calendar,
            self._expected_receipts,
            self.dates,
            self.forecasts,
            self.supply,
            rules,
        )

    def supply_report(self, at: datetime) -> SupplyReport:
        """The supply report as of a business instant."""
        from backorder.queries.supply_report import supply_report

        model = self.forecasts.prepare(self.calendar.day(at))
        return supply_report(self.database, model, self._rules or FollowUpRules())

    @cached_property
    def sales(self) -> SalesImport:
        """Sales that are put on record."""
        from backorder.services.import_sales import SalesImport

        return SalesImport(self.engine)

    @cached_property
    def order_planning(self) -> OrderPlanning:
        """What to order today, from whom and why."""
        from backorder.services.plan_orders import OrderPlanning

        return OrderPlanning(self.engine, self.forecasts)

    @cached_property
    def kept_plans(self) -> KeptPlans:
        """The plan of a whole shop, worked out once as long as it stands."""
        from backorder.services.kept_plans import KeptPlans

        return KeptPlans(self.engine, self.calendar, self.order_planning)

    @cached_property
    def planner(self) -> Planner:
        """Pegging."""
        from backorder.services.planner import Planner

        return Planner(self.engine, self.policies)

    @cached_property
    def telling(self) -> LineTelling:
        """What workflows do not know yet."""
        from backorder.services.tell_lines import LineTelling

        return LineTelling(self.engine, self.policies)

    @cached_property
    def contacts(self) -> Contacts:
        """Customers."""
        from backorder.services.change_customer import Contacts

        return Contacts(self.engine, self.policies)

    @cached_property
    def erasures(self) -> Erasures:
        """Customers who wish to be erased."""
        from backorder.services.erase_customer import Erasures

        return Erasures(self.engine, self.calendar)

    @cached_property
    def evidence(self) -> EvidenceExport:
        """What proves what was done for a line."""
        from backorder.services.export_evidence import EvidenceExport

        return EvidenceExport(self.engine, self.calendar)

    @cached_property
    def addressing(self) -> Addressing:
        """To whom messages go, and by which way."""
        from backorder.services.message_routes import Addressing

        return Addressing(self.policies, self._shop, self.links)

    @cached_property
    def reconciler(self) -> Reconciler:
        """What the sweep looks for."""
        from backorder.services.reconcile import Reconciler
        from backorder.services.remind_of_shortages import ShortageReminders
        from backorder.services.retention import Retention

        retention = Retention(self.engine, self._retention)
        shortages = ShortageReminders(
            engine=self.engine, calendar=self.calendar, planning=self.order_planning, rules=self.planning
        )
        return Reconciler(self.engine, self.calendar, self.forecasts, self.erasures, retention, shortages)

    def clock(self) -> Clock:
        """How business time runs on this database; machine time where nothing else was set."""
        return self.time.clock()

    def keep_zone(self) -> None:
        """Keep the shop's zone with the database: from now on days mean the same."""
        self.time.keep_zone(self.calendar.zone)

    @contextmanager
    def rehearsal(self, at: datetime) -> Iterator[Rehearsal]:
        """Facts of supply that come one after the other, and of which nothing stays in the end."""
        from backorder.services.known_faults import known_faults
        from backorder.services.record_stock import StockRecorder
        from backorder.services.supplier_dates import SupplierDates

        self._expected_receipts.prepare(at)
        with rehearsing(self.engine) as connection:
            part = PartOfTransaction(connection)
            yield Rehearsal(
                stock=StockRecorder(part, self.policies, self._expected_receipts),
                dates=SupplierDates(part, self.policies, self._expected_receipts, self._limits),
                known_faults=partial(known_faults, connection, self.policies),
            )

    def known_faults(self, said: Incoming, at: datetime, about: str = "") -> list[str]:
        """What the record knows to be wrong with what is sound of what somebody said."""
        from backorder.services.known_faults import known_faults

        with reading(self.engine) as connection:
            return known_faults(connection, self.policies, said, at, about)

    def policy_names(self) -> list[str]:
        """The policies on record."""
        with reading(self.engine) as connection:
            return self.policies.names(connection)

    def load_policies(self, folder: Path, asked: Requester | None = None) -> list[str]:
        """Load every policy file of a folder. asked: who has them loaded, for the audit.

        Raises SetupError with every fault of every file.
        """
        return load_policies(self.engine, self.policies, folder, asked)

    def load_policy(self, wanted: PolicyText) -> PolicyLoaded:
        """Load one policy, from its text. Raises RefusedError with every fault."""
        from backorder.services.load_policy import load_policy

        return load_policy(self.engine, self.policies, wanted)

    def look_at_policy(self, wanted: PolicyText, *, preview: bool) -> PolicyLoaded:
        """What a policy would be, and how it stands; nothing is written. Raises RefusedError."""
        from backorder.services.load_policy import look_at_policy

        return look_at_policy(self.engine, self.policies, wanted, preview=preview)

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsal:
    """The books of one rehearsal; see `Services.rehearsal`. known_faults: as `Services` has it."""

    stock: StockRecorder[PartOfTransaction]
    dates: SupplierDates[PartOfTransaction]
    known_faults: Callable[[Incoming, datetime], list[str]]


def open_services(settings: Settings) -> Services:
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
    zone = _zone(settings, kept_zone(engine))
    return Services(
        engine,
        Calendar(zone=zone),
        shop_of(settings),
        limits=Limits(days=_days(settings.approve_over), lines=settings.approve_lines),
        rules=FollowUpRules(
            confirm_before=_days(settings.confirm_before),
            expedite_every=_days(settings.chase_every),
            expedite_times=settings.chases,
        ),
        max_endings_per_hour=settings.max_endings_per_hour,
        receivers_private=settings.receivers_private,
        retention=settings.retention,
        links=links_of(settings),
        planning=settings.planning,
        delays=_delays(settings),
    )


def _delays(settings: Settings) -> Delays:
    probe = parse_duration(settings.probe_every)
    return Delays(
        lease=parse_duration(settings.lease),
        settling=parse_duration(settings.settling),
        probe=probe,
        # A single message rests no longer than a channel that fails for everybody.
        first_rest=min(FIRST_REST, probe),
        rates={
            channel: rate
            for channel, rate in (("email", settings.email_rate), ("sms", settings.sms_rate))
            if rate is not None
        },
    )


def shop_of(settings: Settings) -> Shop:
    """The shop as its customers read it."""
    return Shop(
        name=settings.shop_name,
        url=settings.shop_url,
        postal_address=settings.shop_address,
        logo=settings.shop_logo,
        colour=settings.shop_colour,
        two_way=settings.sms_two_way,
        phone=settings.service_phone,
        grievance_officer=settings.grievance_officer,
        templates=settings.templates,
        returns_url=settings.returns_url,
    )


def links_of(settings: Settings) -> CustomerLinks | None:
    """The links in messages; None where nobody said where the pages are, or no secret is set."""
    if not (settings.pages_at and settings.secret):
        return None
    former = filter(None, (each.strip() for each in settings.former_secrets.split(",")))
    return CustomerLinks(settings.pages_at, (settings.secret, *former))


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
