"""Settings: read once, checked whole, frozen. `BACKORDER_*` variables win over the TOML file."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from backorder.domain.texts import fault_of_label, fault_of_name, fault_of_parsing, shown
from backorder.errors import SetupError

if TYPE_CHECKING:
    from backorder.domain.supply.order_plan import PlanningRules

PREFIX = "BACKORDER_"
FILE = "BACKORDER_CONFIG"
DEBUG = "BACKORDER_DEBUG"
"""Asks for the traceback of what a person can mend, too; no setting of the shop."""
_DRIVERS = ("sqlite", "sqlite+pysqlite", "postgres", "postgresql", "postgresql+psycopg")
_IN_MEMORY = re.compile(r"[^:]*:/{2,3}(:memory:)?(\?.*)?")
UNPREFIXED = ("SENDGRID_API_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")
"""Names that the providers' own tools know, so that they are not said twice."""
_PASSWORD = re.compile(r"(?<=://)([^:/@]*:)[^@/]*(?=@)|(?<=[?&])(password=)[^&]*")
LARGEST = 1 << 20
"""Bytes of a settings file, at most."""
_FRACTION = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)
_DIGITS: Mapping[object, re.Pattern[str]] = {
    int: re.compile(r"\d{1,9}", re.ASCII),
    float: _FRACTION,
    float | None: _FRACTION,
}
TABLES = ("planning",)
"""Tables of a settings file: service under [planning] is planning_service."""
PUBLIC_URL = "http://localhost:8000"
"""Where `backorder web` listens if nobody says another place."""
POLICIES = Path(__file__).resolve().parents[1] / "policies"


def _zone(name: str) -> str:
    from backorder.domain.zones import zone_of

    return zone_of(name)


def _page(url: str) -> str:
    from backorder.messaging.template_variables import web

    if url and not web(url):
        raise ValueError(f"{shown(url)} is no web address; write it like https://shop.example")
    return url


def _site(url: str) -> str:
    from urllib.parse import urlsplit

    from backorder.messaging.template_variables import web

    try:
        parts = urlsplit(url)
        fine = web(url) and parts.hostname and (parts.port or 1) and not (parts.query or parts.fragment)
    except ValueError:
        fine = False
    if not fine:
        raise ValueError(f"{shown(url)} is no web address; write it like https://orders.shop.example")
    return url


def _instead(url: str) -> str:
    return _site(url) if url else ""


def database_address(url: str) -> str:
    """The same address of a database. Raises ValueError, in words, for one that cannot be used."""
    kind, is_address, _ = url.partition("://")
    if url and not is_address:
        like = "sqlite:///backorder.db or postgresql://user:password@host/name"
        raise ValueError(f"is no address of a database; write it like {like}")
    if url and kind not in _DRIVERS:
        raise ValueError(f'the database must be "sqlite:///…" or "postgresql://…", not {shown(kind)}')
    if kind.startswith("sqlite") and _IN_MEMORY.fullmatch(url):
        raise ValueError("SQLite needs a file, or all is gone with the command; write sqlite:///backorder.db")
    return url


def _queue(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_./:-]{0,99}", text):
        like = "write letters, digits and -, like backorder"
        raise ValueError(f"{shown(text)} is no name of a task queue; {like}")
    return text


def _shop(text: str) -> str:
    if fault := fault_of_name(text):
        raise ValueError(f"{fault}; customers read it under every message, so write the shop's name")
    return text


def _read_by_customers(text: str) -> str:
    if text and (fault := fault_of_name(text, most=4000)):
        raise ValueError(f"{fault}; leave it empty if there is none")
    return text


def _dialled(text: str) -> str:
    """A number as people write it, perhaps as a word on a dial, with what has to be said of it."""
    _read_by_customers(text)
    if text and (sum(each.isdigit() for each in text) < 3 or set(text) & set("<>@")):
        raise ValueError(f"{shown(text)} is no number that anybody can dial; write it like +41 44 123 45 67")
    return text


def _sender(text: str) -> str:
    from backorder.domain.contacts import is_mailbox

    if text and not is_mailbox(text):
        raise ValueError(f"{shown(text)} is no email address; write it like orders@shop.example")
    return text


