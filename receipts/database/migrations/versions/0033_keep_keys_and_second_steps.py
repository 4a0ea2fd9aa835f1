"""Keep keys to the API, and second steps of signing in."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import BigId, Instant

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
    op.create_table('second_steps',
    sa.Column('account_id', sa.String(length=64), nullable=False),
    sa.Column('sealed_secret', sa.String(length=255), nullable=False),
    sa.Column('begun_at', Instant(), nullable=False),
    sa.Column('on_since', Instant(), nullable=True),
    sa.Column('last_step', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_second_steps_account_id')),
    sa.PrimaryKeyConstraint('account_id', name=op.f('pk_second_steps'))
    )
    op.create_table('recovery_codes',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('account_id', sa.String(length=64), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('used_at', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_recovery_codes_account_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_recovery_codes')),
    sa.UniqueConstraint('account_id', 'code_hash', name=op.f('uq_recovery_codes_account_id_code_hash'))
    )
    op.add_column('programs', sa.Column('second_step', sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column('programs', 'second_step')
    op.drop_table('recovery_codes')
    op.drop_table('second_steps')
    op.drop_table('api_keys')
