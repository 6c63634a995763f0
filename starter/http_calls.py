"""What may be called over HTTP, one method a call: the same names as in `starter.client` where it has them.

Fields are those of the API's documentation (/openapi.json); instants and days may be given as such, amounts
as Decimal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from starter.http_call import AnswerT, HttpCall
from starter.http_message_calls import MessageCalls
from starter.http_operator_calls import OperatorCalls
from starter.http_policy_calls import PolicyCalls

LINES = "/v1/backorders"
LINE = LINES + "/{order}/{line}"


def _asked(*, preview: bool) -> Mapping[str, object]:
    return {"preview": preview} if preview else {}


class Calls(MessageCalls[AnswerT], OperatorCalls[AnswerT], PolicyCalls[AnswerT]):
    """Every call of the API but lists and imports, which `starter.http_client` has."""

    # --- lines

    def start(self, line: Mapping[str, object]) -> AnswerT:
        """Start a backorder for an order line; the same line again changes nothing."""
        return self._post(LINES, line)

    def case(self, order: str, line: str) -> AnswerT:
        """A whole case."""
        return self._get(LINE, order=order, line=line)

    def request(self, order: str, line: str, id: str) -> AnswerT:
        """What became of something that was asked of a line."""
        return self._get(LINE + "/requests/{id}", order=order, line=line, id=id)

    def cancel(self, order: str, line: str, *, reason: str, **fields: object) -> AnswerT:
        """Cancel a line or a part of it: quantity, by, received_at, request_id."""
        return self._post(LINE + "/cancel", {"reason": reason, **fields}, order=order, line=line)

    def cancel_all(
        self,
        *,
        reason: str,
        sku: str | None = None,
        ids: Sequence[str] = (),
        preview: bool = False,
        **fields: object,
    ) -> AnswerT:
        """Cancel all lines of a product, or those with these IDs; preview: list them and write nothing.

        Both at once are sent as they are, and refused: nobody can say here which of them was meant.
        """
        which: dict[str, object] = {} if sku is None else {"sku": sku}
        named = {"ids": [*ids]} if ids or sku is None else {}
        query = {"preview": preview}
        body = {"reason": reason} | which | named | fields
        return self._send(HttpCall(method="POST", path=LINES + "/cancel", query=query, body=body))

    def ship(self, order: str, line: str, *, shipment_id: str, quantity: int, **fields: object) -> AnswerT:
        """Report a shipment: shipped_at, carrier, tracking."""
        body = {"shipment_id": shipment_id, "quantity": quantity, **fields}
        return self._post(LINE + "/shipments", body, order=order, line=line)

    def answer(self, order: str, line: str, *, choice: str, **fields: object) -> AnswerT:
        """Hand in an answer: sku, price, quantity, until, indefinite, revision, rest, via, received_at,
        evidence.
        """
        return self._post(LINE + "/answers", {"choice": choice, **fields}, order=order, line=line)

    def take_back(self, order: str, line: str, **fields: object) -> AnswerT:
        """Take back what the customer cancelled by link a moment ago: cancellation, received_at."""
        return self._post(LINE + "/take-back", {**fields}, order=order, line=line)

    def swap(self, order: str, line: str, *, taken: bool, **fields: object) -> AnswerT:
        """Say that what the customer took instead is taken over, or cannot be sent: swap, reason."""
        return self._post(LINE + "/swap", {"taken": taken, **fields}, order=order, line=line)

    def claim_coupon(self, order: str, line: str, **fields: object) -> AnswerT:
        """Give out the code of a coupon that waits on the customer's page: received_at."""
        return self._post(LINE + "/coupons/claim", {**fields}, order=order, line=line)

    def send_now(self, order: str, line: str, **fields: object) -> AnswerT:
        """Have what is there sent before the rest, as the customer wants it: received_at."""
        return self._post(LINE + "/send-now", {**fields}, order=order, line=line)

    def refund(
        self, order: str, line: str, *, refund_id: str, amount: Decimal | str, **fields: object
    ) -> AnswerT:
        """Report money that was sent back, or failed to arrive: sent_at or failed_at, means."""
        body = {"refund_id": refund_id, "amount": amount, **fields}
        return self._post(LINE + "/refunds", body, order=order, line=line)

    def refuse_delivery(self, order: str, line: str, *, reason: str, **fields: object) -> AnswerT:
        """Say that the shop does not deliver: actor."""
        body = {"reason": reason, **fields}
        return self._post(LINE + "/delivery-refusal", body, order=order, line=line)

    def force_majeure(self, order: str, line: str, *, reason: str, **fields: object) -> AnswerT:
        """Refuse a refund for force majeure: actor."""
        return self._post(LINE + "/force-majeure", {"reason": reason, **fields}, order=order, line=line)

    def payment(self, order: str, line: str, *, state: str, **fields: object) -> AnswerT:
        """Report how the payment stands: at, expires_at, pay_url."""
        return self._post(LINE + "/payment", {"state": state, **fields}, order=order, line=line)

    def hold(self, order: str, line: str, *, until: object, reason: str, **fields: object) -> AnswerT:
        """Ask for silence until then."""
        return self._post(
            LINE + "/hold", {"until": until, "reason": reason, **fields}, order=order, line=line
        )

    def notice(self, order: str, line: str, *, medium: str, text: str, **fields: object) -> AnswerT:
        """Record a call or a letter: at, by_date, offered."""
        body = {"medium": medium, "text": text, **fields}
        return self._post(LINE + "/notices", body, order=order, line=line)

    def promise(
        self, order: str, line: str, *, by: object, reason: str, evidence: str, **fields: object
    ) -> AnswerT:
        """Promise a day that the forecast does not say."""
        body = {"by": by, "reason": reason, "evidence": evidence, **fields}
        return self._post(LINE + "/promise", body, order=order, line=line)

    def complain(self, order: str, line: str, text: str, **fields: object) -> AnswerT:
        """Take in a complaint; the answer has its ticket."""
        return self._post(LINE + "/complaints", {"text": text, **fields}, order=order, line=line)

    def close_complaint(self, order: str, line: str, ticket: str, *, text: str, **fields: object) -> AnswerT:
        """Say that a complaint is ended, and what came of it."""
        path = LINE + "/complaints/{ticket}/close"
        return self._post(path, {"text": text, **fields}, order=order, line=line, ticket=ticket)

    def note(self, order: str, line: str, text: str, **fields: object) -> AnswerT:
        """Leave a note."""
        return self._post(LINE + "/notes", {"text": text, **fields}, order=order, line=line)

    def prioritise(
        self, order: str, line: str, value: int, *, reason: str, preview: bool = False, **fields: object
    ) -> AnswerT:
        """Move a line in its queue: higher goes first. preview: only say who would stand elsewhere."""
        body = {"value": value, "reason": reason, **fields}
        return self._post(LINE + "/priority", body, {"preview": preview}, order=order, line=line)

    def move_policy(
        self, order: str, line: str, value: str, *, reason: str, preview: bool = False, **fields: object
    ) -> AnswerT:
        """Move a line to another policy. preview: only say what would change."""
        body = {"value": value, "reason": reason, **fields}
        return self._post(LINE + "/policy", body, {"preview": preview}, order=order, line=line)

    def resend_message(self, order: str, line: str, id: str, **fields: object) -> AnswerT:
        """Send a message of a line again."""
        return self._post(LINE + "/messages/{id}/resend", fields, order=order, line=line, id=id)

    def evidence(self, order: str, line: str) -> AnswerT:
        """What proves what was done for a line: the content of a signed file."""
        return self._get(LINE + "/evidence", order=order, line=line)

    def availability(self, skus: Iterable[str], *, quantity: int = 1, region: str = "") -> AnswerT:
        """What customers would be told who order now, for each product."""
        query = {"sku": [*skus], "quantity": quantity, "region": region}
        return self._get("/v1/availability", query)

    # --- supply

    def product(self, sku: str) -> AnswerT:
        """A product with its stock and queue."""
        return self._get("/v1/products/{sku}", sku=sku)

    def put_product(self, sku: str, **fields: object) -> AnswerT:
        """Write down a product."""
        return self._put("/v1/products/{sku}", fields, sku=sku)

    def supplier(self, id: str) -> AnswerT:
        """A supplier."""
        return self._get("/v1/suppliers/{id}", id=id)

    def put_supplier(self, id: str, **fields: object) -> AnswerT:
        """Write down a supplier."""
        return self._put("/v1/suppliers/{id}", fields, id=id)

    def supplier_price(self, id: str, sku: str) -> AnswerT:
        """What a supplier asks for a product."""
        return self._get("/v1/suppliers/{id}/prices/{sku}", id=id, sku=sku)

    def put_supplier_price(self, id: str, sku: str, **fields: object) -> AnswerT:
        """Write down what a supplier asks for a product: price, currency, pack_size, minimum_order."""
        return self._put("/v1/suppliers/{id}/prices/{sku}", fields, id=id, sku=sku)

    def stock(self, sku: str) -> AnswerT:
        """A product's units."""
        return self._get("/v1/stock/{sku}", sku=sku)

    def adjust(
        self, sku: str, *, adjustment_id: str, quantity: int, preview: bool = False, **fields: object
    ) -> AnswerT:
        """Book units in or out; preview: who would stand elsewhere, and write nothing."""
        body = {"adjustment_id": adjustment_id, "quantity": quantity, **fields}
        return self._post("/v1/stock/{sku}/adjustments", body, _asked(preview=preview), sku=sku)

    def count_stock(self, sku: str, *, on_hand: int, preview: bool = False, **fields: object) -> AnswerT:
        """Set a counted level; preview: who would stand elsewhere, and write nothing."""
        return self._put("/v1/stock/{sku}", {"on_hand": on_hand, **fields}, _asked(preview=preview), sku=sku)

    def purchase_order(self, id: str) -> AnswerT:
        """A purchase order with its lines."""
        return self._get("/v1/purchase-orders/{id}", id=id)

    def put_purchase_order(self, id: str, *, drop: bool = False, **fields: object) -> AnswerT:
        """Write down a purchase order. drop: lines that are not named any more may go."""
        return self._put("/v1/purchase-orders/{id}", fields, {"drop": drop} if drop else {}, id=id)

    def stated_dates(self, id: str, *, preview: bool = False, **fields: object) -> AnswerT:
        """Write down what a supplier says; preview: who would hear of it, and write nothing."""
        return self._post("/v1/purchase-orders/{id}/dates", fields, _asked(preview=preview), id=id)

    def decide_dates(self, id: str, *, line: str, decision: str, **fields: object) -> AnswerT:
        """Approve or reject a date that waits for a buyer; revision: the one that was looked at, no other."""
        body = {"line": line, "decision": decision, **fields}
        return self._post("/v1/purchase-orders/{id}/decisions", body, id=id)

    def reassign(self, id: str, **fields: object) -> AnswerT:
        """Order what is outstanding of a line from another supplier: line, supplier, new_order."""
        return self._post("/v1/purchase-orders/{id}/reassign", fields, id=id)

    def cancel_purchase_order(self, id: str, *, reason: str, **fields: object) -> AnswerT:
        """Cancel what has not arrived."""
        return self._post("/v1/purchase-orders/{id}/cancel", {"reason": reason, **fields}, id=id)

    def receive(
        self, id: str, *, receipt_id: str, line: str, quantity: int, preview: bool = False, **fields: object
    ) -> AnswerT:
        """Book what has arrived; preview: who would stand elsewhere, and write nothing."""
        body = {"receipt_id": receipt_id, "line": line, "quantity": quantity, **fields}
        return self._post("/v1/purchase-orders/{id}/receipts", body, _asked(preview=preview), id=id)

    def return_goods(self, id: str, *, return_id: str, preview: bool = False, **fields: object) -> AnswerT:
        """Send back what had arrived: receipt_id, line, quantity, replacement; preview: write nothing."""
        body = {"return_id": return_id, **fields}
        return self._post("/v1/purchase-orders/{id}/returns", body, _asked(preview=preview), id=id)

    # --- what if

    def what_if_date(self, *, purchase_order: str, line: str, **fields: object) -> AnswerT:
        """What a supplier's date would lead to: splits or cannot_supply; nothing is written."""
        return self._post("/v1/what-if/date", {"purchase_order": purchase_order, "line": line, **fields})

    def what_if_receipt(self, *, purchase_order: str, line: str, quantity: int) -> AnswerT:
        """What goods would lead to that arrive now; nothing is written."""
        body = {"purchase_order": purchase_order, "line": line, "quantity": quantity}
        return self._post("/v1/what-if/receipt", body)

    def what_if_supplier(self, supplier: str, **fields: object) -> AnswerT:
        """What it would lead to if all that a supplier owes came later: days, no_date or cannot_supply."""
        return self._post("/v1/what-if/supplier", {"supplier": supplier, **fields})

    # --- reports

    def worth(self, **query: object) -> AnswerT:
        """What waiting lines are worth, by month: since, until, redeemed, coupon_order,
        contact_share, contact_cost, contact_currency."""
        return self._get("/v1/reports/worth", query)

    def demand(self, **query: object) -> AnswerT:
        """Which SKUs are waited for most, and why: since, until, limit."""
        return self._get("/v1/reports/demand", query)

    def supply_report(self) -> AnswerT:
        """How suppliers and promises have held, lead times, and what is late, unconfirmed or short."""
        return self._get("/v1/reports/supply")

    # --- what forecasts go by

    def forecast_choices(self) -> AnswerT:
        """What the forecast of arrivals goes by, and what was chosen so far."""
        return self._get("/v1/forecast/choices")

    def tune_forecast(self) -> AnswerT:
        """Choose what the forecast of arrivals goes by from the shop's own history."""
        return self._post("/v1/forecast/tune", {})

    def backtest_forecast(self, **query: object) -> AnswerT:
        """How forecasts of arrivals would have held for past orders: start, end, waited."""
        return self._get("/v1/forecast/backtest", query)

    # --- plans

    def plan_demand(self, **query: object) -> AnswerT:
        """How many units of each product the next periods take: period, periods, as_of."""
        return self._get("/v1/plan/demand", query)

    def plan_stock(self, **query: object) -> AnswerT:
        """The stock that each product needs: period, as_of, service, review_days, sku."""
        return self._get("/v1/plan/stock", query)

    def backtest_demand(self, **query: object) -> AnswerT:
        """How forecasts of demand would have held: period, periods, sku."""
        return self._get("/v1/plan/demand/backtest", query)

    def backtest_stock(self, **query: object) -> AnswerT:
        """What reorder points would have attained: period, service, review_days, lead_days, sku."""
        return self._get("/v1/plan/stock/backtest", query)

    def plan_orders(self, **query: object) -> AnswerT:
        """What to order today, from whom and why: period, service, review_days, budget, day_worth, sku."""
        return self._get("/v1/plan/orders", query)
