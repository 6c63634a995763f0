"""Lines that the shop does not deliver stand in no queue: no supply is pegged to them any more.

The workers of before go on meanwhile: such a line stays passed over for them, and gets no units.
"""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

BEFORE = ("priority", "ordered_at", "partial", "open", "claim", "id_order")
"""Columns that a line that is new in the queue depends on: a change of them raises its SKU's version."""
COLUMN = "delivery_refused"
_SAID = '%"delivery_refused_at":"%'
_DEMANDS = sa.table(
    "demands",
    *(sa.column(name) for name in ("backorder", "sku", "open", "passed_over", "since", COLUMN)),
    *(sa.column(name) for name in ("arrivals", "position", "supply_units", "units_ahead")),
)
_LINES = sa.table("backorders", sa.column("id"), sa.column("state"))
_REPLANS = sa.table("replans", *(sa.column(name) for name in ("sku", "cause", "moved_by_time_alone", "at")))


def upgrade() -> None:
    """A column, and with it those that are refused by now; their queues are pegged anew."""
    op.add_column("demands", sa.Column(COLUMN, sa.Boolean(), nullable=False, server_default=sa.text("false")))
    _count_changes((*BEFORE, COLUMN))
    refused = sa.and_(
        sa.text("open > 0 AND passed_over"),
        _DEMANDS.c.backorder.in_(sa.select(_LINES.c.id).where(_LINES.c.state.like(_SAID))),
    )
    marked = (_DEMANDS.c.sku, sa.literal(COLUMN), sa.false(), sa.func.max(_DEMANDS.c.since))
    anew = sa.select(*marked).where(refused).group_by(_DEMANDS.c.sku)
    op.execute(sa.insert(_REPLANS).from_select(list(_REPLANS.c.keys()), anew))
    nowhere = {"arrivals": "[]", "position": None, "supply_units": None, "units_ahead": None}
    op.execute(sa.update(_DEMANDS).where(refused).values(nowhere | {COLUMN: sa.true()}))


def downgrade() -> None:
    """Without it."""
    _count_changes(BEFORE)
    op.drop_column("demands", COLUMN)


def _count_changes(columns: tuple[str, ...]) -> None:
    """Have a change of these columns, and of no others, raise the version."""
    name = "demands_version_update"
    begins = f"CREATE TRIGGER {name} AFTER UPDATE OF {', '.join(columns)} ON demands"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {name}")
        op.execute(
            f"{begins} WHEN {_differs(columns, 'IS NOT')} "
            "BEGIN UPDATE stock SET version = version + 1 WHERE sku = NEW.sku; END"
        )
        return
    op.execute(f"DROP TRIGGER {name} ON demands")
    op.execute(
        f"{begins} FOR EACH ROW WHEN ({_differs(columns, 'IS DISTINCT FROM')}) "
        "EXECUTE FUNCTION raise_version_of_sku()"
    )


def _differs(columns: tuple[str, ...], unlike: str) -> str:
    return " OR ".join(f"NEW.{column} {unlike} OLD.{column}" for column in columns)
