"""Claims on review cases, their risk, and a log of all that reviewers see and do, which only grows."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import BigId, Instant, Json

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


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
    op.add_column('review_cases', sa.Column('risk_permille', sa.Integer(), server_default='0', nullable=False))
    op.add_column('review_cases', sa.Column('claimed_by', sa.String(length=64), nullable=True))
    op.add_column('review_cases', sa.Column('claimed_until', Instant(), nullable=True))
    op.create_index(
        'ix_review_cases_value', 'review_cases', ['program_id', 'status', 'would_pay', 'number'], unique=False
    )
    op.create_index(
        'ix_review_cases_risk', 'review_cases', ['program_id', 'status', 'risk_permille', 'number'], unique=False
    )
    op.create_table('review_events',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('case_id', sa.String(length=64), nullable=False),
    sa.Column('account_id', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('detail', Json, nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.CheckConstraint(
        "kind IN ('looked', 'claimed', 'released', 'corrected', 'noted', 'approved', 'declined')",
        name=op.f('ck_review_events_kind_known'),
    ),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_review_events_program_id')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_review_events_account_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_review_events'))
    )
    op.create_index('ix_review_events_program', 'review_events', ['program_id', 'number'], unique=False)
    op.create_index('ix_review_events_case', 'review_events', ['case_id', 'number'], unique=False)
    _only_grows('review_events')


def downgrade() -> None:
    op.drop_table('review_events')
    op.drop_index('ix_review_cases_risk', table_name='review_cases')
    op.drop_index('ix_review_cases_value', table_name='review_cases')
    op.drop_column('review_cases', 'claimed_until')
    op.drop_column('review_cases', 'claimed_by')
    op.drop_column('review_cases', 'risk_permille')
