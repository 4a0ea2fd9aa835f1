"""Keep who a provider's people are here, and the language of members."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import Instant

revision = '0045'
down_revision = '0044'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('provider_links',
    sa.Column('issuer', sa.String(length=255), nullable=False),
    sa.Column('subject', sa.String(length=255), nullable=False),
    sa.Column('account_id', sa.String(length=64), nullable=False),
    sa.Column('linked_at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_provider_links_account_id')),
    sa.PrimaryKeyConstraint('issuer', 'subject', name=op.f('pk_provider_links')),
    sa.UniqueConstraint('account_id', 'issuer', name=op.f('uq_provider_links_account_id_issuer'))
    )
    op.create_table('spent_states',
    sa.Column('state_hash', sa.String(length=64), nullable=False),
    sa.Column('spent_at', Instant(), nullable=False),
    sa.PrimaryKeyConstraint('state_hash', name=op.f('pk_spent_states'))
    )
    op.add_column('members', sa.Column('language', sa.String(length=8), nullable=True))
    op.add_column('members', sa.Column('language_chosen', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index('ix_spent_states_spent_at', 'spent_states', ['spent_at'], unique=False)


def downgrade() -> None:
    op.drop_column('members', 'language_chosen')
    op.drop_column('members', 'language')
    op.drop_table('spent_states')
    op.drop_table('provider_links')
