"""Index the outbox by what it rings for: with thousands of bells waiting each new one looked through all."""

from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_outbox_target', 'outbox', ['kind', 'target_id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_outbox_target', table_name='outbox')
