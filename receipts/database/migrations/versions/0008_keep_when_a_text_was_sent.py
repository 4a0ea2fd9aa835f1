"""Keep when a text was sent that was found later than it came: its purchase is judged by that day."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import Instant

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('inbound_messages', sa.Column('sent_at', Instant(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('inbound_messages') as batch:
        batch.drop_column('sent_at')
