"""Demand over the next periods: candidates, mixed by their loss on the shop's own earlier mornings."""
