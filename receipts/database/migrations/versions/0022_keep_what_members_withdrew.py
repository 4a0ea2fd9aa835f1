"""Keep which receipts their members took back."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import Instant

revision = '0022'
down_revision = '0021'
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
    op.create_table('receipt_withdrawals',
    sa.Column('receipt_id', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('account_id', sa.String(length=64), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_receipt_withdrawals_account_id')),
    sa.ForeignKeyConstraint(['receipt_id', 'program_id', 'member_id'], ['receipts.id', 'receipts.program_id', 'receipts.member_id'], name=op.f('fk_receipt_withdrawals_receipt_id_program_id_member_id')),
    sa.PrimaryKeyConstraint('receipt_id', name=op.f('pk_receipt_withdrawals'))
    )
    _only_grows('receipt_withdrawals')


def downgrade() -> None:
    op.drop_table('receipt_withdrawals')
