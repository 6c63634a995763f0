"""What `backorder doctor` finds in the settings themselves, beyond what is refused where they are read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from backorder.errors import BackorderError, SetupError
from backorder.services.check_templates import check_templates
from backorder.settings import PUBLIC_URL, Settings, variable
from starter.embedded.secret import found_secret
from starter.mending import in_words
from starter.secret_strength import faults_of_secrets

Mark = Literal["good", "heed", "bad"]
_SENDGRID = re.compile(r"SG\.[\w-]{10,}\.[\w-]{20,}")
_TWILIO = re.compile(r"AC[0-9a-f]{32}")
_TOKEN = re.compile(r"[0-9a-f]{32}")
_NUMBER = re.compile(r"\+[1-9]\d{6,14}|MG[0-9a-f]{32}")
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One check. mark: good, heed (it works, but) or bad. words: how it is; todo: what to do, or ""."""

    check: str
    mark: Mark
    words: str
    todo: str = ""


def settings_examined(settings: Settings) -> Iterator[Finding]:
    """Check the secrets, the shop's own words, the key of evidence and the providers."""
    yield from _secret(settings)
    yield from _templates(settings)
    yield from _evidence_key(settings)
    yield from _providers(settings)


def failed(check: str, error: Exception) -> Finding | None:
    """What a person can do about an error; None for a defect of the program."""
    if isinstance(error, BackorderError):
        detail = str(error)
    else:
        found = in_words(error)
        if found is None:
            return None
        detail = found.words
    words, _, todo = detail.replace("\n", " ").partition(": ")
    return Finding(check=check, mark="bad", words=words, todo=todo)


def _secret(settings: Settings) -> Iterator[Finding]:
    name, make = variable("secret"), "set it to what `openssl rand -hex 32` prints"
    faults = faults_of_secrets(settings)
    if not settings.secret and found_secret(settings.data):
        words = f"`backorder up` uses the one in {settings.data}; {name} is not set"
        yield Finding(check="secret", mark="good", words=words, todo=f"before `backorder web` is run, {make}")
    elif not settings.secret:
        yield Finding(
            check="secret", mark="heed", words=f"{name} is not set", todo=f"before pages open, {make}"
        )
    elif faults:
        words, _, todo = faults[0].partition("; ")
        yield Finding(check="secret", mark="bad", words=words, todo=todo)
    else:
        yield Finding(check="secret", mark="good", words="long enough")


def _providers(settings: Settings) -> Iterator[Finding]:
    yield from _formed(
        "email",
        settings.email,
        (
            ("sendgrid_api_key", _SENDGRID, "a key of SendGrid, which begins with SG."),
            ("email_from", _MAIL, "an email address"),
        ),
        settings,
    )
    yield from _formed(
        "sms",
        settings.sms,
        (
            ("twilio_account_sid", _TWILIO, "an account of Twilio, AC and 32 letters"),
            ("twilio_auth_token", _TOKEN, "a token of Twilio, 32 letters"),
            ("sms_from", _NUMBER, "a number like +491511234567"),
        ),
        settings,
    )
    if {settings.email, settings.sms} == {"outbox"}:
        return
    for name, usual in (
        ("public_url", PUBLIC_URL),
        ("shop_name", "The Shop"),
        ("shop_address", ""),
    ):
        if getattr(settings, name) == usual:
            words = f"{variable(name)} is {usual or 'empty'}, and customers read it"
            yield Finding(check="shop", mark="heed", words=words, todo=f"set {variable(name)}")


def _formed(
    channel: str, way: str, wanted: tuple[tuple[str, re.Pattern[str], str], ...], settings: Settings
) -> Iterator[Finding]:
    if way == "outbox":
        words = "kept in the database; nothing leaves this machine"
        yield Finding(check=channel, mark="good", words=words)
        return
    wrong = [(name, what) for name, form, what in wanted if not form.fullmatch(getattr(settings, name))]
    for name, what in wrong:
        words = f"{variable(name)} does not look like {what}"
        yield Finding(check=channel, mark="bad", words=words, todo=f"correct {variable(name)}")
    if other := getattr(settings, f"{way}_url"):
        words = f"goes to {other} instead of {way}"
        yield Finding(check=channel, mark="heed", words=words, todo=f"take {variable(f'{way}_url')} away")
    elif not wrong:
        yield Finding(check=channel, mark="good", words=f"goes through {way}; its keys have the right form")


def _templates(settings: Settings) -> Iterator[Finding]:
    """The shop's own words, where it has any."""
    if settings.templates is None:
        return
    try:
        check_templates(settings)
    except SetupError as error:
        first, *more = str(error).splitlines()
        words = f"{first}{f', and {len(more)} more' if more else ''}"
        yield Finding(check="templates", mark="bad", words=words, todo="correct them; no program starts")
    else:
        yield Finding(
            check="templates", mark="good", words=f"those of {settings.templates} can be written with"
        )


def _evidence_key(settings: Settings) -> Iterator[Finding]:
    """Where the settings name a file of their own."""
    if not settings.evidence_key:
        return
    from backorder.signatures import signing_key

    try:
        signing_key(settings.evidence_key, settings.secret)
    except SetupError as error:
        if (found := failed("evidence", error)) is not None:
            yield found
    else:
        yield Finding(check="evidence", mark="good", words=f"signed with the key of {settings.evidence_key}")
