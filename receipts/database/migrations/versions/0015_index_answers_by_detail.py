"""Index answers by their detail: whose message a link was sent about was looked for in all of them."""

from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_outgoing_messages_detail', 'outgoing_messages', ['program_id', 'detail'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_outgoing_messages_detail', table_name='outgoing_messages')
