"""What providers call, over real HTTP: forged, odd, late, twice and in any order."""

# mypy: disable-error-code="import-untyped"

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import httpx
import pytest
from twilio.request_validator import RequestValidator

from backorder.errors import SetupError
from backorder.ports import Outgoing, Sent
from backorder.services.services import Services
from backorder.settings import PUBLIC_URL, Settings, read_settings
from backorder.storage.engine import writing
from tests.support.databases import NewDatabase
from tests.support.provider_webhooks import FORM, INBOUND, STATUS, SendGridHook, TwilioHook, event
from tests.support.providers import TwilioFake
from tests.support.sending import Desk
from tests.support.shop import Shop
from tests.support.web import TLS, WebServer, serving
from worker import senders

TOKEN = "a-token-of-twilio-that-stays-secret"
PUBLIC = "https://shop.example/wait"
PHONE = "+4915123456789"
ACCEPTED = Sent(outcome="accepted", provider_id="x")
TABLES = ("delivery_reports", "suppressions", "inbound_texts")
POLICY = """
name = "plain"
[updates]
gather = "0s"
quiet_hours = "00:00-00:00"
channels = ["{}", "{}"]
"""


class Hooks:
    """A server of ours, the providers that call it, and a shop behind it with a message on its way."""

    def __init__(self, web: WebServer, shop: Shop, sendgrid: SendGridHook, twilio: TwilioHook) -> None:
        self.web, self.shop, self.sendgrid, self.twilio = web, shop, sendgrid, twilio
        self.desk = Desk(shop, datetime.now(UTC))

    def start(self, first: str = "email", **customer: Any) -> str:
        """A line whose confirmation is on its way. Returns the ID of the send."""
        second = "sms" if first == "email" else "email"
        with writing(self.shop.services.engine) as connection:
            self.shop.services.policies.load(connection, POLICY.format(first, second))
        self.shop.now = datetime.now(UTC)
        self.shop.purchase("PO-1", {"stated_date": self.shop.now.date() + timedelta(days=20)})
        self.shop.start(policy="plain", customer={"phone": PHONE, "sms_consent": True} | customer)
        return self.desk.claimed().outgoing.id

    def written(self) -> dict[str, int]:
        """How many rows stand in the tables of webhooks."""
        return {name: len(self.shop.rows(f"SELECT 1 FROM {name}")) for name in TABLES}

    def states(self) -> tuple[Any, Any, Any]:
        """Of the message, and its channel; and where its last send stands."""
        [message] = self.shop.rows("SELECT state, channel FROM messages WHERE kind = 'confirmed'")
        [*_, send] = self.shop.rows("SELECT delivery FROM sends ORDER BY attempt")
        return message["state"], message["channel"], send["delivery"]


@pytest.fixture
def database_url(new_database: NewDatabase) -> str:
    """What is written down is held on both databases by tests/contract/test_reports.py and its neighbours."""
    return new_database("sqlite")


@pytest.fixture
def hooks(stock: Shop) -> Iterator[Hooks]:
    with httpx.Client(timeout=30, verify=TLS) as client:
        sendgrid, twilio = SendGridHook(client), TwilioHook(client, PUBLIC, TOKEN)
        other = SendGridHook(client)
        settings: dict[str, Any] = {"public_url": PUBLIC, "twilio_auth_token": TOKEN}
        settings["sendgrid_webhook_keys"] = f"{other.key}, {sendgrid.key}"
        with serving(stock.services, **settings) as web:
            client.base_url = web.url
            yield Hooks(web, stock, sendgrid, twilio)


def test_a_mail_is_delivered_before_the_send_returned(hooks: Hooks) -> None:
    send = hooks.start()
    delivered = event("delivered", send)
    answered = hooks.sendgrid.post(event("processed", send), delivered)
    assert (answered.status_code, answered.json()) == (200, {"recorded": 2, "known": 0, "left_out": 0})
    assert hooks.states() == ("sent", "email", "delivered")
    again = hooks.sendgrid.post(delivered, delivered | {"sg_event_id": "another"})
    assert again.json() == {"recorded": 0, "known": 2, "left_out": 0}


