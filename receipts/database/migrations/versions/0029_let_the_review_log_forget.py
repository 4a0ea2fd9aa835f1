"""Let the log of reviewers forget what it says of erased members' receipts, and nothing else."""

from alembic import op

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None

FACTS = "number, program_id, case_id, account_id, kind, at"
ERASED = (
    "EXISTS (SELECT 1 FROM erasures JOIN receipts ON receipts.program_id = erasures.program_id"
    " AND receipts.member_id = erasures.member_id JOIN review_cases ON review_cases.receipt_id = receipts.id"
    " WHERE erasures.program_id = OLD.program_id AND review_cases.id = OLD.case_id)"
)
REFUSED = "BEGIN SELECT RAISE(ABORT, 'review_events only grows: UPDATE is refused'); END"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER review_events_refuse_update")
        op.execute(
            f"CREATE TRIGGER review_events_refuse_update BEFORE UPDATE OF {FACTS} ON review_events {REFUSED}"
        )
        op.execute(
            "CREATE TRIGGER review_events_refuse_detail BEFORE UPDATE OF detail ON review_events "
            f"WHEN NOT {ERASED} {REFUSED}"
        )
        return
    op.execute("DROP TRIGGER review_events_append_only ON review_events")
    op.execute(
        f"CREATE TRIGGER review_events_append_only BEFORE DELETE OR UPDATE OF {FACTS} ON review_events "
        "FOR EACH ROW EXECUTE FUNCTION tillpoints_append_only()"
    )
    op.execute(
        "CREATE FUNCTION tillpoints_erased_case_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {ERASED} THEN RETURN NEW; END IF; "
        "RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER review_events_keep_their_detail BEFORE UPDATE OF detail ON review_events "
        "FOR EACH ROW EXECUTE FUNCTION tillpoints_erased_case_only()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER review_events_refuse_detail")
        op.execute("DROP TRIGGER review_events_refuse_update")
        op.execute(f"CREATE TRIGGER review_events_refuse_update BEFORE UPDATE ON review_events {REFUSED}")
        return
    op.execute("DROP TRIGGER review_events_keep_their_detail ON review_events")
    op.execute("DROP FUNCTION tillpoints_erased_case_only()")
    op.execute("DROP TRIGGER review_events_append_only ON review_events")
    op.execute(
        "CREATE TRIGGER review_events_append_only BEFORE UPDATE OR DELETE ON review_events "
        "FOR EACH ROW EXECUTE FUNCTION tillpoints_append_only()"
    )
