"""Keep of which kind a failure is and what caused it, so that a hundred thousand are a few lines."""

import sqlalchemy as sa
from alembic import op

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('receipts', sa.Column('failure_kind', sa.String(length=16), nullable=True))
    op.add_column('receipts', sa.Column('failure_cause', sa.String(length=200), nullable=True))
    failed = sa.text("state = 'failed'")
    op.create_index('ix_receipts_failures', 'receipts', ['program_id', 'failed_from', 'failure_kind', 'failure_cause', 'updated_at', 'number'], unique=False, sqlite_where=failed, postgresql_where=failed)


def downgrade() -> None:
    op.drop_index('ix_receipts_failures', 'receipts')
    op.drop_column('receipts', 'failure_cause')
    op.drop_column('receipts', 'failure_kind')
