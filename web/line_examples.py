"""Examples of what goes into the calls about lines."""

from __future__ import annotations

from collections.abc import Mapping

ORDER_LINE: Mapping[str, object] = {
    "order_id": "A-1001",
    "line_id": "1",
    "sku": "DESK",
    "quantity": 2,
    "customer": {"id": "C-7", "name": "Ann Lee", "email": "ann@example.com", "region": "DE"},
    "unit_price": "420.00",
    "currency": "EUR",
    "ordered_at": "2026-05-01T10:00:00Z",
    "payment": "captured",
}
TABLE = """\
order_id,line_id,sku,quantity,unit_price,currency,ordered_at,payment,customer.id,customer.name,customer.email
A-1001,1,DESK,2,420.00,EUR,2026-05-01T10:00:00Z,captured,C-7,Ann Lee,ann@example.com
"""
CANCELLATION: Mapping[str, object] = {
    "request_id": "cancel-1",
    "reason": "found another one",
    "by": "customer",
}
SHIPMENT: Mapping[str, object] = {
    "shipment_id": "S-1",
    "quantity": 1,
    "shipped_at": "2026-05-20T10:00:00Z",
    "carrier": "DHL",
    "tracking": "JD0146",
}
ANSWER: Mapping[str, object] = {"request_id": "answer-1", "choice": "keep", "via": "phone"}
TAKE_BACK: Mapping[str, object] = {"request_id": "take-back-1", "cancellation": "answer-1"}
SWAP_OUTCOME: Mapping[str, object] = {
    "request_id": "swap-1",
    "taken": False,
    "swap": "answer-1",
    "reason": "damaged on the shelf",
}
COUPON_CLAIM: Mapping[str, object] = {"request_id": "coupon-1"}
SEND_NOW: Mapping[str, object] = {"request_id": "send-now-1"}
REFUND: Mapping[str, object] = {
    "refund_id": "R-1",
    "amount": "420.00",
    "sent_at": "2026-05-20T10:00:00Z",
    "means": "card",
}
PAYMENT: Mapping[str, object] = {"request_id": "payment-1", "state": "captured"}
COMPLAINT: Mapping[str, object] = {
    "request_id": "complaint-1",
    "text": "Nobody answers the phone.",
    "received_at": "2026-05-20T10:00:00Z",
}
COMPLAINT_END: Mapping[str, object] = {
    "request_id": "complaint-end-1",
    "text": "Our phone is mended, and a coupon is on its way to you.",
}
DELIVERY_REFUSAL: Mapping[str, object] = {
    "request_id": "delivery-refusal-1",
    "reason": "the maker has closed down, and nobody else makes it",
}
FORCE_MAJEURE: Mapping[str, object] = {
    "request_id": "force-majeure-1",
    "reason": "the port is closed by the cyclone since 12 May",
}
HOLD: Mapping[str, object] = {
    "request_id": "hold-1",
    "until": "2026-06-01T10:00:00Z",
    "reason": "on holiday, asked for silence",
}
NOTICE: Mapping[str, object] = {
    "request_id": "notice-1",
    "at": "2026-05-20T10:00:00Z",
    "medium": "call",
    "by_date": "2026-06-12",
    "offered": True,
    "text": "Told her it ships by 12 June; that she may cancel and gets all her money back promptly.",
}
PROMISE: Mapping[str, object] = {
    "request_id": "promise-1",
    "by": "2026-06-12",
    "reason": "the truck left",
    "evidence": "mail of the maker, 20 May",
}
NOTE: Mapping[str, object] = {"request_id": "note-1", "text": "wants the parcel at her neighbour's"}
PRIORITY: Mapping[str, object] = {"value": 5, "reason": "waits for a wedding"}
POLICY: Mapping[str, object] = {
    "request_id": "policy-1",
    "value": "patient",
    "reason": "asked to be written to less often",
}
BULK: Mapping[str, object] = {"sku": "DESK", "reason": "the maker stopped making it"}
