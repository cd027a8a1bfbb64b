"""The allocation backfill at 100,000 invoices of the old system: `python -m tests.bench.old_invoices [--invoices N]`.

Against a loop that writes the same rows invoice by invoice through the ORM, with history, as a careful script would; and against
a tenth of the rows, to see that it is linear and needs no more memory. `make bench` prints it as its last table.
"""

import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.bench.alone import Alone, OwnBooks, books_of
from tests.bench.books import ask, run_sql
from tests.bench.contestants import Measured, command
from tests.bench.table import MEGABYTE, Line, at_most

SAMPLE = 1000
NAME = "backfill_payment_allocations"
CHUNK = 5000
PAID_AT = datetime(2025, 6, 1, tzinfo=UTC)
# status, cents of its payments: of ten invoices four are paid without a payment, two by one, one by two, …
KINDS = [
    *[("PAID", [])] * 4,
    *[("PAID", [10_000])] * 2,
    ("PAID", [4_000, 6_000]),
    ("PARTIALLY_PAID", [4_000]),
    *[("ISSUED", [])] * 2,
]


def load(invoices: int) -> dict[str, Any]:
    """Store invoices and payments as the old system left them."""
    from accounts.ids import new_id
    from accounts.models import Tenant
    from billing.models import Customer, Invoice, Payment

    tenant = Tenant.objects.create(slug="old", name="Old", currency="BDT")
    people = [Customer(id=new_id(), tenant=tenant, number=f"C-{n}", name=f"Member {n}") for n in range(invoices // 20)]
    Customer.objects.bulk_create(people, batch_size=CHUNK)
    for start in range(0, invoices, CHUNK):
        asked, paid = [], []
        for number in range(start, min(start + CHUNK, invoices)):
            status, cents = KINDS[number % len(KINDS)]
            invoice = Invoice(
                id=new_id(), tenant=tenant, customer=people[number % len(people)], number=f"OLD-{number}", source="DUES",
                status=status, total_cents=10_000, currency="BDT", issued_at=PAID_AT - timedelta(days=30),
                paid_at=PAID_AT if status == "PAID" else None, due_at=PAID_AT,
            )  # fmt: skip
            asked.append(invoice)
            paid += [
                Payment(
                    id=new_id(), tenant=tenant, customer=invoice.customer, invoice=invoice, amount_cents=part,
                    currency="BDT", channel="CASH", status="SUCCEEDED", received_at=PAID_AT - timedelta(days=len(cents) - n),
                )
                for n, part in enumerate(cents)
            ]  # fmt: skip
        Invoice.objects.bulk_create(asked)
        Payment.objects.bulk_create(paid)
    return {"invoices": invoices}


def loop(sample: int) -> dict[str, Any]:
    """Write the same rows invoice by invoice; what the rule answers is given for free."""
    from django.db import transaction

    from billing.models import Allocation, Invoice, Payment
    from billing.services.payment_audit import record_step, state_of

    keys = list(Invoice.objects.order_by("pk").values_list("pk", flat=True)[:sample])
    now, started = datetime.now(UTC), time.perf_counter()
    for key in keys:
        with transaction.atomic():
            invoice = Invoice.objects.select_for_update(of=("self",)).get(pk=key)
            payments = Payment.objects.select_for_update(of=("self",)).filter(invoice=invoice).order_by("received_at")
            for payment in payments:
                before = state_of(payment)
                payment.allocated_cents = payment.amount_cents
                payment.save()
                _allocate(Allocation, invoice, payment)
                record_step(payment, "ALLOCATED", actor=None, before=before)
            if invoice.status == "PAID" and not invoice.allocated_cents:
                made = Payment.objects.create(
                    tenant_id=invoice.tenant_id, customer_id=invoice.customer_id, invoice=invoice, amount_cents=10_000,
                    allocated_cents=10_000, currency="BDT", channel="LEGACY", status="SUCCEEDED", received_at=now,
                )  # fmt: skip
                _allocate(Allocation, invoice, made)
                record_step(made, "CREATED", actor=None, before=None)
            invoice.counts_by_allocations = True
            invoice.status = invoice.status_at(now)
            invoice.save()
    return {"rows": len(keys), "seconds": time.perf_counter() - started}


def _allocate(model: Any, invoice: Any, payment: Any) -> None:
    cents = payment.amount_cents
    model.objects.create(tenant_id=invoice.tenant_id, invoice=invoice, payment=payment, amount_cents=cents, rule="loop")
    invoice.allocated_cents += cents


def run(books: OwnBooks) -> tuple[Measured, Measured, Measured]:
    """Preview, execute and undo on one copy."""
    with books.copy("old_invoices") as address:
        looked = command(address, NAME, "--json")
        written = command(address, NAME, "--execute", "--json", "--no-input")
        run_sql(address, "VACUUM ANALYZE", "CHECKPOINT")
        undone = command(address, "backfill_runs", "undo", written.answer["run_id"], "--json", "--no-input")
        sums = ask(address, "SELECT sum(allocated_cents), count(*) FILTER (WHERE counts_by_allocations) FROM invoices")
        if sums != (0, 0) or looked.answer["total_processed"] != written.answer["total_processed"]:
            raise SystemExit(f"The undo left {sums}; previewed {looked.answer}, written {written.answer}")
        return looked, written, undone


def old_invoices(server: str, invoices: int) -> Iterable[Line]:
    """Every figure of the allocation backfill."""
    large, small = books_of(ALONE, server, invoices), books_of(ALONE, server, invoices // 10)
    with small.copy("old_invoices_loop") as address:
        by_loop = ALONE.act(address, "loop", min(SAMPLE, invoices // 10)).answer
    (looked, written, undone), (_, tenth, _) = run(large), run(small)
    seconds = written.answer["duration_seconds"]
    per_row, per_row_of_tenth = seconds / invoices, tenth.answer["duration_seconds"] / (invoices // 10)
    looped = by_loop["seconds"] / by_loop["rows"]
    yield Line("execute", f"{seconds:.1f} s", f"{invoices:,} invoices, {per_row * 1e6:,.0f} µs each")
    faster = f"{looped * 1e6:,.0f} µs an invoice against {per_row * 1e6:,.0f}"
    yield Line("ORM loop : execute", f"{looped / per_row:,.1f} x", faster, "at least 20 x", looped / per_row >= 20)
    both = f"{per_row_of_tenth * 1e6:,.0f} µs at {invoices // 10:,}"
    yield at_most("time an invoice : at a tenth", per_row / per_row_of_tenth, 1.25, "x", both)
    peaks = written.peak_bytes / MEGABYTE, tenth.peak_bytes / MEGABYTE
    yield at_most("memory : at a tenth", peaks[0] / peaks[1], 1.1, "x", f"{peaks[0]:.0f} MB against {peaks[1]:.0f}")
    yield Line("dry run", f"{looked.answer['duration_seconds']:.1f} s")
    yield Line("undo", f"{undone.answer['duration_seconds']:.1f} s")


ALONE = Alone("tests.bench.old_invoices", {"load": load, "loop": loop}, counted="invoices", usually=100_000)

if __name__ == "__main__":
    ALONE.program(old_invoices, __doc__)
