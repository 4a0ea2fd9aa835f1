"""Keep keyed hashes of how receipts came, and how each retailer's paid receipts look."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import Instant, Json

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'receipt_traces',
        sa.Column('receipt_number', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('program_id', sa.String(length=64), nullable=False),
        sa.Column('key', sa.String(length=32), nullable=False),
        sa.Column('member_id', sa.String(length=64), nullable=False),
        sa.Column('seen_at', Instant(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('device', 'address', 'network', 'sender', 'card')",
            name=op.f('ck_receipt_traces_kind_known'),
        ),
        sa.ForeignKeyConstraint(
            ['program_id'], ['programs.id'], name=op.f('fk_receipt_traces_program_id_programs')
        ),
        sa.ForeignKeyConstraint(
            ['receipt_number'], ['receipts.number'], name=op.f('fk_receipt_traces_receipt_number_receipts')
        ),
        sa.PrimaryKeyConstraint('receipt_number', 'kind', name=op.f('pk_receipt_traces')),
    )
    op.create_index(
        'ix_receipt_traces_key', 'receipt_traces', ['program_id', 'kind', 'key', 'receipt_number']
    )
    op.create_index('ix_receipt_traces_seen_at', 'receipt_traces', ['seen_at'])
    op.create_table(
        'retailer_witnesses',
        sa.Column(
            'number',
            sa.BigInteger().with_variant(sa.Integer(), 'sqlite'),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column('program_id', sa.String(length=64), nullable=False),
        sa.Column('retailer_key', sa.String(length=100), nullable=False),
        sa.Column('receipt_id', sa.String(length=64), nullable=False),
        sa.Column('member_id', sa.String(length=64), nullable=False),
        sa.Column('traits', Json, nullable=False),
        sa.Column('seen_at', Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ['program_id'], ['programs.id'], name=op.f('fk_retailer_witnesses_program_id_programs')
        ),
        sa.ForeignKeyConstraint(
            ['receipt_id'], ['receipts.id'], name=op.f('fk_retailer_witnesses_receipt_id_receipts')
        ),
        sa.PrimaryKeyConstraint('number', name=op.f('pk_retailer_witnesses')),
        sa.UniqueConstraint('receipt_id', name=op.f('uq_retailer_witnesses_receipt_id')),
    )
    op.create_index(
        'ix_retailer_witnesses_retailer', 'retailer_witnesses', ['program_id', 'retailer_key', 'number']
    )


def downgrade() -> None:
    op.drop_table('retailer_witnesses')
    op.drop_table('receipt_traces')
