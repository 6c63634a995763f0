"""How long and how often a provider is asked what became of a message. Pure."""

from __future__ import annotations

from datetime import timedelta

LOOKED_FOR = timedelta(days=1)
"""Machine time for which a provider that cannot be asked is asked again."""
BETWEEN_LOOKS = timedelta(hours=1)
"""Machine time between two look-ups at most."""
ASKED_AGAIN = 3
"""Settling times after which a message holds nothing back any more though its provider could not be asked."""
LOOK_UPS_AT_MOST = 6
"""How many more look-ups have to fail, from then on, before its line tells a promise anew: the message may be
there, and be told twice. While nothing goes by its channel they do not count."""
HELD_FOR = timedelta(hours=4)
"""Machine time after which they count then too: the promise may have another channel to go by."""
TWICE = 2
"""How often a provider has to say that it does not know a message."""
SENDS_AT_MOST = 2
"""How often a message that no provider knows is handed over, all in all."""
