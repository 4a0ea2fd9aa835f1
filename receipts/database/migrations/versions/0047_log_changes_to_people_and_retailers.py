"""Log changes to people and keys, and keep what programs say of retailers."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import BigId, Instant, Json

revision = '0047'
down_revision = '0046'
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
    op.create_table('staff_events',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('by_id', sa.String(length=64), nullable=True),
    sa.Column('account_id', sa.String(length=64), nullable=True),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('detail', Json, nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_staff_events_account_id')),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_staff_events_by_id')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_staff_events_program_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_staff_events'))
    )
    op.create_index('ix_staff_events_program', 'staff_events', ['program_id', 'number'], unique=False)
    _only_grows('staff_events')
    op.create_table('retailer_facts',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('facts', Json, nullable=True),
    sa.Column('author', sa.String(length=64), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['author'], ['accounts.id'], name=op.f('fk_retailer_facts_author')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_retailer_facts_program_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_retailer_facts'))
    )
    op.create_index('ix_retailer_facts_key', 'retailer_facts', ['program_id', 'key', 'number'], unique=False)
    _only_grows('retailer_facts')


def downgrade() -> None:
    """Refuse: who changed what would be lost."""
    raise RuntimeError("this migration is not taken back: restore a backup instead")
