"""Keep what reviewers taught, and let a rule pay a receipt again for a line that a rematch found."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import BigId, Instant

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

PAID_ONCE = ['receipt_id', 'campaign_id', 'rule_id', 'kind', 'posting']
PAID_ONCE_NAME = 'uq_ledger_entries_receipt_id_campaign_id_rule_id_kind_posting'
ENTRY = (
    'number, id, program_id, member_id, receipt_id, kind, points, campaign_id, rule_id, reverses, sentence,'
    ' created_at'
)


def _only_grows(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} only grows: {verb} is refused'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION tillpoints_append_only()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION tillpoints_append_only()"
    )


def upgrade() -> None:
    _let_a_rule_pay_again()
    op.create_table('alias_events',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('act', sa.String(length=16), nullable=False),
    sa.Column('retailer_key', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('sku', sa.String(length=100), nullable=False),
    sa.Column('retailer', sa.String(length=200), nullable=False),
    sa.Column('printed', sa.String(length=300), nullable=False),
    sa.Column('unit_minor', sa.BigInteger(), nullable=True),
    sa.Column('currency', sa.String(length=3), nullable=True),
    sa.Column('receipt_id', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('withdraws', BigId, nullable=True),
    sa.Column('author', sa.String(length=64), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.CheckConstraint("act IN ('confirmed', 'withdrawn')", name=op.f('ck_alias_events_act_known')),
    sa.CheckConstraint("(act = 'withdrawn') = (withdraws IS NOT NULL)", name=op.f('ck_alias_events_withdrawn_names_which')),
    sa.CheckConstraint("kind IN ('words', 'number')", name=op.f('ck_alias_events_kind_known')),
    sa.CheckConstraint('(unit_minor IS NULL) = (currency IS NULL)', name=op.f('ck_alias_events_price_is_whole')),
    sa.ForeignKeyConstraint(['author'], ['accounts.id'], name=op.f('fk_alias_events_author')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_alias_events_program_id')),
    sa.ForeignKeyConstraint(['receipt_id'], ['receipts.id'], name=op.f('fk_alias_events_receipt_id')),
    sa.ForeignKeyConstraint(['withdraws'], ['alias_events.number'], name=op.f('fk_alias_events_withdraws')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_alias_events')),
    sa.UniqueConstraint('withdraws', name=op.f('uq_alias_events_withdraws'))
    )
    op.create_index('ix_alias_events_print', 'alias_events', ['program_id', 'retailer_key', 'kind', 'key'], unique=False)
    op.create_index('ix_alias_events_receipt', 'alias_events', ['receipt_id', 'position'], unique=False)
    _only_grows('alias_events')
    op.create_table('alias_shops',
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('retailer_key', sa.String(length=200), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_alias_shops_program_id')),
    sa.PrimaryKeyConstraint('program_id', 'retailer_key', name=op.f('pk_alias_shops'))
    )
    op.create_table('aliases',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('retailer_key', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('sku', sa.String(length=100), nullable=False),
    sa.Column('retailer', sa.String(length=200), nullable=False),
    sa.Column('printed', sa.String(length=300), nullable=False),
    sa.Column('confirmations', sa.Integer(), nullable=False),
    sa.Column('last_event', sa.BigInteger(), nullable=False),
    sa.Column('confirmed_at', Instant(), nullable=False),
    sa.Column('author', sa.String(length=64), nullable=True),
    sa.Column('receipt_id', sa.String(length=64), nullable=False),
    sa.Column('lowest_minor', sa.BigInteger(), nullable=True),
    sa.Column('highest_minor', sa.BigInteger(), nullable=True),
    sa.Column('currency', sa.String(length=3), nullable=True),
    sa.Column('used_at', Instant(), nullable=True),
    sa.CheckConstraint('confirmations > 0', name=op.f('ck_aliases_stands')),
    sa.ForeignKeyConstraint(['author'], ['accounts.id'], name=op.f('fk_aliases_author')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_aliases_program_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_aliases')),
    sa.UniqueConstraint('program_id', 'retailer_key', 'kind', 'key', 'sku', name=op.f('uq_aliases_program_id_retailer_key_kind_key_sku'))
    )
    op.create_index('ix_aliases_program_confirmed', 'aliases', ['program_id', 'last_event'], unique=False)


def _let_a_rule_pay_again() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _make_the_ledger_anew()
        return
    op.add_column('ledger_entries', sa.Column('posting', sa.Integer(), server_default='0', nullable=False))
    op.drop_constraint(op.f('uq_ledger_entries_receipt_id_campaign_id_rule_id_kind'), 'ledger_entries', type_='unique')
    op.create_unique_constraint(op.f(PAID_ONCE_NAME), 'ledger_entries', PAID_ONCE)


def _make_the_ledger_anew() -> None:
    """SQLite takes no constraint off a table.

    The old table is renamed and not copied aside, as Alembic's batch would: entries that reverse others
    refer to the table that is dropped, which SQLite refuses. Its triggers go with it.
    """
    op.rename_table('ledger_entries', 'ledger_entries_before')
    op.drop_index('ix_ledger_entries_member', 'ledger_entries_before')
    op.create_table('ledger_entries',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('receipt_id', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=False),
    sa.Column('campaign_id', sa.String(length=100), nullable=False),
    sa.Column('rule_id', sa.String(length=100), nullable=False),
    sa.Column('reverses', sa.String(length=64), nullable=True),
    sa.Column('sentence', sa.String(length=500), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('posting', sa.Integer(), server_default='0', nullable=False),
    sa.CheckConstraint("(kind = 'award' AND points > 0 AND reverses IS NULL) OR (kind = 'reversal' AND points < 0 AND reverses IS NOT NULL)", name=op.f('ck_ledger_entries_sign_fits_kind')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_ledger_entries_program_id')),
    sa.ForeignKeyConstraint(['receipt_id', 'program_id', 'member_id'], ['receipts.id', 'receipts.program_id', 'receipts.member_id'], name=op.f('fk_ledger_entries_receipt_id_program_id_member_id')),
    sa.ForeignKeyConstraint(['reverses'], ['ledger_entries.id'], name=op.f('fk_ledger_entries_reverses')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_ledger_entries')),
    sa.UniqueConstraint('id', name=op.f('uq_ledger_entries_id')),
    sa.UniqueConstraint(*PAID_ONCE, name=op.f(PAID_ONCE_NAME)),
    sa.UniqueConstraint('reverses', name=op.f('uq_ledger_entries_reverses'))
    )
    op.execute(
        f"INSERT INTO ledger_entries ({ENTRY}) SELECT {ENTRY} FROM ledger_entries_before ORDER BY number"
    )
    op.drop_table('ledger_entries_before')
    op.create_index('ix_ledger_entries_member', 'ledger_entries', ['member_id', 'number'], unique=False)
    _only_grows('ledger_entries')


def downgrade() -> None:
    """Refuse: the events are the record of who taught what, and entries may rest on them."""
    raise RuntimeError("this migration is not taken back: restore a backup instead")
