"""Keep how sure a program wants matches to be, what members say of lines, and what a confirmed product was."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import BigId, Instant

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ('accept_precision', 'none_precision', 'own_share'):
        op.add_column('programs', sa.Column(name, sa.Double(), nullable=True))
    for table in ('alias_events', 'aliases'):
        op.add_column(table, sa.Column('product', sa.String(length=300), server_default='', nullable=False))
    op.create_table('line_answers',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('receipt_id', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('sku', sa.String(length=100), nullable=True),
    sa.Column('barcode', sa.String(length=14), nullable=True),
    sa.Column('at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['receipt_id', 'program_id', 'member_id'], ['receipts.id', 'receipts.program_id', 'receipts.member_id'], name=op.f('fk_line_answers_receipt_id_program_id_member_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_line_answers'))
    )
    op.create_index('ix_line_answers_receipt', 'line_answers', ['receipt_id', 'position'], unique=False)


def downgrade() -> None:
    op.drop_table('line_answers')
    for table in ('aliases', 'alias_events'):
        with op.batch_alter_table(table) as batch:
            batch.drop_column('product')
    with op.batch_alter_table('programs') as batch:
        for name in ('own_share', 'none_precision', 'accept_precision'):
            batch.drop_column(name)
