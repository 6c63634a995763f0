"""Settings: read once, checked whole, frozen. `BACKORDER_*` variables win over the TOML file."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from backorder.errors import SetupError

PREFIX = "BACKORDER_"
FILE = "BACKORDER_CONFIG"
UNPREFIXED = ("SENDGRID_API_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")
"""Names that the providers' own tools know, so that they are not said twice."""
POLICIES = Path(__file__).resolve().parents[1] / "policies"


def _zone(name: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f'"{name}" is no IANA time zone; write it like Europe/Berlin') from None
    return name


def _length(text: str) -> str:
    from backorder.domain.durations import parse_duration

    parse_duration(text)
    return text


class Settings(BaseModel):
    """Everything that can be set. Secrets never show in a representation.

    data: the folder of the embedded stack. database_url: "" for a SQLite file in that folder.
    time_zone: the shop's. shop_name, shop_address: as customers read them. sendgrid_url, twilio_url: another
    host, for tests. threads: database transactions and sends under way at once.
    send_timeout: seconds for a call to a provider, all in all. lease, settling, probe_every, sweep_every, in
    machine time: how long a message counts as being sent; how long after that an unclear outcome is looked
    up, and once more as long after; how often a paused channel is tried; how often the sweep looks around.
    max_endings_per_hour: lines that may end by policy within a business hour. confirm_before, chase_every,
    chases: how suppliers are asked and chased. approve_over, approve_lines: moves of a supplier's date that
    the buyer wants to see first.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Path = Path("backorder-data")
    database_url: str = ""
    public_url: str = "http://localhost:8080"
    policies: Path = POLICIES
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    shop_name: str = "The Shop"
    shop_address: str = ""
    email: Literal["outbox", "sendgrid"] = "outbox"
    email_from: str = ""
    sms: Literal["outbox", "twilio"] = "outbox"
    sms_from: str = ""
    sendgrid_url: str = ""
    twilio_url: str = ""
    sendgrid_api_key: str = Field(default="", repr=False)
    twilio_account_sid: str = Field(default="", repr=False)
    twilio_auth_token: str = Field(default="", repr=False)
    send_timeout: Annotated[float, Field(gt=0, le=60)] = 10.0
    lease: Annotated[str, AfterValidator(_length)] = "5m"
    settling: Annotated[str, AfterValidator(_length)] = "3m"
    probe_every: Annotated[str, AfterValidator(_length)] = "1m"
    sweep_every: Annotated[str, AfterValidator(_length)] = "30s"
    events_url: str = ""
    events_secret: str = Field(default="", repr=False)
    secret: str = Field(default="", repr=False)
    max_endings_per_hour: Annotated[int, Field(ge=1)] = 50
    confirm_before: Annotated[str, AfterValidator(_length)] = "7d"
    chase_every: Annotated[str, AfterValidator(_length)] = "3d"
    chases: Annotated[int, Field(ge=0, le=20)] = 3
    approve_over: Annotated[str, AfterValidator(_length)] = "30d"
    approve_lines: Annotated[int, Field(ge=1)] = 500
    task_queue: str = "backorder"
    threads: Annotated[int, Field(ge=1, le=200)] = 16
    max_cached_workflows: Annotated[int, Field(ge=10)] = 2000

    @model_validator(mode="after")
    def _whole(self) -> Settings:
        missing = []
        if self.email == "sendgrid":
            missing += [name for name in ("sendgrid_api_key", "email_from") if not getattr(self, name)]
        if self.sms == "twilio":
            names = ("twilio_account_sid", "twilio_auth_token", "sms_from")
            missing += [name for name in names if not getattr(self, name)]
        if missing:
            raise ValueError(f"needed for sending, but not set: {', '.join(map(variable, missing))}")
        if seconds(self.lease) <= self.send_timeout:
            raise ValueError(
                f"{variable('lease')} must be longer than {variable('send_timeout')} "
                f"({self.send_timeout:g} s): a message would count as lost while it is being sent"
            )
        return self

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.data / 'backorder.db'}"


def seconds(length: str) -> float:
    """A length such as 30s or 5m, in seconds."""
    from backorder.domain.durations import parse_duration

    return parse_duration(length).total_seconds()


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return name.upper() if name.upper() in UNPREFIXED else PREFIX + name.upper()


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. Raises SetupError with every fault, each with the name to correct."""
    found = dict(os.environ if environ is None else environ)
    values: dict[str, Any] = _from_file(found.get(FILE, ""))
    for name in Settings.model_fields:
        if variable(name) in found:
            values[name] = found[variable(name)]
    unknown = [
        name
        for name in found
        if name.startswith(PREFIX)
        and name != FILE
        and name.removeprefix(PREFIX).lower() not in Settings.model_fields
    ]
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise SetupError("\n".join([*_faults(error), *_unknown(unknown)])) from None
    if unknown:
        raise SetupError("\n".join(_unknown(unknown)))
    return settings


def _from_file(path: str) -> dict[str, Any]:
    if not path:
        return {}
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SetupError(f"{FILE}={path}: {error}") from None


def _unknown(names: list[str]) -> list[str]:
    return [f"{name}: there is no such setting" for name in sorted(names)]


def _faults(error: ValidationError) -> list[str]:
    found = []
    for each in error.errors(include_url=False, include_input=False):
        name = variable(str(each["loc"][0])) if each["loc"] else ""
        words = each["msg"].removeprefix("Value error, ")
        found.append(f"{name}: {words}" if name else words)
    return found
