"""Decisions that take effect later, a second person's word, and views of the queue that reviewers named."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import BigId, Instant, Json

revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None

BEFORE = ('looked', 'claimed', 'released', 'corrected', 'noted', 'approved', 'declined')
KINDS = (*BEFORE, 'planned', 'undone', 'returned', 'proposed', 'refused', 'reversed')
FACTS = "number, program_id, case_id, account_id, kind, at"
ERASED = (
    "EXISTS (SELECT 1 FROM erasures JOIN receipts ON receipts.program_id = erasures.program_id"
    " AND receipts.member_id = erasures.member_id JOIN review_cases ON review_cases.receipt_id = receipts.id"
    " WHERE erasures.program_id = OLD.program_id AND review_cases.id = OLD.case_id)"
)
REFUSED = "BEGIN SELECT RAISE(ABORT, 'review_events only grows: {verb} is refused'); END"


def _words(kinds: tuple[str, ...]) -> str:
    return "kind IN (" + ", ".join(f"'{kind}'" for kind in kinds) + ")"


def _let_the_log_know(kinds: tuple[str, ...]) -> None:
    """The kinds of events that the log takes. SQLite changes no constraint: the table is made anew."""
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f('ck_review_events_kind_known'), 'review_events', type_='check')
        op.create_check_constraint(op.f('ck_review_events_kind_known'), 'review_events', _words(kinds))
        return
    op.execute("ALTER TABLE review_events RENAME TO review_events_before")
    for index in ('ix_review_events_program', 'ix_review_events_case'):
        op.execute(f"DROP INDEX {index}")
    op.create_table('review_events',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('case_id', sa.String(length=64), nullable=False),
    sa.Column('account_id', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('detail', Json, nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.CheckConstraint(_words(kinds), name=op.f('ck_review_events_kind_known')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_review_events_program_id')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_review_events_account_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_review_events'))
    )
    columns = "number, program_id, case_id, account_id, kind, detail, at"
    op.execute(f"INSERT INTO review_events ({columns}) SELECT {columns} FROM review_events_before")
    op.execute("DROP TABLE review_events_before")  # its triggers go with it
    op.create_index('ix_review_events_program', 'review_events', ['program_id', 'number'], unique=False)
    op.create_index('ix_review_events_case', 'review_events', ['case_id', 'number'], unique=False)
    update, delete = REFUSED.format(verb="UPDATE"), REFUSED.format(verb="DELETE")
    op.execute(f"CREATE TRIGGER review_events_refuse_update BEFORE UPDATE OF {FACTS} ON review_events {update}")
    op.execute(
        "CREATE TRIGGER review_events_refuse_detail BEFORE UPDATE OF detail ON review_events "
        f"WHEN NOT {ERASED} {update}"
    )
    op.execute(f"CREATE TRIGGER review_events_refuse_delete BEFORE DELETE ON review_events {delete}")


def upgrade() -> None:
    op.add_column('programs', sa.Column('undo_s', sa.Integer(), server_default='60', nullable=False))
    op.add_column('programs', sa.Column('second_above', sa.BigInteger(), nullable=True))
    op.create_table('planned_decisions',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('case_id', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('account_id', sa.String(length=64), nullable=False),
    sa.Column('approve', sa.Boolean(), nullable=False),
    sa.Column('products', Json, nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('reading', sa.Integer(), nullable=False),
    sa.Column('planned_at', Instant(), nullable=False),
    sa.Column('due_at', Instant(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_planned_decisions_program_id')),
    sa.ForeignKeyConstraint(['case_id'], ['review_cases.id'], name=op.f('fk_planned_decisions_case_id')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_planned_decisions_account_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_planned_decisions')),
    sa.UniqueConstraint('id', name=op.f('uq_planned_decisions_id')),
    sa.UniqueConstraint('case_id', name=op.f('uq_planned_decisions_case_id'))
    )
    op.create_index(op.f('ix_planned_decisions_due_at'), 'planned_decisions', ['due_at'], unique=False)
    op.create_table('second_words',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('case_id', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=False),
    sa.Column('reading', sa.Integer(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('proposed_by', sa.String(length=64), nullable=False),
    sa.Column('proposed_at', Instant(), nullable=False),
    sa.Column('decided_by', sa.String(length=64), nullable=True),
    sa.Column('decided_at', Instant(), nullable=True),
    sa.CheckConstraint("kind IN ('approval', 'reversal')", name=op.f('ck_second_words_kind_known')),
    sa.CheckConstraint(
        "status IN ('proposed', 'agreed', 'refused', 'replaced')", name=op.f('ck_second_words_status_known')
    ),
    sa.CheckConstraint("decided_by <> proposed_by", name=op.f('ck_second_words_two_people')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_second_words_program_id')),
    sa.ForeignKeyConstraint(['case_id'], ['review_cases.id'], name=op.f('fk_second_words_case_id')),
    sa.ForeignKeyConstraint(['proposed_by'], ['accounts.id'], name=op.f('fk_second_words_proposed_by')),
    sa.ForeignKeyConstraint(['decided_by'], ['accounts.id'], name=op.f('fk_second_words_decided_by')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_second_words'))
    )
    waits = sa.text("status = 'proposed'")
    op.create_index(
        'ix_second_words_waiting', 'second_words', ['case_id'], unique=True,
        sqlite_where=waits, postgresql_where=waits,
    )
    op.create_index(
        'ix_second_words_program', 'second_words', ['program_id', 'status', 'number'], unique=False
    )
    op.create_table('saved_views',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('account_id', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('first', sa.String(length=16), nullable=False),
    sa.Column('show', sa.String(length=16), nullable=False),
    sa.Column('least_points', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_saved_views_program_id')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_saved_views_account_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_saved_views')),
    sa.UniqueConstraint('account_id', 'name', name=op.f('uq_saved_views_account_id_name'))
    )
    _let_the_log_know(KINDS)


def downgrade() -> None:
    op.drop_table('saved_views')
    op.drop_table('second_words')
    op.drop_table('planned_decisions')
    op.drop_column('programs', 'second_above')
    op.drop_column('programs', 'undo_s')
