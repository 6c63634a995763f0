"""Whatever a command does a program can do over HTTP, or a reason says why it is the command's alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from starlette.routing import Route

from tests.support.command_options import by_name
from tests.support.documented_calls import never
from web.app import create_app

LINE, ORDER = "/v1/backorders/{order}/{line}", "/v1/purchase-orders/{id}"
POLICY = "/v1/policies/{name}"
CALLS: Mapping[str, str] = {
    "start": "POST /v1/backorders",
    "import": "POST /v1/backorders/import",
    "list": "GET /v1/backorders",
    "find": "GET /v1/backorders",
    "show": f"GET {LINE}",
    "cancel": f"POST {LINE}/cancel; POST /v1/backorders/cancel",
    "ship": f"POST {LINE}/shipments",
    "answer": f"POST {LINE}/answers",
    "take-back": f"POST {LINE}/take-back",
    "swap": f"POST {LINE}/swap",
    "claim-coupon": f"POST {LINE}/coupons/claim",
    "send-now": f"POST {LINE}/send-now",
    "notice": f"POST {LINE}/notices",
    "promise": f"POST {LINE}/promise",
    "hold": f"POST {LINE}/hold",
    "complaint file": f"POST {LINE}/complaints",
    "complaint close": f"POST {LINE}/complaints/{{ticket}}/close",
    "complaint list": "GET /v1/tasks",
    "refund": f"POST {LINE}/refunds",
    "refuse-delivery": f"POST {LINE}/delivery-refusal",
    "force-majeure": f"POST {LINE}/force-majeure",
    "payment": f"POST {LINE}/payment",
    "note": f"POST {LINE}/notes",
    "priority": f"POST {LINE}/priority",
    "policy move": f"POST {LINE}/policy",
    "policy load": f"PUT {POLICY}",
    "policy check": f"PUT {POLICY}",
    "policy plan": "POST /v1/policies/plan",
    "policy backtest": "POST /v1/policies/backtest",
    "policy budgets": "GET /v1/coupon-budgets",
    "message show": "GET /v1/messages/{id}",
    "message preview": "GET /v1/message-previews/{kind}",
    "message export": "GET /v1/message-templates/dlt",
    "message list": "GET /v1/messages",
    "message resend": f"POST {LINE}/messages/{{id}}/resend",
    "message cancel": "POST /v1/messages/{id}/cancel",
    "customer show": "GET /v1/customers/{id}",
    "customer set": "PUT /v1/customers/{id}",
    "customer erase": "DELETE /v1/customers/{id}",
    "evidence export": f"GET {LINE}/evidence",
    "evidence keys": "GET /.well-known/backorder-evidence-keys.json",
    "suppression list": "GET /v1/suppressions",
    "suppression add": "POST /v1/suppressions",
    "suppression lift": "POST /v1/suppressions/lift",
    "task list": "GET /v1/tasks",
    "task note": "POST /v1/tasks/{id}/notes",
    "task done": "POST /v1/tasks/{id}/done",
    "supply list": "GET /v1/purchase-orders; GET /v1/products",
    "supply show": f"GET {ORDER}; GET /v1/products/{{sku}}",
    "supply supplier": "PUT /v1/suppliers/{id}",
    "supply product": "PUT /v1/products/{sku}",
    "supply price": "PUT /v1/suppliers/{id}/prices/{sku}",
    "supply purchase-order": f"PUT {ORDER}",
    "supply date": f"POST {ORDER}/dates",
    "supply decide": f"POST {ORDER}/decisions",
    "supply reassign": f"POST {ORDER}/reassign",
    "supply cancel": f"POST {ORDER}/cancel",
    "supply receipt": f"POST {ORDER}/receipts",
    "supply return": f"POST {ORDER}/returns",
    "supply adjust": "POST /v1/stock/{sku}/adjustments",
    "supply count": "PUT /v1/stock/{sku}",
    "supply tasks": "GET /v1/tasks",
    "availability": "GET /v1/availability",
    "what-if date": "POST /v1/what-if/date",
    "what-if receipt": "POST /v1/what-if/receipt",
    "what-if supplier": "POST /v1/what-if/supplier",
    "report worth": "GET /v1/reports/worth",
    "report demand": "GET /v1/reports/demand",
    "supply report": "GET /v1/reports/supply",
    "demand import": "POST /v1/demand/import",
    "supply history import": "POST /v1/supply-history/import",
    "supply tune": "POST /v1/forecast/tune; GET /v1/forecast/choices",
    "supply backtest": "GET /v1/forecast/backtest",
    "plan demand": "GET /v1/plan/demand",
    "plan stock": "GET /v1/plan/stock",
    "plan backtest": "GET /v1/plan/demand/backtest; GET /v1/plan/stock/backtest",
    "plan orders": f"GET /v1/plan/orders; PUT {ORDER}",
    "receiver list": "GET /v1/receivers",
    "receiver put": "PUT /v1/receivers/{id}",
    "receiver rotate": "POST /v1/receivers/{id}/rotate",
    "receiver remove": "DELETE /v1/receivers/{id}",
    "receiver resend": "POST /v1/receivers/{id}/resend; POST /v1/receivers/{id}/deliveries/{event}/resend",
    "channel list": "GET /v1/channels",
    "channel pause": "POST /v1/channels/{name}/pause",
    "channel resume": "POST /v1/channels/{name}/resume",
    "status": "GET /v1/status",
    "deployment list": "GET /v1/status",
    "key create": "POST /v1/keys",
    "key list": "GET /v1/keys",
    "key revoke": "DELETE /v1/keys/{id}",
}
"""The calls that do what a command does, a semicolon between several."""
_RUNS = "runs, or sets up, what answers the calls"
ALONE: Mapping[str, str] = {
    **dict.fromkeys(
        ("up", "demo", "web", "worker", "db copy", "db upgrade", "temporal register", "doctor", "settings"),
        _RUNS,
    ),
    "deployment current": "says which workers get work: whoever starts and stops them says it",
    "deployment drain": "moves lines one by one for as long as that takes, longer than any call waits",
    "evidence verify": "is about a file that somebody has, and takes no server's word for it",
}
"""Commands of which no call does the same, and why."""


def calls() -> Iterator[str]:
    for route in create_app(never).router.routes:
        if isinstance(route, Route):
            yield from (f"{method} {route.path}" for method in route.methods or ())


def named() -> set[str]:
    return {each for words in CALLS.values() for each in words.split("; ")}


def test_each_command_has_a_call_or_a_reason_why_it_has_none() -> None:
    assert not CALLS.keys() & ALONE.keys()
    assert by_name().keys() == CALLS.keys() | ALONE.keys(), "say here which call does what a new command does"
    assert named() <= {*calls()}


def test_each_call_that_changes_something_has_a_command() -> None:
    changes = {each for each in calls() if "/v1/" in each and not each.startswith(("GET ", "HEAD "))}
    assert changes <= named(), "say here which command does what a new call does"
