"""Handing events to receivers: signed as the standard's own library wants it, and hurt by nothing they do."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from email.utils import formatdate
from ipaddress import ip_address

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from backorder.domain.webhook_signature import secret_of
from backorder.messaging.webhook_sender import WebhookSender
from backorder.ports import EventCall
from tests.support.receivers import Receiver

SECRET, OLD = secret_of(b"n" * 32), secret_of(b"o" * 24)
BODY = json.dumps({"type": "backorder.cancelled", "data": {"reason": "zu spät"}}, ensure_ascii=False).encode()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def in_a_minute() -> str:
    return formatdate(time.time() + 60, usegmt=True)


def call(url: str) -> EventCall:
    return EventCall(
        receiver="shop", url=url, event="e-1", backorder="O-1/1", attempt=1, body=BODY, secrets=(SECRET,)
    )


def test_the_standards_own_library_verifies_what_is_sent(receiver: Receiver) -> None:
    assert WebhookSender(private=True).send(call(receiver.url)).taken
    [got] = receiver.calls
    assert Webhook(SECRET).verify(got.body, dict(got.headers)) == json.loads(BODY)
    assert (got.id, got.body, got.path) == ("e-1", BODY, "/events")
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(got.body, dict(got.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(got.body + b" ", dict(got.headers))


def test_the_secret_of_before_signs_too(receiver: Receiver) -> None:
    WebhookSender(private=True).send(replace(call(receiver.url), secrets=(SECRET, OLD)))
    [got] = receiver.calls
    for secret in (SECRET, OLD):
        assert Webhook(secret).verify(got.body, dict(got.headers)) == json.loads(BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_of(b"x" * 32)).verify(got.body, dict(got.headers))


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_two_hundred_and_something_is_taken(receiver: Receiver, status: int) -> None:
    receiver.next(status)
    assert WebhookSender(private=True).send(call(receiver.url)).taken


@pytest.mark.parametrize("status", [300, 304, 400, 401, 410, 429, 500, 503])
def test_anything_else_is_not(receiver: Receiver, status: int) -> None:
    receiver.next(status)
    answered = WebhookSender(private=True).send(call(receiver.url))
    assert not answered.taken
    assert str(status) in answered.reason


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [("30", (30, 30)), (in_a_minute, (50, 60)), ("99999999", (3600, 3600)), ("soon", None), ("", None)],
)
def test_it_may_ask_for_a_pause_in_seconds_or_until_a_date(
    receiver: Receiver, asked: str | Callable[[], str], seconds: tuple[int, int] | None
) -> None:
    receiver.retry_after = asked() if callable(asked) else asked
    receiver.next(503)
    found = WebhookSender(private=True).send(call(receiver.url)).retry_after
    if seconds is None:
        assert found is None
    else:
        assert found is not None
        assert seconds[0] <= found <= seconds[1]


def test_a_redirect_is_never_followed(receiver: Receiver) -> None:
    with Receiver("redirect", elsewhere=receiver.url) as elsewhere:
        answered = WebhookSender(private=True).send(call(elsewhere.url))
    assert not answered.taken
    assert "redirects are not followed" in answered.reason
    assert receiver.calls == []


@pytest.mark.parametrize("way", ["hang", "drip"])
def test_a_call_has_a_deadline_over_all_of_it(receiver: Receiver, way: str) -> None:
    receiver.next(way)
    answered = WebhookSender(private=True, seconds=0.3).send(call(receiver.url))
    assert answered.reason == "it did not answer within 0.3 seconds"


@pytest.mark.parametrize("way", ["endless", "bare"])
def test_what_an_answer_says_beside_its_status_is_not_read(receiver: Receiver, way: str) -> None:
    receiver.next(way)
    assert WebhookSender(private=True, seconds=20.0).send(call(receiver.url)).taken


def test_a_head_without_end_is_broken_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk() -> None:
            connection, _ = server.accept()
            with connection:
                try:
                    connection.sendall(b"HTTP/1.1 200 OK\r\n")
                    while True:
                        connection.sendall(b"X: " + b"y" * 60_000)
                except OSError:
                    return

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        answered = WebhookSender(private=True, seconds=20.0).send(call(url))
        thread.join(20)
    assert answered.reason.startswith("it broke the call off")


def test_one_that_drops_the_call_or_is_not_there(receiver: Receiver) -> None:
    receiver.next("drop")
    assert not WebhookSender(private=True).send(call(receiver.url)).taken
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
        assert "refused" in WebhookSender(private=True).send(call(url)).reason


# --- addresses


class Names:
    """A name server. answers: what each look-up hears, one each, the last one for ever."""

    def __init__(self, *answers: Sequence[str] | OSError) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, OSError):
            raise found
        return found


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["2002:7f00:1::1"],
        ["169.254.169.254"],
        ["fd00:ec2::254"],
        ["fe80::1%eth0"],
        ["10.0.0.7"],
        ["100.100.100.200"],
        [str(ip_address(0))],
        ["8.8.8.8", "127.0.0.1"],
    ],
)
def test_nothing_goes_to_a_private_address(receiver: Receiver, addresses: list[str]) -> None:
    url = f"http://shop.example:{receiver.port}/events"
    answered = WebhookSender(look_up=Names(addresses)).send(call(url))
    assert "private address" in answered.reason
    assert receiver.calls == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "0x7f000001", "2130706433", "localhost", "[::1]"])
def test_however_it_is_written(receiver: Receiver, host: str) -> None:
    answered = WebhookSender().send(call(f"http://{host}:{receiver.port}/events"))
    assert not answered.taken
    assert receiver.calls == []


def test_what_is_connected_to_is_the_address_that_was_checked(receiver: Receiver) -> None:
    """A second answer of the name's server would lead elsewhere, and is not asked for."""
    names = Names(["127.0.0.1"], ["203.0.113.1"])
    url = f"http://shop.example:{receiver.port}/events"
    assert WebhookSender(private=True, look_up=names).send(call(url)).taken
    assert names.asked == 1
    [got] = receiver.calls
    assert got.headers["host"] == f"shop.example:{receiver.port}"


