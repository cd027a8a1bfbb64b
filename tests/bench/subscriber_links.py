"""The backfill of subscriber links at 1,000,000 subscriptions: `python -m tests.bench.subscriber_links [--subscriptions N]`.

Against a loop that asks for the lines of each subscription and saves it, as the script of the checklist does; and against a tenth
of the rows, to see that it is linear and needs no more memory.
"""

import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tests.bench.alone import Alone, OwnBooks, books_of
from tests.bench.books import ask, run_sql
from tests.bench.contestants import Measured, command
from tests.bench.table import MEGABYTE, Line, at_most

SAMPLE = 1000
NAME = "backfill_plan_subscription_subscriber_id"
CHUNK = 5000
CASES = ("--log-file", str(Path(tempfile.gettempdir()) / "bench_subscriber_links.log"))
FAST, SLOW = 100_000, 20_000
# speeds of a customer's plans, speeds of its lines (none: unknown): of ten customers seven have one line, …
KINDS = [
    *[([FAST], [FAST])] * 7,
    ([FAST, SLOW], [SLOW, FAST]),  # matched by speed
    ([FAST], [None, None]),  # ambiguous
    ([FAST], []),  # no line
]


def load(subscriptions: int) -> dict[str, Any]:
    """Store subscriptions and lines as the old system left them."""
    from accounts.ids import new_id
    from accounts.models import Tenant
    from billing.models import Customer
    from subscriptions.models import InternetPlan, PlanSubscription, Subscriber

    tenant = Tenant.objects.create(slug="isp", name="Provider", currency="USD")
    plans = {
        kbps: InternetPlan.objects.create(
            tenant=tenant, code=f"P{kbps}", name=f"Plan {kbps}", status="ACTIVE", download_kbps=kbps, upload_kbps=kbps,
            currency="USD",
        )
        for kbps in (FAST, SLOW)
    }  # fmt: skip
    customers = subscriptions * 10 // 11
    for start in range(0, customers, CHUNK):
        people, asked, lines = [], [], []
        for number in range(start, min(start + CHUNK, customers)):
            speeds, of_lines = KINDS[number % len(KINDS)]
            person = Customer(id=new_id(), tenant=tenant, number=f"C-{number}", name=f"Customer {number}")
            people.append(person)
            asked += [
                PlanSubscription(
                    id=new_id(), tenant=tenant, customer=person, plan=plans[kbps], start_date=date(2025, 1, 1)
                )
                for kbps in speeds
            ]
            lines += [
                Subscriber(
                    id=str(new_id()), tenant=tenant, customer=person, username=f"u{number}-{place}", status="ACTIVE",
                    download_kbps=kbps, activated_at=datetime(2025, 1, 1, tzinfo=UTC), metadata={"port": place},
                )
                for place, kbps in enumerate(of_lines)
            ]  # fmt: skip
        Customer.objects.bulk_create(people)
        Subscriber.objects.bulk_create(lines)
        PlanSubscription.objects.bulk_create(asked)
    return {"subscriptions": subscriptions}


def loop(sample: int) -> dict[str, Any]:
    """Link subscriptions one by one, with history: a question for the lines of each, and no rule at all."""
    from django.db import transaction

    from subscriptions.models import PlanSubscription, Subscriber

    keys = list(PlanSubscription.objects.order_by("pk").values_list("pk", flat=True)[:sample])
    started = time.perf_counter()
    for key in keys:
        with transaction.atomic():
            row = PlanSubscription.objects.select_for_update(of=("self",)).get(pk=key)
            lines = Subscriber.objects.filter(customer=row.customer_id, tenant=row.tenant_id, deleted_at=None)
            taken = PlanSubscription.objects.filter(customer=row.customer_id).values_list("subscriber_id", flat=True)
            free = [line for line in lines.order_by("created_at") if line.pk not in set(taken)]
            if free:
                row.subscriber, row.link_source = free[0], "FIRST_ACTIVE"
                row.save()
    return {"rows": len(keys), "seconds": time.perf_counter() - started}


def run(books: OwnBooks) -> tuple[Measured, Measured, Measured]:
    """Preview, execute and undo on one copy."""
    with books.copy("subscriber_links") as address:
        run_sql(address, "VACUUM ANALYZE")
        looked = command(address, NAME, "--json", *CASES)
        written = command(address, NAME, "--commit", "--json", "--no-input", *CASES)
        run_sql(address, "VACUUM ANALYZE", "CHECKPOINT")
        undone = command(address, "backfill_runs", "undo", written.answer["run_id"], "--json", "--no-input")
        [linked] = ask(address, "SELECT count(*) FROM plan_subscriptions WHERE subscriber_id IS NOT NULL")
        if linked or looked.answer["updated"] != written.answer["updated"]:
            raise SystemExit(f"The undo left {linked}; previewed {looked.answer}, written {written.answer}")
        return looked, written, undone


def subscriber_links(server: str, subscriptions: int) -> Iterable[Line]:
    """Every figure of the backfill of subscriber links."""
    large, small = books_of(ALONE, server, subscriptions), books_of(ALONE, server, subscriptions // 10)
    with small.copy("subscriber_links_loop") as address:
        by_loop = ALONE.act(address, "loop", min(SAMPLE, subscriptions // 10)).answer
    (looked, written, undone), (_, tenth, _) = run(large), run(small)
    seconds = written.answer["duration_seconds"]
    per_row, per_row_of_tenth = seconds / subscriptions, tenth.answer["duration_seconds"] / (subscriptions // 10)
    looped = by_loop["seconds"] / by_loop["rows"]
    yield Line("execute", f"{seconds:.1f} s", f"{subscriptions:,} subscriptions, {per_row * 1e6:,.0f} µs each")
    faster = f"{looped * 1e6:,.0f} µs a subscription against {per_row * 1e6:,.0f}"
    yield Line("ORM loop : execute", f"{looped / per_row:,.1f} x", faster, "at least 20 x", looped / per_row >= 20)
    both = f"{per_row_of_tenth * 1e6:,.0f} µs at {subscriptions // 10:,}"
    yield at_most("time a row : at a tenth", per_row / per_row_of_tenth, 1.25, "x", both)
    peaks = written.peak_bytes / MEGABYTE, tenth.peak_bytes / MEGABYTE
    yield at_most("memory : at a tenth", peaks[0] / peaks[1], 1.1, "x", f"{peaks[0]:.0f} MB against {peaks[1]:.0f}")
    yield Line("dry run", f"{looked.answer['duration_seconds']:.1f} s")
    yield Line("undo", f"{undone.answer['duration_seconds']:.1f} s")


ALONE = Alone("tests.bench.subscriber_links", {"load": load, "loop": loop}, counted="subscriptions", usually=1_000_000)

if __name__ == "__main__":
    ALONE.program(subscriber_links, __doc__)
