"""Bring members over from other loyalty systems: whose they were, opening points, tiers and what happened there."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import BigId, Instant, Json

revision = '0053'
down_revision = '0052'
branch_labels = None
depends_on = None

old_programs_go_on_because = (
    'the ledger takes two kinds of entries more and nothing less; they are written by `tillpoints migrate load`'
    ' alone, which is run when every process is of the new version'
)

_RULE = 'ck_ledger_entries_accounts_fit_kind'
_REST = (
    " OR (kind = 'release' AND debit = 'pending' AND credit = 'available')"
    " OR (kind = 'expiry' AND debit = 'available' AND credit = 'expired')"
    " OR (kind = 'hold' AND debit = 'available' AND credit = 'held')"
    " OR (kind = 'hold_end' AND debit = 'held' AND credit = 'available')"
    " OR (kind = 'redemption' AND debit = 'held' AND credit = 'redeemed')"
)
ACCOUNTS_FIT_KIND = (
    "(kind IN ('award', 'activity', 'gift', 'opening') AND debit = 'program'"
    " AND credit IN ('pending', 'available'))"
    " OR (kind IN ('reversal', 'opening_cut') AND debit IN ('pending', 'available') AND credit = 'cancelled')"
    + _REST
)
_BEFORE = (
    "(kind IN ('award', 'activity', 'gift') AND debit = 'program' AND credit IN ('pending', 'available'))"
    " OR (kind = 'reversal' AND debit IN ('pending', 'available') AND credit = 'cancelled')"
    + _REST
)
_TABLES = ('member_origins', 'brought_balances', 'brought_tiers', 'brought_events', 'migration_runs')
_BY_MEMBER = ('due_points', 'redemptions', 'gifts')
_CONDITION = (
    "(SELECT current_setting('tillpoints.across_programs', true)) = 'on'"
    " OR program_id = (SELECT current_setting('tillpoints.program_id', true))"
)


def upgrade() -> None:
    _let_the_ledger(ACCOUNTS_FIT_KIND)
    _add_origins()
    _add_what_was_brought()
    op.create_table('migration_runs',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('system', sa.String(length=60), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('signed_by', sa.String(length=200), nullable=False),
    sa.Column('report', Json, nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.CheckConstraint("kind IN ('load', 'sign_off')", name=op.f('ck_migration_runs_kind_known')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_migration_runs_program_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_migration_runs'))
    )
    op.create_index('ix_migration_runs_program', 'migration_runs', ['program_id', 'number'], unique=False)
    _only_grows('migration_runs')
    for table in _BY_MEMBER:  # the books of many members are proven at once
        op.create_index(f'ix_{table}_member', table, ['member_id'], unique=False)
    _raise_the_wall()


def _let_the_ledger(rule: str) -> None:
    if op.get_bind().dialect.name != 'sqlite':
        op.drop_constraint(op.f(_RULE), 'ledger_entries', type_='check')
        op.create_check_constraint(op.f(_RULE), 'ledger_entries', rule)
        return
    # SQLite takes no constraint off a table: a new one takes its rows, and then its name.
    bind = op.get_bind()
    made = bind.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'ledger_entries'").scalar_one()
    extras = bind.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE tbl_name = 'ledger_entries' AND type IN ('index', 'trigger')"
        " AND sql IS NOT NULL ORDER BY type, name"
    ).scalars().all()
    start = made.index(f'CONSTRAINT {_RULE} CHECK (')
    end = made.index(', \n', start)
    narrow = f'{made[:start]}CONSTRAINT {_RULE} CHECK ({rule}){made[end:]}'
    op.rename_table('ledger_entries', 'ledger_entries_before')
    for name in bind.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE tbl_name = 'ledger_entries_before' AND type = 'index'"
        " AND sql IS NOT NULL"
    ).scalars().all():
        op.execute(f'DROP INDEX {name}')
    for name in bind.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE tbl_name = 'ledger_entries_before' AND type = 'trigger'"
    ).scalars().all():
        op.execute(f'DROP TRIGGER {name}')
    bind.exec_driver_sql(narrow)
    bind.exec_driver_sql('INSERT INTO ledger_entries SELECT * FROM ledger_entries_before ORDER BY number')
    op.drop_table('ledger_entries_before')
    for sql in extras:
        bind.exec_driver_sql(sql)


def _add_origins() -> None:
    op.create_table('member_origins',
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('system', sa.String(length=60), nullable=False),
    sa.Column('source_key', sa.String(length=64), nullable=False),
    sa.Column('source_id', sa.String(length=200), nullable=True),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('brought_at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_member_origins_program_id')),
    sa.ForeignKeyConstraint(['program_id', 'member_id'], ['members.program_id', 'members.id'], name=op.f('fk_member_origins_program_id_member_id')),
    sa.PrimaryKeyConstraint('program_id', 'system', 'source_key', name=op.f('pk_member_origins'))
    )
    op.create_index('ix_member_origins_member', 'member_origins', ['program_id', 'member_id'], unique=False)


def _add_what_was_brought() -> None:
    op.create_table('brought_balances',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('system', sa.String(length=60), nullable=False),
    sa.Column('bucket', sa.String(length=40), nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=False),
    sa.Column('postings', sa.Integer(), nullable=False),
    sa.CheckConstraint('points >= 0', name=op.f('ck_brought_balances_points_count')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_brought_balances_program_id')),
    sa.ForeignKeyConstraint(['program_id', 'member_id'], ['members.program_id', 'members.id'], name=op.f('fk_brought_balances_program_id_member_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_brought_balances')),
    sa.UniqueConstraint('program_id', 'member_id', 'system', 'bucket', name=op.f('uq_brought_balances_bucket'))
    )
    op.create_table('brought_tiers',
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('system', sa.String(length=60), nullable=False),
    sa.Column('tier', sa.String(length=200), nullable=False),
    sa.Column('kept_until', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_brought_tiers_program_id')),
    sa.ForeignKeyConstraint(['program_id', 'member_id'], ['members.program_id', 'members.id'], name=op.f('fk_brought_tiers_program_id_member_id')),
    sa.PrimaryKeyConstraint('program_id', 'member_id', name=op.f('pk_brought_tiers'))
    )
    op.create_table('brought_events',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('system', sa.String(length=60), nullable=False),
    sa.Column('reference', sa.String(length=200), nullable=False),
    sa.Column('happened_on', sa.Date(), nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=False),
    sa.Column('words', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_brought_events_program_id')),
    sa.ForeignKeyConstraint(['program_id', 'member_id'], ['members.program_id', 'members.id'], name=op.f('fk_brought_events_program_id_member_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_brought_events')),
    sa.UniqueConstraint('program_id', 'member_id', 'system', 'reference', name=op.f('uq_brought_events_reference'))
    )
    op.create_index('ix_brought_events_member', 'brought_events', ['program_id', 'member_id', 'happened_on'], unique=False)


def _only_grows(table: str) -> None:
    if op.get_bind().dialect.name == 'sqlite':
        for verb in ('UPDATE', 'DELETE'):
            op.execute(
                f"CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} only grows: {verb} is refused'); END"
            )
        return
    op.execute(
        f'CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} '
        'FOR EACH ROW EXECUTE FUNCTION tillpoints_append_only()'
    )
    op.execute(
        f'CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} '
        'FOR EACH STATEMENT EXECUTE FUNCTION tillpoints_append_only()'
    )


def _raise_the_wall() -> None:
    """As high as it stands for the other tables (0051)."""
    if op.get_bind().dialect.name == 'sqlite':
        return
    forced = op.get_bind().execute(
        sa.text("SELECT relforcerowsecurity FROM pg_class WHERE oid = 'members'::regclass")
    ).scalar_one()
    for table in _TABLES:
        op.execute(f'CREATE POLICY of_its_program ON {table} USING ({_CONDITION})')
        op.execute(f'ALTER TABLE {table} ENABLE ROW LEVEL SECURITY')
        if forced:
            op.execute(f'ALTER TABLE {table} FORCE ROW LEVEL SECURITY')


def downgrade() -> None:
    if op.get_bind().execute(sa.text("SELECT count(*) FROM ledger_entries WHERE kind LIKE 'opening%'")).scalar_one():
        raise RuntimeError('members were brought over: this migration is not taken back; restore a backup instead')
    for table in _BY_MEMBER:
        op.drop_index(f'ix_{table}_member', table)
    for table in reversed(_TABLES):
        op.drop_table(table)
    _let_the_ledger(_BEFORE)
