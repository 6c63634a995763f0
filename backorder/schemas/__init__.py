"""The door: what may come in, checked whole. Every fault is named; nothing faulty goes further."""

from backorder.schemas.incoming import HAPPENED, TO_COME, Incoming, ModelT, parse
from backorder.schemas.order_lines import Agreed, Customer, Notice, OrderLine, Told
from backorder.schemas.people import ChannelPause, Decision, NoteText, Prioritising, Reassignment
from backorder.schemas.requests import (
    Answer,
    Cancellation,
    FlagDone,
    HoldRequest,
    LineRequest,
    PaymentReport,
    RefundReport,
    Shipment,
)
from backorder.schemas.supply import (
    Adjustment,
    Product,
    PurchaseOrder,
    PurchaseOrderLine,
    Receipt,
    Split,
    StatedDates,
    StockCount,
    Supplier,
    SupplyReturn,
)

__all__ = [
    "HAPPENED",
    "TO_COME",
    "Adjustment",
    "Agreed",
    "Answer",
    "Cancellation",
    "ChannelPause",
    "Customer",
    "Decision",
    "FlagDone",
    "HoldRequest",
    "Incoming",
    "LineRequest",
    "ModelT",
    "NoteText",
    "Notice",
    "OrderLine",
    "PaymentReport",
    "Prioritising",
    "Product",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "Reassignment",
    "Receipt",
    "RefundReport",
    "Shipment",
    "Split",
    "StatedDates",
    "StockCount",
    "Supplier",
    "SupplyReturn",
    "Told",
    "parse",
]
