"""One suite for every way out, and what only some of them owe."""

from __future__ import annotations

import logging
import logging.config
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

import pytest

from backorder.messaging import twilio_codes
from backorder.messaging.outbox import OutboxSender
from backorder.messaging.outcomes import wait_asked
from backorder.messaging.sendgrid_sender import SendGridSender
from backorder.messaging.twilio_sender import TwilioSender
from backorder.ports import Channel, Outgoing, Sender, Sent
from tests.support.providers import Answer, Behaviour, Drop, Fake, Hang, SendGridFake, TwilioFake, closed_port

TO: dict[Channel, str] = {"email": "ada@example.test", "sms": "+447700900123"}
TEXT = "Your tent’s on its way: 12–19 May 2026 €5 😀"
QUICK = 0.3  # seconds, where a test waits for the timeout
PATIENT = 10.0  # where it must not pass, on a busy machine


def outgoing(channel: Channel, **changes: Any) -> Outgoing:
    mail = channel == "email"
    values: dict[str, Any] = {
        "id": "7f3c9a",
        "channel": channel,
        "to": TO[channel],
        "subject": "Your tent’s on its way" if mail else "",
        "html": "<p>Your tent’s on its way</p>" if mail else "",
        "text": TEXT,
    }
    return Outgoing(**{**values, **changes})


@dataclass
class Way:
    """A sender under test. text_of: the text and ID within what the provider got."""

    sender: Sender
    channel: Channel
    secret: str = ""
    fake: Fake | None = None
    text_of: Callable[[Any], tuple[str, str]] = lambda body: ("", "")
    at: Callable[[str, float], Sender] = lambda url, timeout: OutboxSender()
    fault: Callable[[int], Answer] = Answer

    @property
    def provider(self) -> Fake:
        assert self.fake is not None
        return self.fake

    def send(self, **changes: Any) -> Sent:
        return self.sender.send(outgoing(self.channel, **changes))


def _outbox(channel: Channel) -> Iterator[Way]:
    yield Way(OutboxSender(), channel)


def _sendgrid() -> Iterator[Way]:
    def at(url: str, timeout: float) -> SendGridSender:
        return SendGridSender(SendGridFake.api_key, "shop@example.test", "The Shop", url, timeout)

    def text_of(body: Any) -> tuple[str, str]:
        return body["content"][0]["value"], body["personalizations"][0]["custom_args"]["send_id"]

    with SendGridFake() as fake:
        fault = lambda status: SendGridFake.fault(status, f"{TO['email']} is at fault", "subject")  # noqa: E731
        yield Way(at(fake.url, PATIENT), "email", SendGridFake.api_key, fake, text_of, at, fault)


def _twilio() -> Iterator[Way]:
    def at(url: str, timeout: float) -> TwilioSender:
        return TwilioSender(
            TwilioFake.account_sid,
            TwilioFake.auth_token,
            from_number="+15005550006",
            base_url=url,
            status_callback="https://shop.test/webhooks/twilio/status",
            timeout=timeout,
        )

    def text_of(body: Any) -> tuple[str, str]:
        return body["Body"], body["StatusCallback"].rpartition("=")[2]

    with TwilioFake() as fake:
        fault = lambda status: TwilioFake.fault(status, status)  # noqa: E731
        yield Way(at(fake.url, PATIENT), "sms", TwilioFake.auth_token, fake, text_of, at, fault)


WAYS: dict[str, Callable[[], Iterator[Way]]] = {
    "outbox-email": lambda: _outbox("email"),
    "outbox-sms": lambda: _outbox("sms"),
    "sendgrid": _sendgrid,
    "twilio": _twilio,
}
PROVIDERS = ("sendgrid", "twilio")


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Iterator[Way]:
    yield from WAYS[request.param]()


@pytest.fixture(params=PROVIDERS)
def remote(request: pytest.FixtureRequest) -> Iterator[Way]:
    yield from WAYS[request.param]()


@pytest.fixture
def sendgrid() -> Iterator[Way]:
    yield from _sendgrid()


@pytest.fixture
def twilio() -> Iterator[Way]:
    yield from _twilio()


