"""What a run costs: as many queries a batch however many rows, and no more memory for more rows."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from operations.backfill import backfill_named
from operations.backfill.request import Request, ask_for_run
from operations.backfill.runs import work_on
from operations.backfill.sql import refresh_statistics
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
    command(f"backfill_{NAME}", "--json")  # the first of a process also asks what the database can do
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


@pytest.fixture
def grown(postgres):
    """A table that PostgreSQL has looked at while it was empty."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE grown (words text); ANALYZE grown")
    return "grown"


def ask(question: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


def fill(table: str, rows: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} SELECT repeat('word ', 100) FROM generate_series(1, {rows})")


def planned_rows(table: str) -> float:
    return ask(f"SELECT reltuples FROM pg_class WHERE relname = '{table}'")


def test_postgresql_looks_again_at_a_table_that_has_grown(grown):
    fill(grown, 1000)
    refresh_statistics([], "default")
    assert planned_rows(grown) == 1000
    fill(grown, 100)
    refresh_statistics([], "default")
    assert planned_rows(grown) == 1000, "a tenth more is left to autovacuum"


def test_postgresql_looks_again_at_a_table_that_it_holds_for_empty_though_it_takes_pages(grown):
    fill(grown, 1000)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {grown}; ANALYZE {grown}")  # as it saw them while they were not committed
    fill(grown, 100)
    assert planned_rows(grown) == 0
    refresh_statistics([], "default")
    assert planned_rows(grown) == 100


def test_a_run_begins_with_fresh_statistics_of_the_engines_own_tables(postgres):
    unlinked(3)
    with CaptureQueriesContext(connection) as queries:
        execute()
    [analyzed] = [query["sql"] for query in queries if query["sql"].startswith("ANALYZE")]
    assert "backfill_changes" in analyzed
    assert "backfill_findings" in analyzed
