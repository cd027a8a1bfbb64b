"""The summary's sums of invoices that count by their legacy money.

What is paid of such an invoice is looked up among the payments that name it. In one statement with its sums PostgreSQL would look
it up anew for each sum, so it is kept first (`WITH … AS MATERIALIZED`), the one thing here that the ORM cannot say.
"""

from collections import Counter
from datetime import datetime
from typing import Any, Final

from django.db import connections
from django.db.models import Case, CharField, Value, When

from billing.models.invoice_sql import ageing_conditions

COLUMNS: Final = ("source", "currency", "total_cents", "paid_cents", "due")
SUMS: Final = {
    "owed_count": "COUNT(*) FILTER (WHERE paid_cents < total_cents)",
    "owed_cents": "SUM(total_cents - paid_cents)",
    "collected_count": "COUNT(*) FILTER (WHERE paid_cents > 0)",
    "collected_cents": "SUM(paid_cents)",
    "settled_count": "COUNT(*) FILTER (WHERE paid_cents = total_cents)",
    "settled_cents": "SUM(total_cents) FILTER (WHERE paid_cents = total_cents)",
}


def legacy_sums(invoices: Any, now: datetime) -> dict[tuple[str, str], Counter[str]]:
    """Count and sum invoices of `by_legacy_money().with_money()`, by stored source and currency.

    They ask for money and hold none, so their balance is what is not paid, and no credit has paid any of it.
    """
    by_due = [When(condition, then=Value(bucket)) for bucket, condition in ageing_conditions(now).items()]
    kept = invoices.annotate(due=Case(*by_due, output_field=CharField())).order_by().values_list(*COLUMNS)
    inner, parameters = kept.query.get_compiler(kept.db).as_sql()
    statement = (
        f"WITH money ({', '.join(COLUMNS)}) AS MATERIALIZED ({inner}) "  # noqa: S608 - names and sums of ours
        f"SELECT source, currency, due, {', '.join(SUMS.values())} FROM money GROUP BY source, currency, due"
    )
    found: dict[tuple[str, str], Counter[str]] = {}
    with connections[kept.db].cursor() as cursor:
        cursor.execute(statement, parameters)
        for source, currency, bucket, *values in cursor.fetchall():
            sums = {name: int(value or 0) for name, value in zip(SUMS, values, strict=True)}
            sums |= {f"{bucket}_count": sums["owed_count"], f"{bucket}_cents": sums["owed_cents"]}
            found.setdefault((source, currency), Counter()).update(sums)
    return found
