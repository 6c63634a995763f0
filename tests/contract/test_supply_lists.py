"""What buyers look up."""

from __future__ import annotations

import pytest

from backorder.errors import RefusedError
from backorder.storage import supply_lists
from backorder.storage.engine import reading
from tests.contract.shop import Shop, at, day


def test_orders_stock_and_queues_can_be_looked_up(shop: Shop) -> None:
    shop.supplier("bolt")
    shop.product("DESK")
    shop.purchase("PO-1", {"stated_date": day(20)}, {"sku": "DESK", "quantity": 3})
    shop.purchase("PO-2", {"stated_date": day(40)}, supplier="bolt")
    shop.receive(4)
    for number in (1, 2):
        shop.start(f"O-{number}", 3, ordered_at=at(number - 9))
    shop.replan()
    with reading(shop.store.engine) as connection:
        late = supply_lists.late_or_open(connection, day(21), late=True)
        assert [(each.purchase_order, each.line, each.outstanding) for each in late] == [
            ("PO-1", "1", 6),
            ("PO-1", "2", 3),
        ]
        [bolt] = supply_lists.late_or_open(connection, day(21), supplier="bolt")
        assert (bolt.purchase_order, bolt.due) == ("PO-2", day(40))
        desk, lamp = supply_lists.stocks(connection)
        assert (desk.sku, desk.incoming, desk.on_hand) == ("DESK", 3, 0)
        assert (lamp.on_hand, lamp.allocated, lamp.free, lamp.incoming, lamp.waiting) == (4, 4, 0, 16, 2)
        assert supply_lists.stocks(connection, after="DESK") == [lamp]
        [waits] = supply_lists.queue(connection, "LAMP")
        assert (waits.position, waits.backorder, waits.waiting, waits.allocated) == (1, "O-2/1", 2, 1)
        order = supply_lists.order(connection, "PO-1")
        assert [(each.line, each.received, each.outstanding, each.stated) for each in order.lines] == [
            ("1", 4, 6, day(20)),
            ("2", 0, 3, None),
        ]
        with pytest.raises(RefusedError, match='"PO-9" is neither'):
            supply_lists.order(connection, "PO-9")
