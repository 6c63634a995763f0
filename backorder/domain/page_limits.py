"""How long, and how often, the pages of customers and suppliers and what is sent about them do something."""

from __future__ import annotations

from datetime import timedelta

OPENS_FOR = timedelta(days=90)
"""Business time after the end of the last line for which a link still opens."""
BETWEEN_LINKS = timedelta(hours=1)
"""Business time between two new links to one order."""
MOST_ADDRESSES = 3
"""New addresses that one customer may ask to have confirmed within a day."""
WITHDRAWN_WITHIN = timedelta(days=30)
"""How long after an order's last shipment the page offers to withdraw: 14 days by law, from when the goods
came. Parcels that take longer than `ON_ITS_WAY` to the door stretch it.
"""
BANKS_TAKE = timedelta(days=10)
"""After so long money that was sent should have arrived; then the customer is told whom to ask."""
STILL_OF_USE = timedelta(days=30)
"""Machine time after which news that never arrived is no news any more, also at a corrected address."""
SUPPLIER_OPENS_FOR = timedelta(days=90)
"""Business time after a mail for which the link in it opens a supplier's page."""
ON_ITS_WAY = timedelta(days=14)
"""How long after it left a parcel is said to be on its way: nobody reports that it is there."""
