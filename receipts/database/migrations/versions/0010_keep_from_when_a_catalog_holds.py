"""Keep since when a catalog is in force, and from which purchase day on it holds."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import Instant

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('catalog_versions', sa.Column('in_force_at', Instant(), nullable=True))
    op.add_column('catalog_versions', sa.Column('effective_on', sa.Date(), nullable=True))
    op.execute('UPDATE catalog_versions SET in_force_at = imported_at')


def downgrade() -> None:
    with op.batch_alter_table('catalog_versions') as batch:
        batch.drop_column('effective_on')
        batch.drop_column('in_force_at')
