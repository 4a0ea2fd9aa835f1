"""Keep whose data were erased, which files are to go, who looked at originals, and how long they are kept."""

import sqlalchemy as sa
from alembic import op

from receipts.database.base import BigId, Instant

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None

APPEND_ONLY = ("erasures", "file_looks")


def _forbid_changes() -> None:
    for table in APPEND_ONLY:
        if op.get_bind().dialect.name == "sqlite":
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} only grows: {verb} is refused'); END"
                )
            continue
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION tillpoints_append_only()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION tillpoints_append_only()"
        )


FACTS = "id, program_id, member_id, type, sequence, time"
ERASED = "EXISTS (SELECT 1 FROM erasures WHERE erasures.program_id = OLD.program_id AND erasures.member_id = OLD.member_id)"


def _let_erased_messages_forget() -> None:
    """What a message says of a purchase may go once its member was erased; everything else of it stays."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER messages_refuse_update")
        op.execute(
            f"CREATE TRIGGER messages_refuse_update BEFORE UPDATE OF {FACTS} ON messages "
            "BEGIN SELECT RAISE(ABORT, 'messages only grows: UPDATE is refused'); END"
        )
        op.execute(
            f"CREATE TRIGGER messages_refuse_data BEFORE UPDATE OF data ON messages WHEN NOT {ERASED} "
            "BEGIN SELECT RAISE(ABORT, 'messages only grows: UPDATE is refused'); END"
        )
        return
    op.execute("DROP TRIGGER messages_append_only ON messages")
    op.execute(
        f"CREATE TRIGGER messages_append_only BEFORE DELETE OR UPDATE OF {FACTS} ON messages "
        "FOR EACH ROW EXECUTE FUNCTION tillpoints_append_only()"
    )
    op.execute(
        "CREATE FUNCTION tillpoints_erased_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {ERASED} THEN RETURN NEW; END IF; "
        "RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER messages_keep_their_data BEFORE UPDATE OF data ON messages "
        "FOR EACH ROW EXECUTE FUNCTION tillpoints_erased_only()"
    )


def _keep_messages_whole() -> None:
    whole = f"{FACTS}, data"
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER messages_refuse_data")
        op.execute("DROP TRIGGER messages_refuse_update")
        op.execute(
            f"CREATE TRIGGER messages_refuse_update BEFORE UPDATE OF {whole} ON messages "
            "BEGIN SELECT RAISE(ABORT, 'messages only grows: UPDATE is refused'); END"
        )
        return
    op.execute("DROP TRIGGER messages_keep_their_data ON messages")
    op.execute("DROP FUNCTION tillpoints_erased_only()")
    op.execute("DROP TRIGGER messages_append_only ON messages")
    op.execute(
        f"CREATE TRIGGER messages_append_only BEFORE DELETE OR UPDATE OF {whole} ON messages "
        "FOR EACH ROW EXECUTE FUNCTION tillpoints_append_only()"
    )


def upgrade() -> None:
    op.create_table('erasures',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=False),
    sa.Column('asked_by', sa.String(length=64), nullable=False),
    sa.Column('receipts', sa.Integer(), nullable=False),
    sa.Column('messages', sa.Integer(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.CheckConstraint('receipts >= 0 AND messages >= 0', name=op.f('ck_erasures_counts')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_erasures_program_id')),
    sa.ForeignKeyConstraint(['program_id', 'member_id'], ['members.program_id', 'members.id'], name=op.f('fk_erasures_program_id_member_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_erasures')),
    sa.UniqueConstraint('program_id', 'member_id', name=op.f('uq_erasures_program_id_member_id'))
    )
    op.create_table('file_removals',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('due_at', Instant(), nullable=False),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_file_removals'))
    )
    op.create_table('file_looks',
    sa.Column('number', BigId, autoincrement=True, nullable=False),
    sa.Column('program_id', sa.String(length=64), nullable=False),
    sa.Column('account_id', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=64), nullable=True),
    sa.Column('what', sa.String(length=16), nullable=False),
    sa.Column('target_id', sa.String(length=64), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.CheckConstraint("what IN ('picture', 'mail', 'export')", name=op.f('ck_file_looks_what_known')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('fk_file_looks_program_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_file_looks'))
    )
    op.create_index('ix_file_looks_program_number', 'file_looks', ['program_id', 'number'], unique=False)
    op.create_index('ix_file_looks_member', 'file_looks', ['program_id', 'member_id', 'number'], unique=False)
    op.add_column('members', sa.Column('erased_at', Instant(), nullable=True))
    op.add_column('accounts', sa.Column('closed_at', Instant(), nullable=True))
    op.add_column('programs', sa.Column('keep_files_days', sa.Integer(), nullable=True))
    op.add_column('receipts', sa.Column('files_removed_at', Instant(), nullable=True))
    op.add_column('inbound_messages', sa.Column('raw_removed_at', Instant(), nullable=True))
    op.create_index('ix_receipts_picture_sha256', 'receipts', ['picture_sha256'], unique=False)
    op.create_index('ix_inbound_messages_raw_sha256', 'inbound_messages', ['raw_sha256'], unique=False)
    # What retention asks for: receipts whose files are still there, oldest first.
    kept = sa.text("files_removed_at IS NULL")
    op.create_index('ix_receipts_files_kept', 'receipts', ['program_id', 'updated_at'], unique=False, sqlite_where=kept, postgresql_where=kept)
    _forbid_changes()
    _let_erased_messages_forget()


def downgrade() -> None:
    _keep_messages_whole()
    op.drop_index('ix_receipts_files_kept', 'receipts')
    op.drop_index('ix_inbound_messages_raw_sha256', 'inbound_messages')
    op.drop_index('ix_receipts_picture_sha256', 'receipts')
    op.drop_column('inbound_messages', 'raw_removed_at')
    op.drop_column('receipts', 'files_removed_at')
    op.drop_column('programs', 'keep_files_days')
    op.drop_column('accounts', 'closed_at')
    op.drop_column('members', 'erased_at')
    op.drop_table('file_looks')
    op.drop_table('file_removals')
    op.drop_table('erasures')
