"""What a run costs: as many queries a batch however many rows, and no more memory for more rows."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from operations.backfill import backfill_named
from operations.backfill.request import Request, ask_for_run
from operations.backfill.runs import work_on
from tests import make
from tests.engine.here import NAME, clock, command, execute, undo, unlinked

pytestmark = [pytest.mark.engine, pytest.mark.django_db]


def queries_of(work) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        work()
    return len(queries)


def test_a_batch_takes_as_many_queries_for_many_rows_as_for_few():
    def batch_of(rows: int) -> int:
        unlinked(rows, collected_by=make.user())
        run = ask_for_run(Request(backfill_named(NAME), batch_size=5000), now=make.NOW)
        number = queries_of(lambda: work_on(run.pk, using="default", clock=clock()))
        run.refresh_from_db()
        assert (run.counts["written"], run.counts["batches"]) == (rows, 1)
        return number

    few, many = batch_of(3), batch_of(300)
    assert many == few


def test_an_undo_takes_as_many_queries_for_many_rows_as_for_few():
    unlinked(3)
    first = execute()
    few = queries_of(lambda: undo(first))
    unlinked(300)
    second = execute()
    assert queries_of(lambda: undo(second)) == few


def test_a_dry_run_takes_as_many_queries_for_many_rows_as_for_few():
    unlinked(3)
    few = queries_of(lambda: command(f"backfill_{NAME}", "--json"))
    unlinked(300)
    assert queries_of(lambda: command(f"backfill_{NAME}", "--json")) == few


def execute_and_print_peak() -> None:
    """Print how many MB more than at its start this process has used at most."""
    import resource

    from django.utils import timezone

    def peak() -> int:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

    command("check")
    before = peak()
    run = ask_for_run(Request(backfill_named(NAME), batch_size=1000), now=timezone.now())
    work_on(run.pk, using="default", clock=timezone.now)
    print(peak() - before)


def test_many_rows_take_no_more_memory_than_few(books_of):
    used = []
    for payments in (5_000, 40_000):
        with books_of(payments).copy() as scratch:
            ended = scratch.start_function(execute_and_print_peak).wait(120)
            assert ended.code == 0, ended.err
            used.append(int(ended.out.split()[-1]))
    assert used[1] <= used[0] + 8, f"{used[0]} MB for 5,000 rows, {used[1]} MB for 40,000"


def payments_as_planned_for() -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'payments'::regclass")
        [rows] = cursor.fetchone()
    return rows


@pytest.mark.django_db
def test_a_run_lets_postgresql_look_at_tables_that_have_grown(postgres):
    unlinked(800)
    execute()
    assert payments_as_planned_for() >= 800


@pytest.mark.django_db
def test_a_run_lets_postgresql_look_again_at_a_table_that_it_saw_before_its_rows_were_committed(postgres):
    unlinked(800)
    autovacuum = connection.copy()
    with autovacuum.cursor() as cursor:
        cursor.execute("ANALYZE payments")
    autovacuum.close()
    assert payments_as_planned_for() == 0
    execute()
    assert payments_as_planned_for() >= 800