def _number(text: str) -> str:
    if text and not re.fullmatch(r"\+[1-9][0-9]{6,14}|MG[0-9a-f]{32}", text):
        raise ValueError(f"{shown(text)} is no number; write it like +491511234567")
    return text


def _picture(url: str) -> str:
    from backorder.messaging.template_variables import web

    if url and not (web(url) and url.startswith("https://")):
        raise ValueError(
            f"{shown(url)} is no https address of a picture, such as https://shop.example/logo.png"
        )
    return url


def _mailbox(text: str) -> str:
    from backorder.domain.contacts import is_mailbox

    if text and not is_mailbox(text):
        raise ValueError(f"{shown(text)} is no email address")
    if _is_read_by_nobody(text):
        raise ValueError(
            f"nobody reads {shown(text)}, but customers answer by mail: name a mailbox that is read"
        )
    return text


def _is_read_by_nobody(address: str) -> bool:
    from backorder.domain.contacts import is_read_by_nobody

    return is_read_by_nobody(address)


def _colour(text: str) -> str:
    from backorder.messaging.colours import COLOUR

    if text and not COLOUR.fullmatch(text):
        raise ValueError(f"{shown(text)} is no colour; write it like #1f5f8b")
    return text


def _receiver(url: str) -> str:
    from backorder.domain.receiver_urls import receiver_url

    if not url:
        return ""
    try:
        return receiver_url(url)
    except ValueError as error:
        raise ValueError(f"{shown(url)} {error}") from None


def _signing(secret: str) -> str:
    from backorder.domain.webhook_signature import key_of

    if secret:
        key_of(secret)
    return secret


def _keys(text: str) -> str:
    from backorder.messaging.sendgrid_events import public_key

    for each in filter(None, text.split(",")):
        public_key(each)
    return text


def _length(text: str) -> str:
    from backorder.domain.durations import parse_duration

    parse_duration(text)
    return text


def _period(text: str) -> str:
    from backorder.domain.durations import parse_duration

    if not parse_duration(text):
        raise ValueError(f"{shown(text)} is no time between two; write 1s or more")
    return text


def _networks(text: str) -> str:
    from ipaddress import ip_network

    for each in filter(None, (each.strip() for each in text.split(","))):
        try:
            ip_network(each)
        except ValueError:
            raise ValueError(f"{shown(each)} is no address or network; write it like 10.0.0.0/8") from None
    return text


def _budget(value: object) -> str:
    from backorder.domain.supply.order_plan import budget_of

    if not isinstance(value, str):
        raise ValueError('write an amount and its currency as a text, like "5000 EUR"')
    budget_of(value)
    return value


def _place(text: str) -> str:
    host, _, port = text.rpartition(":")
    if text and not (host and port.isascii() and port.isdecimal() and int(port) <= 65535):
        raise ValueError(f"{shown(text)} is no address and port; write it like 127.0.0.1:9464")
    return text


def _kept(text: str) -> str:
    from datetime import UTC, datetime

    from backorder.domain.retention import LINKS_WORK, kept_since

    now = datetime.now(UTC)
    if now - kept_since(text, now) < LINKS_WORK:
        raise ValueError(
            f"{shown(text)} is too short: the links that end promotions must work for {LINKS_WORK.days} "
            "days, and they work as long as their messages are on record"
        )
    return text


def _deployment(text: str) -> str:
    if text and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", text):
        raise ValueError(
            f"{shown(text)} is no name of a deployment; write letters, digits, - and _, like shop"
        )
    return text


def _build(text: str) -> str:
    if text and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,99}", text):
        raise ValueError(f"{shown(text)} is no build; write letters, digits, and any of _.+- like 0.2.0-7f3a")
    return text


