"""Count tries that failed where every process sees them."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import BigId, Instant

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('failed_tries',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_failed_tries'))
    )
    op.create_index('ix_failed_tries_key', 'failed_tries', ['key', 'at'], unique=False)
    op.create_index(op.f('ix_failed_tries_at'), 'failed_tries', ['at'], unique=False)


def downgrade() -> None:
    op.drop_table('failed_tries')
