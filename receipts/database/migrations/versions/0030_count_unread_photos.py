"""Count the pictures in which no barcode was read where every process sees them."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import BigId, Instant

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('unread_photos',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('account_id', sa.String(length=64), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_unread_photos'))
    )
    op.create_index('ix_unread_photos_account', 'unread_photos', ['account_id', 'at'], unique=False)
    op.create_index(op.f('ix_unread_photos_at'), 'unread_photos', ['at'], unique=False)


def downgrade() -> None:
    op.drop_table('unread_photos')