Rate = Annotated[float | None, Field(ge=0.001, le=10_000)]
"""Messages a second: one in a quarter of an hour at least."""
MEANINGS: Mapping[str, str] = {
    "data": "folder of `backorder up`, with its database and logs",
    "database_url": "sqlite:///… or postgresql://…",
    "public_url": "where customers, suppliers and providers reach the web pages",
    "web_rate": "requests a second of one key, over ten seconds, in each process",
    "proxies": "proxies whose X-Forwarded-For is believed: addresses or networks, with commas between",
    "policies": "folder of policy files",
    "templates": "folder of the shop's own words, a folder for each locale, which win over the built-in ones",
    "time_zone": "the shop's time zone, kept with the database once it is there",
    "shop_name": "the shop, as customers read it",
    "grievance_officer": "who answers for complaints: name, designation and contact, as customers read it",
    "shop_address": "its postal address, as customers read it",
    "shop_url": "its page, https://…",
    "shop_logo": "address of a picture for its mails, https://…",
    "service_phone": "number at which a person answers, as customers read it",
    "service_hours": "when a person answers there, as customers read it, like Mon-Fri 9-17",
    "returns_url": "page that says how to send goods back, https://…",
    "shop_colour": "colour of bars, buttons and links in mails, like #1f5f8b",
    "email": "outbox (kept in the database) or sendgrid",
    "email_from": "address that mails come from",
    "reply_to": "mailbox for customers' replies, which somebody reads; needed where nobody reads email_from",
    "sms": "outbox (kept in the database) or twilio",
    "sms_from": "number that texts come from, like +491511234567",
    "sendgrid_url": "another host in SendGrid's place, for tests",
    "twilio_url": "another host in Twilio's place, for tests",
    "sendgrid_api_key": "SendGrid's key",
    "sendgrid_webhook_keys": "what its event webhook signs with, MFkw…; several with commas between",
    "twilio_account_sid": "Twilio's account",
    "twilio_auth_token": "Twilio's token",
    "email_rate": "mails a second to the provider at most, over all workers, like 10 or 0.5",
    "sms_rate": "texts a second to the provider at most, over all workers, like 1 or 0.5",
    "sms_two_way": "1: texts can be answered (they come from a number), so that questions ask for a digit",
    "send_timeout": "seconds for a call to a provider, all in all",
    "lease": "how long a message counts as being sent",
    "settling": "how long until an unclear outcome is looked up, and again until once more",
    "probe_every": "how often a paused channel is tried",
    "sweep_every": "how often the sweep looks for what a crash left behind",
    "events_url": "a first receiver of events, https://…",
    "events_secret": "what events to it are signed with: whsec_ and 24 to 64 random bytes in base64",
    "receivers_private": "1: receivers of events at private addresses are allowed",
    "secret": "what links in messages and the console's sessions are made with",
    "former_secrets": "secrets of before, whose links still open; several with commas between",
    "evidence_key": "file with the Ed25519 key (PEM) that signs evidence; none: one made of the secret",
    "retention": "how long what is on record of a line is kept after its end, like 6y or 90d",
    "max_endings_per_hour": "lines that the policy may end within a business hour",
    "confirm_before": "how long before its date a supplier is asked to confirm",
    "chase_every": "how often a silent supplier is chased",
    "chases": "how often at most, before a person is told",
    "approve_over": "a supplier's move so far waits for the buyer",
    "approve_lines": "a supplier's move of so many lines waits for the buyer",
    "planning_period": "what demand is counted by where orders are planned: day, week or month",
    "planning_service": "share of products that stock is planned not to run out of, like 0.95",
    "planning_review_days": "days between two orders to suppliers",
    "planning_budget": "what the orders of one day may cost together, like 5000 EUR; none: any amount",
    "planning_day_worth": "percent of its price that a day sooner is worth, between suppliers with a price",
    "metrics": "where a worker tells its metrics, like 127.0.0.1:9464; nowhere if not set",
    "log_level": "DEBUG, INFO, WARNING or ERROR",
    "log_format": "text or json",
    "task_queue": "Temporal's task queue; the one of sending has -sending behind it",
    "threads": "transactions and sends of a worker under way at once",
    "max_cached_workflows": "workflows that a worker keeps in memory",
    "deployment": "name of the worker deployment; none: workers without versions",
    "build_id": "version of the workers in the deployment, the program's if nothing else is set",
}
"""What each setting does, in the words of whoever sets it."""