@pytest.mark.parametrize("order", list(permutations(["delivered", "bounce", "open"])))
def test_a_bounced_mail_ends_the_same_in_every_order(hooks: Hooks, order: tuple[str, ...]) -> None:
    send = hooks.start()
    for name in order:
        more = {"type": "bounce", "status": "5.1.1", "reason": "550 no such user"} if name == "bounce" else {}
        assert hooks.sendgrid.post(event(name, send, **more)).status_code == 200
    assert hooks.states()[:2] == ("planned", "sms")
    [listed] = hooks.shop.rows('SELECT address, cause, "by", evidence FROM suppressions')
    assert tuple(listed.values()) == ("ann@example.com", "hard_bounce", "SendGrid", f"sendgrid/bounce-{send}")
    assert hooks.desk.claimed().outgoing.to == PHONE


@pytest.mark.parametrize(
    ("entry", "cause", "delivery"),
    [
        ({"event": "bounce", "type": "blocked", "status": "4.7.1"}, None, "bounced"),
        ({"event": "bounce"}, "hard_bounce", "bounced"),
        ({"event": "dropped", "reason": "Bounced Address"}, "hard_bounce", "bounced"),
        ({"event": "dropped", "reason": "Invalid"}, "hard_bounce", "bounced"),
        ({"event": "dropped", "reason": "Spam Content"}, None, "bounced"),
        ({"event": "dropped", "reason": "Unsubscribed Address"}, "withheld", "bounced"),
        ({"event": "dropped", "reason": "Spam Reporting Address"}, "withheld", "bounced"),
        ({"event": "dropped"}, None, "bounced"),
        ({"event": "dropped", "reason": "Recipient List over Package Quota"}, None, "bounced"),
        ({"event": "deferred", "attempt": "5"}, None, "sent"),
        ({"event": "spamreport"}, "complaint", "complained"),
        ({"event": "unsubscribe"}, "unsubscribe", "delivered"),
        ({"event": "group_unsubscribe", "asm_group_id": 1}, "unsubscribe", "delivered"),
        ({"event": "click", "url": "https://shop.example"}, None, "delivered"),
    ],
)
def test_what_each_of_sendgrids_events_means(
    hooks: Hooks, entry: dict[str, Any], cause: str | None, delivery: str
) -> None:
    send = hooks.start()
    assert hooks.sendgrid.post(event(entry["event"], send, **entry)).json()["recorded"] == 1
    assert hooks.states()[2] == delivery
    causes = [row["cause"] for row in hooks.shop.rows("SELECT cause FROM suppressions")]
    assert causes == ([cause] if cause else [])


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"status": "undelivered", "ErrorCode": "30005"}, "unusable"),
        ({"status": "failed", "ErrorCode": "21610"}, "stop"),
        ({"status": "undelivered", "ErrorCode": "30003"}, None),
        ({"status": "undelivered", "ErrorCode": "99999"}, None),
        ({"status": "failed"}, None),
        ({"status": "failed", "ErrorCode": ""}, None),
    ],
)
def test_a_text_that_failed_goes_as_a_mail(hooks: Hooks, fields: dict[str, str], cause: str | None) -> None:
    send = hooks.start("sms")
    assert hooks.twilio.status(send, "sent").status_code == 204
    assert hooks.twilio.status(send, **fields).status_code == 204
    assert hooks.states() == ("planned", "email", "bounced")
    causes = [row["cause"] for row in hooks.shop.rows("SELECT cause FROM suppressions")]
    assert causes == ([cause] if cause else [])


@pytest.mark.parametrize(
    "order", list(permutations([("undelivered", "30005"), ("delivered", ""), ("failed", "")]))
)
def test_a_failed_segment_is_not_hidden_nor_its_reason(
    hooks: Hooks, order: tuple[tuple[str, str], ...]
) -> None:
    send = hooks.start("sms")
    for status, code in order:
        more = {"ErrorCode": code} if code else {}
        assert hooks.twilio.status(send, status, **more).status_code == 204
    assert hooks.states() == ("planned", "email", "bounced")
    [sent] = hooks.shop.rows("SELECT state, code, reason FROM sends")
    assert (sent["state"], sent["code"]) == ("failed", "30005")
    assert hooks.shop.rows("SELECT cause FROM suppressions") == [{"cause": "unusable"}]


