"""Invoices of a month for 10,000 customers of 30 deliveries each: `python -m tests.bench.period_invoices [--customers N]`.

Against a loop that writes the same rows customer by customer through the ORM, with history, as a careful script would; and
against a tenth of the customers, to see that it is linear and needs no more memory. Needs PostgreSQL, as `make bench` gives it.
"""

import time
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from tests.bench.alone import Alone, OwnBooks, books_of
from tests.bench.books import ask
from tests.bench.contestants import Measured
from tests.bench.table import MEGABYTE, Line, at_most

SAMPLE = 100
DAYS = 30
CHUNK = 200
FIRST, LAST = date(2026, 1, 1), date(2026, 1, 31)
FEBRUARY_1 = datetime(2026, 2, 1, 6, tzinfo=UTC)
ISSUED = "SELECT count(*), count(DISTINCT number), sum(total_cents), (SELECT count(*) FROM invoice_lines) FROM invoices"


def load(customers: int) -> dict[str, Any]:
    """Store customers and their deliveries."""
    from accounts.ids import new_id
    from accounts.models import Tenant
    from billing.models import Customer
    from subscriptions.models import Delivery, Product

    tenant = Tenant.objects.create(slug="dairy", name="Dairy", currency="INR")
    milk = Product.objects.create(tenant=tenant, code="CM", name="Cow milk", unit="litre")
    for start in range(0, customers, CHUNK):
        numbers = range(start, min(start + CHUNK, customers))
        people = [Customer(id=new_id(), tenant=tenant, number=f"C-{n}", name=f"Household {n}") for n in numbers]
        Customer.objects.bulk_create(people)
        Delivery.objects.bulk_create(
            Delivery(
                id=new_id(), tenant=tenant, customer=person, product=milk, delivery_date=FIRST.replace(day=day), quantity=2,
                unit_price_cents=4000, tax_rate_bps=500, total_cents=8000, currency="INR", confirmed_at=FEBRUARY_1,
            )
            for day in range(1, DAYS + 1)
            for person in people
        )  # fmt: skip
    return {"customers": customers}


def run(customers: int) -> dict[str, Any]:
    """Invoice the month for all."""
    from accounts.models import Tenant
    from subscriptions.services import run_invoicing, start_invoicing

    started = time.perf_counter()
    tenant = Tenant.objects.get()
    operation = start_invoicing(actor=None, tenant=tenant, period_start=FIRST, period_end=LAST, now=FEBRUARY_1)
    done = run_invoicing(operation.pk, clock=lambda: FEBRUARY_1)
    return {"rows": done.items_done, "seconds": time.perf_counter() - started}


def loop(sample: int) -> dict[str, Any]:
    """Write the same rows customer by customer, line by line; which deliveries are unbilled is asked as the product asks it."""
    from django.db import transaction

    from billing.models import Customer, Invoice, InvoiceLine
    from billing.services.invoice_numbers import give_number
    from subscriptions.models import Delivery

    people = list(Customer.objects.select_related("tenant").order_by("pk")[:sample])
    started = time.perf_counter()
    for person in people:
        with transaction.atomic():
            Customer.objects.select_for_update(of=("self",)).get(pk=person.pk)
            deliveries = Delivery.objects.unbilled().filter(customer=person, delivery_date__lte=LAST)
            due = list(deliveries.select_related("product").order_by("delivery_date"))
            invoice = Invoice(
                tenant=person.tenant, customer=person, source="SALES", status="ISSUED", currency="INR", bills_period=True,
                total_cents=sum(delivery.total_cents for delivery in due), counts_by_allocations=True,
                issued_at=FEBRUARY_1, due_at=FEBRUARY_1, period_start=FIRST, period_end=LAST,
            )  # fmt: skip
            give_number(invoice, tenant=person.tenant, day=FEBRUARY_1.date())
            invoice.save(force_insert=True)
            for delivery in due:
                InvoiceLine.objects.create(
                    invoice=invoice, description=f"{delivery.delivery_date} {delivery.product.name}",
                    quantity=delivery.quantity, unit_price_cents=delivery.unit_price_cents, tax_rate_bps=500,
                    total_cents=delivery.total_cents, tax_cents=381, source_kind="delivery", source_id=delivery.pk,
                )  # fmt: skip
    return {"rows": len(people), "seconds": time.perf_counter() - started}


def invoiced(books: OwnBooks) -> Measured:
    """Invoice everybody on one copy, and see that everybody was."""
    with books.copy("period_invoices") as address:
        done = ALONE.act(address, "run", books.payments)
        made = ask(address, ISSUED)
        wanted = (books.payments, books.payments, books.payments * DAYS * 8000, books.payments * DAYS)
        if made != wanted:
            raise SystemExit(f"Invoices, numbers, cents and lines are {made}, not {wanted}")
        return done


def period_invoices(server: str, customers: int) -> Iterable[Line]:
    """Every figure of the invoicing of a period."""
    large, small = books_of(ALONE, server, customers), books_of(ALONE, server, customers // 10)
    with small.copy("period_invoices_loop") as address:
        by_loop = ALONE.act(address, "loop", min(SAMPLE, customers // 10)).answer
    tenth, written = invoiced(small), invoiced(large)
    seconds = written.answer["seconds"]
    each, looped = seconds / customers, by_loop["seconds"] / by_loop["rows"]
    of_tenth = tenth.answer["seconds"] / small.payments
    yield Line(
        "invoicing",
        f"{seconds:.1f} s",
        f"{customers:,} customers, {customers * DAYS:,} lines, {each * 1e3:,.2f} ms each",
    )
    faster = f"{looped * 1e3:,.1f} ms a customer against {each * 1e3:,.2f}"
    yield Line("ORM loop : invoicing", f"{looped / each:,.1f} x", faster, "at least 20 x", looped / each >= 20)
    both = f"{of_tenth * 1e3:,.2f} ms at {small.payments:,}"
    yield at_most("time a customer : at a tenth", each / of_tenth, 1.25, "x", both)
    peaks = written.peak_bytes / MEGABYTE, tenth.peak_bytes / MEGABYTE
    yield at_most("memory : at a tenth", peaks[0] / peaks[1], 1.25, "x", f"{peaks[0]:.0f} MB against {peaks[1]:.0f}")


ACTS = {"load": load, "run": run, "loop": loop}
ALONE = Alone("tests.bench.period_invoices", ACTS, counted="customers", usually=10_000)

if __name__ == "__main__":
    ALONE.program(period_invoices, __doc__)
