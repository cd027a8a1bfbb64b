"""A backfill whose author decides row by row in Python keeps every promise of one that is an expression."""

import pytest

from billing.models import Payment
from operations.backfill import backfill_named
from operations.backfill.preview import preview
from operations.backfill.request import Request, ask_for_run
from operations.backfill.runs import work_on
from operations.models import BackfillRun
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.engine.content import content, digest
from tests.engine.here import execute, found, undo
from tests.engine.samples import References, registered
from tests.engine.test_killed_runs import die_at_statement
from tests.processes import Scratch

pytestmark = [pytest.mark.engine, pytest.mark.django_db, pytest.mark.usefixtures("samples")]

NAME = References.name


def payments(*cents: int) -> list[Payment]:
    sale = make.sale(100_000, route=make.route())
    return [make.payment(amount, sale=sale) for amount in cents]


def references() -> list[str]:
    return list(Payment.objects.order_by("pk").values_list("reference", flat=True))


def test_each_row_is_changed_left_or_unclear_as_the_author_says():
    payments(1000, 300, 1050, 2500)
    run = execute(NAME)
    assert references() == ["R-10", "", "", "R-25"]
    assert run.counts["verdicts"] == {"small": 1, "odd_amount": 1}
    assert found(run) == {"odd_amount": 1}
    assert run.findings.get().detail == {"cents_over": 50}
    assert run.findings.get().needs_decision
    assert_books_are_right()


def test_the_dry_run_counts_what_the_execution_does_and_writes_nothing():
    payments(1000, 300, 1050, 2500)
    seen = preview(Request(backfill_named(NAME)).plan(), now=make.NOW)
    assert references() == [""] * 4
    assert seen.verdicts == {"write": 2, "small": 1, "odd_amount": 1}
    assert execute(NAME).counts["written"] == 2
    assert execute(NAME).counts["written"] == 0


def test_a_limited_run_says_what_remains():
    payments(*[1000] * 5)
    run = execute(NAME, limit=2, batch_size=1)
    assert (run.counts["written"], run.counts["verdicts"]) == (2, {"over_limit": 3})


def test_undo_is_the_identity():
    payments(1000, 300, 2500)
    run = execute(NAME)
    undone = undo(run)
    assert references() == ["", "", ""]
    assert undone.status == BackfillRun.Status.SUCCEEDED
    assert_books_are_right()


def test_a_decision_that_breaks_sets_its_row_aside(monkeypatch):
    good, bad = payments(1000, 2000)
    decide = References.decide

    def breaks(self, row):
        if row.pk == bad.pk:
            raise ArithmeticError("no such reference")
        return decide(self, row)

    monkeypatch.setattr(References, "decide", breaks)
    run = execute(NAME)
    assert references() == ["R-10", ""]
    assert found(run) == {"quarantined": 1}
    assert run.findings.get().detail == {"error": "ArithmeticError: no such reference"}


def go_on(number: int) -> None:
    """Begin the run, or go on with it, and die at the n-th statement."""
    from django.utils import timezone

    if number:
        die_at_statement(number, "before")
    with registered():
        run = BackfillRun.objects.filter(backfill=NAME).first()
        run = run or ask_for_run(Request(backfill_named(NAME), batch_size=100), now=timezone.now())
        work_on(run.pk, using="default", clock=timezone.now)


def test_killed_and_resumed_it_ends_as_if_undisturbed(scratch: Scratch, twin: Scratch):
    assert twin.start_function(go_on, 0).wait().code == 0
    number = 25
    while scratch.start_function(go_on, number).wait().code == -9:
        number += 3
    assert number > 40
    assert scratch.one("SELECT COUNT(*) FROM backfill_changes") > 500
    assert content(scratch) == content(twin)


def preview_only() -> None:
    with registered():
        preview(Request(backfill_named(NAME)).plan(), now=make.NOW)


def test_its_dry_run_leaves_every_table_equal(scratch: Scratch):
    before = digest(scratch)
    assert scratch.start_function(preview_only).wait().code == 0
    assert digest(scratch) == before