class TestEveryWay:
    def test_accepts_a_text_and_says_under_which_id(self, way: Way) -> None:
        sent = way.send()
        assert sent.outcome == "accepted"
        assert sent.provider_id
        assert sent.retry_after is None

    def test_gives_each_send_its_own_id(self, way: Way) -> None:
        assert way.send(id="a1").provider_id != way.send(id="a2").provider_id

    def test_serves_several_threads(self, way: Way) -> None:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(4) as pool:
            sents = list(pool.map(lambda n: way.send(id=f"t{n}"), range(8)))
        assert {sent.outcome for sent in sents} == {"accepted"}

    def test_says_nothing_personal(self, way: Way) -> None:
        sent = way.send()
        assert TO[way.channel] not in repr(sent)

    def test_logs_neither_secret_nor_person(self, way: Way, caplog: pytest.LogCaptureFixture) -> None:
        logging.config.dictConfig({"version": 1, "disable_existing_loggers": False})  # as an operator may
        caplog.set_level(logging.DEBUG)
        for name in list(logging.root.manager.loggerDict):
            caplog.set_level(logging.DEBUG, logger=name)
        way.send()
        if way.fake:
            way.fake.next(way.fault(400))
            way.send()
        for private in filter(None, (way.secret, TO[way.channel], TEXT)):
            assert private not in caplog.text


@pytest.mark.parametrize("usegmt", [True, False])
def test_a_wait_until_a_date_is_one_of_utc(monkeypatch: pytest.MonkeyPatch, *, usegmt: bool) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        asked = wait_asked({"Retry-After": formatdate(time.time() + 60, usegmt=usegmt)})
    time.tzset()
    assert asked is not None
    assert 50 < asked <= 60


