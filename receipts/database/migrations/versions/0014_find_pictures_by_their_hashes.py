"""Keep perceptual hashes of pictures, cut in bands that an index finds."""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'picture_bands',
        sa.Column('receipt_number', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('band', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('program_id', sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ['program_id'], ['programs.id'], name=op.f('fk_picture_bands_program_id')
        ),
        sa.ForeignKeyConstraint(
            ['receipt_number'], ['receipts.number'], name=op.f('fk_picture_bands_receipt_number')
        ),
        sa.PrimaryKeyConstraint('receipt_number', 'band', name=op.f('pk_picture_bands')),
    )
    op.create_index('ix_picture_bands_program_band', 'picture_bands', ['program_id', 'band'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_picture_bands_program_band', table_name='picture_bands')
    op.drop_table('picture_bands')
