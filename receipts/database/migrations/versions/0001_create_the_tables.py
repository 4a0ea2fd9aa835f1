"""Create the tables, and the triggers that keep the books append-only."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from receipts.database.base import Instant

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("ledger_entries", "claims")
"""Tables whose rows are never changed or removed."""


MESSAGE_FACTS = "id, program_id, member_id, type, sequence, time, data"
"""What a message says. Its place in the feed is given to it later."""


def _forbid_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb, what in (("DELETE", "DELETE"), ("UPDATE", f"UPDATE OF {MESSAGE_FACTS}")):
            op.execute(
                f"CREATE TRIGGER messages_refuse_{verb.lower()} BEFORE {what} ON messages "
                f"BEGIN SELECT RAISE(ABORT, 'messages only grows: {verb} is refused'); END"
            )
        for table in APPEND_ONLY:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} only grows: {verb} is refused'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION tillpoints_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER messages_append_only BEFORE DELETE OR UPDATE OF {MESSAGE_FACTS} ON messages "
        "FOR EACH ROW EXECUTE FUNCTION tillpoints_append_only()"
    )
    op.execute(
        "CREATE TRIGGER messages_no_truncate BEFORE TRUNCATE ON messages "
        "FOR EACH STATEMENT EXECUTE FUNCTION tillpoints_append_only()"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION tillpoints_append_only()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION tillpoints_append_only()"
        )


def upgrade() -> None:
    op.create_table('heartbeats',
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_heartbeats'))
    )
    op.create_table('programs',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('time_zone', sa.String(length=64), nullable=False),
    sa.Column('window_days', sa.Integer(), nullable=False),
    sa.Column('daily_receipts', sa.Integer(), nullable=False),
    sa.Column('feed_position', sa.BigInteger(), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.CheckConstraint('daily_receipts > 0', name=op.f('ck_programs_daily_positive')),
    sa.CheckConstraint('feed_position >= 0', name=op.f('ck_programs_feed_position_counts')),
    sa.CheckConstraint('window_days > 0', name=op.f('ck_programs_window_positive')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programs'))
    )
    op.create_table('campaigns',
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('id', sa.String(length=100), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('document', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('in_force', sa.Boolean(), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.CheckConstraint('version > 0', name=op.f('ck_campaigns_version_counts')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_campaigns_program_id')),
    sa.PrimaryKeyConstraint('program_id', 'id', 'version', name=op.f('pk_campaigns'))
    )
    with op.batch_alter_table('campaigns', schema=None) as batch_op:
        batch_op.create_index('ix_campaigns_in_force', ['program_id', 'in_force'], unique=False)

    op.create_table('catalog_versions',
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('version', sa.String(length=64), nullable=False),
    sa.Column('imported_at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_catalog_versions_program_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_catalog_versions')),
    sa.UniqueConstraint('program_id', 'version', name=op.f('uq_catalog_versions_program_id_version'))
    )
    op.create_table('idempotency_keys',
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('caller', sa.String(length=64), nullable=False),
    sa.Column('key', sa.String(length=255), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('body', sa.Text(), nullable=True),
    sa.Column('running_until', Instant(), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.CheckConstraint('(status IS NULL) = (body IS NULL)', name=op.f('ck_idempotency_keys_answer_is_whole')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_idempotency_keys_program_id')),
    sa.PrimaryKeyConstraint('program_id', 'caller', 'key', name=op.f('pk_idempotency_keys'))
    )
    with op.batch_alter_table('idempotency_keys', schema=None) as batch_op:
        batch_op.create_index('ix_idempotency_keys_created_at', ['created_at'], unique=False)

    op.create_table('members',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('message_sequence', sa.BigInteger(), nullable=False),
    sa.Column('joined_at', Instant(), nullable=False),
    sa.CheckConstraint('message_sequence >= 0', name=op.f('ck_members_sequence_counts')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_members_program_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_members')),
    sa.UniqueConstraint('program_id', 'id', name=op.f('uq_members_program_id_id'))
    )
    op.create_table('outbox',
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('target_id', sa.String(length=64), nullable=False),
    sa.Column('not_before', Instant(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('last_error', sa.Text(), nullable=True),
    sa.Column('created_at', Instant(), nullable=False),
    sa.CheckConstraint("kind IN ('ring', 'message')", name=op.f('ck_outbox_kind_known')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_outbox_program_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_outbox'))
    )
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.create_index('ix_outbox_due', ['not_before', 'number'], unique=False)

    op.create_table('accounts',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=True),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('password_hash', sa.String(length=200), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.CheckConstraint("(role = 'member') = (member_id IS NOT NULL)", name=op.f('ck_accounts_members_only_have_member_id')),
    sa.CheckConstraint("role IN ('member', 'reviewer', 'admin', 'service')", name=op.f('ck_accounts_role_known')),
    sa.ForeignKeyConstraint(['program_id', 'member_id'], ['members.program_id', 'members.id'], name=op.f('fk_accounts_program_id_member_id')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_accounts_program_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accounts')),
    sa.UniqueConstraint('email', name=op.f('uq_accounts_email'))
    )
    op.create_table('catalog_products',
    sa.Column('catalog_number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('sku', sa.String(length=100), nullable=False),
    sa.Column('gtin', sa.String(length=14), nullable=True),
    sa.Column('brand', sa.String(length=200), nullable=False),
    sa.Column('name', sa.String(length=500), nullable=False),
    sa.Column('size', sa.String(length=100), nullable=False),
    sa.Column('category', sa.String(length=200), nullable=False),
    sa.Column('msrp_minor', sa.BigInteger(), nullable=True),
    sa.Column('msrp_currency', sa.String(length=3), nullable=True),
    sa.Column('aliases', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.CheckConstraint('(msrp_minor IS NULL) = (msrp_currency IS NULL)', name=op.f('ck_catalog_products_msrp_has_currency')),
    sa.CheckConstraint('msrp_minor IS NULL OR msrp_minor >= 0', name=op.f('ck_catalog_products_msrp_not_negative')),
    sa.ForeignKeyConstraint(['catalog_number'], ['catalog_versions.number'], name=op.f('fk_catalog_products_catalog_number'), ondelete='CASCADE'),
    sa.UniqueConstraint('catalog_number', 'sku', name=op.f('uq_catalog_products_catalog_number_sku')),
    sa.PrimaryKeyConstraint('catalog_number', 'position', name=op.f('pk_catalog_products'))
    )
    op.create_table('messages',
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('type', sa.String(length=64), nullable=False),
    sa.Column('sequence', sa.BigInteger(), nullable=False),
    sa.Column('time', Instant(), nullable=False),
    sa.Column('data', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('feed_position', sa.BigInteger(), nullable=True),
    sa.CheckConstraint('feed_position IS NULL OR feed_position > 0', name=op.f('ck_messages_feed_position_counts')),
    sa.CheckConstraint('sequence > 0', name=op.f('ck_messages_sequence_counts')),
    sa.ForeignKeyConstraint(['program_id', 'member_id'], ['members.program_id', 'members.id'], name=op.f('fk_messages_program_id_member_id')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_messages_program_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_messages')),
    sa.UniqueConstraint('id', name=op.f('uq_messages_id')),
    sa.UniqueConstraint('member_id', 'sequence', name=op.f('uq_messages_member_id_sequence')),
    sa.UniqueConstraint('program_id', 'feed_position', name=op.f('uq_messages_program_id_feed_position'))
    )
    op.create_table('submissions',
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('channel', sa.String(length=16), nullable=False),
    sa.Column('received_at', Instant(), nullable=False),
    sa.CheckConstraint("channel IN ('upload', 'email', 'sms')", name=op.f('ck_submissions_channel_known')),
    sa.ForeignKeyConstraint(['program_id', 'member_id'], ['members.program_id', 'members.id'], name=op.f('fk_submissions_program_id_member_id')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_submissions_program_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_submissions')),
    sa.UniqueConstraint('id', 'program_id', 'member_id', name=op.f('uq_submissions_id_program_id_member_id')),
    sa.UniqueConstraint('id', name=op.f('uq_submissions_id'))
    )
    with op.batch_alter_table('submissions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_submissions_member_id'), ['member_id'], unique=False)

    op.create_table('receipts',
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('submission_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('part', sa.Integer(), nullable=False),
    sa.CheckConstraint('part >= 0', name=op.f('ck_receipts_part_counts')),
    sa.Column('file_name', sa.String(length=255), nullable=False),
    sa.Column('file_sha256', sa.String(length=64), nullable=True),
    sa.Column('media_type', sa.String(length=64), nullable=True),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('picture_sha256', sa.String(length=64), nullable=True),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('rejection_code', sa.String(length=32), nullable=True),
    sa.Column('rejection_detail', sa.Text(), nullable=True),
    sa.Column('failed_from', sa.String(length=16), nullable=True),
    sa.Column('failure', sa.Text(), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('not_before', Instant(), nullable=True),
    sa.Column('swept_at', Instant(), nullable=True),
    sa.Column('lease_owner', sa.String(length=100), nullable=True),
    sa.Column('lease_until', Instant(), nullable=True),
    sa.Column('purchase_key', sa.String(length=200), nullable=True),
    sa.Column('points', sa.BigInteger(), nullable=True),
    sa.Column('received_at', Instant(), nullable=False),
    sa.Column('updated_at', Instant(), nullable=False),
    sa.CheckConstraint("(state = 'rejected') = (rejection_code IS NOT NULL)", name=op.f('ck_receipts_rejected_has_reason')),
    sa.CheckConstraint("state <> 'failed' OR failed_from IS NOT NULL", name=op.f('ck_receipts_failed_knows_where')),
    sa.CheckConstraint("state IN ('received', 'read', 'matched', 'screened', 'awarded', 'declined', 'rejected', 'held', 'failed')", name=op.f('ck_receipts_state_known')),
    sa.CheckConstraint('(lease_owner IS NULL) = (lease_until IS NULL)', name=op.f('ck_receipts_lease_is_whole')),
    sa.CheckConstraint('attempts >= 0', name=op.f('ck_receipts_attempts_count')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_receipts_program_id')),
    sa.ForeignKeyConstraint(['submission_id', 'program_id', 'member_id'], ['submissions.id', 'submissions.program_id', 'submissions.member_id'], name=op.f('fk_receipts_submission_id_program_id_member_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_receipts')),
    sa.UniqueConstraint('id', 'program_id', 'member_id', name=op.f('uq_receipts_id_program_id_member_id')),
    sa.UniqueConstraint('id', name=op.f('uq_receipts_id')),
    sa.UniqueConstraint('submission_id', 'position', name=op.f('uq_receipts_submission_id_position'))
    )
    with op.batch_alter_table('receipts', schema=None) as batch_op:
        batch_op.create_index('ix_receipts_member_received', ['member_id', 'received_at'], unique=False)
        batch_op.create_index('ix_receipts_program_bytes', ['program_id', 'file_sha256'], unique=False)
        batch_op.create_index('ix_receipts_state_updated', ['state', 'updated_at'], unique=False)

    op.create_table('artefacts',
    sa.Column('receipt_id', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('versions', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('body', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('seconds', sa.Double(), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.CheckConstraint("kind IN ('reading', 'matching', 'screening', 'decision')", name=op.f('ck_artefacts_kind_known')),
    sa.ForeignKeyConstraint(['receipt_id'], ['receipts.id'], name=op.f('fk_artefacts_receipt_id')),
    sa.PrimaryKeyConstraint('receipt_id', 'kind', 'revision', name=op.f('pk_artefacts'))
    )
    op.create_table('claims',
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('purchase_key', sa.String(length=200), nullable=False),
    sa.Column('line_key', sa.String(length=200), nullable=False),
    sa.Column('receipt_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_claims_program_id')),
    sa.ForeignKeyConstraint(['receipt_id', 'program_id', 'member_id'], ['receipts.id', 'receipts.program_id', 'receipts.member_id'], name=op.f('fk_claims_receipt_id_program_id_member_id')),
    sa.PrimaryKeyConstraint('program_id', 'purchase_key', 'line_key', name=op.f('pk_claims'))
    )
    with op.batch_alter_table('claims', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_claims_receipt_id'), ['receipt_id'], unique=False)

    op.create_table('ledger_entries',
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('receipt_id', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=False),
    sa.Column('campaign_id', sa.String(length=100), nullable=False),
    sa.Column('rule_id', sa.String(length=100), nullable=False),
    sa.Column('reverses', sa.String(length=64), nullable=True),
    sa.Column('sentence', sa.String(length=500), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.CheckConstraint("(kind = 'award' AND points > 0 AND reverses IS NULL) OR (kind = 'reversal' AND points < 0 AND reverses IS NOT NULL)", name=op.f('ck_ledger_entries_sign_fits_kind')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_ledger_entries_program_id')),
    sa.ForeignKeyConstraint(['receipt_id', 'program_id', 'member_id'], ['receipts.id', 'receipts.program_id', 'receipts.member_id'], name=op.f('fk_ledger_entries_receipt_id_program_id_member_id')),
    sa.ForeignKeyConstraint(['reverses'], ['ledger_entries.id'], name=op.f('fk_ledger_entries_reverses')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_ledger_entries')),
    sa.UniqueConstraint('id', name=op.f('uq_ledger_entries_id')),
    sa.UniqueConstraint('receipt_id', 'campaign_id', 'rule_id', 'kind', name=op.f('uq_ledger_entries_receipt_id_campaign_id_rule_id_kind')),
    sa.UniqueConstraint('reverses', name=op.f('uq_ledger_entries_reverses'))
    )
    with op.batch_alter_table('ledger_entries', schema=None) as batch_op:
        batch_op.create_index('ix_ledger_entries_member', ['member_id', 'number'], unique=False)

    op.create_table('purchase_lookups',
    sa.Column('receipt_id', sa.String(length=64), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_purchase_lookups_program_id')),
    sa.ForeignKeyConstraint(['receipt_id'], ['receipts.id'], name=op.f('fk_purchase_lookups_receipt_id')),
    sa.PrimaryKeyConstraint('receipt_id', 'key', name=op.f('pk_purchase_lookups'))
    )
    with op.batch_alter_table('purchase_lookups', schema=None) as batch_op:
        batch_op.create_index('ix_purchase_lookups_program_key', ['program_id', 'key'], unique=False)

    op.create_table('review_cases',
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('receipt_id', sa.String(length=64), nullable=False),
    sa.Column('reasons', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('would_pay', sa.BigInteger(), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('decided_by', sa.String(length=64), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('opened_at', Instant(), nullable=False),
    sa.Column('decided_at', Instant(), nullable=True),
    sa.CheckConstraint("(status = 'open') = (decided_at IS NULL)", name=op.f('ck_review_cases_decided_is_whole')),
    sa.CheckConstraint("status IN ('open', 'approved', 'declined')", name=op.f('ck_review_cases_status_known')),
    sa.CheckConstraint('(decided_at IS NULL) = (decided_by IS NULL)', name=op.f('ck_review_cases_decided_by_someone')),
    sa.ForeignKeyConstraint(['decided_by'], ['accounts.id'], name=op.f('fk_review_cases_decided_by')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_review_cases_program_id')),
    sa.ForeignKeyConstraint(['receipt_id'], ['receipts.id'], name=op.f('fk_review_cases_receipt_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_review_cases')),
    sa.UniqueConstraint('id', name=op.f('uq_review_cases_id')),
    sa.UniqueConstraint('receipt_id', name=op.f('uq_review_cases_receipt_id'))
    )
    with op.batch_alter_table('review_cases', schema=None) as batch_op:
        batch_op.create_index('ix_review_cases_program_status', ['program_id', 'status', 'number'], unique=False)
    _forbid_changes()


def downgrade() -> None:
    """Refuse: the books are not dropped by a downgrade."""
    raise RuntimeError("the first migration is not taken back: restore a backup instead")
