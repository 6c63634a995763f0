"""A shop on a real server, and one on a server that skips time."""

from tests.support.live_fixtures import live, season, shop, skipping

__all__ = ["live", "season", "shop", "skipping"]
