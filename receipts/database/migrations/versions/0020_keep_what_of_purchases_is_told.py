"""Keep what a program tells of purchases: nothing, until somebody says that its members agreed."""

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('programs', recreate='never') as batch:
        batch.add_column(sa.Column('purchase_data', sa.String(length=8), server_default='none', nullable=False))


def downgrade() -> None:
    with op.batch_alter_table('programs', recreate='never') as batch:
        batch.drop_column('purchase_data')