class Settings(BaseModel):
    """Everything that can be set; MEANINGS says what it does. Secrets never show in a representation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Path = Path("backorder-data")
    database_url: Annotated[str, AfterValidator(database_address)] = ""
    public_url: Annotated[str, AfterValidator(_site)] = PUBLIC_URL
    web_rate: Annotated[float, Field(ge=0.1, le=100_000)] = 200.0
    proxies: Annotated[str, AfterValidator(_networks)] = ""
    policies: Path = POLICIES
    templates: Path | None = None
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    shop_name: Annotated[str, AfterValidator(_shop)] = "The Shop"
    grievance_officer: Annotated[str, AfterValidator(_read_by_customers)] = ""
    shop_address: Annotated[str, AfterValidator(_read_by_customers)] = ""
    shop_url: Annotated[str, AfterValidator(_page)] = ""
    shop_logo: Annotated[str, AfterValidator(_picture)] = ""
    service_phone: Annotated[str, AfterValidator(_dialled)] = ""
    service_hours: Annotated[str, AfterValidator(_read_by_customers)] = ""
    returns_url: Annotated[str, AfterValidator(_page)] = ""
    shop_colour: Annotated[str, AfterValidator(_colour)] = ""
    email: Literal["outbox", "sendgrid"] = "outbox"
    email_from: Annotated[str, AfterValidator(_sender)] = ""
    reply_to: Annotated[str, AfterValidator(_mailbox)] = ""
    sms: Literal["outbox", "twilio"] = "outbox"
    sms_from: Annotated[str, AfterValidator(_number)] = ""
    sendgrid_url: Annotated[str, AfterValidator(_instead)] = ""
    twilio_url: Annotated[str, AfterValidator(_instead)] = ""
    sendgrid_api_key: str = Field(default="", repr=False)
    sendgrid_webhook_keys: Annotated[str, AfterValidator(_keys)] = ""
    twilio_account_sid: str = Field(default="", repr=False)
    twilio_auth_token: str = Field(default="", repr=False)
    email_rate: Rate = None
    sms_rate: Rate = None
    sms_two_way: bool = False
    send_timeout: Annotated[float, Field(gt=0, le=60)] = 10.0
    lease: Annotated[str, AfterValidator(_length)] = "5m"
    settling: Annotated[str, AfterValidator(_length)] = "3m"
    probe_every: Annotated[str, AfterValidator(_period)] = "1m"
    sweep_every: Annotated[str, AfterValidator(_period)] = "30s"
    events_url: Annotated[str, AfterValidator(_receiver)] = ""
    events_secret: Annotated[str, AfterValidator(_signing)] = Field(default="", repr=False)
    receivers_private: bool = False
    secret: str = Field(default="", repr=False)
    former_secrets: str = Field(default="", repr=False)
    evidence_key: str = ""
    retention: Annotated[str, AfterValidator(_kept)] = "6y"
    max_endings_per_hour: Annotated[int, Field(ge=1)] = 50
    confirm_before: Annotated[str, AfterValidator(_length)] = "7d"
    chase_every: Annotated[str, AfterValidator(_period)] = "3d"
    chases: Annotated[int, Field(ge=0, le=20)] = 3
    approve_over: Annotated[str, AfterValidator(_length)] = "30d"
    approve_lines: Annotated[int, Field(ge=1)] = 500
    planning_period: Literal["day", "week", "month"] = "week"
    planning_service: Annotated[float, Field(ge=0.5, le=0.999)] = 0.95
    planning_review_days: Annotated[int, Field(ge=1, le=365)] = 7
    planning_budget: Annotated[str, BeforeValidator(_budget)] = ""
    planning_day_worth: Annotated[float, Field(ge=0, le=100)] = 1.0
    metrics: Annotated[str, AfterValidator(_place)] = ""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"
    task_queue: Annotated[str, AfterValidator(_queue)] = "backorder"
    threads: Annotated[int, Field(ge=1, le=200)] = 16
    max_cached_workflows: Annotated[int, Field(ge=10)] = 2000
    deployment: Annotated[str, AfterValidator(_deployment)] = ""
    build_id: Annotated[str, AfterValidator(_build)] = ""

    @field_validator("*", mode="before")
    @classmethod
    def _plain(cls, value: object, info: ValidationInfo) -> object:
        """Numbers are digits, and no word or list is one; a text is one that everything can hold."""
        kind = cls.model_fields[info.field_name or ""].annotation
        if isinstance(value, str):
            value = value.strip()
            if fault := fault_of_label(value, most=4000):
                raise ValueError(fault)
            digits = _DIGITS.get(kind)
            if digits and not digits.fullmatch(value):
                raise ValueError(f"{shown(value)} is no number; write digits, like 10")
        elif (isinstance(value, bool) and kind is not bool) or (kind is int and not isinstance(value, int)):
            raise ValueError(f"must be {'a number, written in digits' if kind in _DIGITS else 'a text'}")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Settings:
        missing = []
        if self.email == "sendgrid":
            missing += [name for name in ("sendgrid_api_key", "email_from") if not getattr(self, name)]
            if not self.reply_to and _is_read_by_nobody(self.email_from):
                missing.append("reply_to")
        if self.sms == "twilio":
            names = ("twilio_account_sid", "twilio_auth_token", "sms_from")
            missing += [name for name in names if not getattr(self, name)]
        if bool(self.events_url) != bool(self.events_secret):
            missing += [name for name in ("events_url", "events_secret") if not getattr(self, name)]
        if missing:
            raise ValueError(f"needed for sending, but not set: {', '.join(map(variable, missing))}")
        if self.build_id and not self.deployment:
            raise ValueError(f"{variable('build_id')} is set, but no {variable('deployment')} that it is of")
        if seconds(self.lease) <= self.send_timeout:
            raise ValueError(
                f"{variable('lease')} must be longer than {variable('send_timeout')} "
                f"({self.send_timeout:g} s): a message would count as lost while it is being sent"
            )
        return self

    @property
    def pages_at(self) -> str:
        """Where customers, suppliers and providers reach the pages; "" where nobody has said so."""
        return self.public_url.rstrip("/") if "public_url" in self.model_fields_set else ""

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.data / 'backorder.db'}"

    @property
    def planning(self) -> PlanningRules:
        """How orders are planned."""
        from backorder.domain.supply.order_plan import PlanningRules, budget_of

        return PlanningRules(
            period=self.planning_period,
            service=self.planning_service,
            review_days=self.planning_review_days,
            budget=budget_of(self.planning_budget),
            day_worth=self.planning_day_worth,
        )

    @property
    def build(self) -> str:
        """The version of the workers in their deployment."""
        from importlib.metadata import version

        return self.build_id or version("backorder")


def seconds(length: str) -> float:
    """A length such as 30s or 5m, in seconds."""
    from backorder.domain.durations import parse_duration

    return parse_duration(length).total_seconds()


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return name.upper() if name.upper() in UNPREFIXED else PREFIX + name.upper()


@dataclass(frozen=True, kw_only=True, slots=True)
class Explained:
    """A setting as people read it. source: default, a variable, or file:key. value: masked if secret."""

    name: str
    variable: str
    value: str
    source: str
    meaning: str


def explained(environ: Mapping[str, str] | None = None) -> list[Explained]:
    """Every setting, with its value, where that comes from, and what it does. Raises SetupError."""
    found = dict(os.environ if environ is None else environ)
    settings = read_settings(found)
    file = found.get(FILE, "")
    keys = {_field_of(key): key for key, _ in _said(_toml(file))} if file else {}

    def source(name: str) -> str:
        if variable(name) in found:
            return variable(name)
        return f"{file}:{keys[name]}" if name in keys else "default"

    return [
        Explained(
            name=name,
            variable=variable(name),
            value=_shown(settings, name),
            source=source(name),
            meaning=meaning,
        )
        for name, meaning in MEANINGS.items()
    ]


def _shown(settings: Settings, name: str) -> str:
    if name == "database_url":
        return _PASSWORD.sub(lambda match: f"{match[1] or match[2]}***", settings.database)
    found = getattr(settings, name)
    value = "" if found is None else str(found)
    secret = Settings.model_fields[name].repr is False
    return "***" if secret and value else value


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. Raises SetupError with every fault, each with the name to correct."""
    found = dict(os.environ if environ is None else environ)
    values, faults = _from_file(found.get(FILE, ""))
    for name in Settings.model_fields:
        if variable(name) in found:
            values[name] = found[variable(name)]
    known = [variable(name) for name in Settings.model_fields]
    faults += [
        _unknown(name, known)
        for name in sorted(found)
        if name.startswith(PREFIX) and name not in (FILE, DEBUG, *known)
    ]
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise SetupError("\n".join([*_faults(error), *faults])) from None
    if faults:
        raise SetupError("\n".join(faults))
    return settings


