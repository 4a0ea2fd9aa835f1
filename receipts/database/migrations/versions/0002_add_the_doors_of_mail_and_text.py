"""Add the doors of mail and text: inbound and outgoing messages, linked addresses, leases."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from receipts.database.base import Instant

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

KINDS_BEFORE = "kind IN ('ring', 'message')"
KINDS_NOW = "kind IN ('ring', 'message', 'inbound', 'outgoing')"


def upgrade() -> None:
    with op.batch_alter_table('outbox') as outbox:
        outbox.drop_constraint(op.f('ck_outbox_kind_known'), type_='check')
        outbox.create_check_constraint(op.f('ck_outbox_kind_known'), KINDS_NOW)
    op.create_table('leases',
    sa.Column('name', sa.String(length=400), nullable=False),
    sa.Column('owner', sa.String(length=100), nullable=False),
    sa.Column('until', Instant(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_leases'))
    )
    op.create_table('opt_outs',
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('number', sa.String(length=32), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_opt_outs_program_id')),
    sa.PrimaryKeyConstraint('program_id', 'number', name=op.f('pk_opt_outs'))
    )
    op.create_table('linked_addresses',
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('address', sa.String(length=320), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('linked_at', Instant(), nullable=False),
    sa.CheckConstraint("kind IN ('email', 'phone')", name=op.f('ck_linked_addresses_kind_known')),
    sa.ForeignKeyConstraint(['program_id', 'member_id'], ['members.program_id', 'members.id'], name=op.f('fk_linked_addresses_program_id_member_id')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_linked_addresses_program_id')),
    sa.PrimaryKeyConstraint('program_id', 'kind', 'address', 'member_id', name=op.f('pk_linked_addresses'))
    )
    op.create_index('ix_linked_addresses_member', 'linked_addresses', ['program_id', 'member_id'], unique=False)
    op.create_table('links',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('address', sa.String(length=320), nullable=False),
    sa.Column('expires_at', Instant(), nullable=False),
    sa.Column('used_at', Instant(), nullable=True),
    sa.Column('used_by', sa.String(length=64), nullable=True),
    sa.Column('created_at', Instant(), nullable=False),
    sa.CheckConstraint("kind IN ('email', 'phone')", name=op.f('ck_links_kind_known')),
    sa.CheckConstraint('(used_at IS NULL) = (used_by IS NULL)', name=op.f('ck_links_used_is_whole')),
    sa.ForeignKeyConstraint(['program_id', 'used_by'], ['members.program_id', 'members.id'], name=op.f('fk_links_program_id_used_by')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_links_program_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_links'))
    )
    op.create_index('ix_links_address', 'links', ['program_id', 'kind', 'address'], unique=False)
    op.create_table('secret_addresses',
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('token', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('made_at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['program_id', 'member_id'], ['members.program_id', 'members.id'], name=op.f('fk_secret_addresses_program_id_member_id')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_secret_addresses_program_id')),
    sa.PrimaryKeyConstraint('program_id', 'token', name=op.f('pk_secret_addresses')),
    sa.UniqueConstraint('program_id', 'member_id', name=op.f('uq_secret_addresses_program_id_member_id'))
    )
    op.create_table('inbound_messages',
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('via', sa.String(length=16), nullable=False),
    sa.Column('mailbox', sa.String(length=400), nullable=False),
    sa.Column('raw_sha256', sa.String(length=64), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('whole', sa.Boolean(), nullable=False),
    sa.Column('sender', sa.String(length=320), nullable=False),
    sa.Column('recipient', sa.String(length=320), nullable=False),
    sa.Column('subject', sa.String(length=500), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.String(length=64), nullable=False),
    sa.Column('sentence', sa.Text(), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=True),
    sa.Column('submission_id', sa.String(length=64), nullable=True),
    sa.Column('sent_by', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=True),
    sa.Column('answer_to', sa.String(length=320), nullable=False),
    sa.Column('parts', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=True),
    sa.Column('media_due', sa.Boolean(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('not_before', Instant(), nullable=True),
    sa.Column('swept_at', Instant(), nullable=True),
    sa.Column('lease_owner', sa.String(length=100), nullable=True),
    sa.Column('lease_until', Instant(), nullable=True),
    sa.Column('received_at', Instant(), nullable=False),
    sa.Column('updated_at', Instant(), nullable=False),
    sa.CheckConstraint("(state = 'taken') = (submission_id IS NOT NULL)", name=op.f('ck_inbound_messages_taken_is_whole')),
    sa.CheckConstraint("state IN ('waiting', 'taken', 'unlinked', 'expired', 'answered', 'ignored', 'rejected', 'failed')", name=op.f('ck_inbound_messages_state_known')),
    sa.CheckConstraint("via IN ('email', 'sms', 'whatsapp')", name=op.f('ck_inbound_messages_via_known')),
    sa.CheckConstraint('(lease_owner IS NULL) = (lease_until IS NULL)', name=op.f('ck_inbound_messages_lease_is_whole')),
    sa.ForeignKeyConstraint(['program_id', 'member_id'], ['members.program_id', 'members.id'], name=op.f('fk_inbound_messages_program_id_member_id')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_inbound_messages_program_id')),
    sa.ForeignKeyConstraint(['submission_id'], ['submissions.id'], name=op.f('fk_inbound_messages_submission_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_inbound_messages')),
    sa.UniqueConstraint('id', name=op.f('uq_inbound_messages_id')),
    sa.UniqueConstraint('program_id', 'mailbox', 'raw_sha256', name=op.f('uq_inbound_messages_program_id_mailbox_raw_sha256')),
    sa.UniqueConstraint('submission_id', name=op.f('uq_inbound_messages_submission_id'))
    )
    op.create_index('ix_inbound_messages_media_due', 'inbound_messages', ['media_due', 'updated_at'], unique=False)
    op.create_index('ix_inbound_messages_program_number', 'inbound_messages', ['program_id', 'number'], unique=False)
    op.create_index('ix_inbound_messages_sender', 'inbound_messages', ['program_id', 'sender', 'state'], unique=False)
    op.create_index('ix_inbound_messages_state_updated', 'inbound_messages', ['state', 'updated_at'], unique=False)
    op.create_table('inbound_keys',
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('key', sa.String(length=500), nullable=False),
    sa.Column('inbound_id', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['inbound_id'], ['inbound_messages.id'], name=op.f('fk_inbound_keys_inbound_id')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_inbound_keys_program_id')),
    sa.PrimaryKeyConstraint('program_id', 'key', name=op.f('pk_inbound_keys'))
    )
    op.create_index(op.f('ix_inbound_keys_inbound_id'), 'inbound_keys', ['inbound_id'], unique=False)
    op.create_table('outgoing_messages',
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('via', sa.String(length=16), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('recipient', sa.String(length=320), nullable=False),
    sa.Column('inbound_id', sa.String(length=64), nullable=True),
    sa.Column('submission_id', sa.String(length=64), nullable=True),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('asked_by', sa.String(length=64), nullable=True),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('provider_id', sa.String(length=200), nullable=False),
    sa.Column('provider_status', sa.String(length=100), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('not_before', Instant(), nullable=True),
    sa.Column('swept_at', Instant(), nullable=True),
    sa.Column('lease_owner', sa.String(length=100), nullable=True),
    sa.Column('lease_until', Instant(), nullable=True),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('updated_at', Instant(), nullable=False),
    sa.Column('sent_at', Instant(), nullable=True),
    sa.CheckConstraint("state IN ('waiting', 'sent', 'dropped', 'failed')", name=op.f('ck_outgoing_messages_state_known')),
    sa.CheckConstraint("via IN ('email', 'sms', 'whatsapp')", name=op.f('ck_outgoing_messages_via_known')),
    sa.CheckConstraint('(lease_owner IS NULL) = (lease_until IS NULL)', name=op.f('ck_outgoing_messages_lease_is_whole')),
    sa.ForeignKeyConstraint(['inbound_id'], ['inbound_messages.id'], name=op.f('fk_outgoing_messages_inbound_id')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_outgoing_messages_program_id')),
    sa.ForeignKeyConstraint(['submission_id'], ['submissions.id'], name=op.f('fk_outgoing_messages_submission_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_outgoing_messages')),
    sa.UniqueConstraint('id', name=op.f('uq_outgoing_messages_id')),
    sa.UniqueConstraint('program_id', 'fingerprint', name=op.f('uq_outgoing_messages_program_id_fingerprint'))
    )
    op.create_index(op.f('ix_outgoing_messages_asked_by'), 'outgoing_messages', ['asked_by'], unique=False)
    op.create_index(op.f('ix_outgoing_messages_inbound_id'), 'outgoing_messages', ['inbound_id'], unique=False)
    op.create_index('ix_outgoing_messages_provider', 'outgoing_messages', ['provider_id'], unique=False)
    op.create_index('ix_outgoing_messages_recipient', 'outgoing_messages', ['program_id', 'recipient', 'sent_at'], unique=False)
    op.create_index('ix_outgoing_messages_state_updated', 'outgoing_messages', ['state', 'updated_at'], unique=False)
    op.create_index(op.f('ix_outgoing_messages_submission_id'), 'outgoing_messages', ['submission_id'], unique=False)


def downgrade() -> None:
    op.execute("DELETE FROM outbox WHERE kind IN ('inbound', 'outgoing')")
    op.drop_table('outgoing_messages')
    op.drop_table('inbound_keys')
    op.drop_table('inbound_messages')
    op.drop_table('secret_addresses')
    op.drop_table('links')
    op.drop_table('linked_addresses')
    op.drop_table('opt_outs')
    op.drop_table('leases')
    with op.batch_alter_table('outbox') as outbox:
        outbox.drop_constraint(op.f('ck_outbox_kind_known'), type_='check')
        outbox.create_check_constraint(op.f('ck_outbox_kind_known'), KINDS_BEFORE)
