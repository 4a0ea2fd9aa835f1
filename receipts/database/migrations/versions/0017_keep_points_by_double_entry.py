"""Keep points by double entry, with pending and expiring points, redemptions, gifts and returns."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import BigId, Instant

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

ACCOUNTS_FIT_KIND = (
    "(kind IN ('award', 'activity', 'gift') AND debit = 'program' AND credit IN ('pending', 'available'))"
    " OR (kind = 'reversal' AND debit IN ('pending', 'available') AND credit = 'cancelled')"
    " OR (kind = 'release' AND debit = 'pending' AND credit = 'available')"
    " OR (kind = 'expiry' AND debit = 'available' AND credit = 'expired')"
    " OR (kind = 'hold' AND debit = 'available' AND credit = 'held')"
    " OR (kind = 'hold_end' AND debit = 'held' AND credit = 'available')"
    " OR (kind = 'redemption' AND debit = 'held' AND credit = 'redeemed')"
)
CHECKS = {
    'moves_points': 'moved > 0',
    'accounts_fit_kind': ACCOUNTS_FIT_KIND,
    'points_fit_accounts': "points = CASE WHEN credit = 'available' THEN moved WHEN debit = 'available' THEN -moved ELSE 0 END",
    'reversal_names_which': "(kind = 'reversal') = (reverses IS NOT NULL)",
    'award_names_receipt': "kind <> 'award' OR receipt_id IS NOT NULL",
    'rests_on_something': "source <> ''",
}
ONCE = ['program_id', 'source', 'campaign_id', 'rule_id', 'kind', 'posting', 'debit']
ONCE_NAME = 'uq_ledger_entries_once'
PAID_ONCE_NAME = 'uq_ledger_entries_receipt_id_campaign_id_rule_id_kind_posting'
BEFORE = (
    'number, id, program_id, member_id, receipt_id, kind, points, campaign_id, rule_id, posting, reverses,'
    ' sentence, created_at'
)
# Until now an entry was signed points of the one balance: an award came from the program, a reversal cancelled.
AS_TRANSFER = (
    "abs(points), CASE WHEN kind = 'award' THEN 'program' ELSE 'available' END,"
    " CASE WHEN kind = 'award' THEN 'available' ELSE 'cancelled' END,"
    " CASE WHEN kind = 'award' THEN receipt_id ELSE reverses END"
)
CLAIM = 'program_id, purchase_key, line_key, receipt_id, member_id, created_at'


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
    _add_terms()
    if op.get_bind().dialect.name == "sqlite":
        _make_the_ledger_anew()
        _make_the_claims_anew()
    else:
        _change_the_ledger()
        _change_the_claims()
    _add_claim_ends_and_due_points()
    _add_redemptions_and_gifts()
    _add_returns()


def _add_terms() -> None:
    # Columns only: SQLite would have to make the table anew, which others refer to, for a constraint more.
    with op.batch_alter_table('programs', recreate='never') as batch:
        batch.add_column(sa.Column('pending_days', sa.Integer(), server_default='0', nullable=False))
        batch.add_column(sa.Column('expiry_days', sa.Integer(), nullable=True))
        batch.add_column(sa.Column('notice_days', sa.Integer(), server_default='14', nullable=False))
        batch.add_column(sa.Column('point_value_micros', sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column('return_policy', sa.String(length=16), server_default='below_zero', nullable=False))
        batch.add_column(sa.Column('gift_limit', sa.Integer(), server_default='500', nullable=False))


def _make_the_ledger_anew() -> None:
    """SQLite takes no constraint off a table; as in 0009 the old one is renamed, copied and dropped."""
    op.rename_table('ledger_entries', 'ledger_entries_before')
    op.drop_index('ix_ledger_entries_member', 'ledger_entries_before')
    op.create_table('ledger_entries',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('receipt_id', sa.String(length=64), nullable=True),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=False),
    sa.Column('campaign_id', sa.String(length=100), nullable=False),
    sa.Column('rule_id', sa.String(length=100), nullable=False),
    sa.Column('posting', sa.Integer(), server_default='0', nullable=False),
    sa.Column('reverses', sa.String(length=64), nullable=True),
    sa.Column('sentence', sa.String(length=500), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('moved', sa.BigInteger(), nullable=False),
    sa.Column('debit', sa.String(length=16), nullable=False),
    sa.Column('credit', sa.String(length=16), nullable=False),
    sa.Column('source', sa.String(length=100), nullable=False),
    sa.Column('due_at', Instant(), nullable=True),
    *(sa.CheckConstraint(rule, name=op.f(f'ck_ledger_entries_{name}')) for name, rule in CHECKS.items()),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_ledger_entries_program_id')),
    sa.ForeignKeyConstraint(['program_id', 'member_id'], ['members.program_id', 'members.id'], name=op.f('fk_ledger_entries_program_id_member_id')),
    sa.ForeignKeyConstraint(['receipt_id', 'program_id', 'member_id'], ['receipts.id', 'receipts.program_id', 'receipts.member_id'], name=op.f('fk_ledger_entries_receipt_id_program_id_member_id')),
    sa.ForeignKeyConstraint(['reverses'], ['ledger_entries.id'], name=op.f('fk_ledger_entries_reverses')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_ledger_entries')),
    sa.UniqueConstraint('id', name=op.f('uq_ledger_entries_id')),
    sa.UniqueConstraint(*ONCE, name=op.f(ONCE_NAME))
    )
    op.execute(
        f"INSERT INTO ledger_entries ({BEFORE}, moved, debit, credit, source)"
        f" SELECT {BEFORE}, {AS_TRANSFER} FROM ledger_entries_before ORDER BY number"
    )
    op.drop_table('ledger_entries_before')
    _index_the_ledger()
    op.create_index('ix_ledger_entries_member', 'ledger_entries', ['member_id', 'number'], unique=False)
    _only_grows('ledger_entries')


def _index_the_ledger() -> None:
    op.create_index('ix_ledger_entries_receipt_id', 'ledger_entries', ['receipt_id'], unique=False)
    op.create_index('ix_ledger_entries_reverses', 'ledger_entries', ['reverses'], unique=False)


def _change_the_ledger() -> None:
    for name in ('moved', 'debit', 'credit', 'source', 'due_at'):
        kind = {'moved': sa.BigInteger(), 'due_at': Instant(), 'source': sa.String(length=100)}
        op.add_column('ledger_entries', sa.Column(name, kind.get(name, sa.String(length=16)), nullable=True))
    op.drop_constraint(op.f('ck_ledger_entries_sign_fits_kind'), 'ledger_entries', type_='check')
    op.drop_constraint(op.f('uq_ledger_entries_reverses'), 'ledger_entries', type_='unique')
    op.drop_constraint(op.f(PAID_ONCE_NAME), 'ledger_entries', type_='unique')
    # Once, within this transaction: no row's facts change, they are only said in the new columns too.
    op.execute("ALTER TABLE ledger_entries DISABLE TRIGGER ledger_entries_append_only")
    op.execute(f"UPDATE ledger_entries SET (moved, debit, credit, source) = ROW({AS_TRANSFER})")
    op.execute("ALTER TABLE ledger_entries ENABLE TRIGGER ledger_entries_append_only")
    for name in ('moved', 'debit', 'credit', 'source'):
        op.alter_column('ledger_entries', name, nullable=False)
    op.alter_column('ledger_entries', 'receipt_id', nullable=True)
    for name, rule in CHECKS.items():
        op.create_check_constraint(op.f(f'ck_ledger_entries_{name}'), 'ledger_entries', rule)
    op.create_foreign_key(op.f('fk_ledger_entries_program_id_member_id'), 'ledger_entries', 'members', ['program_id', 'member_id'], ['program_id', 'id'])
    op.create_unique_constraint(op.f(ONCE_NAME), 'ledger_entries', ONCE)
    _index_the_ledger()


def _make_the_claims_anew() -> None:
    op.rename_table('claims', 'claims_before')
    op.drop_index('ix_claims_receipt_id', 'claims_before')
    op.create_table('claims',
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('purchase_key', sa.String(length=200), nullable=False),
    sa.Column('line_key', sa.String(length=200), nullable=False),
    sa.Column('turn', sa.Integer(), server_default='0', nullable=False),
    sa.Column('receipt_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_claims_program_id')),
    sa.ForeignKeyConstraint(['receipt_id', 'program_id', 'member_id'], ['receipts.id', 'receipts.program_id', 'receipts.member_id'], name=op.f('fk_claims_receipt_id_program_id_member_id')),
    sa.PrimaryKeyConstraint('program_id', 'purchase_key', 'line_key', 'turn', name=op.f('pk_claims'))
    )
    op.execute(f"INSERT INTO claims ({CLAIM}) SELECT {CLAIM} FROM claims_before")
    op.drop_table('claims_before')
    op.create_index('ix_claims_receipt_id', 'claims', ['receipt_id'], unique=False)
    _only_grows('claims')


def _change_the_claims() -> None:
    op.add_column('claims', sa.Column('turn', sa.Integer(), server_default='0', nullable=False))
    op.drop_constraint(op.f('pk_claims'), 'claims', type_='primary')
    op.create_primary_key(op.f('pk_claims'), 'claims', ['program_id', 'purchase_key', 'line_key', 'turn'])


def _add_claim_ends_and_due_points() -> None:
    key = ['program_id', 'purchase_key', 'line_key', 'turn']
    op.create_table('claim_ends',
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('purchase_key', sa.String(length=200), nullable=False),
    sa.Column('line_key', sa.String(length=200), nullable=False),
    sa.Column('turn', sa.Integer(), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(key, [f'claims.{name}' for name in key], name=op.f('fk_claim_ends_claim')),
    sa.PrimaryKeyConstraint(*key, name=op.f('pk_claim_ends'))
    )
    _only_grows('claim_ends')
    op.create_table('due_points',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('target_id', sa.String(length=64), nullable=False),
    sa.Column('due_at', Instant(), nullable=False),
    sa.CheckConstraint("kind IN ('release', 'notice', 'expiry', 'hold', 'refund')", name=op.f('ck_due_points_kind_known')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_due_points_program_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_due_points')),
    sa.UniqueConstraint('target_id', 'kind', name=op.f('uq_due_points_target_id_kind'))
    )
    op.create_index('ix_due_points_due_at', 'due_points', ['due_at'], unique=False)


def _add_redemptions_and_gifts() -> None:
    op.create_table('redemptions',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=False),
    sa.Column('captured', sa.BigInteger(), nullable=False),
    sa.Column('reference', sa.String(length=100), nullable=False),
    sa.Column('purpose', sa.String(length=200), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('expires_at', Instant(), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('closed_at', Instant(), nullable=True),
    sa.CheckConstraint('points > 0', name=op.f('ck_redemptions_spends_points')),
    sa.CheckConstraint('captured >= 0 AND captured <= points', name=op.f('ck_redemptions_captures_what_is_held')),
    sa.CheckConstraint("status IN ('held', 'captured', 'released', 'expired')", name=op.f('ck_redemptions_status_known')),
    sa.CheckConstraint("(status = 'captured') = (captured > 0)", name=op.f('ck_redemptions_captured_when_said')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_redemptions_program_id')),
    sa.ForeignKeyConstraint(['program_id', 'member_id'], ['members.program_id', 'members.id'], name=op.f('fk_redemptions_program_id_member_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_redemptions')),
    sa.UniqueConstraint('id', name=op.f('uq_redemptions_id')),
    sa.UniqueConstraint('program_id', 'reference', name=op.f('uq_redemptions_program_id_reference'))
    )
    op.create_table('gifts',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('reference', sa.String(length=100), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('proposed_by', sa.String(length=64), nullable=False),
    sa.Column('decided_by', sa.String(length=64), nullable=True),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('decided_at', Instant(), nullable=True),
    sa.CheckConstraint('points > 0', name=op.f('ck_gifts_gives_points')),
    sa.CheckConstraint("reason <> ''", name=op.f('ck_gifts_has_reason')),
    sa.CheckConstraint("status IN ('proposed', 'given', 'refused')", name=op.f('ck_gifts_status_known')),
    sa.CheckConstraint('decided_by IS NULL OR decided_by <> proposed_by', name=op.f('ck_gifts_second_person_is_another')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_gifts_program_id')),
    sa.ForeignKeyConstraint(['program_id', 'member_id'], ['members.program_id', 'members.id'], name=op.f('fk_gifts_program_id_member_id')),
    sa.ForeignKeyConstraint(['proposed_by'], ['accounts.id'], name=op.f('fk_gifts_proposed_by')),
    sa.ForeignKeyConstraint(['decided_by'], ['accounts.id'], name=op.f('fk_gifts_decided_by')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_gifts')),
    sa.UniqueConstraint('id', name=op.f('uq_gifts_id')),
    sa.UniqueConstraint('program_id', 'reference', name=op.f('uq_gifts_program_id_reference'))
    )
    op.create_index('ix_gifts_status', 'gifts', ['program_id', 'status'], unique=False)


def _add_returns() -> None:
    op.create_table('returns',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('receipt_id', sa.String(length=64), nullable=False),
    sa.Column('refund_receipt_id', sa.String(length=64), nullable=True),
    sa.Column('reference', sa.String(length=200), nullable=False),
    sa.Column('taken', sa.BigInteger(), nullable=False),
    sa.Column('short', sa.BigInteger(), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.CheckConstraint('taken >= 0 AND short >= 0', name=op.f('ck_returns_takes_points')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_returns_program_id')),
    sa.ForeignKeyConstraint(['receipt_id', 'program_id', 'member_id'], ['receipts.id', 'receipts.program_id', 'receipts.member_id'], name=op.f('fk_returns_receipt_id_program_id_member_id')),
    sa.ForeignKeyConstraint(['refund_receipt_id'], ['receipts.id'], name=op.f('fk_returns_refund_receipt_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_returns')),
    sa.UniqueConstraint('id', name=op.f('uq_returns_id')),
    sa.UniqueConstraint('program_id', 'reference', name=op.f('uq_returns_program_id_reference'))
    )
    op.create_index('ix_returns_receipt_id', 'returns', ['receipt_id'], unique=False)
    op.create_table('returned_lines',
    sa.Column('return_id', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('quantity', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['return_id'], ['returns.id'], name=op.f('fk_returned_lines_return_id')),
    sa.PrimaryKeyConstraint('return_id', 'position', name=op.f('pk_returned_lines'))
    )


def downgrade() -> None:
    """Refuse: entries name accounts that the tables before did not know."""
    raise RuntimeError("this migration is not taken back: restore a backup instead")
