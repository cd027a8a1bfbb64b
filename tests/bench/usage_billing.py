"""Usage billed for 100,000 subscriptions with 10,000,000 records: `python -m tests.bench.usage_billing [--subscriptions N]`.

Against SQL by hand that writes the same charges, invoices, lines, numbers and history in one transaction, against a tenth of the
subscriptions, to see that it is linear and needs no more memory, and by two processes at once. Needs PostgreSQL, as `make bench`
gives it.
"""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg

from tests.bench.alone import Alone, OwnBooks, books_of
from tests.bench.books import ask
from tests.bench.contestants import Measured
from tests.bench.loading import rebuilt
from tests.bench.table import MEGABYTE, Line, at_most

RECORDS = 100
START = date(2026, 1, 1)
FEBRUARY_4 = datetime(2026, 2, 4, 4, tzinfo=UTC)
BY_HAND = Path(__file__).with_suffix(".sql")
WRITTEN = ("invoices", "invoice_lines", "billed_periods")
REASON = "usage billing 00000000-0000-0000-0000-000000000000"

# Everything that was written, without the ids that are drawn and the moments of writing; which invoice bears which number is
# not asked, for two workers share the numbers as they come, but that there is none without, none twice and no gap.
MADE = """
    WITH written AS (
        SELECT s.id AS subscription, p.period_start, p.period_end, p.status, p.usage_bytes, p.cap_bytes, p.overage_bytes,
            p.overage_cents, p.currency, p.note, p.measured_at, i.customer_id, i.source, i.status AS of_invoice, i.total_cents,
            i.currency AS in_currency, i.issued_at, i.due_at, i.period_start AS since, i.period_end AS until, i.bills_period,
            i.counts_by_allocations, i.series, i.number = i.series || '-' || to_char(i.sequence, 'FM9990000') AS is_numbered,
            l.description, l.quantity, l.unit_price_cents, l.total_cents AS of_line, l.tax_cents, l.is_live
        FROM billed_periods p JOIN plan_subscriptions s ON s.id = p.subscription_id LEFT JOIN invoices i ON i.id = p.invoice_id
        LEFT JOIN invoice_lines l ON l.source_id = p.id AND l.invoice_id = i.id AND l.source_kind = 'billed_period'
    )
    SELECT (SELECT sum(hashtextextended(written::text, 0)) FROM written), (SELECT count(*) FROM billed_periods),
        (SELECT count(*) FROM invoices), (SELECT count(DISTINCT sequence) FROM invoices), (SELECT max(sequence) FROM invoices),
        (SELECT count(*) FROM invoice_lines), (SELECT sum(total_cents) FROM invoice_lines), (SELECT max(value) FROM counters),
        (SELECT count(*) FROM historical_invoices h JOIN invoices r USING (id, number, total_cents, status)),
        (SELECT count(*) FROM historical_invoice_lines h JOIN invoice_lines r USING (id, invoice_id, source_id, total_cents)),
        (SELECT count(*) FROM historical_billed_periods h JOIN billed_periods r USING (id, status, usage_bytes, overage_cents)),
        (SELECT count(*) FROM historical_invoices WHERE history_change_reason LIKE 'usage billing%')"""

ID = "('019b0000-0000-7000-{}-' || lpad(to_hex(n), 12, '0'))::uuid"
PEOPLE = f"""
    INSERT INTO customers (id, tenant_id, number, name, phone, opening_balance_cents, opening_balance_allocated_cents, is_active,
        created_at)
    SELECT {ID.format("8001")}, %(tenant)s, 'C-' || n, 'Customer ' || n, '', 0, 0, true, %(began)s
    FROM generate_series(1, %(subscriptions)s) n"""  # noqa: S608 - written here, as all below
LINES = f"""
    INSERT INTO subscribers (id, tenant_id, customer_id, username, status, service_type, metadata, activated_at, created_at)
    SELECT 'line-' || n, %(tenant)s, {ID.format("8001")}, 'u' || n, 'ACTIVE', 'FIBER_INTERNET', '{{}}', %(began)s, %(began)s
    FROM generate_series(1, %(subscriptions)s) n"""  # noqa: S608
SUBSCRIBED = f"""
    INSERT INTO plan_subscriptions (id, tenant_id, plan_id, customer_id, subscriber_id, link_source, start_date, is_active,
        is_suspended, suspended_reason, created_at)
    SELECT {ID.format("8002")}, %(tenant)s, %(plan)s, {ID.format("8001")}, 'line-' || n, 'GIVEN', %(start)s, true, false,
        '', %(began)s
    FROM generate_series(1, %(subscriptions)s) n"""  # noqa: S608
# As they come: record by record of all lines, each of eight hours, so that the first and the last are over a border of January.
USED = """
    INSERT INTO usage_records (id, tenant_id, subscriber_id, session_id, sequence, started_at, ended_at, bytes_in, bytes_out,
        counter_in, counter_out, created_at)
    SELECT ('019b0000-0000-7000-8003-' || lpad(to_hex(n * %(subscriptions)s::bigint + place), 12, '0'))::uuid, %(tenant)s,
        'line-' || place, 'session', n, moment, moment + interval '8 hours', each * n / 9, each * n, each * n / 9, each * n,
        moment
    FROM generate_series(1, %(records)s) n, generate_series(1, %(subscriptions)s) place,
        LATERAL (SELECT (80 + place %% 50) * 1073741824::bigint / 5610 AS each) used,
        LATERAL (SELECT timestamptz '2025-12-31 12:00+00' + n * interval '7 hours 27 minutes' AS moment) counted"""


