"""Numbers of rows at which something is cut - a window, a chunk, the parameters of a statement - are like all others."""

from typing import Any

import pytest
from django.db import transaction

from billing.models import Payment
from operations.backfill import backfill_named
from operations.backfill.request import Request, ask_for_run
from operations.backfill.runs import work_on
from tests import legacy, make
from tests.engine.content import ENGINE_TABLES, digest
from tests.engine.here import NAME
from tests.engine.samples import References, registered

COMMAND = f"backfill_{NAME}"

pytestmark = [pytest.mark.engine, pytest.mark.django_db]

SIZES = [(999, None), (1000, 500), (1000, 1000), (1001, 1000), (1500, 500), (1500, 1500), (1500, None)]


def load(payments: int) -> None:
    """So many payments to be linked, as many again that are unclear, and a third as many for no sale, in turns."""
    with transaction.atomic():
        here, then = make.route(), make.route()
        clear = legacy.sale(10**9, route=here, images=[(make.later(days=-9), here)])
        doubtful = legacy.sale(10**9, route=here, images=[(make.later(days=-9), then), (make.later(days=9), here)])
        for place in range(payments):
            legacy.payment(100 + place, sale=clear, collected_by=here.assigned_to)
            legacy.payment(100 + place, sale=doubtful, collected_by=here.assigned_to)
            if place % 3 == 0:
                legacy.payment(100 + place, by=clear.customer)


@pytest.fixture
def loaded(empty_books: Any, request: Any) -> Any:
    with empty_books.copy() as scratch:
        assert scratch.start_function(load, request.param).wait().code == 0
        yield request.param, scratch


def size(batch_size: int | None) -> tuple[str, ...]:
    return () if batch_size is None else ("--batch-size", str(batch_size))


@pytest.mark.parametrize(("loaded", "batch_size"), SIZES, indirect=["loaded"])
def test_the_execution_does_what_the_dry_run_said_which_changed_nothing(loaded, batch_size):
    payments, scratch = loaded
    others = -(-payments // 3)
    before = digest(scratch)
    preview = scratch.run(COMMAND, "--json", *size(batch_size))
    assert digest(scratch) == before
    recorded = scratch.run(COMMAND, "--json", "--record", *size(batch_size))
    assert digest(scratch, without=ENGINE_TABLES) == digest_without_engine(before)
    assert scratch.one("SELECT COUNT(*) FROM backfill_findings") == payments + others
    done = scratch.run(COMMAND, "--execute", "--json", *size(batch_size))

    assert (preview.code, recorded.code, done.code) == (1, 1, 1), done.err
    assert preview.json["message"] == recorded.json["message"] == f"Preview {payments} payments"
    assert (done.json["message"], done.json["run_status"]) == (f"Updated {payments} payments", "SUCCEEDED")
    assert preview.json["left"] == recorded.json["left"] == done.json["left"] == {"route_unclear": payments}
    for key in ("payments_found", "payments_needing_backfill", "payments_unclear", "mismatches_found", "mismatches"):
        assert preview.json[key] == recorded.json[key] == done.json[key]
    assert done.json["findings"] == {"route_unclear": payments, "no_sale": others}
    counts = scratch.json("SELECT counts FROM backfill_runs WHERE NOT is_dry_run")
    assert (counts["keys"], counts["written"]) == (2 * payments + others, payments)
    assert scratch.one("SELECT COUNT(*) FROM payments WHERE route_id IS NOT NULL") == payments
    assert scratch.one("SELECT COUNT(*) FROM historical_payments") == 2 * payments


def digest_without_engine(tables: dict[str, str]) -> dict[str, str]:
    return {table: rows for table, rows in tables.items() if table not in ENGINE_TABLES}


@pytest.mark.parametrize("loaded", [1500], indirect=True)
def test_an_undo_of_that_many_puts_back_that_many(loaded):
    payments, scratch = loaded
    rows = "SELECT id, route_id FROM payments ORDER BY id"
    before = scratch.ask(rows)
    run = scratch.run(COMMAND, "--execute", "--json").json["run_id"]
    assert scratch.run("backfill_runs", "undo", run, "--json").json["rows_restored"] == payments
    assert scratch.ask(rows) == before


def load_references(payments: int) -> None:
    """So many payments that get a reference, and as many that are unclear to it, in turns."""
    with transaction.atomic():
        customer = make.customer()
        for _ in range(payments):
            legacy.payment(1000, by=customer)
            legacy.payment(1050, by=customer)


def execute_references() -> None:
    from django.utils import timezone

    with registered():
        run = ask_for_run(Request(backfill_named(References.name), batch_size=5000), now=timezone.now())
        run = work_on(run.pk, using="default", clock=timezone.now)
    print(run.status, run.counts["written"], run.counts["batches"], run.counts["verdicts"], run.findings.count())
    print(Payment.objects.exclude(reference="").count())


@pytest.mark.parametrize("payments", [1000, 1500])
def test_one_that_decides_in_python_writes_as_many_in_one_batch(empty_books, payments):
    with empty_books.copy() as scratch:
        assert scratch.start_function(load_references, payments).wait().code == 0
        said = scratch.start_function(execute_references).wait()
    assert said.out.splitlines() == [
        f"SUCCEEDED {payments} 1 {{'odd_amount': {payments}}} {payments}",
        f"{payments}",
    ], said.err