def test_twilio_signs_blank_and_repeated_fields_and_the_address_it_was_given(hooks: Hooks) -> None:
    send = hooks.start("sms")
    path = f"{STATUS}?send_id={send}"
    fields = [("MessageSid", "SM1"), ("MessageStatus", "delivered"), ("Blank", ""), ("Twice", "b")]
    fields += [("Twice", "a"), ("Twice", "b"), ("Odd Name", "ü & = +")]
    assert hooks.twilio.send(path, fields).status_code == 204
    validator = RequestValidator(TOKEN)
    plain = [("MessageSid", "SM2"), ("MessageStatus", "sent"), ("Blank", "")]
    theirs = validator.compute_signature(f"{PUBLIC}{path}", dict(plain))
    assert hooks.twilio.send(path, plain, signature=theirs).status_code == 204
    port = validator.compute_signature(f"https://shop.example:443/wait{path}", dict(plain))
    assert hooks.twilio.send(path, plain, signature=port).status_code == 204
    local = validator.compute_signature(f"{hooks.web.url}{path}", dict(plain))
    assert hooks.twilio.send(path, plain, signature=local).status_code == 401
    assert hooks.twilio.send(path, plain[:2], signature=theirs).status_code == 401, "the blank one is gone"


def test_a_form_with_too_many_fields_is_refused_by_its_name_if_it_is_signed(hooks: Hooks) -> None:
    path = f"{STATUS}?send_id={hooks.start('sms')}"
    fields = [("MessageSid", "SM1"), ("MessageStatus", "delivered"), *((f"F{n}", "") for n in range(500))]
    assert hooks.twilio.send(path, fields[:500]).status_code == 204
    refused = hooks.twilio.send(path, fields)
    assert (refused.status_code, "500 fields are the most" in refused.text) == (400, True)
    assert hooks.twilio.send(path, fields, signature="x").status_code == 401


OLD, AHEAD = timedelta(hours=-49), timedelta(hours=1)


def test_what_sendgrid_did_not_sign_is_turned_away_and_nothing_written(hooks: Hooks) -> None:
    send = hooks.start()
    body = json.dumps([event("bounce", send)]).encode()
    good = hooks.sendgrid
    now = datetime.now(UTC)
    forged: list[httpx.Response] = [
        good.send(body, signature=None),
        good.send(body, timestamp=None),
        good.send(body, signature=""),
        good.send(body, signature="no base64!"),
        good.send(body, signature="ä".encode().decode("latin-1")),
        good.send(body, signature=base64.b64encode(b"nonsense").decode()),
        good.send(body, timestamp=str(int(now.timestamp()) - 1)),
        good.send(body, timestamp="1" * 4000),
        good.send(body, timestamp="now"),
        good.send(body, at=now + OLD),
        good.send(body, at=now + AHEAD),
        SendGridHook(good._client).send(body),
        good._client.post("/webhooks/sendgrid/events", content=body),
    ]
    assert {answered.status_code for answered in forged} == {401}
    assert {answered.headers["content-type"] for answered in forged} == {"application/problem+json"}
    assert hooks.written() == dict.fromkeys(TABLES, 0)
    assert good.send(body, at=now - timedelta(hours=25)).status_code == 200, "SendGrid tries for a day"


def test_what_is_no_array_is_said_so(hooks: Hooks) -> None:
    compressed = gzip.compress(b"[]", mtime=0)
    for body in (b"", b"{}", b"[", b"null", b'"x"', b"\xff", b"[" * 100_000, compressed):
        assert (body[:20], hooks.sendgrid.send(body).status_code) == (body[:20], 400)
    assert hooks.written() == dict.fromkeys(TABLES, 0)


def test_exactly_the_bytes_count(hooks: Hooks) -> None:
    send = hooks.start()
    entry = json.dumps([event("delivered", send)], indent=3).replace("\n", "\r\n").encode()
    assert hooks.sendgrid.send(b" " + entry + b"\r\n").json()["recorded"] == 1


