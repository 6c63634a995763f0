"""The words by which customers and parcels are found, in tables of their own."""

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

from backorder.domain.search_terms import parcel_term, terms

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_AT_ONCE = 1000


def upgrade() -> None:
    """Make the tables, and keep the words of who and what is on record."""
    people = op.create_table(
        "customer_terms",
        sa.Column("customer", sa.String(length=128), nullable=False),
        sa.Column("term", sa.String(length=128, collation="C"), nullable=False),
        sa.ForeignKeyConstraint(["customer"], ["customers.id"], name=op.f("fk_customer_terms_customer")),
        sa.PrimaryKeyConstraint("customer", "term", name=op.f("pk_customer_terms")),
    )
    parcels = op.create_table(
        "parcel_terms",
        sa.Column("term", sa.String(length=128, collation="C"), nullable=False),
        sa.Column("backorder", sa.String(length=1024), nullable=False),
        sa.ForeignKeyConstraint(["backorder"], ["backorders.id"], name=op.f("fk_parcel_terms_backorder")),
        sa.PrimaryKeyConstraint("term", "backorder", name=op.f("pk_parcel_terms")),
    )
    _keep(people, "SELECT id, name, email, phone FROM customers", _words)
    _keep(parcels, "SELECT backorder, content FROM requests WHERE kind = 'ship'", _parcel)
    op.create_index("ix_customer_terms_term_customer", "customer_terms", ["term", "customer"])


def downgrade() -> None:
    """Forget the words."""
    op.drop_table("parcel_terms")
    op.drop_table("customer_terms")


def _keep(table: sa.Table, query: str, words: Callable[[Any], list[dict[str, str]]]) -> None:
    connection = op.get_bind()
    rows = connection.execute(sa.text(query)).all()
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        found = {tuple(each.values()): each for row in some for each in words(row)}
        if found:
            connection.execute(sa.insert(table), list(found.values()))


def _words(row: Any) -> list[dict[str, str]]:
    return [
        {"customer": row.id, "term": term} for term in terms(name=row.name, email=row.email, phone=row.phone)
    ]


def _parcel(row: Any) -> list[dict[str, str]]:
    try:
        term = parcel_term(json.loads(row.content).get("tracking", ""))
    except ValueError:
        return []
    return [{"backorder": row.backorder, "term": term}] if term else []
