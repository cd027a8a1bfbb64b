"""The finance summary and the invoice list inside the product's own process, against the same by hand, taken in turns."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

TIMES = 5
NOW = datetime(2026, 1, 28, 12, tzinfo=UTC)
HERE = Path(__file__).parent
OVERDUE = (
    "i.status NOT IN ('DRAFT', 'VOID', 'FAILED') AND i.allocated_cents = 0 AND i.total_cents > 0 AND i.due_at < %(now)s "
    "AND (i.counts_by_allocations OR i.status <> 'PAID' AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.invoice_id = i.id "
    "AND p.customer_id = i.customer_id AND p.currency = i.currency AND p.status = 'SUCCEEDED' "
    "AND p.verification_status NOT IN ('PENDING_VERIFICATION', 'REJECTED') "
    "AND p.amount_cents > p.refunded_cents + p.allocated_cents))"
)
FOUND = "c.name ILIKE '%%mollah%%'"


def finance() -> dict[str, Any]:
    """Summary, filtered page with total, and search: seconds of both, queries of ours, and the same answers."""
    from accounts.demo.people import GRAND
    from accounts.models import Tenant

    tenant = Tenant.objects.get(slug=GRAND)
    asked = {"tenant": tenant.pk, "currency": tenant.currency, "now": NOW}
    return {
        "summary": _summary(tenant, asked),
        "page": _page(tenant, asked, {"statuses": ["OVERDUE"]}, OVERDUE, 0),
        "deep page": _page(tenant, asked, {"statuses": ["OVERDUE"]}, OVERDUE, 100),
        "search": _page(tenant, asked, {"search": "mollah"}, FOUND, 0),
    }


def _summary(tenant: Any, asked: dict[str, Any]) -> dict[str, Any]:
    from billing.selectors.finance import finance_summary

    by_hand = (HERE / "finance.sql").read_text()

    def ours() -> dict[str, Any]:
        return finance_summary(tenant, now=NOW, period="ALL_TIME")

    def hand() -> list[Any]:
        return sorted(_ask(by_hand, asked), key=lambda row: row[0])

    answer, rows = ours(), hand()
    whole = [sum(int(row[column] or 0) for row in rows if row[0] != "unallocated") for column in range(1, 14)]
    totals, ages = answer["totals"], answer["ageing"]
    told = [
        *totals["outstanding"].values(),
        *totals["collected"].values(),
        totals["credited_cents"],
        *answer["by_status"]["PAID"].values(),
        *totals["cancelled"].values(),
        *(ages[bucket]["total_cents"] for bucket in ("DAYS_1_30", "DAYS_31_60", "DAYS_61_90", "OVER_90_DAYS")),
    ]
    unallocated = next((int(row[2] or 0) for row in rows if row[0] == "unallocated"), 0)
    if (told, totals["unallocated_cents"]) != (whole, unallocated):
        raise SystemExit(
            f"By hand {whole} and {unallocated}, the selector says {told} and {totals['unallocated_cents']}"
        )
    return _measured(ours, hand, rows=sum(figure["count"] for figure in answer["by_status"].values()))


def _page(tenant: Any, asked: dict[str, Any], wanted: dict[str, Any], condition: str, page: int) -> dict[str, Any]:
    from billing.models import Invoice
    from billing.selectors.invoice_list import Wanted, invoice_entry, listed_invoices

    text = (HERE / "invoice_page.sql").read_text().format(condition=condition, offset=page * 50)
    joined = "FROM invoices i JOIN customers c ON c.id = i.customer_id"
    count = f"SELECT count(*) {joined} WHERE i.tenant_id = %(tenant)s AND i.deleted_at IS NULL AND {condition}"  # noqa: S608

    def ours() -> tuple[int, list[Any]]:
        found = listed_invoices(Invoice.objects.of_tenant(tenant), Wanted(**wanted), now=NOW)
        rows = found.select_related("customer")[page * 50 : page * 50 + 50]
        return found.count(), [invoice_entry(invoice, now=NOW)["id"] for invoice in rows]

    def hand() -> tuple[int, list[Any]]:
        return _ask(count, asked)[0][0], [row[0] for row in _ask(text, asked)]

    if (told := ours()) != (by_hand := hand()):
        raise SystemExit(f"By hand {by_hand}, the list says {told}")
    return _measured(ours, hand, rows=told[0])


def _ask(statement: str, asked: dict[str, Any]) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return cursor.fetchall()


def _measured(ours: Callable[[], Any], hand: Callable[[], Any], *, rows: int) -> dict[str, Any]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tests.bench.inside import seconds_of

    with CaptureQueriesContext(connection) as asked:
        ours()
    turns = [(seconds_of(ours), seconds_of(hand)) for _ in range(TIMES)]
    seconds, by_hand = (median(turn) for turn in zip(*turns, strict=True))
    return {"queries": len(asked), "rows": rows, "seconds": seconds, "by_hand_seconds": by_hand}