def _from_file(path: str) -> tuple[dict[str, object], list[str]]:
    """The settings of a file by their fields, and what is wrong with its keys.

    A key is a field's name or its environment variable: sms, or BACKORDER_SMS. Those of a table of TABLES may
    stand in it, without its name.
    """
    if not path:
        return {}, []
    values: dict[str, object] = {}
    faults = []
    for key, value in _said(_toml(path)):
        name = _field_of(key)
        if key in TABLES:
            faults.append(f"{path}: {key}: is a table; write [{key}] above its settings")
        elif name not in Settings.model_fields:
            faults.append(f"{path}: {_unknown(key, list(_known_keys()))}")
        elif name in values:
            faults.append(f"{path}: {name} is there twice, also as {variable(name)} or in a table")
        else:
            values[name] = value
    return values, faults


def _said(table: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """The keys of a settings file with their values; those of a table with its name and a point before."""
    for key, value in table.items():
        if key in TABLES and isinstance(value, dict):
            yield from ((f"{key}.{name}", each) for name, each in value.items())
        else:
            yield key, value


def _field_of(key: str) -> str:
    """The field that a key of a settings file means; the key itself where it means none."""
    table, point, name = key.partition(".")
    if point and table in TABLES:
        return f"{table}_{name}"
    return next((name for name in Settings.model_fields if variable(name) == key), key)


def _known_keys() -> Iterator[str]:
    """Every key that a settings file may have."""
    for name in Settings.model_fields:
        yield from (variable(name), name)
        yield from (f"{each}.{name.removeprefix(each + '_')}" for each in TABLES if name.startswith(each))


def _toml(path: str) -> dict[str, object]:
    try:
        with Path(path).open("rb") as file:
            raw = file.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise SetupError(f"{FILE}={path}: is larger than {LARGEST} bytes, so it holds no settings")
        return tomllib.loads(raw.decode("utf-8-sig"))
    except OSError as error:
        raise SetupError(f"{FILE}={path}: {(error.strerror or str(error)).lower()}") from None
    except UnicodeDecodeError as error:
        raise SetupError(f"{FILE}={path}: byte {error.start} is not UTF-8; save it as UTF-8") from None
    except RecursionError:
        raise SetupError(f"{FILE}={path}: this is nested too deeply") from None
    except ValueError as error:
        raise SetupError(f"{FILE}={path}: this is not TOML: {fault_of_parsing(error)}") from None


def _unknown(name: str, known: Sequence[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1, cutoff=0.7)
    return f"{shown(name)[1:-1]}: there is no such setting" + (f"; did you mean {near[0]}?" if near else "")


_KINDS = {
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "bool_parsing": "must be 1 or 0",
    "bool_type": "must be 1 or 0",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "string_type": "must be a text",
    "string_unicode": "holds half a character",
    "path_type": "must be the name of a folder",
}


def _faults(error: ValidationError) -> list[str]:
    found = []
    for each in error.errors(include_url=False, include_input=False):
        name = variable(str(each["loc"][0])) if each["loc"] else ""
        words = _KINDS.get(each["type"]) or each["msg"].removeprefix("Value error, ")
        words = words.replace("Input should be", "must be")
        found.append(f"{name}: {words}" if name else words)
    return found
