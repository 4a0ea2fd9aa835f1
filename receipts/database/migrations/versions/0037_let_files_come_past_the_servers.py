"""Which uploads come straight to the place of the files, and lie there until they are submitted."""

import sqlalchemy as sa
from alembic import op

revision = '0037'
down_revision = '0033'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('uploads') as uploads:
        uploads.add_column(sa.Column('direct', sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table('uploads') as uploads:
        uploads.drop_column('direct')
