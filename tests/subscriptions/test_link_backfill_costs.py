"""What the backfill of subscriber links costs: as many queries a batch for many customers as for few, of every kind."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import legacy, make
from tests.engine import here
from tests.subscriptions.old_links import COMMAND, a_line, execute, twins

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db, pytest.mark.usefixtures("no_rests")]


def customers(of_each_kind: int) -> None:
    """Without a line, with one, with one beside a linked subscription, with two that differ, with two that do not."""
    for _ in range(of_each_kind):
        legacy.plan_subscription(make.customer())
        a_line(one := make.customer())
        legacy.plan_subscription(one)
        mine = a_line(beside := make.customer())
        legacy.plan_subscription(beside, subscriber_id=mine.pk, end_date=date(2025, 2, 1), is_active=False)
        legacy.plan_subscription(beside, start_date=date(2025, 3, 1))
        a_line(two := make.customer(), download_kbps=100_000)
        a_line(two, download_kbps=20_000)
        legacy.plan_subscription(two)
        twins()


def queries_of(work) -> int:
    with CaptureQueriesContext(connection) as asked:
        work()
    return len(asked)


@pytest.mark.parametrize("ambiguous", ["leave", "first-active"])
def test_a_batch_takes_as_many_queries_for_many_customers_as_for_few(ambiguous):
    def batch_of(number: int) -> int:
        customers(number)
        asked = queries_of(lambda: runs.append(execute(batch_size=1000, options={"ambiguous": ambiguous})))
        assert runs[-1].counts["written"] >= 2 * number
        return asked

    runs = []
    batch_of(1)  # the first of a process also asks what the database can do
    few, many = batch_of(1), batch_of(12)
    assert many == few


def test_a_dry_run_takes_as_many_queries_for_many_customers_as_for_few(tmp_path):
    def dry_run() -> int:
        return queries_of(lambda: here.command(COMMAND, "--json", "--log-file", str(tmp_path / "cases.log")))

    customers(1)
    dry_run()
    few = dry_run()
    customers(12)
    assert dry_run() == few


def test_an_undo_takes_as_many_queries_for_many_customers_as_for_few():
    customers(1)
    first = execute(batch_size=1000)
    few = queries_of(lambda: here.undo(first))
    customers(12)
    second = execute(batch_size=1000)
    assert queries_of(lambda: here.undo(second)) == few
