"""Accounting records taken: `python -m tests.bench.usage_ingest [--records N]`, 1,000,000 from a file and 100,000 over the API.

Ten thousand lines have sent their records before; each then sends the next ones of its session, with counters that wrap now and
then, as they come: line by line in the order of time. Against the target of 20,000 a second, the same file once more (each is
answered as counted before), and a tenth of it. Needs PostgreSQL, as `make bench` gives it.
"""

import json
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.bench.alone import Alone, books_of
from tests.bench.books import ask
from tests.bench.contestants import Measured, command
from tests.bench.table import MEGABYTE, Line, at_most

LINES = 10_000
BEFORE = 10  # records of each line that are stored already
EACH = 987_654_321  # bytes of a record: a 32-bit counter wraps with every fifth
AT_ONCE = 1_000
LEAST = 20_000
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
STORED = "SELECT count(*), sum(bytes_in), sum(bytes_out), count(DISTINCT (subscriber_id, sequence)) FROM usage_records"
STORED_BEFORE = """
    INSERT INTO usage_records (id, tenant_id, subscriber_id, session_id, sequence, started_at, ended_at, bytes_in, bytes_out,
        counter_in, counter_out, created_at)
    SELECT ('019b0000-0000-7000-8003-' || lpad(to_hex(n * %(lines)s::bigint + place), 12, '0'))::uuid, %(tenant)s,
        'line-' || place, 'session', n, %(began)s + (n - 1) * interval '1 minute', %(began)s + n * interval '1 minute', %(each)s,
        7, n * %(each)s %% 4294967296, n * 7, %(began)s
    FROM generate_series(1, %(before)s::bigint) n, generate_series(1, %(lines)s) place"""


def load(records: int) -> dict[str, Any]:
    """Store lines with what they sent before."""
    from django.db import connection

    from accounts.models import Tenant
    from billing.models import Customer
    from subscriptions.models import Subscriber

    tenant = Tenant.objects.create(slug="fibre", name="Fibre", currency="USD")
    customer = Customer.objects.create(tenant=tenant, number="C-1", name="Customer")
    Subscriber.objects.bulk_create(
        Subscriber(id=f"line-{n}", tenant=tenant, customer=customer, username=f"u{n}", status="ACTIVE")
        for n in range(1, LINES + 1)
    )
    given = {"tenant": tenant.pk, "lines": LINES, "before": BEFORE, "each": EACH, "began": BEGAN}
    with connection.cursor() as cursor:
        cursor.execute(STORED_BEFORE, given)
    return {"records": records}


def packets(records: int) -> Iterator[dict[str, Any]]:
    """The next records of each line, as the network sends them."""
    started_at = BEGAN.isoformat()
    for number in range(records):
        sequence, place = BEFORE + 1 + number // LINES, number % LINES + 1
        at = BEGAN + timedelta(minutes=sequence, seconds=-(place % 50))
        yield {
            "subscriber_id": f"line-{place}", "session_id": "session", "sequence": sequence, "started_at": started_at,
            "at": at.isoformat(), "bytes_in": sequence * EACH % 2**32, "bytes_out": sequence * 7,
        }  # fmt: skip


def door(records: int) -> dict[str, Any]:
    """Send records over the API, 1,000 a call; authentication, JSON and the answer are counted too."""
    from django.conf import settings
    from django.test import Client

    from accounts.models import Role, Tenant, User

    User.objects.create_user(email="noc@example.com", password="bench", role=Role.ADMIN, tenant=Tenant.objects.get())
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    client = Client()
    logged_in = client.post(
        "/api/auth/login", {"email": "noc@example.com", "password": "bench"}, content_type="application/json"
    )
    if logged_in.status_code != 200:
        raise SystemExit(logged_in.content.decode())
    headers = {"Authorization": f"Bearer {logged_in.json()['token']}"}
    said = list(packets(records))
    calls = [json.dumps(said[start : start + AT_ONCE]) for start in range(0, records, AT_ONCE)]
    taken, started = 0, time.perf_counter()
    for call in calls:
        answer = client.post(
            "/api/v1/services/usage-records", call, content_type="application/json", headers=headers
        ).json()
        taken += answer["taken"]
    return {"taken": taken, "seconds": time.perf_counter() - started}


def from_file(server: str, records: int) -> tuple[Measured, Measured]:
    """Take a file, and the same file again, on one copy; everything in it was counted, once."""
    with tempfile.TemporaryDirectory() as folder, books_of(ALONE, server, LINES).copy("usage_ingest") as address:
        file = Path(folder) / "usage.jsonl"
        with file.open("w") as lines:
            lines.writelines(json.dumps(packet) + "\n" for packet in packets(records))
        words = ("ingest_usage", str(file), "--tenant", "fibre", "--json")
        taken, again = command(address, *words), command(address, *words)
        all_of_them = records + LINES * BEFORE
        wanted = (all_of_them, all_of_them * EACH, all_of_them * 7, all_of_them)
        if (stored := ask(address, STORED)) != wanted or again.answer["repeated"] != records:
            raise SystemExit(f"Stored {stored}, sent {wanted}; again: {again.answer}")
        return taken, again


def usage_ingest(server: str, records: int) -> Iterable[Line]:
    """Every figure of taking usage."""
    taken, again = from_file(server, records)
    tenth, _ = from_file(server, records // 10)
    yield a_second("records from a file", records, taken.seconds, "the command, its start included")
    yield a_second("the same file again", records, again.seconds, "each is found counted", is_promised=False)
    both = f"{taken.seconds / records * 1e6:.1f} µs against {tenth.seconds / records * 1e7:.1f} at {records // 10:,}"
    yield at_most("time a record : at a tenth", taken.seconds / tenth.seconds / 10, 1.25, "x", both)
    peaks = taken.peak_bytes / MEGABYTE, tenth.peak_bytes / MEGABYTE
    yield at_most("memory : at a tenth", peaks[0] / peaks[1], 1.1, "x", f"{peaks[0]:.0f} MB against {peaks[1]:.0f}")
    with books_of(ALONE, server, LINES).copy("usage_ingest") as address:
        sent = ALONE.act(address, "door", records // 10 // AT_ONCE * AT_ONCE).answer
    yield a_second("records over the API, 1,000 a call", sent["taken"], sent["seconds"], "one client, no network")


def a_second(name: str, records: int, seconds: float, against: str, *, is_promised: bool = True) -> Line:
    """Records a second, against what is promised."""
    rate = records / seconds
    promised = (f"at least {LEAST:,} a second", rate >= LEAST) if is_promised else ("", None)
    return Line(name, f"{rate:,.0f} a second", f"{records:,} in {seconds:.1f} s, {against}", *promised)


ACTS = {"load": load, "door": door}
ALONE = Alone("tests.bench.usage_ingest", ACTS, counted="records", usually=1_000_000)

if __name__ == "__main__":
    ALONE.program(usage_ingest, __doc__)
