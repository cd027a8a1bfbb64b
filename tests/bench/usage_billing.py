"""Usage billed for 100,000 subscriptions with 10,000,000 records: `python -m tests.bench.usage_billing [--subscriptions N]`.

Against SQL by hand that writes the same charges, invoices, lines, numbers and history in one transaction, and against a tenth of
the subscriptions, to see that it is linear and needs no more memory. Needs PostgreSQL, as `make bench` gives it.
"""

import time
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg

from tests.bench.alone import Alone, OwnBooks, books_of
from tests.bench.books import ask
from tests.bench.contestants import Measured
from tests.bench.table import MEGABYTE, Line, at_most

RECORDS = 100
CHUNK = 1000
START, END = date(2026, 1, 1), date(2026, 1, 31)
FEBRUARY_4 = datetime(2026, 2, 4, 4, tzinfo=UTC)
BY_HAND = Path(__file__).with_suffix(".sql")
MADE = """SELECT (SELECT count(*) FROM billed_periods), (SELECT sum(overage_cents) FROM billed_periods),
    (SELECT count(*) FROM invoices), (SELECT count(DISTINCT number) FROM invoices), (SELECT sum(total_cents) FROM invoice_lines),
    (SELECT count(*) FROM historical_invoices), (SELECT count(*) FROM historical_invoice_lines),
    (SELECT count(*) FROM historical_billed_periods)"""
USED = """INSERT INTO usage_records (id, tenant_id, subscriber_id, session_id, sequence, started_at, ended_at, bytes_in,
        bytes_out, counter_in, counter_out, created_at)
    SELECT gen_random_uuid(), s.tenant_id, s.id, 'session', n, moment, moment + interval '4 hours', 0,
        each * n, 0, each * n, moment
    FROM (SELECT *, row_number() OVER (ORDER BY id) AS place FROM subscribers WHERE id = ANY(%s)) s,
        LATERAL (SELECT (80 + place %% 50) * 1073741824::bigint / 5050 AS each) used,
        generate_series(1, 100) n,
        LATERAL (SELECT timestamptz '2026-01-02 00:00+00' + n * interval '6 hours' AS moment) at"""


def load(subscriptions: int) -> dict[str, Any]:
    """Store customers, each with a line, a subscription and a hundred records of January; three in five go beyond their cap."""
    from django.db import connection

    from accounts.models import Tenant
    from billing.models import Customer
    from subscriptions.models import InternetPlan, PlanSubscription, Subscriber

    tenant = Tenant.objects.create(slug="fibre", name="Fibre", currency="USD")
    plan = InternetPlan.objects.create(
        tenant=tenant, code="F100", name="Fibre 100", status="ACTIVE", download_kbps=100_000, upload_kbps=20_000,
        monthly_price_cents=3000, currency="USD", has_data_cap=True, data_cap_amount=100, data_cap_unit="GB",
        overage_price_cents=50,
    )  # fmt: skip
    began = datetime(2025, 12, 1, tzinfo=UTC)
    for start in range(0, subscriptions, CHUNK):
        numbers = range(start, min(start + CHUNK, subscriptions))
        people = [Customer(tenant=tenant, number=f"C-{n}", name=f"Customer {n}") for n in numbers]
        Customer.objects.bulk_create(people)
        lines = [
            Subscriber(
                id=f"line-{n}", tenant=tenant, customer=person, username=f"u{n}", status="ACTIVE", activated_at=began
            )
            for n, person in zip(numbers, people, strict=True)
        ]
        Subscriber.objects.bulk_create(lines)
        PlanSubscription.objects.bulk_create(
            PlanSubscription(
                tenant=tenant, plan=plan, customer=person, subscriber=line, start_date=START, link_source="GIVEN"
            )
            for person, line in zip(people, lines, strict=True)
        )
        with connection.cursor() as cursor:
            cursor.execute(USED, [[line.pk for line in lines]])
    return {"subscriptions": subscriptions}


def run(subscriptions: int) -> dict[str, Any]:
    """Bill January for all."""
    from subscriptions.services.usage_billing import bill_usage

    started = time.perf_counter()
    billed = bill_usage(actor=None, now=FEBRUARY_4)
    return {**billed.as_entry(), "seconds": time.perf_counter() - started}


def by_hand(address: str) -> float:
    """The seconds of the same work as SQL in one transaction."""
    with psycopg.connect(address) as connection:
        started = time.perf_counter()
        connection.execute("SET LOCAL random_page_cost = 1.1")
        for statement in BY_HAND.read_text().split(";\n\n"):
            connection.execute(statement)
        for table in ("invoices", "invoice_lines", "billed_periods"):
            names = connection.execute(
                "SELECT string_agg(quote_ident(a.column_name), ', ') FROM information_schema.columns a "
                "JOIN information_schema.columns b USING (column_name) WHERE a.table_name = %s AND b.table_name = %s",
                [table, f"historical_{table}"],
            ).fetchone()[0]
            connection.execute(
                f"INSERT INTO historical_{table} ({names}, history_date, history_type, actor_kind, request_id) "  # noqa: S608
                f"SELECT {names}, now(), '+', 'system', '' FROM {table}"
            )
        connection.commit()
        return time.perf_counter() - started


def billed(books: OwnBooks, wanted: tuple | None) -> Measured:
    """Bill everybody on one copy, and see that it ends as the SQL by hand did."""
    with books.copy("usage_billing") as address:
        done = ALONE.act(address, "run", books.payments)
        made = ask(address, MADE)
        if wanted is not None and made != wanted:
            raise SystemExit(f"Periods, invoices, lines and history are {made}, by hand {wanted}")
        return done


def usage_billing(server: str, subscriptions: int) -> Iterable[Line]:
    """Every figure of the billing of usage."""
    large, small = books_of(ALONE, server, subscriptions), books_of(ALONE, server, subscriptions // 10)
    with large.copy("usage_billing_by_hand") as address:
        bare, wanted = by_hand(address), ask(address, MADE)
    tenth, whole = billed(small, None), billed(large, wanted)
    seconds = whole.answer["seconds"]
    each, of_tenth = seconds / subscriptions, tenth.answer["seconds"] / small.payments
    told = f"{subscriptions:,} subscriptions, {subscriptions * RECORDS:,} records, {whole.answer['invoices_created']:,} invoices"
    yield Line("usage billing", f"{seconds:.1f} s", told)
    yield at_most("usage billing : SQL by hand", seconds / bare, 2, "x", f"{seconds:.2f} s against {bare:.2f}")
    both = f"{each * 1e3:,.2f} ms against {of_tenth * 1e3:,.2f} at {small.payments:,}"
    yield at_most("time a subscription : at a tenth", each / of_tenth, 1.25, "x", both)
    peaks = whole.peak_bytes / MEGABYTE, tenth.peak_bytes / MEGABYTE
    yield at_most("memory : at a tenth", peaks[0] / peaks[1], 1.25, "x", f"{peaks[0]:.0f} MB against {peaks[1]:.0f}")


ACTS = {"load": load, "run": run}
ALONE = Alone("tests.bench.usage_billing", ACTS, counted="subscriptions", usually=100_000)

if __name__ == "__main__":
    ALONE.program(usage_billing, __doc__)
