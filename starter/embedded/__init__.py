"""The embedded stack: Temporal, the database and a worker on one machine, out of one data folder."""

from starter.embedded.stack import Stack, embedded

__all__ = ["Stack", "embedded"]
