"""Alembic's environment: one connection, handed over by `backorder.storage.migrate`."""

from alembic import context

from backorder.storage.tables import conditions, metadata

conditions()
connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