def test_what_is_too_large_is_not_even_read(hooks: Hooks) -> None:
    assert hooks.sendgrid.send(b"[" + b" " * (8 << 20) + b"]").status_code == 413
    assert hooks.twilio.send(STATUS, [("Body", "x" * (257 << 10))]).status_code == 413

    def endless() -> Iterator[bytes]:
        for _ in range(300):
            yield b"a=" + b"x" * 1024 + b"&"

    answered = hooks.twilio._client.post(STATUS, content=endless(), headers=FORM)
    assert answered.status_code == 413
    assert hooks.written() == dict.fromkeys(TABLES, 0)


ODD: list[Any] = [
    None,
    1,
    "x",
    [],
    {},
    {"event": "delivered"},
    event("delivered", sg_event_id=None),
    event("delivered", sg_event_id=""),
    event("delivered", sg_event_id="x" * 500),
    event("delivered", sg_event_id="nul\0"),
    event("delivered", timestamp=None),
    event("delivered", timestamp=True),
    event("delivered", timestamp=-5),
    event("delivered", timestamp=10**30),
    event("delivered", timestamp=32_000_000_000),
    event("delivered", timestamp="soon"),
    event("delivered", timestamp=1.5),
    event(""),
    event("of_tomorrow", "S"),
    event("delivered", "of-somebody-else"),
    event("delivered", send_id={"a": 1}),
    event("bounce", email=["x"]),
    event("bounce", email="stranger@example.com"),
    event("delivered", sg_message_id="unknown.filter0"),
]


def test_odd_and_foreign_entries_are_left_out_and_the_rest_counts(hooks: Hooks) -> None:
    send = hooks.start()
    answered = hooks.sendgrid.post(*ODD, event("delivered", send, reason="\ud800\0" * 900, category=["x"]))
    assert answered.status_code == 200, answered.text
    assert answered.json() == {"recorded": 1, "known": 0, "left_out": len(ODD)}
    assert hooks.states()[2] == "delivered"
    assert hooks.sendgrid.post().json() == {"recorded": 0, "known": 0, "left_out": 0}


@pytest.mark.parametrize(
    "odd", ["9" * 5000, "-" + "9" * 5000, "1e999", "-Infinity", "NaN", "9" * 5000 + ".5"]
)
def test_one_number_that_is_none_leaves_the_rest_of_a_call_as_it_is(hooks: Hooks, odd: str) -> None:
    """SendGrid sends all of a call again that is refused, for a day, and then none of it."""
    send = hooks.start()
    entries = json.dumps([event("delivered", timestamp="odd"), event("delivered", send)])
    answered = hooks.sendgrid.send(entries.replace('"odd"', odd).encode())
    assert (answered.status_code, answered.json()) == (200, {"recorded": 1, "known": 0, "left_out": 1})
    assert hooks.states()[2] == "delivered"


@pytest.mark.parametrize("path", [STATUS, INBOUND])
def test_what_twilio_did_not_sign_or_is_no_form(hooks: Hooks, path: str) -> None:
    hooks.start("sms")
    fields = [("MessageSid", "SM1"), ("MessageStatus", "failed"), ("From", PHONE), ("Body", "STOP")]
    twilio = hooks.twilio
    for signature in (None, "x", "ä".encode().decode("latin-1"), twilio.sign("/elsewhere", fields)):
        assert twilio.send(path, fields, signature=signature).status_code == 401
    empty = twilio.sign(path, [])
    for body in (b"\xff=1", b"a=%FF"):
        assert twilio.send(path, [], signature=empty, body=body).status_code == 400
    json_ = {"content-type": "application/json"}
    assert twilio.send(path, [], signature=empty, headers=json_, body=b"{}").status_code == 400
    assert hooks.written() == dict.fromkeys(TABLES, 0)


