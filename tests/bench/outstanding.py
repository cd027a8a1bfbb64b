"""What 100,000 customers owe: `python -m tests.postgres python -m tests.bench.outstanding [--customers N]`.

The first page, the totals, and the whole report as a file; against a loop that asks for each customer's row by itself; and
against a tenth of the customers, to see that it is linear and that the file needs no more memory.
"""

import time
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.bench.alone import Alone, OwnBooks, books_of
from tests.bench.contestants import Measured
from tests.bench.table import MEGABYTE, Line, at_most

SAMPLE = 200
CHUNK = 2000
PAGE = 100
MOST_QUERIES = 8
ISSUED = datetime(2026, 2, 1, 6, tzinfo=UTC)
NOW = datetime(2026, 3, 1, 6, tzinfo=UTC)


def load(customers: int) -> dict[str, Any]:
    """Store customers with an opening balance, an invoice of January, two deliveries since, a sale on credit and a payment."""
    from accounts.ids import new_id
    from accounts.models import Tenant
    from billing.models import Customer, Invoice, InvoiceLine, Payment, Sale
    from subscriptions.models import Delivery, Product

    tenant = Tenant.objects.create(slug="dairy", name="Dairy", currency="INR")
    milk = Product.objects.create(tenant=tenant, code="CM", name="Cow milk", unit="litre")
    for start in range(0, customers, CHUNK):
        numbers = range(start, min(start + CHUNK, customers))
        people = [
            Customer(
                id=new_id(), tenant=tenant, number=f"C-{n}", name=f"Household {n}", opening_balance_cents=n % 3 * 1000
            )
            for n in numbers
        ]
        Customer.objects.bulk_create(people)
        shared = {"tenant": tenant, "currency": "INR"}
        invoices = [
            Invoice(
                id=new_id(), customer=person, number=f"SAL-{n}", source="SALES", status="ISSUED", total_cents=100_000,
                counts_by_allocations=True, issued_at=ISSUED, due_at=ISSUED + timedelta(days=n % 60), **shared,
            )
            for n, person in zip(numbers, people, strict=True)
        ]  # fmt: skip
        Invoice.objects.bulk_create(invoices)
        InvoiceLine.objects.bulk_create(
            InvoiceLine(invoice=invoice, description="January", unit_price_cents=100_000, total_cents=100_000)
            for invoice in invoices
        )
        Delivery.objects.bulk_create(
            Delivery(
                id=new_id(), customer=person, product=milk, delivery_date=date(2026, 2, day), quantity=2, unit_price_cents=4000,
                total_cents=8000, confirmed_at=NOW, **shared,
            )
            for day in (3, 4)
            for person in people
        )  # fmt: skip
        Sale.objects.bulk_create(
            Sale(
                id=new_id(), customer=person, number=f"S-{n}", sale_type="CREDIT", status="PENDING", total_cents=5000,
                sold_at=NOW, **shared,
            )
            for n, person in zip(numbers, people, strict=True)
        )  # fmt: skip
        Payment.objects.bulk_create(
            Payment(
                id=new_id(), customer=person, amount_cents=2500, channel="CASH", status="SUCCEEDED", received_at=NOW, **shared
            )
            for person in people
        )  # fmt: skip
    return {"customers": customers}


def page(customers: int) -> dict[str, Any]:
    """Ask for the first page, the largest debts first, and for the totals."""
    from subscriptions.selectors.outstanding import Wanted, outstanding_rows, outstanding_totals

    wanted = Wanted(selection="with_outstanding", sort="-outstanding", limit=PAGE)
    asked = scope()
    with counted_queries() as queries:
        started = time.perf_counter()
        rows, totals = outstanding_rows(asked, wanted), outstanding_totals(asked, wanted)
        seconds = time.perf_counter() - started
    if len(rows) != PAGE or totals["customers"] != customers or totals["net_cents"] != totals["transactions_cents"]:
        raise SystemExit(f"{len(rows)} rows of a page of {PAGE}; totals {totals}")
    return {"seconds": seconds, "queries": len(queries), "outstanding_cents": totals["outstanding_cents"]}