class TestEveryProvider:
    def test_gets_the_text_whole_with_our_id_in_one_request(self, remote: Way) -> None:
        remote.send()
        (request,) = remote.provider.requests
        assert remote.text_of(request.body) == (TEXT, "7f3c9a")

    def test_metadata_is_opaque(self, remote: Way) -> None:
        remote.send()
        body = dict(remote.provider.requests[0].body)
        for own in ("To", "to", "Body", "content", "subject"):
            body.pop(own, None)
        for part in body.get("personalizations", []):
            part.pop("to")
        assert TO[remote.channel] not in repr(body)

    @pytest.mark.parametrize("field", ["id", "to", "subject"])
    @pytest.mark.parametrize("broken", ["a\r\nBcc: b@example.test", "a\nb", "a\rb", "a\x00b", "a\u2028b"])
    def test_never_sees_a_line_break_in_a_header(self, remote: Way, field: str, broken: str) -> None:
        sent = remote.send(**{field: broken})
        assert (sent.outcome, sent.code) == ("permanent", "line-break")
        assert remote.provider.requests == []

    def test_never_sees_another_channels_text(self, remote: Way) -> None:
        other: Channel = "sms" if remote.channel == "email" else "email"
        assert remote.sender.send(outgoing(other)).outcome == "permanent"
        assert remote.provider.requests == []

    @pytest.mark.parametrize(
        ("header", "wait"), [("7", 7.0), ("0", 0.0), ("3600", 3600.0), ("99999999", 86400.0)]
    )
    def test_busy_is_transient_for_as_long_as_it_says(self, remote: Way, header: str, wait: float) -> None:
        remote.provider.next(Answer(429, {"message": "slow"}, {"Retry-After": header}))
        sent = remote.send()
        assert (sent.outcome, sent.retry_after) == ("transient", wait)
        assert len(remote.provider.requests) == 1

    def test_what_may_have_gone_is_looked_up_within_a_quarter_of_an_hour(self, remote: Way) -> None:
        remote.provider.next(Answer(503, {"message": "sorry"}, {"Retry-After": "86400"}))
        sent = remote.send()
        assert (sent.outcome, sent.retry_after) == ("unknown", 900.0)

    @pytest.mark.parametrize("header", ["soon", "-", "1e999"])
    def test_nonsense_in_retry_after_is_no_wish(self, remote: Way, header: str) -> None:
        remote.provider.next(Answer(429, {"message": "slow"}, {"Retry-After": header}))
        sent = remote.send()
        assert (sent.outcome, sent.retry_after) == ("transient", None)

    def test_refused_connection_is_transient(self, remote: Way) -> None:
        sent = remote.at(closed_port(), PATIENT).send(outgoing(remote.channel))
        assert (sent.outcome, sent.code) == ("transient", "unreached")

    def test_unknown_host_is_transient(self, remote: Way, monkeypatch: pytest.MonkeyPatch) -> None:
        def unknown(*_: object, **__: object) -> None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        sent = remote.at("http://nowhere.invalid", PATIENT).send(outgoing(remote.channel))
        assert (sent.outcome, sent.code) == ("transient", "unreached")

    @pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
    def test_a_failure_on_their_side_is_unknown_and_not_retried(self, remote: Way, status: int) -> None:
        remote.provider.next(Answer(status, {"message": "sorry"}, {"Retry-After": "120"}))
        sent = remote.send()
        assert (sent.outcome, sent.code, sent.retry_after) == ("unknown", str(status), 120)
        assert len(remote.provider.requests) == 1

    @pytest.mark.parametrize("partly", [False, True])
    def test_a_broken_connection_is_unknown_and_not_retried(self, remote: Way, partly: bool) -> None:
        remote.provider.next(Drop(partly))
        sent = remote.send()
        assert (sent.outcome, sent.code) == ("unknown", "broken")
        assert len(remote.provider.requests) == 1

    def test_a_hanging_provider_is_unknown_within_the_timeout(self, remote: Way) -> None:
        remote.provider.next(Hang())
        sender = remote.at(remote.provider.url, QUICK)
        began = time.monotonic()
        sent = sender.send(outgoing(remote.channel))
        took = time.monotonic() - began
        remote.provider.release()
        assert (sent.outcome, sent.code) == ("unknown", "timeout")
        assert QUICK <= took < PATIENT / 2
        assert len(remote.provider.requests) <= 1

    @pytest.mark.parametrize("page", [False, True])
    @pytest.mark.parametrize("status", [401, 402, 403, 404, 405, 407])
    def test_wrong_keys_and_settings_pause_the_channel(self, remote: Way, status: int, page: bool) -> None:
        """page: something else than the provider answers, as at a wrong base URL or from a proxy."""
        remote.provider.next(Answer(status, b"<html>no such page</html>") if page else remote.fault(status))
        sent = remote.send()
        assert (sent.outcome, sent.code, sent.account) == ("transient", str(status), True)
        assert "operator" in sent.reason

    @pytest.mark.parametrize("status", [400, 413, 422])
    def test_a_faulty_text_is_permanent_with_its_code(self, remote: Way, status: int) -> None:
        remote.provider.next(remote.fault(status))
        sent = remote.send()
        assert (sent.outcome, sent.code) == ("permanent", str(status))
        assert "@" not in sent.reason
        assert "+" not in sent.reason

    @pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"errors": 5}', b"null", b"\xff"])
    @pytest.mark.parametrize("status", [400, 500])
    def test_an_answer_in_other_words_does_not_raise(self, remote: Way, status: int, body: bytes) -> None:
        remote.provider.next(Answer(status, body))
        assert remote.send().outcome == ("permanent" if status == 400 else "unknown")

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_redirect_is_not_followed(self, remote: Way, status: int) -> None:
        elsewhere = f"{remote.provider.url}/elsewhere"
        remote.provider.next(Answer(status, None, {"Location": elsewhere}))
        assert remote.send().outcome == "transient"
        assert len(remote.provider.requests) == 1

    def test_finds_what_it_took_and_nothing_else(self, remote: Way) -> None:
        """A text whose answer was lost is found again; the same words under another ID are another email."""
        remote.provider.next(Drop(taken=True))
        assert remote.send().outcome == "unknown"
        began = datetime.now(UTC)
        found = remote.sender.find(outgoing(remote.channel), began)
        assert (found.sighting, bool(found.provider_id)) == ("found", True)
        other = {"id": "other"} if remote.channel == "email" else {"text": "something else"}
        assert remote.sender.find(outgoing(remote.channel, **other), began).sighting == "absent"
        elsewhere = {"email": "eve@example.test", "sms": "+447700900999"}[remote.channel]
        assert remote.sender.find(outgoing(remote.channel, to=elsewhere), began).sighting == "absent"

    @pytest.mark.parametrize(
        "trouble",
        [Answer(403), Answer(404), Answer(500), Answer(200, b"<html>"), Answer(200, {}), Drop(), Hang()],
    )
    def test_a_look_up_that_fails_says_so(self, remote: Way, trouble: Behaviour) -> None:
        remote.provider.next(trouble)
        sender = remote.at(remote.provider.url, QUICK)
        assert sender.find(outgoing(remote.channel), datetime.now(UTC)).sighting == "failed"


