"""Find the photos of a purchase by its key."""

from alembic import op

revision = '0046'
down_revision = '0045'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_receipts_program_purchase', 'receipts', ['program_id', 'purchase_key'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_receipts_program_purchase', table_name='receipts')
