"""Keep who had a message run again, and the submission that it was before."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import BigId, Instant

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('inbound_reruns',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('inbound_id', sa.String(length=64), nullable=False),
    sa.Column('submission_id', sa.String(length=64), nullable=True),
    sa.Column('asked_by', sa.String(length=64), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['inbound_id'], ['inbound_messages.id'], name=op.f('fk_inbound_reruns_inbound_id')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_inbound_reruns_program_id')),
    sa.ForeignKeyConstraint(['submission_id'], ['submissions.id'], name=op.f('fk_inbound_reruns_submission_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_inbound_reruns')),
    sa.UniqueConstraint('submission_id', name=op.f('uq_inbound_reruns_submission_id'))
    )
    op.create_index('ix_inbound_reruns_inbound_id', 'inbound_reruns', ['inbound_id'], unique=False)


def downgrade() -> None:
    op.drop_table('inbound_reruns')
