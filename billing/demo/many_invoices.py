"""The large demo's invoices: so many that a summary over them can be measured, written set by set.

Four invoices in a row are one customer's, and are paid by one receipt. Of ten, four are paid in full, one in part, three not at
all, one is void, and one is of the old system: its stored status, or a payment that names it, tells what is paid.
"""

# ruff: noqa: S608 - every piece of SQL below is ours: numbers, names of columns, and constants of the demo

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from accounts.demo.people import GRAND
from accounts.demo.sql import DemoSql
from accounts.models import Tenant
from billing.models import Allocation, Invoice, InvoiceLine, Payment

YEAR: Final = 365
DAY: Final = 86_400
BEGINS: Final = int(datetime.fromisoformat("2025-02-01T04:00:00+00:00").timestamp())
SOURCES: Final = ("DUES", "EVENT", "SALES", "SALES", "SUBSCRIPTION", "USAGE", "DONATION", "OTHER")
PAID_CENTS: Final = "CASE WHEN n % 10 < 4 THEN total WHEN n % 10 = 4 THEN total / 2 ELSE 0 END"


def load_many_invoices(*, seed: int, using: str, ids: str, invoices: int, say: Callable[[str], Any]) -> None:
    """Write so many invoices of the large business, with lines, receipts and allocations."""
    sql = DemoSql(using=using, seed=seed, ids=ids)
    tenant = Tenant.objects.using(using).get(slug=GRAND)
    started = time.monotonic()
    _plan(sql, tenant, invoices)
    _invoices(sql, tenant)
    _receipts(sql, tenant)
    sql.drop("demo_invoices", "demo_invoice_customers")
    say(f"{GRAND}: {invoices:,} invoices ({time.monotonic() - started:.1f} s)")


def _plan(sql: DemoSql, tenant: Tenant, invoices: int) -> None:
    mine = f"WHERE tenant_id = {sql.constant(tenant.pk)}"
    numbered = "SELECT row_number() OVER (ORDER BY number) - 1 AS n, id FROM customers"
    sql.keep("demo_invoice_customers", f"{numbered} {mine}")
    issued = f"{BEGINS} + n * {YEAR} / {invoices} * {DAY} + {sql.chance('n', 21, 36_000)}"
    total = f"({sql.chance('n', 22, 180)} + 20) * 1000"
    names = " ".join(f"WHEN {number} THEN '{source}'" for number, source in enumerate(SOURCES))
    chosen = (
        f"SELECT n, {issued} AS issued, {total} AS total, CASE {sql.chance('n', 23, len(SOURCES))} {names} END AS source, "
        f"n / 4 % (SELECT COUNT(*) FROM demo_invoice_customers) AS customer_n FROM {sql.numbers(0, invoices)}"
    )
    plan = (
        f"SELECT c.n, c.issued, c.total, c.source, customer.id AS customer_id, {sql.new_id('invoice', 'c.n', 'c.issued')} "
        f"AS id, {PAID_CENTS} AS paid FROM ({chosen}) AS c JOIN demo_invoice_customers AS customer "
        "ON customer.n = c.customer_n"
    )
    sql.keep("demo_invoices", plan.replace("n % 10", "c.n % 10"))


def _invoices(sql: DemoSql, tenant: Tenant) -> None:
    paid_in_full = "i.n % 10 < 4 OR i.n % 20 = 9"
    sql.insert(
        Invoice,
        {
            "id": "i.id",
            "tenant_id": sql.constant(tenant.pk),
            "number": f"'OLD-' || {sql.padded('i.n', 8)}",
            "customer_id": "i.customer_id",
            "source": "i.source",
            "status": f"CASE WHEN {paid_in_full} THEN 'PAID' WHEN i.n % 10 = 4 THEN 'PARTIALLY_PAID' "
            "WHEN i.n % 10 = 8 THEN 'VOID' ELSE 'ISSUED' END",
            "description": "'Monthly bill'",
            "total_cents": "i.total",
            "allocated_cents": "i.paid",
            "credited_cents": "0",
            "counts_by_allocations": "i.n % 10 <> 9" if sql.on_postgres else "CASE WHEN i.n % 10 = 9 THEN 0 ELSE 1 END",
            "currency": sql.constant(tenant.currency),
            "issued_at": sql.at("i.issued"),
            "due_at": sql.at(f"i.issued + {14 * DAY}"),
            "paid_at": f"CASE WHEN {paid_in_full} THEN {sql.at(f'i.issued + {7 * DAY}')} END",
            "created_at": sql.at("i.issued"),
        },
        "demo_invoices AS i ORDER BY i.n",
    )
    sql.insert(
        InvoiceLine,
        {
            "id": sql.new_id("invoice line", "i.n", "i.issued"),
            "invoice_id": "i.id",
            "description": "'Monthly bill'",
            "quantity": "1",
            "unit_price_cents": "i.total",
            "total_cents": "i.total",
            "tax_rate_bps": "0",
            "tax_cents": "0",
            "source_kind": "''",
            "is_live": "i.n % 10 <> 8" if sql.on_postgres else "CASE WHEN i.n % 10 = 8 THEN 0 ELSE 1 END",
        },
        "demo_invoices AS i WHERE i.n % 10 <> 9 ORDER BY i.n",
    )


def _receipts(sql: DemoSql, tenant: Tenant) -> None:
    """One receipt for four invoices; and for every second old invoice a payment of a third of it that names it."""
    received = f"MAX(i.issued) + {7 * DAY}"
    row = {
        "tenant_id": sql.constant(tenant.pk),
        "currency": sql.constant(tenant.currency),
        "status": "'SUCCEEDED'",
        "verification_status": "'NOT_REQUIRED'",
        "channel": "'BANK_TRANSFER'",
        "refunded_cents": "0",
        "reference": "''",
    }
    receipt_id = sql.new_id("receipt", "i.n / 4", f"CAST({BEGINS} AS bigint)")
    receipt = row | {
        "id": sql.new_id("receipt", "i.n / 4", f"CAST({BEGINS} AS bigint)"),
        "customer_id": "i.customer_id",
    }
    receipt |= {"amount_cents": "CAST(SUM(i.paid) AS bigint)", "allocated_cents": "CAST(SUM(i.paid) AS bigint)"}
    receipt |= {"received_at": sql.at(received), "created_at": sql.at(received)}
    sql.insert(Payment, receipt, "demo_invoices AS i WHERE i.paid > 0 GROUP BY i.n / 4, i.customer_id ORDER BY i.n / 4")
    allocation = {
        "id": sql.new_id("invoice allocation", "i.n", "i.issued"),
        "tenant_id": sql.constant(tenant.pk),
        "payment_id": receipt_id,
        "invoice_id": "i.id",
        "amount_cents": "i.paid",
        "rule": "'oldest_due_first'",
        "reason": "''",
        "created_at": sql.at(f"i.issued + {7 * DAY}"),
    }
    sql.insert(Allocation, allocation, "demo_invoices AS i WHERE i.paid > 0 ORDER BY i.n")
    at = sql.at(f"i.issued + {7 * DAY}")
    old = row | {
        "id": sql.new_id("old payment", "i.n", "i.issued"),
        "customer_id": "i.customer_id",
        "invoice_id": "i.id",
    }
    old |= {"amount_cents": "i.total / 3", "allocated_cents": "0", "received_at": at, "created_at": at}
    sql.insert(Payment, old, "demo_invoices AS i WHERE i.n % 20 = 19 ORDER BY i.n")
