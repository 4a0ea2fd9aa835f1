"""Keep under which trace work came to be."""

import sqlalchemy as sa
from alembic import op

revision = '0050'
down_revision = '0045'
branch_labels = None
depends_on = None

_ON_THE_WAY = ('receipts', 'inbound_messages', 'outgoing_messages', 'messages', 'outbox')


def upgrade() -> None:
    for table in _ON_THE_WAY:
        op.add_column(table, sa.Column('traceparent', sa.String(length=55), nullable=True))


def downgrade() -> None:
    for table in _ON_THE_WAY:
        op.drop_column(table, 'traceparent')
