"""Keep whom to tell what to do next where nobody hears results: a person at a place that no member has linked."""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('inbound_messages', sa.Column('guide_to', sa.String(length=320), server_default='', nullable=False))


def downgrade() -> None:
    with op.batch_alter_table('inbound_messages') as batch:
        batch.drop_column('guide_to')
