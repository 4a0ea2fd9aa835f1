"""Keep how long the engine took and how sure reading was, and find what came last by index."""

import sqlalchemy as sa
from alembic import op

revision = '0043'
down_revision = '0041'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('artefacts', sa.Column('engine_seconds', sa.Double(), nullable=True))
    op.create_index('ix_artefacts_created', 'artefacts', ['created_at'], unique=False)
    op.add_column('receipt_facts', sa.Column('sure_permille', sa.Integer(), nullable=True))
    op.create_index('ix_receipt_facts_seen', 'receipt_facts', ['seen_at'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_receipt_facts_seen', table_name='receipt_facts')
    op.drop_column('receipt_facts', 'sure_permille')
    op.drop_index('ix_artefacts_created', table_name='artefacts')
    op.drop_column('artefacts', 'engine_seconds')
