"""Find the newest pictures of a band: of a band that thousands share, the first twenty are read and no more."""

from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index('ix_picture_bands_program_band', table_name='picture_bands')
    op.create_index(
        'ix_picture_bands_program_band', 'picture_bands', ['program_id', 'band', 'receipt_number'], unique=False
    )


def downgrade() -> None:
    op.drop_index('ix_picture_bands_program_band', table_name='picture_bands')
    op.create_index('ix_picture_bands_program_band', 'picture_bands', ['program_id', 'band'], unique=False)
