"""Keep a START with its time, as a STOP is kept: texts that were missed are caught up on in any order."""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('opt_outs', sa.Column('stopped', sa.Boolean(), server_default=sa.true(), nullable=False))


def downgrade() -> None:
    op.execute(sa.text('DELETE FROM opt_outs WHERE NOT stopped'))
    with op.batch_alter_table('opt_outs') as batch:
        batch.drop_column('stopped')
