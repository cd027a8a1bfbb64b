"""The rows of the ledger as people look at them: filtered by person, kind and day, and as a CSV file without a limit.

The notes of the office are for the office; the person reads `user_notes`.
"""

import csv
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from accounts.roles import OFFICE
from billing.rules.period import Period, between
from cashback.models import CashbackTransaction, SystemAccount
from operations.selectors.findings_csv import Line, safe_cell

CHUNK = 2000
COLUMNS = ("created_at", "transaction_type", "from", "to", "points_cents", "points", "user_notes", "reverses", "id")
OFFICE_COLUMNS = ("notes", "created_by", "base_cents", "cashback_type", "cashback_value")
ALL_DAYS = Period()


def ledger_rows(
    viewer: Any, *, person: Any = None, transaction_type: str = "", days: Period = ALL_DAYS, **about: Any
) -> QuerySet[CashbackTransaction]:
    """The rows that this viewer may see, newest first: of one person (their id), of one type, on days of the business.

    `about` is what earned them: `loan`, `payment` or `tracker`, each an id.

    A superuser, who has no business, means days of UTC.
    """
    rows = CashbackTransaction.objects.for_user(viewer).select_related(
        "from_user", "to_user", "created_by_user", "tenant"
    )
    if person is not None:
        rows = rows.of_person(person)
    if transaction_type:
        rows = rows.filter(transaction_type=transaction_type)
    rows = rows.filter(**{f"related_{what}_id": key for what, key in about.items()})
    zone = viewer.tenant.zone if viewer.tenant else ZoneInfo("UTC")
    return rows.filter(**between("created_at", *days.moments(zone)))


def ledger_csv_lines(viewer: Any, rows: QuerySet[CashbackTransaction]) -> Iterator[str]:
    """Yield the head line and one line per row, in times of the row's business; the office's columns only for the office."""
    is_office = viewer.is_superuser or viewer.role in OFFICE
    writer = csv.writer(Line())
    yield writer.writerow([*COLUMNS, *OFFICE_COLUMNS * is_office])
    for row in rows.iterator(chunk_size=CHUNK):
        cells = [*_cells(row), *_office_cells(row)] if is_office else _cells(row)
        yield writer.writerow([safe_cell(cell) for cell in cells])


def side_in_words(user: Any, account: str) -> str:
    """Write one side of a row: the person's name, or which account of the house."""
    return str(user) if user else SystemAccount(account).label


def _cells(row: CashbackTransaction) -> list[Any]:
    return [
        row.created_at.astimezone(row.tenant.zone).isoformat(),
        row.transaction_type,
        side_in_words(row.from_user, row.from_account),
        side_in_words(row.to_user, row.to_account),
        row.points_cents,
        f"{row.points_cents // 100}.{row.points_cents % 100:02}",
        row.user_notes,
        row.reverses_id,
        row.pk,
    ]


def _office_cells(row: CashbackTransaction) -> list[Any]:
    return [row.notes, row.created_by_user, row.base_cents, row.cashback_type, row.cashback_value]