def load(subscriptions: int) -> dict[str, Any]:
    """Store customers, each with a line, a subscription and a hundred records of January; three in five go beyond their cap."""
    from django.db import connection

    from accounts.models import Tenant
    from subscriptions.models import InternetPlan

    tenant = Tenant.objects.create(slug="fibre", name="Fibre", currency="USD")
    plan = InternetPlan.objects.create(
        tenant=tenant, code="F100", name="Fibre 100", status="ACTIVE", download_kbps=100_000, upload_kbps=20_000,
        monthly_price_cents=3000, currency="USD", has_data_cap=True, data_cap_amount=100, data_cap_unit="GB",
        overage_price_cents=50,
    )  # fmt: skip
    given = {"tenant": tenant.pk, "plan": plan.pk, "subscriptions": subscriptions, "records": RECORDS, "start": START}
    with connection.cursor() as cursor:
        for statement in (PEOPLE, LINES, SUBSCRIBED):
            cursor.execute(statement, given | {"began": datetime(2025, 12, 1, tzinfo=UTC)})
        with rebuilt("usage_records"):
            cursor.execute(USED, given)
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
        histories = [(table, _shared(connection, table)) for table in WRITTEN]
        started = time.perf_counter()
        for statement in BY_HAND.read_text().split(";\n\n"):
            connection.execute(statement)
        for table, names in histories:
            connection.execute(
                f"INSERT INTO historical_{table} ({names}, history_date, history_type, history_change_reason, actor_kind, "  # noqa: S608
                f"request_id) SELECT {names}, now(), '+', '{REASON}', 'system', '' FROM {table}"
            )
        connection.commit()
        return time.perf_counter() - started


def _shared(connection: Any, table: str) -> str:
    """The columns that a table and its history share."""
    return connection.execute(
        "SELECT string_agg(quote_ident(a.column_name), ', ') FROM information_schema.columns a "
        "JOIN information_schema.columns b USING (column_name) WHERE a.table_name = %s AND b.table_name = %s",
        [table, f"historical_{table}"],
    ).fetchone()[0]


def billed(books: OwnBooks, wanted: tuple | None, *, workers: int = 1) -> tuple[float, list[Measured]]:
    """Bill everybody on one copy by so many processes, and see that it ends as the SQL by hand did."""
    with books.copy("usage_billing") as address, ThreadPoolExecutor(workers) as starter:
        started = time.perf_counter()
        done = list(starter.map(lambda _: ALONE.act(address, "run", books.payments), range(workers)))
        seconds = time.perf_counter() - started
        made = ask(address, MADE)
        if wanted is not None and made != wanted:
            raise SystemExit(f"Periods, invoices, lines, numbers and history are {made}, by hand {wanted}")
        return seconds, done


def usage_billing(server: str, subscriptions: int) -> Iterable[Line]:
    """Every figure of the billing of usage."""
    large, small = books_of(ALONE, server, subscriptions), books_of(ALONE, server, subscriptions // 10)
    with large.copy("usage_billing_by_hand") as address:
        bare, wanted = by_hand(address), ask(address, MADE)
    (_, [tenth]), (_, [whole]) = billed(small, None), billed(large, wanted)
    both_seconds, both_workers = billed(large, wanted, workers=2)
    seconds = whole.answer["seconds"]
    each, of_tenth = seconds / subscriptions, tenth.answer["seconds"] / small.payments
    told = f"{subscriptions:,} subscriptions, {subscriptions * RECORDS:,} records, {whole.answer['invoices_created']:,} invoices"
    yield Line("usage billing", f"{seconds:.1f} s", told)
    yield at_most("usage billing : SQL by hand", seconds / bare, 2, "x", f"{seconds:.2f} s against {bare:.2f}")
    both = f"{each * 1e3:,.2f} ms against {of_tenth * 1e3:,.2f} at {small.payments:,}"
    yield at_most("time a subscription : at a tenth", each / of_tenth, 1.25, "x", both)
    peaks = whole.peak_bytes / MEGABYTE, tenth.peak_bytes / MEGABYTE
    yield at_most("memory : at a tenth", peaks[0] / peaks[1], 1.1, "x", f"{peaks[0]:.0f} MB against {peaks[1]:.0f}")
    shares = " and ".join(f"{done.answer['invoices_created']:,}" for done in both_workers)
    yield Line(
        "two workers, with their start", f"{both_seconds:.1f} s", f"{shares} invoices; {whole.seconds:.1f} s alone"
    )


ACTS = {"load": load, "run": run}
ALONE = Alone("tests.bench.usage_billing", ACTS, counted="subscriptions", usually=100_000)

if __name__ == "__main__":
    ALONE.program(usage_billing, __doc__)
