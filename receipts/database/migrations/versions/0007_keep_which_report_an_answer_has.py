"""Keep which mail server's report is about an answer, so that each leads to the other."""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('outgoing_messages', sa.Column('report_id', sa.String(length=64), nullable=True))
    op.create_index('ix_outgoing_messages_report_id', 'outgoing_messages', ['report_id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_outgoing_messages_report_id', table_name='outgoing_messages')
    with op.batch_alter_table('outgoing_messages') as batch:
        batch.drop_column('report_id')
