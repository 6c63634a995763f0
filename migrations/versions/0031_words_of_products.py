"""The words by which products are found, in a table of their own, as those of customers."""

import sqlalchemy as sa
from alembic import op

from backorder.domain.search_terms import terms

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_AT_ONCE = 1000


def upgrade() -> None:
    """Make the table, and keep the words of what is on record."""
    table = op.create_table(
        "product_terms",
        sa.Column("product", sa.String(length=128), nullable=False),
        sa.Column("term", sa.String(length=128, collation="C"), nullable=False),
        sa.ForeignKeyConstraint(["product"], ["products.sku"], name=op.f("fk_product_terms_product")),
        sa.PrimaryKeyConstraint("product", "term", name=op.f("pk_product_terms")),
    )
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT sku, name FROM products")).all()
    for start in range(0, len(rows), _AT_ONCE):
        found = [
            {"product": row.sku, "term": term}
            for row in rows[start : start + _AT_ONCE]
            if isinstance(row.name, str)  # SQLite may hold anything
            for term in terms(name=row.name, email=None, phone=None)
        ]
        if found:
            connection.execute(sa.insert(table), found)
    op.create_index("ix_product_terms_term_product", "product_terms", ["term", "product"])


def downgrade() -> None:
    """Forget the words."""
    op.drop_table("product_terms")
