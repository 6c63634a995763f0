"""Supply: what is on its way, who is served from it, and what a purchase order needs."""
