"""Keep how far each publisher is and what it could not pass on; a message keeps its place in the feed."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import BigId, Instant

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def _messages_keep_their_place() -> None:
    """Beside what 0001 refuses: a cursor that has passed a message must not meet another in its place."""
    said = "messages only grows: a message keeps its place in the feed"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER messages_keep_their_place BEFORE UPDATE OF feed_position ON messages "
            "WHEN OLD.feed_position IS NOT NULL AND NEW.feed_position IS NOT OLD.feed_position "
            f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION tillpoints_keeps_its_place() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{said}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER messages_keep_their_place BEFORE UPDATE OF feed_position ON messages FOR EACH ROW "
        "WHEN (OLD.feed_position IS NOT NULL AND NEW.feed_position IS DISTINCT FROM OLD.feed_position) "
        "EXECUTE FUNCTION tillpoints_keeps_its_place()"
    )


def upgrade() -> None:
    op.create_table('publishers',
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('paused_until', Instant(), nullable=True),
    sa.Column('stopped', sa.Text(), nullable=False),
    sa.Column('last_error', sa.Text(), nullable=False),
    sa.Column('taken_at', Instant(), nullable=True),
    sa.Column('updated_at', Instant(), nullable=False),
    sa.CheckConstraint('position >= 0', name=op.f('ck_publishers_position_counts')),
    sa.CheckConstraint('failures >= 0', name=op.f('ck_publishers_failures_count')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_publishers_program_id')),
    sa.PrimaryKeyConstraint('program_id', 'name', name=op.f('pk_publishers'))
    )
    op.create_table('deliveries',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('publisher', sa.String(length=64), nullable=False),
    sa.Column('message_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('not_before', Instant(), nullable=False),
    sa.Column('last_error', sa.Text(), nullable=False),
    sa.Column('asked_by', sa.String(length=64), nullable=True),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('updated_at', Instant(), nullable=False),
    sa.CheckConstraint("state IN ('waiting', 'dead', 'taken', 'given_up')", name=op.f('ck_deliveries_state_known')),
    sa.ForeignKeyConstraint(['message_id'], ['messages.id'], name=op.f('fk_deliveries_message_id')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_deliveries_program_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_deliveries')),
    sa.UniqueConstraint('id', name=op.f('uq_deliveries_id')),
    sa.UniqueConstraint('program_id', 'publisher', 'message_id', name=op.f('uq_deliveries_program_id_publisher_message_id'))
    )
    op.create_index('ix_deliveries_due', 'deliveries', ['program_id', 'publisher', 'state', 'not_before'], unique=False)
    op.create_index('ix_deliveries_member', 'deliveries', ['program_id', 'publisher', 'member_id', 'position'], unique=False)
    op.create_index('ix_deliveries_program_number', 'deliveries', ['program_id', 'number'], unique=False)
    _messages_keep_their_place()


def downgrade() -> None:
    """Refuse: what the publishers owe stands here."""
    raise RuntimeError("this migration is not taken back: restore a backup instead")
