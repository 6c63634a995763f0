"""Statements and rows of which the columns do not matter, as types."""

from __future__ import annotations

from typing import TypeAlias

from sqlalchemy import Row, Select

AnySelect: TypeAlias = Select[*tuple[object, ...]]
"""A query, whatever it selects."""
AnyRow: TypeAlias = Row[*tuple[object, ...]]
"""A row, whatever is in it."""
