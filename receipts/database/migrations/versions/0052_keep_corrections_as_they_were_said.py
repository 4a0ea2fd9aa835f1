"""Keep corrections of settled receipts as they were said: a proposed one is answered once, and nothing else changes."""

from alembic import op

revision = '0052'
down_revision = '0051'
branch_labels = None
depends_on = None

_SAID = ('number', 'id', 'program_id', 'receipt_id', 'lines', 'points', 'proposed_by', 'proposed_at')
_WORDS = 'line_corrections keeps what was said: only a proposed one is answered, once'


def upgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        changed = ' OR '.join(f'NEW.{name} IS NOT OLD.{name}' for name in _SAID)
        op.execute(
            'CREATE TRIGGER line_corrections_refuse_update BEFORE UPDATE ON line_corrections'
            f" WHEN OLD.status <> 'proposed' OR {changed}"
            f" BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
        )
        op.execute(
            'CREATE TRIGGER line_corrections_refuse_delete BEFORE DELETE ON line_corrections'
            f" BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
        )
        return
    # As text: json has no comparison of its own.
    changed = ' OR '.join(f'NEW.{name}::text IS DISTINCT FROM OLD.{name}::text' for name in _SAID)
    op.execute(
        'CREATE FUNCTION tillpoints_corrections_stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN '
        f"IF OLD.status <> 'proposed' OR {changed} THEN RAISE EXCEPTION '{_WORDS}'; END IF; "
        'RETURN NEW; END $$'
    )
    op.execute(
        'CREATE TRIGGER line_corrections_stay BEFORE UPDATE ON line_corrections '
        'FOR EACH ROW EXECUTE FUNCTION tillpoints_corrections_stay()'
    )
    op.execute(
        'CREATE TRIGGER line_corrections_no_delete BEFORE DELETE ON line_corrections '
        'FOR EACH ROW EXECUTE FUNCTION tillpoints_append_only()'
    )
    op.execute(
        'CREATE TRIGGER line_corrections_no_truncate BEFORE TRUNCATE ON line_corrections '
        'FOR EACH STATEMENT EXECUTE FUNCTION tillpoints_append_only()'
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        op.execute('DROP TRIGGER line_corrections_refuse_update')
        op.execute('DROP TRIGGER line_corrections_refuse_delete')
        return
    for name in ('stay', 'no_delete', 'no_truncate'):
        op.execute(f'DROP TRIGGER line_corrections_{name} ON line_corrections')
    op.execute('DROP FUNCTION tillpoints_corrections_stay()')