def file(customers: int) -> dict[str, Any]:
    """Read the whole report row by row, as its file does."""
    from subscriptions.selectors.outstanding import Wanted, iterate_outstanding

    asked = scope()
    with counted_queries() as queries:
        started = time.perf_counter()
        cents = [0, 0]
        for row in iterate_outstanding(asked, Wanted(sort="number")):
            cents[0] += 1
            cents[1] += row["outstanding_cents"]
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "queries": len(queries), "rows": cents[0], "outstanding_cents": cents[1]}


def loop(sample: int) -> dict[str, Any]:
    """Ask for some customers' rows one by one."""
    from billing.models import Customer
    from subscriptions.selectors.outstanding import outstanding_of_customer

    people, asked = list(Customer.objects.order_by("pk")[:sample]), scope()
    started = time.perf_counter()
    for person in people:
        outstanding_of_customer(person, asked)
    return {"seconds": time.perf_counter() - started, "rows": len(people)}


def scope() -> Any:
    """All customers of the business."""
    from accounts.models import Tenant
    from subscriptions.selectors.account_figures import Scope

    return Scope(Tenant.objects.get(), NOW)


def counted_queries() -> Any:
    """What is asked of the database inside the block."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    return CaptureQueriesContext(connection)


def run(books: OwnBooks) -> tuple[Measured, Measured]:
    """Read the page and the file on one copy."""
    with books.copy("outstanding") as address:
        first, whole = (ALONE.act(address, act, books.payments) for act in ("page", "file"))
        read = whole.answer["rows"], whole.answer["outstanding_cents"]
        if read != (books.payments, first.answer["outstanding_cents"]):
            raise SystemExit(f"The file has rows and cents {read}, the page {first.answer}")
        return first, whole


def outstanding(server: str, customers: int) -> Iterable[Line]:
    """Every figure of the report of what is owed."""
    large, small = books_of(ALONE, server, customers), books_of(ALONE, server, customers // 10)
    with small.copy("outstanding_loop") as address:
        by_loop = ALONE.act(address, "loop", SAMPLE).answer
    (first, whole), (_, tenth) = run(large), run(small)
    queries, seconds = first.answer["queries"], whole.answer["seconds"]
    each, looped = seconds / customers, by_loop["seconds"] / by_loop["rows"]
    of_tenth = tenth.answer["seconds"] / small.payments
    yield Line("first page and totals", f"{first.answer['seconds']:.1f} s", f"{customers:,} customers")
    yield at_most("its queries", queries, MOST_QUERIES, "")
    yield Line("whole report as a file", f"{seconds:.1f} s", f"{each * 1e6:,.0f} µs a customer")
    yield at_most("its queries", whole.answer["queries"], MOST_QUERIES, "")
    faster = f"{looped * 1e6:,.0f} µs a customer against {each * 1e6:,.0f}"
    yield Line("customer by customer : file", f"{looped / each:,.1f} x", faster)
    both = f"{of_tenth * 1e6:,.0f} µs at {small.payments:,}"
    yield at_most("time a customer : at a tenth", each / of_tenth, 1.25, "x", both)
    peaks = whole.peak_bytes / MEGABYTE, tenth.peak_bytes / MEGABYTE
    yield at_most(
        "memory of the file : at a tenth", peaks[0] / peaks[1], 1.1, "x", f"{peaks[0]:.0f} MB against {peaks[1]:.0f}"
    )


ACTS = {"load": load, "page": page, "file": file, "loop": loop}
ALONE = Alone("tests.bench.outstanding", ACTS, counted="customers", usually=100_000)

if __name__ == "__main__":
    ALONE.program(outstanding, __doc__)
