"""Keep under which trace work came to be, and the keys of sealed files."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import Instant

revision = '0050'
down_revision = '0047'
branch_labels = None
depends_on = None

_ON_THE_WAY = ('receipts', 'inbound_messages', 'outgoing_messages', 'messages', 'outbox')


def upgrade() -> None:
    for table in _ON_THE_WAY:
        op.add_column(table, sa.Column('traceparent', sa.String(length=55), nullable=True))
    op.create_table('member_keys',
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('sealed', sa.Text(), nullable=False),
    sa.Column('made_at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_member_keys_program_id')),
    sa.PrimaryKeyConstraint('program_id', 'member_id', name=op.f('pk_member_keys'))
    )
    op.create_table('sealed_files',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('put_at', Instant(), nullable=False),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_sealed_files'))
    )
    op.create_table('file_keys',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('wrapped', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_file_keys_program_id')),
    sa.ForeignKeyConstraint(['sha256'], ['sealed_files.sha256'], name=op.f('fk_file_keys_sha256')),
    sa.PrimaryKeyConstraint('sha256', 'program_id', 'member_id', name=op.f('pk_file_keys'))
    )
    op.create_index('ix_file_keys_member', 'file_keys', ['program_id', 'member_id'], unique=False)


def downgrade() -> None:
    op.drop_table('file_keys')
    op.drop_table('sealed_files')
    op.drop_table('member_keys')
    for table in _ON_THE_WAY:
        op.drop_column(table, 'traceparent')
