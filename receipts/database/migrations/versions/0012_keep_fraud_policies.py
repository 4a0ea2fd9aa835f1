"""Keep fraud policies with which one judged when, and what was drawn for blind review."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from receipts.database.base import BigId, Instant

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql')


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
    op.create_table('fraud_policies',
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('document', JSON, nullable=False),
    sa.Column('author', sa.String(length=64), nullable=True),
    sa.Column('created_at', Instant(), nullable=False),
    sa.CheckConstraint('version > 1', name=op.f('ck_fraud_policies_version_is_own')),
    sa.ForeignKeyConstraint(['author'], ['accounts.id'], name=op.f('fk_fraud_policies_author')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_fraud_policies_program_id')),
    sa.PrimaryKeyConstraint('program_id', 'version', name=op.f('pk_fraud_policies'))
    )
    _only_grows('fraud_policies')
    op.create_table('policy_events',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('version', sa.Integer(), nullable=True),
    sa.Column('author', sa.String(length=64), nullable=True),
    sa.Column('at', Instant(), nullable=False),
    sa.CheckConstraint("role IN ('in_force', 'shadow')", name=op.f('ck_policy_events_role_known')),
    sa.CheckConstraint("role = 'shadow' OR version IS NOT NULL", name=op.f('ck_policy_events_some_policy_is_in_force')),
    sa.ForeignKeyConstraint(['author'], ['accounts.id'], name=op.f('fk_policy_events_author')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_policy_events_program_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_policy_events'))
    )
    op.create_index('ix_policy_events_program_role', 'policy_events', ['program_id', 'role', 'number'], unique=False)
    _only_grows('policy_events')
    op.create_table('blind_reviews',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('receipt_id', sa.String(length=64), nullable=False),
    sa.Column('decided', sa.String(length=16), nullable=False),
    sa.Column('policy_version', sa.Integer(), nullable=False),
    sa.Column('drawn_at', Instant(), nullable=False),
    sa.Column('answer', sa.String(length=16), nullable=True),
    sa.Column('answered_by', sa.String(length=64), nullable=True),
    sa.Column('answered_at', Instant(), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.CheckConstraint("decided IN ('pass', 'decline')", name=op.f('ck_blind_reviews_decided_known')),
    sa.CheckConstraint("answer IS NULL OR answer IN ('accept', 'refuse')", name=op.f('ck_blind_reviews_answer_known')),
    sa.CheckConstraint('(answer IS NULL) = (answered_at IS NULL)', name=op.f('ck_blind_reviews_answer_is_whole')),
    sa.CheckConstraint('(answer IS NULL) = (answered_by IS NULL)', name=op.f('ck_blind_reviews_answered_by_someone')),
    sa.ForeignKeyConstraint(['answered_by'], ['accounts.id'], name=op.f('fk_blind_reviews_answered_by')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_blind_reviews_program_id')),
    sa.ForeignKeyConstraint(['receipt_id'], ['receipts.id'], name=op.f('fk_blind_reviews_receipt_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_blind_reviews')),
    sa.UniqueConstraint('id', name=op.f('uq_blind_reviews_id')),
    sa.UniqueConstraint('receipt_id', name=op.f('uq_blind_reviews_receipt_id'))
    )
    op.create_index('ix_blind_reviews_program_number', 'blind_reviews', ['program_id', 'number'], unique=False)


def downgrade() -> None:
    """Refuse: verdicts name the policies, and the events are the record of who put which in force."""
    raise RuntimeError("this migration is not taken back: restore a backup instead")
