"""The tables, by subject. What must never be is a constraint here, not a promise of the code."""

from __future__ import annotations

from backorder.storage.tables.access import (
    api_keys,
    audit,
    idempotency_keys,
)
from backorder.storage.tables.customers import (
    address_keys,
    consents,
    customer_terms,
    customers,
    inbound_texts,
    suppressions,
)
from backorder.storage.tables.events import (
    deliveries,
    event_dispatch,
    events,
    receivers,
)
from backorder.storage.tables.lines import (
    allocations,
    backorders,
    demands,
    evidence_keys,
    expired_lines,
    parcel_terms,
    promises,
    requests,
    timeline,
)
from backorder.storage.tables.messages import (
    channels,
    delivery_reports,
    dispatchers,
    message_items,
    message_rates,
    messages,
    sends,
)
from backorder.storage.tables.planning import (
    history,
    parameters,
    peggings,
    replans,
    sales,
    shortage_looks,
)
from backorder.storage.tables.products import (
    product_terms,
    products,
    supplier_prices,
    suppliers,
)
from backorder.storage.tables.purchase_orders import (
    approvals,
    follow_ups,
    incoming,
    purchase_order_lines,
    purchase_orders,
    receipts,
    stated_dates,
    supply_returns,
)
from backorder.storage.tables.schema import APPEND_ONLY, conditions, metadata
from backorder.storage.tables.shop import (
    clock,
    compatibility,
    coupon_budgets,
    current_policies,
    endings,
    policies,
)
from backorder.storage.tables.stock import (
    reservations,
    stock,
    stock_counts,
    stock_movements,
)
from backorder.storage.tables.worklist import (
    engine_errors,
    notes,
    tasks,
)

__all__ = [
    "APPEND_ONLY",
    "address_keys",
    "allocations",
    "api_keys",
    "approvals",
    "audit",
    "backorders",
    "channels",
    "clock",
    "compatibility",
    "conditions",
    "consents",
    "coupon_budgets",
    "current_policies",
    "customer_terms",
    "customers",
    "deliveries",
    "delivery_reports",
    "demands",
    "dispatchers",
    "endings",
    "engine_errors",
    "event_dispatch",
    "events",
    "evidence_keys",
    "expired_lines",
    "follow_ups",
    "history",
    "idempotency_keys",
    "inbound_texts",
    "incoming",
    "message_items",
    "message_rates",
    "messages",
    "metadata",
    "notes",
    "parameters",
    "parcel_terms",
    "peggings",
    "policies",
    "product_terms",
    "products",
    "promises",
    "purchase_order_lines",
    "purchase_orders",
    "receipts",
    "receivers",
    "replans",
    "requests",
    "reservations",
    "sales",
    "sends",
    "shortage_looks",
    "stated_dates",
    "stock",
    "stock_counts",
    "stock_movements",
    "supplier_prices",
    "suppliers",
    "supply_returns",
    "suppressions",
    "tasks",
    "timeline",
]
