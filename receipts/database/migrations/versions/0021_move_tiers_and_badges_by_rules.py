"""Keep the documents by which tiers and badges move, and when members are looked at again."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import Instant, Json

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('status_documents',
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('document', Json, nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('applied_at', Instant(), nullable=True),
    sa.CheckConstraint('version > 0', name=op.f('ck_status_documents_version_counts')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_status_documents_program_id')),
    sa.PrimaryKeyConstraint('program_id', 'version', name=op.f('pk_status_documents'))
    )
    op.create_table('member_statuses',
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('look_again_at', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_member_statuses_program_id')),
    sa.ForeignKeyConstraint(['program_id', 'member_id'], ['members.program_id', 'members.id'], name=op.f('fk_member_statuses_program_id_member_id')),
    sa.PrimaryKeyConstraint('program_id', 'member_id', name=op.f('pk_member_statuses'))
    )
    op.create_index('ix_member_statuses_look_again_at', 'member_statuses', ['look_again_at'], unique=False)


def downgrade() -> None:
    op.drop_table('member_statuses')
    op.drop_table('status_documents')