def test_a_look_up_that_fails_is_a_refusal_and_no_pass(receiver: Receiver) -> None:
    names = Names(OSError(-3, "Temporary failure in name resolution"), ["127.0.0.1"])
    url = f"http://shop.example:{receiver.port}/events"
    sender = WebhookSender(private=True, look_up=names)
    assert (
        sender.send(call(url)).reason == "its name cannot be looked up: temporary failure in name resolution"
    )
    assert receiver.calls == []
    assert sender.send(call(url)).taken


def test_each_connection_is_checked_anew(receiver: Receiver) -> None:
    names = Names(["127.0.0.1"], ["192.168.0.1"])
    sender = WebhookSender(look_up=names)
    url = f"http://shop.example:{receiver.port}/events"
    assert "127.0.0.1" in sender.send(call(url)).reason
    assert "192.168.0.1" in sender.send(call(url)).reason
    assert names.asked == 2


def test_a_proxy_of_the_machine_is_not_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would look names up by itself, behind the check."""
    with Receiver() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        assert WebhookSender(private=True).send(call(receiver.url)).taken
        assert proxy.calls == []


@pytest.fixture
def dead(receiver: Receiver) -> Iterator[str]:
    """An address at which connections are begun and never answered, at the receiver's port."""
    with socket.create_server(("127.0.0.2", receiver.port), backlog=0) as server:
        address = server.getsockname()
        with socket.create_connection(address):
            yield address[0]  # who comes now finds the queue full


def test_a_dead_address_leaves_the_others_of_a_name_their_turn(receiver: Receiver, dead: str) -> None:
    names = Names([dead, "127.0.0.1"])
    url = f"http://shop.example:{receiver.port}/events"
    assert WebhookSender(private=True, seconds=2.0, look_up=names).send(call(url)).taken
    assert len(receiver.calls) == 1


def test_where_every_address_is_dead_the_call_ends_in_its_time(receiver: Receiver, dead: str) -> None:
    names = Names([dead, dead, dead])
    url = f"http://shop.example:{receiver.port}/events"
    begun = time.monotonic()
    answered = WebhookSender(private=True, seconds=0.6, look_up=names).send(call(url))
    assert answered.reason == "it did not answer within 0.6 seconds"
    assert time.monotonic() - begun < 5
