"""Keeping the SDKs' own logging shut: it shows API keys, addresses and texts at DEBUG."""

from __future__ import annotations

import logging


class _Shut(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return False


_SHUT = _Shut()


def silence(name: str) -> None:
    """Drop everything the named logger is told, whatever its level.

    A filter, because a later logging.config.dictConfig resets levels and `disabled`, but no filters.
    """
    logging.getLogger(name).addFilter(_SHUT)
