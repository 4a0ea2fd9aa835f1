"""Keep further photos of a long receipt, parts of uploads, and what members object to."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import BigId, Instant

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('receipt_shots',
    sa.Column('receipt_id', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('file_name', sa.String(length=255), nullable=False),
    sa.Column('file_sha256', sa.String(length=64), nullable=False),
    sa.Column('media_type', sa.String(length=64), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('position > 0', name=op.f('ck_receipt_shots_is_further')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_receipt_shots_program_id')),
    sa.ForeignKeyConstraint(['receipt_id'], ['receipts.id'], name=op.f('fk_receipt_shots_receipt_id')),
    sa.PrimaryKeyConstraint('receipt_id', 'position', name=op.f('pk_receipt_shots'))
    )
    op.create_index('ix_receipt_shots_program_bytes', 'receipt_shots', ['program_id', 'file_sha256'], unique=False)
    op.create_table('uploads',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('account_id', sa.String(length=64), nullable=False),
    sa.Column('file_name', sa.String(length=255), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('received_bytes', sa.BigInteger(), nullable=False),
    sa.Column('expires_at', Instant(), nullable=False),
    sa.CheckConstraint('received_bytes BETWEEN 0 AND size_bytes', name=op.f('ck_uploads_no_more_than_told')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_uploads_account_id')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_uploads_program_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_uploads'))
    )
    op.create_index('ix_uploads_expires_at', 'uploads', ['expires_at'], unique=False)
    op.create_table('upload_pieces',
    sa.Column('upload_id', sa.String(length=64), nullable=False),
    sa.Column('start', sa.BigInteger(), nullable=False),
    sa.Column('data', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['upload_id'], ['uploads.id'], name=op.f('fk_upload_pieces_upload_id')),
    sa.PrimaryKeyConstraint('upload_id', 'start', name=op.f('pk_upload_pieces'))
    )
    op.create_table('line_objections',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('receipt_id', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('answer', sa.Text(), nullable=True),
    sa.Column('answered_by', sa.String(length=64), nullable=True),
    sa.Column('answered_at', Instant(), nullable=True),
    sa.CheckConstraint('(answer IS NULL) = (answered_at IS NULL)', name=op.f('ck_line_objections_answer_is_whole')),
    sa.ForeignKeyConstraint(['answered_by'], ['accounts.id'], name=op.f('fk_line_objections_answered_by')),
    sa.ForeignKeyConstraint(['receipt_id', 'program_id', 'member_id'], ['receipts.id', 'receipts.program_id', 'receipts.member_id'], name=op.f('fk_line_objections_receipt_id_program_id_member_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_line_objections'))
    )
    op.create_index('ix_line_objections_receipt', 'line_objections', ['receipt_id', 'position'], unique=False)
    op.create_index('ix_line_objections_unanswered', 'line_objections', ['program_id', 'answered_at', 'number'], unique=False)


def downgrade() -> None:
    op.drop_table('line_objections')
    op.drop_table('upload_pieces')
    op.drop_table('uploads')
    op.drop_table('receipt_shots')
