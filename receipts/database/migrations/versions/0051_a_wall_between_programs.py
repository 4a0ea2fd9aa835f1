"""Row-level security on PostgreSQL: a second wall between programs.

Where programs exist already their owner still passes by it: processes of the version before say for no
program, and go on beside this one. `tillpoints wall raise` closes it once they are gone.
"""

import sqlalchemy as sa
from alembic import op

revision = '0051'
down_revision = '0050'
branch_labels = None
depends_on = None

_ACROSS = "(SELECT current_setting('tillpoints.across_programs', true)) = 'on'"
_PROGRAM = "(SELECT current_setting('tillpoints.program_id', true))"
_OF_NO_PROGRAM = {
    'alembic_version', 'failed_tries', 'file_removals', 'heartbeats', 'leases', 'sealed_files', 'spent_states',
}
_CHILDREN = {
    'artefacts': ('receipt_id', 'receipts', 'id'),
    'catalog_products': ('catalog_number', 'catalog_versions', 'number'),
    'provider_links': ('account_id', 'accounts', 'id'),
    'recovery_codes': ('account_id', 'accounts', 'id'),
    'returned_lines': ('return_id', 'returns', 'id'),
    'second_steps': ('account_id', 'accounts', 'id'),
    'upload_pieces': ('upload_id', 'uploads', 'id'),
}


def _condition(table: str) -> str:
    if table == 'programs':
        return f'{_ACROSS} OR id = {_PROGRAM}'
    if table not in _CHILDREN:
        return f'{_ACROSS} OR program_id = {_PROGRAM}'
    column, parent, key = _CHILDREN[table]
    return (
        f'{_ACROSS} OR EXISTS (SELECT 1 FROM {parent} AS parent'
        f' WHERE parent.{key} = {table}.{column} AND parent.program_id = {_PROGRAM})'
    )


def _tables() -> list[str]:
    return sorted(set(sa.inspect(op.get_bind()).get_table_names()) - _OF_NO_PROGRAM)


def upgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        return
    is_new = not op.get_bind().execute(sa.text('SELECT count(*) FROM programs')).scalar_one()
    for table in _tables():
        op.execute(f'CREATE POLICY of_its_program ON {table} USING ({_condition(table)})')
        op.execute(f'ALTER TABLE {table} ENABLE ROW LEVEL SECURITY')
        if is_new:
            op.execute(f'ALTER TABLE {table} FORCE ROW LEVEL SECURITY')


def downgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        return
    for table in _tables():
        op.execute(f'ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY')
        op.execute(f'ALTER TABLE {table} DISABLE ROW LEVEL SECURITY')
        op.execute(f'DROP POLICY IF EXISTS of_its_program ON {table}')
