"""Say what waits on which queue, so that programs take turns and light work does not wait for heavy."""

import sqlalchemy as sa
from alembic import op

revision = '0041'
down_revision = '0037'
branch_labels = None
depends_on = None

UNFINISHED = "state IN ('matched', 'read', 'received', 'screened')"
COLUMNS = (('receipts', 'light'), ('receipts', 'backfill'), ('outbox', 'light'))
WAITING = "state = 'waiting'"


def upgrade() -> None:
    # Plainly added: SQLite would make the table anew in a batch, and triggers name it.
    for table, name in COLUMNS:
        op.add_column(table, sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index('ix_outbox_kind', 'outbox', ['kind', 'light', 'number'], unique=False)
    op.create_index(
        'ix_receipts_waiting', 'receipts', ['program_id', 'light', 'backfill', 'received_at', 'number'], unique=False,
        sqlite_where=sa.text(UNFINISHED), postgresql_where=sa.text(UNFINISHED),
    )
    for table, came in (('inbound_messages', 'received_at'), ('outgoing_messages', 'created_at')):
        op.create_index(
            f'ix_{table}_waiting', table, ['program_id', came, 'number'], unique=False,
            sqlite_where=sa.text(WAITING), postgresql_where=sa.text(WAITING),
        )


def downgrade() -> None:
    for table in ('inbound_messages', 'outgoing_messages'):
        op.drop_index(f'ix_{table}_waiting', table_name=table)
    op.drop_index('ix_receipts_waiting', table_name='receipts')
    op.drop_index('ix_outbox_kind', table_name='outbox')
    for table, name in reversed(COLUMNS):
        op.drop_column(table, name)
