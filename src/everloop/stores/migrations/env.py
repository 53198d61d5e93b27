"""Run by Alembic: applies the revisions on the connection, and in the transaction, that the store holds."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
