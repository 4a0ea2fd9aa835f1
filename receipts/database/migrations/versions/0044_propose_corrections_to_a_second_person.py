"""Who said what the lines of settled receipts are, and what a second person is waited for."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import BigId, Instant, Json

revision = '0044'
down_revision = '0043'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('line_corrections',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('receipt_id', sa.String(length=64), nullable=False),
    sa.Column('lines', Json, nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('proposed_by', sa.String(length=64), nullable=False),
    sa.Column('proposed_at', Instant(), nullable=False),
    sa.Column('decided_by', sa.String(length=64), nullable=True),
    sa.Column('decided_at', Instant(), nullable=True),
    sa.CheckConstraint(
        "status IN ('alone', 'proposed', 'agreed', 'refused', 'replaced')",
        name=op.f('ck_line_corrections_status_known'),
    ),
    sa.CheckConstraint("decided_by <> proposed_by", name=op.f('ck_line_corrections_two_people')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_line_corrections_program_id')),
    sa.ForeignKeyConstraint(['receipt_id'], ['receipts.id'], name=op.f('fk_line_corrections_receipt_id')),
    sa.ForeignKeyConstraint(['proposed_by'], ['accounts.id'], name=op.f('fk_line_corrections_proposed_by')),
    sa.ForeignKeyConstraint(['decided_by'], ['accounts.id'], name=op.f('fk_line_corrections_decided_by')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_line_corrections')),
    sa.UniqueConstraint('id', name=op.f('uq_line_corrections_id'))
    )
    waits = sa.text("status = 'proposed'")
    op.create_index(
        'ix_line_corrections_waiting', 'line_corrections', ['receipt_id'], unique=True,
        sqlite_where=waits, postgresql_where=waits,
    )
    op.create_index(
        'ix_line_corrections_program', 'line_corrections', ['program_id', 'status', 'number'], unique=False
    )
    op.create_index(op.f('ix_line_corrections_receipt_id'), 'line_corrections', ['receipt_id'], unique=False)


def downgrade() -> None:
    op.drop_table('line_corrections')