def test_without_a_key_nobody_is_let_in(stock: Shop, services: Services) -> None:
    with httpx.Client(timeout=30, verify=TLS) as client, serving(stock.services) as web:
        client.base_url = web.url
        assert SendGridHook(client).post().status_code == 401
        assert TwilioHook(client, PUBLIC_URL, "").text("STOP").status_code == 401


def test_a_status_of_nobodys_text_and_an_unknown_one_are_taken_and_left_out(hooks: Hooks) -> None:
    send = hooks.start("sms")
    for each in (("of-another", "delivered"), (send, "of_tomorrow"), (send, "")):
        assert hooks.twilio.status(*each).status_code == 204
    assert hooks.written()["delivery_reports"] == 0


def test_stop_is_kept_and_start_lifts_it(hooks: Hooks) -> None:
    hooks.start()
    stopped = hooks.twilio.text(" stop ")
    assert (stopped.status_code, stopped.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    assert "<Message>" not in stopped.text
    assert hooks.shop.rows("SELECT address FROM suppressions WHERE lifted_at IS NULL") == [{"address": PHONE}]
    hooks.twilio.text("start", "SM2")
    assert hooks.shop.rows("SELECT 1 FROM suppressions WHERE lifted_at IS NULL") == []
    [kept, _] = hooks.shop.rows("SELECT body, fields FROM inbound_texts ORDER BY sid")
    assert (kept["body"], '["MediaUrl", ""]' in kept["fields"]) == (" stop ", True)


def test_help_is_answered_in_twilios_markup_once_a_day(hooks: Hooks) -> None:
    first, again, other = (hooks.twilio.text("HELP", sid) for sid in ("SM1", "SM1", "SM2"))
    assert "<Response><Message>" in first.text
    assert first.text == again.text, "the same call gets the same answer"
    assert other.text.endswith("<Response/>")


@pytest.mark.parametrize("public", [PUBLIC, f"{PUBLIC}/", None])
def test_twilio_is_told_where_to_report_once_somebody_has_said_where_we_are(
    hooks: Hooks, public: str | None
) -> None:
    with TwilioFake() as fake:
        chosen = {"sms": "twilio", "sms_from": "+15005550006", "twilio_url": fake.url}
        chosen |= {"twilio_account_sid": fake.account_sid, "twilio_auth_token": fake.auth_token}
        settings = Settings(**chosen, **({"public_url": public} if public else {}))  # type: ignore[arg-type]
        send = hooks.start("sms")
        text = Outgoing(id=send, channel="sms", to=PHONE, subject="", html="", text="hello")
        senders(settings)["sms"].send(text)
        asked = fake.accepted[0].body.get("StatusCallback")
    assert asked == (f"{PUBLIC}{STATUS}?send_id={send}" if public else None)
    if asked:
        path = str(asked).removeprefix(PUBLIC)
        assert hooks.twilio.send(path, [("MessageSid", "SM1"), ("MessageStatus", "read")]).status_code == 204
        assert hooks.states() == ("sent", "sms", "delivered")


@pytest.mark.parametrize("keys", ["x", "MFkw", f"{'A' * 124}", "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE,ä"])
def test_a_key_that_is_none_stops_the_start(keys: str) -> None:
    with pytest.raises(SetupError, match="WEBHOOK_KEYS: this is no verification key"):
        read_settings({"BACKORDER_SENDGRID_WEBHOOK_KEYS": keys})


@pytest.mark.parametrize("path", [STATUS, INBOUND])
def test_a_call_that_is_about_no_text_is_refused(hooks: Hooks, path: str) -> None:
    fields = [("MessageStatus", "delivered"), ("From", PHONE), ("Body", "STOP")]
    answered = hooks.twilio.send(path, fields)
    assert (answered.status_code, "MessageSid" in answered.text) == (400, True), answered.text
    assert hooks.written() == dict.fromkeys(TABLES, 0)


def test_a_stop_from_what_is_no_number_stops_nothing(hooks: Hooks) -> None:
    fields = [("MessageSid", "SM1"), ("From", "garbage"), ("Body", "STOP")]
    assert hooks.twilio.send(INBOUND, fields).status_code == 200
    assert hooks.written() == dict.fromkeys(TABLES, 0) | {"inbound_texts": 1}
