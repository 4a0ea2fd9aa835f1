"""Keep keys to the API."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import Instant

revision = '0033'
down_revision = '0031'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('api_keys',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('account_id', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('secret_hash', sa.String(length=64), nullable=False),
    sa.Column('created_by', sa.String(length=64), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('ends_at', Instant(), nullable=True),
    sa.Column('last_used_at', Instant(), nullable=True),
    sa.Column('revoked_at', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_api_keys_program_id')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_api_keys_account_id')),
    sa.ForeignKeyConstraint(['created_by'], ['accounts.id'], name=op.f('fk_api_keys_created_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_keys'))
    )
    op.create_index('ix_api_keys_program', 'api_keys', ['program_id', 'created_at'], unique=False)


def downgrade() -> None:
    op.drop_table('api_keys')
