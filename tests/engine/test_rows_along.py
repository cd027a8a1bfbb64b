"""A backfill may insert rows of other tables and touch their parents: with every promise, and its own way back."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import Sum

from billing.models import Allocation, Payment, Sale
from operations.backfill import backfill_named
from operations.backfill.answer import answer_of_run
from operations.backfill.preflight import PreflightFailed
from operations.backfill.preview import preview
from operations.backfill.report import run_text
from operations.backfill.request import Request, ask_for_run
from operations.backfill.runs import work_on
from operations.models import BackfillChange, BackfillRun, BackfillTableLock
from operations.services.backfills import ask_for_undo
from tests import legacy, make
from tests.billing.proof import assert_books_are_right
from tests.engine.content import content
from tests.engine.here import execute, found, resume, undo
from tests.engine.samples import PaidSales, registered
from tests.engine.test_killed_runs import die_at_statement
from tests.processes import Scratch, Template, copy_database, drop_database

pytestmark = [pytest.mark.engine, pytest.mark.django_db, pytest.mark.usefixtures("samples")]

NAME = PaidSales.name


def old_sale(total_cents: int, *paid: int) -> Sale:
    """A sale of the old system with payments that nobody allocated."""
    sold = legacy.sale(total_cents)
    for cents in paid:
        legacy.payment(cents, sale=sold)
    return sold


def allocated(sale: Sale) -> tuple[int, int, list[int]]:
    """What the sale's total, its payments' totals, and its net allocations say."""
    sale.refresh_from_db()
    on_payments = Payment.objects.filter(sale=sale).aggregate(cents=Sum("allocated_cents"))["cents"]
    rows = Allocation.objects.filter(sale=sale).order_by("pk")
    return sale.allocated_cents, on_payments, sorted(row.signed_cents for row in rows)


def test_rows_are_inserted_and_their_parents_touched_with_the_change():
    paid, part_paid = old_sale(5000, 3000, 2500), old_sale(5000, 1000)
    run = execute(NAME)
    assert allocated(paid) == (5000, 5000, [2000, 3000]) or allocated(paid) == (5000, 5000, [2500, 2500])
    assert allocated(part_paid) == (1000, 1000, [1000])
    assert run.status == BackfillRun.Status.SUCCEEDED
    assert run.counts["along"] == {"allocations_inserted": 3, "payments_touched": 3}
    assert run.counts["labels"] == {"paid": 1, "part_paid": 1}
    assert_books_are_right()


def test_every_row_along_has_its_change_row_and_its_history():
    sold = old_sale(5000, 3000)
    run = execute(NAME)
    [payment], [allocation] = Payment.objects.filter(sale=sold), Allocation.objects.filter(sale=sold)
    changes = {(change.table, change.operation): change for change in BackfillChange.objects.filter(run=run)}
    assert set(changes) == {("sales", "update"), ("payments", "update"), ("allocations", "insert")}
    touched, inserted = changes["payments", "update"], changes["allocations", "insert"]
    assert (touched.before, touched.after) == ({"allocated_cents": 0}, {"allocated_cents": 3000})
    assert (inserted.row_id, inserted.before, inserted.after["amount_cents"]) == (str(allocation.pk), None, 3000)
    assert [image.backfill_run for image in payment.history.order_by("history_id")] == [run.pk, run.pk]
    assert [image.allocated_cents for image in payment.history.order_by("history_id")] == [0, 3000]


def test_the_author_is_told_who_wants_it_and_adds_words_to_the_report():
    old_sale(5000, 3000)
    admin = make.user("ADMIN")
    run = execute(NAME, actor=admin)
    assert Allocation.objects.get().created_by == admin
    assert "\nSales settled: Updated 1 sales\n" in run_text(run, answer_of_run(run, "default"), "default")


def test_a_second_run_plans_nothing():
    old_sale(5000, 3000)
    execute(NAME)
    again = execute(NAME)
    assert (again.counts["written"], again.counts["along"]) == (0, {})


def test_the_dry_run_counts_the_same_and_writes_nothing():
    old_sale(5000, 5000), old_sale(5000, 1000)
    seen = preview(Request(backfill_named(NAME)).plan(), now=make.NOW)
    assert (seen.verdicts, seen.labels) == ({"write": 2}, {"paid": 1, "part_paid": 1})
    assert not Allocation.objects.exists()


def test_a_limited_run_brings_along_only_what_belongs_to_its_rows():
    for _ in range(3):
        old_sale(1000, 1000)
    run = execute(NAME, limit=1)
    assert run.counts["along"] == {"allocations_inserted": 1, "payments_touched": 1}
    assert Payment.objects.filter(allocated_cents__gt=0).count() == 1
    assert_books_are_right()


def test_its_undo_takes_everything_back_by_rows_of_its_own_and_a_later_run_plans_again():
    sold = old_sale(5000, 3000)
    undone = undo(execute(NAME))
    assert undone.status == BackfillRun.Status.SUCCEEDED
    assert allocated(sold) == (0, 0, [-3000, 3000])
    assert undone.counts["along"] == {"allocations_inserted": 1, "payments_touched": 1}
    assert_books_are_right()
    assert preview(Request(backfill_named(NAME)).plan(), now=make.NOW).verdicts == {"write": 1}


def test_its_undo_leaves_what_was_changed_since():
    sold = old_sale(5000, 3000)
    run = execute(NAME)
    make.payment(500, sale=sold)
    undone = undo(run)
    assert found(undone) == {"changed_since": 1}
    assert allocated(sold)[0] == 3500
    assert_books_are_right()


def test_all_its_tables_are_locked_against_other_runs():
    old_sale(5000, 3000)
    run = ask_for_run(Request(backfill_named(NAME)), now=make.NOW)
    assert set(BackfillTableLock.objects.values_list("table", flat=True)) == {"sales", "allocations", "payments"}
    assert resume(run).status == BackfillRun.Status.SUCCEEDED


def test_an_author_who_names_no_way_back_is_refused():
    old_sale(5000, 3000)
    with pytest.raises(PreflightFailed, match="does not say how that is undone"):
        execute("test_no_way_back")


def old_books() -> None:
    """Forty old sales, some paid, some part-paid."""
    for number in range(40):
        old_sale(5000, *[1000 + number] * (number % 6 + 1))


@pytest.fixture(scope="module")
def old_template(empty_books: Template, tmp_path_factory: Any) -> Iterator[Template]:
    folder = tmp_path_factory.mktemp("old")
    url = copy_database(empty_books.url, folder)
    made = Scratch(url, folder).start_function(old_books).wait()
    assert made.code == 0, made.err
    yield Template(url, folder)
    drop_database(url)


def there_and_back(number: int) -> None:
    """Begin the run and then its undo, or go on with whichever it is, and die at the n-th statement."""
    from django.utils import timezone

    if number:
        die_at_statement(number, "before")
    with registered():
        run = BackfillRun.objects.filter(backfill=NAME, undoes=None).first()
        run = run or ask_for_run(Request(backfill_named(NAME), batch_size=20), now=timezone.now())
        if run.is_active or run.status == BackfillRun.Status.FAILED:
            run = work_on(run.pk, using="default", clock=timezone.now)
        back = BackfillRun.objects.filter(undoes=run).first()
        if back is None and run.status == BackfillRun.Status.SUCCEEDED:
            back = ask_for_undo(run_id=run.pk, request=Request(backfill_named(NAME), batch_size=20), now=timezone.now())
        if back is not None and back.is_active:
            work_on(back.pk, using="default", clock=timezone.now)


def test_killed_and_resumed_there_and_back_it_ends_as_if_undisturbed(old_template: Template):
    with old_template.copy() as scratch, old_template.copy() as twin:
        ended = twin.start_function(there_and_back, 0).wait()
        assert ended.code == 0, ended.err
        number, kills = 15, 0
        while scratch.start_function(there_and_back, number).wait().code == -9:
            number, kills = number + 3, kills + 1
        assert kills > 8
        assert scratch.one("SELECT COUNT(*) FROM allocations WHERE reverses_id IS NOT NULL") > 40
        assert scratch.one("SELECT COUNT(*) FROM payments WHERE allocated_cents > 0") == 0
        assert content(scratch) == content(twin)