class TestSendGrid:
    def test_tracks_no_clicks_and_marks_no_ordinary_mail(self, sendgrid: Way) -> None:
        sendgrid.send()
        body = sendgrid.provider.requests[0].body
        assert body["tracking_settings"]["click_tracking"] == {"enable": False, "enable_text": False}
        assert body["from"] == {"email": "shop@example.test", "name": "The Shop"}
        assert "headers" not in body
        assert "reply_to" not in body

    def test_replies_go_to_the_mailbox_that_is_read(self, sendgrid: Way) -> None:
        url, mailbox = sendgrid.provider.url, "desk@example.test"
        sender = SendGridSender(SendGridFake.api_key, "no-reply@example.test", "Shop", url, reply_to=mailbox)
        assert sender.send(outgoing("email")).outcome == "accepted"
        assert sendgrid.provider.requests[0].body["reply_to"] == {"email": mailbox}

    def test_commercial_mail_can_be_stopped_with_one_click(self, sendgrid: Way) -> None:
        sendgrid.send(commercial=True, unsubscribe_url="https://shop.test/u/x")
        assert sendgrid.provider.requests[0].body["headers"] == {
            "List-Unsubscribe": "<https://shop.test/u/x>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }

    def test_commercial_mail_without_a_page_can_be_stopped_by_mail(self, sendgrid: Way) -> None:
        sendgrid.send(commercial=True)
        headers = sendgrid.provider.requests[0].body["headers"]
        assert headers == {"List-Unsubscribe": "<mailto:shop@example.test?subject=unsubscribe>"}

    def test_rate_limit_reset_is_understood(self, sendgrid: Way) -> None:
        reset = str(int(time.time()) + 30)
        sendgrid.provider.next(Answer(429, None, {"X-RateLimit-Reset": reset}))
        wait = sendgrid.send().retry_after
        assert wait is not None
        assert 20 < wait <= 30
        sendgrid.provider.next(Answer(429, None, {"X-RateLimit-Reset": "nan"}))
        assert sendgrid.send().retry_after is None

    def test_names_the_faulty_field(self, sendgrid: Way) -> None:
        assert "personalizations.0.to.0.email" in sendgrid.send(to="nobody").reason

    def test_a_wrong_key_pauses(self, sendgrid: Way) -> None:
        sender = SendGridSender("SG.other", "shop@example.test", "Shop", sendgrid.provider.url)
        assert sender.send(outgoing("email")).account

    @pytest.mark.parametrize("field", ["from", "from.email", "reply_to.email"])
    def test_a_sender_that_no_mail_can_have_pauses(self, sendgrid: Way, field: str) -> None:
        errors = [{"message": "no address", "field": field, "help": None}]
        sendgrid.provider.next(Answer(400, {"errors": errors}))
        sent = sendgrid.send()
        assert (sent.outcome, sent.account) == ("transient", True)
        assert field.partition(".")[0] in sent.reason

    @pytest.mark.parametrize(
        "settings", [("", "a@b.c", "S"), ("k", "", "S"), ("k", "a@b.c", "S\r\nBcc: x"), ("k\n", "a@b.c", "S")]
    )
    def test_refuses_settings_with_which_nothing_can_go(self, settings: tuple[str, str, str]) -> None:
        with pytest.raises(ValueError, match="SendGrid"):
            SendGridSender(*settings)


class TestTwilio:
    def test_a_text_that_is_known_as_another_one_is_not_found_by_its_words(self, twilio: Way) -> None:
        began, first = datetime.now(UTC), twilio.send()
        assert twilio.sender.find(outgoing("sms"), began).provider_id == first.provider_id
        same_words = outgoing("sms", others=frozenset({first.provider_id}))
        assert twilio.sender.find(same_words, began).sighting == "absent"
        second = twilio.send()
        assert twilio.sender.find(same_words, began).provider_id == second.provider_id

    @pytest.mark.parametrize(
        ("status", "code", "outcome"),
        [
            (400, 21610, "permanent"),
            (400, 21211, "permanent"),
            (400, 21614, "permanent"),
            (400, 21617, "permanent"),
            (400, 59999, "permanent"),
            (429, 20429, "transient"),
            (400, 21611, "transient"),
            (400, 30001, "transient"),
            (400, 30022, "transient"),
            (400, 30023, "transient"),
            (400, 30610, "transient"),
            (400, 30003, "transient"),
            (503, 20503, "unknown"),
        ],
    )
    def test_codes(self, twilio: Way, status: int, code: int, outcome: str) -> None:
        twilio.provider.next(TwilioFake.fault(status, code))
        sent = twilio.send()
        assert (sent.outcome, sent.code) == (outcome, str(code))
        assert (sent.retry_after is not None) == (
            code in (30003, 30023, 30610)
        )  # who is busy is left to rests that grow
        assert not sent.account
        assert sent.recipient == (code in (30003, 30023, 30610))

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            *((401, 20003), (400, 21606), (400, 21659), (400, 21705), (403, 30002)),
            *((400, 21608), (400, 30024), (400, 30032), (400, 30033), (400, 30034), (400, 30035)),
        ],
    )
    def test_codes_that_only_an_operator_can_mend(self, twilio: Way, status: int, code: int) -> None:
        twilio.provider.next(TwilioFake.fault(status, code))
        sent = twilio.send()
        assert (sent.outcome, sent.code, sent.account) == ("transient", str(code), True)

    def test_an_error_in_the_newer_form_is_understood(self, twilio: Way) -> None:
        problem = {"type": "about:blank", "title": "Opted out", "status": 400, "code": 21610}
        twilio.provider.next(Answer(400, problem))
        assert twilio.send().code == "21610"

    def test_a_garbled_acceptance_is_unknown(self, twilio: Way) -> None:
        twilio.provider.next(Answer(201, b"<html>"))
        assert twilio.send().outcome == "unknown"

    def test_a_messaging_service_sends_in_place_of_a_number(self, twilio: Way) -> None:
        sender = TwilioSender(
            TwilioFake.account_sid,
            TwilioFake.auth_token,
            messaging_service_sid="MG1",
            base_url=twilio.provider.url,
        )
        assert sender.send(outgoing("sms")).outcome == "accepted"
        body = twilio.provider.requests[0].body
        assert body["MessagingServiceSid"] == "MG1"
        assert not {"From", "StatusCallback"} & set(body)

    @pytest.mark.parametrize(("number", "service"), [("", ""), ("+15005550006", "MG1")])
    def test_needs_exactly_one_origin(self, number: str, service: str) -> None:
        with pytest.raises(ValueError, match="one of them"):
            TwilioSender("AC1", "token", number, service)

    def test_the_table_of_codes_is_checked(self, tmp_path: Any) -> None:
        table = tmp_path / "codes.toml"
        table.write_text('[codes]\n1 = "pray"\n')
        with pytest.raises(ValueError, match="pray"):
            twilio_codes.load(table)

    def test_another_table_of_codes_may_be_given(self, twilio: Way, tmp_path: Any) -> None:
        table = tmp_path / "codes.toml"
        table.write_text('[wait]\nlater = 5\n[codes]\n21610 = "later"\n')
        sender = TwilioSender(
            TwilioFake.account_sid,
            TwilioFake.auth_token,
            from_number="+15005550006",
            base_url=twilio.provider.url,
            codes=twilio_codes.load(table),
        )
        twilio.provider.next(TwilioFake.fault(400, 21610))
        sent = sender.send(outgoing("sms"))
        assert (sent.outcome, sent.retry_after) == ("transient", 5.0)
