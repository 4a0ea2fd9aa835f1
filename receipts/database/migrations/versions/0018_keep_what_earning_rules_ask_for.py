"""Keep what earning rules ask for: purchases, facts, tiers, badges, activities, budgets."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import BigId, Instant, Json

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None

MEMBER = (['program_id', 'member_id'], ['members.program_id', 'members.id'])
RECEIPT = (
    ['receipt_id', 'program_id', 'member_id'],
    ['receipts.id', 'receipts.program_id', 'receipts.member_id'],
)


def _text(name: str, length: int) -> sa.Column:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _program(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ['program_id'], ['programs.id'], name=op.f(f'fk_{table}_program_id_programs')
    )


def _of_member(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(*MEMBER, name=op.f(f'fk_{table}_program_id_members'))


def _of_receipt(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(*RECEIPT, name=op.f(f'fk_{table}_receipt_id_receipts'))


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f'pk_{table}'))


def upgrade() -> None:
    op.create_table(
        'member_purchases',
        _text('receipt_id', 64),
        _text('program_id', 64),
        _text('member_id', 64),
        _text('purchase_key', 200),
        sa.Column('bought_on', sa.Date(), nullable=True),
        _text('currency', 3),
        sa.Column('minor', sa.BigInteger(), nullable=False),
        _program('member_purchases'),
        _of_receipt('member_purchases'),
        _key('member_purchases', 'receipt_id'),
    )
    op.create_index('ix_member_purchases_member', 'member_purchases', ['member_id'])
    # Purchases from before count by their number; their days and sums were not kept.
    op.execute(
        "INSERT INTO member_purchases"
        " (receipt_id, program_id, member_id, purchase_key, bought_on, currency, minor)"
        " SELECT id, program_id, member_id, coalesce(purchase_key, ''), NULL, '', 0 FROM receipts"
        " WHERE state = 'awarded'"
    )
    _budgets()
    _members()
    op.create_table(
        'activities',
        _text('id', 64),
        _text('program_id', 64),
        _text('member_id', 64),
        _text('event_id', 200),
        _text('event', 60),
        sa.Column('happened_on', sa.Date(), nullable=False),
        sa.Column('points', sa.BigInteger(), nullable=False),
        sa.Column('outcomes', Json, nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        _program('activities'),
        _of_member('activities'),
        _key('activities', 'id'),
        sa.UniqueConstraint('program_id', 'event_id', name=op.f('uq_activities_program_id_event_id')),
    )
    op.create_index('ix_activities_member', 'activities', ['program_id', 'member_id', 'event'])


def _budgets() -> None:
    op.create_table(
        'campaign_budgets',
        _text('program_id', 64),
        _text('campaign_id', 100),
        sa.Column('points', sa.BigInteger(), nullable=False),
        _program('campaign_budgets'),
        _key('campaign_budgets', 'program_id', 'campaign_id'),
    )
    op.create_table(
        'campaign_reserves',
        _text('receipt_id', 64),
        _text('campaign_id', 100),
        _text('program_id', 64),
        _text('member_id', 64),
        sa.Column('points', sa.BigInteger(), nullable=False),
        sa.CheckConstraint('points > 0', name=op.f('ck_campaign_reserves_reserves_points')),
        _program('campaign_reserves'),
        _of_receipt('campaign_reserves'),
        _key('campaign_reserves', 'receipt_id', 'campaign_id'),
    )
    op.create_index('ix_campaign_reserves_campaign', 'campaign_reserves', ['program_id', 'campaign_id'])


def _members() -> None:
    op.create_table(
        'member_facts',
        _text('program_id', 64),
        _text('member_id', 64),
        sa.Column('birth_month', sa.Integer(), nullable=True),
        sa.Column('birth_day', sa.Integer(), nullable=True),
        sa.Column('segments', Json, nullable=False),
        sa.Column('updated_at', Instant(), nullable=False),
        sa.CheckConstraint(
            '(birth_month IS NULL) = (birth_day IS NULL)', name=op.f('ck_member_facts_birthday_is_whole')
        ),
        _program('member_facts'),
        _of_member('member_facts'),
        _key('member_facts', 'program_id', 'member_id'),
    )
    op.create_table(
        'member_tiers',
        sa.Column('number', BigId, autoincrement=True, nullable=False),
        _text('program_id', 64),
        _text('member_id', 64),
        _text('tier', 200),
        sa.Column('since', sa.Date(), nullable=False),
        sa.Column('changed_at', Instant(), nullable=False),
        _program('member_tiers'),
        _of_member('member_tiers'),
        _key('member_tiers', 'number'),
    )
    op.create_index('ix_member_tiers_member', 'member_tiers', ['program_id', 'member_id', 'number'])
    op.create_table(
        'member_badges',
        _text('program_id', 64),
        _text('member_id', 64),
        _text('badge', 200),
        sa.Column('since', sa.Date(), nullable=False),
        sa.Column('earned_at', Instant(), nullable=False),
        _program('member_badges'),
        _of_member('member_badges'),
        _key('member_badges', 'program_id', 'member_id', 'badge'),
    )


def downgrade() -> None:
    for table in (
        'activities',
        'member_badges',
        'member_tiers',
        'member_facts',
        'campaign_reserves',
        'campaign_budgets',
        'member_purchases',
    ):
        op.drop_table(table)
