"""Products, suppliers and stock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated

from fastapi import Query
from starlette.responses import Response

from backorder import schemas
from backorder.domain.keys import joined
from backorder.errors import UnknownError
from backorder.queries import catalogue, supply_lists
from backorder.queries.catalogue import ProductView, SupplierView
from backorder.queries.supplier_prices import SupplierPriceView, supplier_price
from backorder.queries.supply_lists import Stock
from backorder.services.record_stock import Booked
from backorder.storage.acting import snapshot, version_of
from web import supply_examples as examples
from web.answers import answer, read
from web.calls import Call, CurrentCall, Doors, nothing
from web.effects import EffectView, effects_of
from web.lines import Cursor, Limit, Text
from web.page_cursors import of_this_list
from web.path_ids import id_of, new_id_of
from web.record_faults import known_body
from web.row_versions import with_version
from web.shapes import Items, Shape

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


doors = Doors("supply")
SUPPLIER_PRICE = "/v1/suppliers/{id}/prices/{sku}"
Preview = Annotated[
    bool, Query(description="Say who would lose or get units and hear of it, and write nothing.")
]
PRODUCT, SUPPLIER, STOCK = "/v1/products/{sku}", "/v1/suppliers/{id}", "/v1/stock/{sku}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Units:
    """Units of a line."""

    backorder: str
    units: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Stocked:
    """What a fact of stock led to. new: it was not known before. change: by how many units what is on hand
    changed. lost, given: lines that units were taken from or set aside for. remarks: what to know of it.
    preview: nothing of it was written; effects: the lines that would have other units or another date then,
    in the order of the queue, null where it is no preview.
    """

    sku: str
    on_hand: int
    allocated: int
    new: bool
    change: int
    lost: tuple[Units, ...]
    given: tuple[Units, ...]
    remarks: tuple[str, ...]
    preview: bool
    effects: tuple[EffectView, ...] | None


def stocked(booked: Booked, *, preview: bool) -> Response:
    """What a fact of stock led to: 201 for a new one, 200 for one that was known, or not written."""
    found = Stocked(
        sku=booked.sku,
        on_hand=booked.on_hand,
        allocated=booked.allocated,
        new=booked.new,
        change=booked.change,
        lost=tuple(Units(backorder=each.id, units=each.units) for each in booked.lost),
        given=tuple(Units(backorder=each.id, units=each.units) for each in booked.given),
        remarks=booked.remarks,
        preview=preview,
        effects=effects_of(booked.effects) if preview else None,
    )
    return answer(found, 201 if booked.new and not preview else 200)


async def booked(
    call: Call,
    about: tuple[str, str],
    show: Callable[[], Booked],
    book: Callable[[], Awaitable[Booked]],
    *,
    preview: bool,
) -> Response:
    """Book a fact of stock, or show what that would lead to. about: the kind and the ID of what it concerns,
    which must be there.
    """
    if preview:
        return stocked(await call.preview(*about, show), preview=True)
    return stocked(await call.act(*about, book, must_exist=True), preview=False)


async def _product(call: Call, sku: str) -> tuple[ProductView, str]:
    return await call.read(
        lambda open: (catalogue.product(open, sku), version_of(snapshot(open, "product", sku)))
    )


async def _supplier(call: Call, id: str) -> tuple[SupplierView, str]:
    return await call.read(
        lambda open: (catalogue.supplier(open, id), version_of(snapshot(open, "supplier", id)))
    )


def put(call: Call, found: DataclassInstance, version: str) -> Response:
    """What was put, with the ETag that a read of it has: 201 for a new one."""
    product = read(call.request, found, version=version)
    return answer(found, 201 if call.made_it else 200, {"etag": product.headers["etag"]})


@doors.door(
    "GET",
    "/v1/products",
    roles=("supply", "agent"),
    shape=Shape(answers={200: Items[Stock], 304: None}),
    together=of_this_list(supply_lists.read_sku),
)
async def list_products(
    call: CurrentCall,
    supplier: Text = "",
    sku: Text = "",
    cursor: Cursor = None,
    limit: Limit = supply_lists.LIMIT,
) -> Response:
    """List products with their units, by SKU."""
    page = await call.read(
        lambda open: supply_lists.stocks(open, supplier=supplier, sku=sku, cursor=cursor, limit=limit)
    )
    return read(call.request, Items(items=tuple(page.rows), cursor=page.next))


@doors.door(
    "GET",
    PRODUCT,
    roles=("supply", "agent"),
    shape=Shape(answers={200: ProductView, 304: None}, problems=(404,)),
)
async def read_product(call: CurrentCall, sku: str) -> Response:
    """Read a product: its units on hand, allocated, incoming and waiting, and who waits first."""
    found, version = await _product(call, id_of(sku, "product"))
    return read(call.request, found, version=version)


@doors.door(
    "PUT",
    PRODUCT,
    roles=("supply",),
    shape=Shape(
        body=schemas.Product,
        example=examples.PRODUCT,
        answers={200: ProductView, 201: ProductView},
        problems=(404, 412),
        left_out=("sku",),
    ),
)
async def put_product(call: CurrentCall, sku: str) -> Response:
    """Keep a product."""
    sku = new_id_of(sku)
    product = await known_body(call, schemas.Product, {"sku": sku})
    await call.act("product", sku, lambda: call.desk.client.product(product), nothing)
    return put(call, *await _product(call, sku))


@doors.door(
    "GET",
    "/v1/suppliers",
    roles=("supply", "agent"),
    shape=Shape(answers={200: Items[SupplierView], 304: None}),
    together=of_this_list(catalogue.read_supplier),
)
async def list_suppliers(
    call: CurrentCall, cursor: Cursor = None, limit: Limit = supply_lists.LIMIT
) -> Response:
    """List suppliers, by ID."""
    page = await call.read(lambda open: catalogue.supplier_list(open, cursor=cursor, limit=limit))
    return read(call.request, Items(items=tuple(page.rows), cursor=page.next))


@doors.door(
    "GET",
    SUPPLIER,
    roles=("supply", "agent"),
    shape=Shape(answers={200: SupplierView, 304: None}, problems=(404,)),
)
async def read_supplier(call: CurrentCall, id: str) -> Response:
    """Read a supplier."""
    found, version = await _supplier(call, id_of(id, "supplier"))
    return read(call.request, found, version=version)


@doors.door(
    "PUT",
    SUPPLIER,
    roles=("supply",),
    shape=Shape(
        body=schemas.Supplier,
        example=examples.SUPPLIER,
        answers={200: SupplierView, 201: SupplierView},
        problems=(404, 412),
        left_out=("id",),
    ),
)
async def put_supplier(call: CurrentCall, id: str) -> Response:
    """Keep a supplier."""
    id = new_id_of(id)
    supplier = await known_body(call, schemas.Supplier, {"id": id})
    await call.act("supplier", id, lambda: call.desk.client.supplier(supplier), nothing)
    return put(call, *await _supplier(call, id))


async def _price(call: Call, supplier: str, sku: str) -> tuple[SupplierPriceView, str]:
    return await call.read(
        lambda open: (
            supplier_price(open, supplier, sku),
            version_of(snapshot(open, "supplier_price", joined(supplier, sku))),
        )
    )


@doors.door(
    "GET",
    SUPPLIER_PRICE,
    roles=("supply",),
    shape=Shape(answers={200: SupplierPriceView, 304: None}, problems=(404,)),
)
async def read_supplier_price(call: CurrentCall, id: str, sku: str) -> Response:
    """Read what a supplier asks for a product."""
    found, version = await _price(call, id_of(id, "supplier"), id_of(sku, "product"))
    return read(call.request, found, version=version)


@doors.door(
    "PUT",
    SUPPLIER_PRICE,
    roles=("supply",),
    shape=Shape(
        body=schemas.SupplierPrice,
        example=examples.SUPPLIER_PRICE,
        answers={200: SupplierPriceView, 201: SupplierPriceView},
        problems=(404, 412),
        left_out=("supplier", "sku"),
    ),
)
async def put_supplier_price(call: CurrentCall, id: str, sku: str) -> Response:
    """Keep what a supplier asks for a product, and how it sells it; orders are planned with it."""
    supplier, sku = id_of(id, "supplier"), id_of(sku, "product")
    price = await known_body(call, schemas.SupplierPrice, {"supplier": supplier, "sku": sku})
    key = joined(supplier, sku)
    await call.act("supplier_price", key, lambda: call.desk.client.supplier_price(price), nothing)
    return put(call, *await _price(call, supplier, sku))


@doors.door(
    "GET",
    STOCK,
    roles=("supply", "agent"),
    shape=Shape(answers={200: Stock, 304: None}, problems=(404,)),
)
async def read_stock(call: CurrentCall, sku: str) -> Response:
    """Read a product's units; If-Match of the next count goes by this answer's ETag."""
    sku = id_of(sku, "product")
    found, version = await call.read(
        lambda open: (supply_lists.stock_of(open, sku), version_of(snapshot(open, "stock", sku)))
    )
    if found is None:
        raise UnknownError(f"there is no product {sku}")
    return read(call.request, found, version=version)


@doors.door(
    "POST",
    STOCK + "/adjustments",
    roles=("supply",),
    shape=Shape(
        body=schemas.Adjustment,
        example=examples.ADJUSTMENT,
        answers={200: Stocked, 201: Stocked},
        problems=(404, 409),
        left_out=("sku",),
    ),
)
async def adjust_stock(call: CurrentCall, sku: str, preview: Preview = False) -> Response:
    """Change what is on hand; below zero for units that vanished, which are taken from the queue's tail."""
    sku = id_of(sku, "product")
    adjustment = await known_body(call, schemas.Adjustment, {"sku": sku})
    stock, now = call.desk.services.stock, call.desk.now()
    show = partial(stock.adjust, adjustment, now, preview=True)
    book = partial(call.desk.client.adjust, adjustment)
    return await booked(call, ("stock", sku), show, book, preview=preview)


@doors.door(
    "PUT",
    STOCK,
    roles=("supply",),
    shape=Shape(
        body=schemas.StockCount,
        example=examples.COUNT,
        answers={200: Stocked, 201: Stocked},
        problems=(404, 409, 412),
        left_out=("sku",),
    ),
)
async def count_stock(call: CurrentCall, sku: str, preview: Preview = False) -> Response:
    """Set what is on hand to what was counted; what moved after the count comes on top."""
    sku = id_of(sku, "product")
    count = await known_body(call, schemas.StockCount, {"sku": sku})
    stock, now = call.desk.services.stock, call.desk.now()
    show = partial(stock.count, count, now, preview=True)
    book = partial(call.desk.client.count, count)
    return with_version(call, await booked(call, ("stock", sku), show, book, preview=preview))
