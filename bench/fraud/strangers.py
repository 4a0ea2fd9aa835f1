"""A million receipts of strangers, made by the database itself: the same numbers on both kinds.

Keys are of the shapes that `awarding.purchase.lookup_keys` makes, with days of a year, minutes of a day at
the till and 300 totals, so that strangers share keys as often; numbers, baskets and bands are their own.
"""

# ruff: noqa: S608, E501 (statements of the bench over numbers of its own)

from __future__ import annotations

from typing import Final

from awarding.fraud.alike.hashes import BAND_BITS, BANDS
from pipeline.alike import PAPER

MEMBERS_EACH: Final = 20
PAIRS: Final = (
    "'day-total:' || day || ':USD' || total",
    "'minute-total:' || minute || ':USD' || total",
    "'day-minute:' || day || ':' || minute",
    "'number-day:' || number || ':' || day",
    "'number-total:' || number || ':USD' || total",
    "'number-minute:' || number || ':' || minute",
    "'basket-day:b' || n || ':' || day",
    "'basket-total:b' || n || ':USD' || total",
    "'basket-minute:b' || n || ':' || minute",
)
BASKET_KEYS: Final = 7
"""Of every second receipt: a basket of six lines."""


def made_by_database(sqlite: bool, first: int, last: int) -> list[str]:
    """The statements that make these receipts, their submissions, keys and bands."""
    if sqlite:
        numbers = f"WITH RECURSIVE s(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM s WHERE n < {last})"
        moment = "strftime('%Y-%m-%d %H:%M:%S', '2025-06-01', '+' || (30 * n) || ' seconds') || '.000000'"
        digest, day = "printf('%064x', n)", "date('2025-06-01', '+' || d || ' days')"
        minute = "printf('%02d%02d', 8 + m / 60, m % 60)"
    else:
        numbers = f"WITH s AS (SELECT generate_series({first}::bigint, {last}) AS n)"
        moment = "timestamptz '2025-06-01+00' + n * interval '30 seconds'"
        digest, day = "lpad(to_hex(n), 64, '0')", "(date '2025-06-01' + d::integer)::text"
        minute = "lpad((8 + m / 60)::text, 2, '0') || lpad((m % 60)::text, 2, '0')"
    facts = (
        f"{numbers}, h AS (SELECT n, n * 2654435761 % 4294967296 AS h FROM s),"
        " k AS (SELECT n, h % 365 AS d, h / 365 % 840 AS m, 49 + 50 * (h / 306600 % 300) AS total,"
        " 10000000 + n AS number FROM h),"
        f" f AS (SELECT n, {day} AS day, {minute} AS minute, total, number FROM k)"
    )
    member = f"'mem_' || (n / {MEMBERS_EACH})"

    def into(table: str, columns: str, values: str, source: str = "s", given: str = "") -> str:
        head = given or numbers
        return f"INSERT INTO {table} ({columns}) {head} SELECT {values} FROM {source}"

    members = into(
        "members", "program_id, id, name, message_sequence, joined_at", f"'mill', {member}, 'M', 0, {moment}"
    )
    lookups = " UNION ALL ".join(
        [f"SELECT 'rcp_' || n, {key}, 'mill' FROM f" for key in PAIRS]
        + [
            f"SELECT 'rcp_' || n, 'lines:USD:{k}-' || n, 'mill' FROM f WHERE n % 2 = 0"
            for k in range(BASKET_KEYS)
        ]
    )
    bands = " UNION ALL ".join(
        f"SELECT n, {place << BAND_BITS} + n * {2654435761 + 97531 * place} % {1 << BAND_BITS}, 'mill' FROM s"
        for place in range((PAPER + 1) * BANDS)
    )
    return [
        f"{members} WHERE n % {MEMBERS_EACH} = 0",
        into(
            "submissions",
            "number, id, program_id, member_id, channel, received_at",
            f"n, 'sub_' || n, 'mill', {member}, 'upload', {moment}",
        ),
        into(
            "receipts",
            "number, id, program_id, submission_id, member_id, position, part, file_name, file_sha256, media_type,"
            " size_bytes, state, attempts, points, received_at, updated_at",
            f"n, 'rcp_' || n, 'mill', 'sub_' || n, {member}, 0, 0, 'a.jpg', {digest}, 'image/jpeg', 1, 'awarded',"
            f" 0, 5, {moment}, {moment}",
        ),
        f"INSERT INTO purchase_lookups (receipt_id, key, program_id) {facts} {lookups}",
        f"INSERT INTO picture_bands (receipt_number, band, program_id) {numbers} {bands}",
    ]
