"""A run has succeeded when its checks hold, over its own rows; what a person has decided is settled for ever."""

import pytest

from operations.backfill import backfill_named
from operations.backfill.request import Request
from operations.backfill.verify import Verified, verify
from operations.models import BackfillRun
from operations.services.findings import decide_finding
from tests import legacy, make
from tests.engine.here import NAME, execute, unlinked

pytestmark = [pytest.mark.engine, pytest.mark.django_db]


def test_a_check_that_does_not_hold_makes_the_run_fail_with_its_numbers(samples):
    unlinked(3)
    run = execute("test_wrong_check")
    assert run.status == BackfillRun.Status.FAILED
    assert run.error == "no payment has a reference: found 3, expected 0"
    assert run.changes.count() == 3
    assert {"check": "no payment has a reference", "holds": False, "found": 3, "expected": 0} in run.verification


def test_a_change_without_its_undo_image_breaks_the_verification():
    unlinked(3)
    run = execute()
    plan = Request(backfill_named(NAME)).plan()
    run.changes.first().delete()
    [images, *others] = verify(plan, run)
    assert images == Verified("every written row has its undo image", holds=False, found=2, expected=3)
    assert all(other.holds for other in others)


def test_rows_that_still_need_the_change_break_the_verification():
    unlinked(3)
    run = execute()
    assert all(check.holds for check in verify(Request(backfill_named(NAME)).plan(), run))
    unlinked(2)
    [still] = [check for check in verify(Request(backfill_named(NAME)).plan(), run) if not check.holds]
    assert (still.check, still.found, still.expected) == ("no row in scope still needs the change", 2, 0)


def test_a_row_that_a_person_has_decided_is_not_touched_or_reported_again():
    here, there = make.route(), make.route()
    sale = legacy.sale(route=here, images=[(make.later(days=-2), there), (make.later(days=2), here)])
    decided, open_one = legacy.payment(sale=sale), legacy.payment(sale=sale)
    finding = execute().findings.get(kind="route_unclear", row_id=str(decided.pk))
    decide_finding(actor=make.user("ADMIN"), finding_id=finding.pk, decision="keep", reason="so it was", now=make.NOW)
    again = execute()
    assert set(again.findings.filter(kind="route_unclear").values_list("row_id", flat=True)) == {str(open_one.pk)}
    assert again.counts["verdicts"] == {"route_unclear": 1}
