"""Keep what the dashboard counts of each receipt and line, and which accounts are disabled or signed out."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import Instant

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('receipt_facts',
    sa.Column('receipt_id', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('seen_at', Instant(), nullable=False),
    sa.Column('channel', sa.String(length=16), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('by_person', sa.Boolean(), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=False),
    sa.Column('seconds_to_points', sa.BigInteger(), nullable=True),
    sa.Column('retailer_key', sa.String(length=200), nullable=False),
    sa.Column('retailer', sa.String(length=200), nullable=False),
    sa.Column('bought_on', sa.Date(), nullable=True),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('total_minor', sa.BigInteger(), nullable=True),
    sa.Column('own_minor', sa.BigInteger(), nullable=False),
    sa.Column('own_products', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_receipt_facts_program_id')),
    sa.ForeignKeyConstraint(['receipt_id', 'program_id', 'member_id'], ['receipts.id', 'receipts.program_id', 'receipts.member_id'], name=op.f('fk_receipt_facts_receipt_id_program_id_member_id')),
    sa.PrimaryKeyConstraint('receipt_id', name=op.f('pk_receipt_facts'))
    )
    op.create_index('ix_receipt_facts_received', 'receipt_facts', ['program_id', 'received_on'], unique=False)
    op.create_index('ix_receipt_facts_retailer', 'receipt_facts', ['program_id', 'retailer_key'], unique=False)
    op.create_table('line_facts',
    sa.Column('receipt_id', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('sku', sa.String(length=100), nullable=True),
    sa.Column('near_sku', sa.String(length=100), nullable=True),
    sa.Column('near_ppm', sa.Integer(), nullable=False),
    sa.Column('asks', sa.Boolean(), nullable=False),
    sa.Column('print_key', sa.String(length=200), nullable=False),
    sa.Column('description', sa.String(length=200), nullable=False),
    sa.Column('net_minor', sa.BigInteger(), nullable=False),
    sa.Column('quantity_milli', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_line_facts_program_id')),
    sa.ForeignKeyConstraint(['receipt_id'], ['receipt_facts.receipt_id'], name=op.f('fk_line_facts_receipt_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('receipt_id', 'position', name=op.f('pk_line_facts'))
    )
    op.create_index('ix_line_facts_sku', 'line_facts', ['program_id', 'sku', 'receipt_id'], unique=False)
    op.create_index('ix_line_facts_print', 'line_facts', ['program_id', 'print_key'], unique=False)
    op.add_column('accounts', sa.Column('disabled_at', Instant(), nullable=True))
    op.add_column('accounts', sa.Column('signed_out_at', Instant(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('accounts') as accounts:
        accounts.drop_column('signed_out_at')
        accounts.drop_column('disabled_at')
    op.drop_table('line_facts')
    op.drop_table('receipt_facts')
