"""Keep returns of receipts that are not decided yet, and second reports of one return."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import Instant, Json

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('waiting_returns',
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('reference', sa.String(length=200), nullable=False),
    sa.Column('receipt_id', sa.String(length=64), nullable=False),
    sa.Column('lines', Json, nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_waiting_returns_program_id')),
    sa.ForeignKeyConstraint(['receipt_id'], ['receipts.id'], name=op.f('fk_waiting_returns_receipt_id')),
    sa.PrimaryKeyConstraint('program_id', 'reference', name=op.f('pk_waiting_returns'))
    )
    op.create_index('ix_waiting_returns_receipt_id', 'waiting_returns', ['receipt_id'], unique=False)
    op.create_table('return_reports',
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('reference', sa.String(length=200), nullable=False),
    sa.Column('return_id', sa.String(length=64), nullable=False),
    sa.Column('by_slip', sa.Boolean(), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_return_reports_program_id')),
    sa.ForeignKeyConstraint(['return_id'], ['returns.id'], name=op.f('fk_return_reports_return_id')),
    sa.PrimaryKeyConstraint('program_id', 'reference', name=op.f('pk_return_reports')),
    sa.UniqueConstraint('return_id', name=op.f('uq_return_reports_return_id'))
    )


def downgrade() -> None:
    op.drop_table('return_reports')
    op.drop_index('ix_waiting_returns_receipt_id', 'waiting_returns')
    op.drop_table('waiting_returns')
