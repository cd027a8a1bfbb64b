"""Undo puts back exactly what a run wrote, leaves everybody's later edits alone, and says what it left."""

import pytest

from accounts.errors import Conflict
from billing.models import Payment
from billing.services import add_sale_to_route, set_payment_route
from operations.backfill import backfill_named
from operations.backfill.request import Request, ask_for_run
from operations.backfill.runs import cancel_run
from operations.models import BackfillRun, BackfillTableLock
from tests import legacy, make
from tests.billing.proof import assert_books_are_right
from tests.engine.here import NAME, clock, command, execute, found, resume, route_of, undo, unlinked

pytestmark = [pytest.mark.engine, pytest.mark.django_db]


def images() -> list[tuple]:
    return list(Payment.objects.order_by("pk").values_list())


def test_undo_is_the_identity():
    unlinked(5)
    legacy.payment(sale=legacy.sale())
    before = images()
    run = execute()
    assert images() != before
    undone = undo(run)
    assert images() == before
    assert (undone.status, undone.counts["written"]) == (BackfillRun.Status.SUCCEEDED, 5)
    run.refresh_from_db()
    assert run.status == BackfillRun.Status.UNDONE
    assert not BackfillTableLock.objects.exists()


def test_a_later_edit_of_the_same_column_is_left_alone_and_listed():
    edited, other = unlinked(2)
    run = execute()
    elsewhere = make.route()
    set_payment_route(actor=None, payment=edited, route=elsewhere, reason="the driver remembers")
    undone = undo(run)
    assert (route_of(edited), route_of(other)) == (elsewhere.pk, None)
    assert found(undone) == {"changed_since": 1}
    assert undone.findings.get().row_id == str(edited.pk)


def test_what_was_signed_for_since_is_left_and_the_books_stay_right():
    route, moved_to = make.route(), make.route()
    sale = legacy.sale(5000, route=route, images=[(make.later(days=-2), route)])
    payment = legacy.payment(1000, sale=sale)
    run = execute()
    add_sale_to_route(actor=None, sale=sale, route=moved_to)
    make.bring(route, to="RECONCILED")
    undone = undo(run)
    assert route_of(payment) == route.pk
    assert found(undone) == {"signed_since": 1}
    assert_books_are_right()


def test_a_link_that_the_fallback_goes_on_counting_is_put_back_on_a_reconciled_route_too():
    route = make.route()
    sale = legacy.sale(5000, route=route, images=[(make.later(days=-2), route)])
    payment = legacy.payment(1000, sale=sale)
    run = execute()
    make.bring(route, to="RECONCILED")
    undo(run)
    assert route_of(payment) is None
    assert_books_are_right()


def test_a_person_must_look_at_what_an_undo_left():
    [payment] = unlinked()
    run = execute()
    set_payment_route(actor=None, payment=payment, route=make.route(), reason="the driver remembers")
    ended = command("backfill_runs", "undo", str(run.pk), "--json")
    assert ended.code == 1
    assert (ended.json["rows_restored"], ended.json["rows_edited_since"], ended.json["rows_gone"]) == (0, 1, 0)


def test_later_edits_of_other_columns_are_kept():
    [payment] = unlinked()
    run = execute()
    Payment.objects.filter(pk=payment.pk).update(reference="seen by the office")
    undo(run)
    payment.refresh_from_db()
    assert (payment.route_id, payment.reference) == (None, "seen by the office")


def test_rows_that_are_gone_are_counted():
    gone, _ = unlinked(2)
    run = execute()
    Payment.objects.filter(pk=gone.pk).delete()
    ended = command("backfill_runs", "undo", str(run.pk), "--json")
    assert ended.code == 0
    assert (ended.json["rows_restored"], ended.json["rows_gone"]) == (1, 1)


def test_undo_twice_is_refused():
    unlinked()
    run = execute()
    undo(run)
    ended = command("backfill_runs", "undo", str(run.pk))
    assert ended.code == 2
    assert "is undone already" in ended.err


def test_a_run_that_wrote_nothing_cannot_be_undone():
    run = execute()
    with pytest.raises(Conflict, match="wrote nothing"):
        undo(run)


def test_an_undo_is_not_undone_but_the_backfill_executed_anew():
    payments = unlinked(3)
    undone = undo(execute())
    with pytest.raises(Conflict, match="is itself an undo"):
        undo(undone)
    again = execute()
    assert again.counts["written"] == 3
    assert all(route_of(payment) for payment in payments)


def test_a_paused_run_is_cancelled_first_then_what_it_wrote_is_undone():
    unlinked(6)
    before = images()
    run = execute(max_minutes=1, batch_size=2, at=clock(step=make.later(seconds=25) - make.NOW))
    assert run.status == BackfillRun.Status.PAUSED
    assert 0 < run.counts["written"] < 6
    with pytest.raises(Conflict, match="Cancel it first"):
        undo(run)
    run = cancel_run(run_id=run.pk, using="default", actor=None, now=make.later(hours=1))
    undone = undo(run)
    assert images() == before
    assert undone.counts["written"] == run.counts["written"]


def test_an_undo_that_was_cancelled_half_way_can_be_done_again():
    unlinked(6)
    before = images()
    run = execute()
    half = undo(run, batch_size=2, max_minutes=1, at=clock(make.later(hours=1), make.later(seconds=25) - make.NOW))
    assert half.status == BackfillRun.Status.PAUSED
    assert 0 < half.counts["written"] < 6
    cancel_run(run_id=half.pk, using="default", actor=None, now=make.later(hours=2))
    whole = undo(run)
    assert images() == before
    assert whole.counts["written"] == 6 - half.counts["written"]
    assert found(whole) == {}


def test_a_paused_undo_goes_on():
    unlinked(6)
    before = images()
    run = execute()
    half = undo(run, batch_size=2, max_minutes=1, at=clock(make.later(hours=1), make.later(seconds=25) - make.NOW))
    whole = resume(half, at=clock(make.later(hours=3), make.later(seconds=1) - make.NOW))
    assert (whole.status, whole.counts["written"]) == (BackfillRun.Status.SUCCEEDED, 6)
    assert images() == before
    run.refresh_from_db()
    assert run.status == BackfillRun.Status.UNDONE


def test_an_undo_writes_history_with_its_reason_and_run():
    [payment] = unlinked()
    undone = undo(execute(reason="TICKET-7"), reason="TICKET-8: wrong tenant")
    image = payment.history.order_by("-history_id").first()
    assert (image.route_id, image.history_change_reason, image.backfill_run) == (
        None,
        "TICKET-8: wrong tenant",
        undone.pk,
    )
    assert_books_are_right()


def test_an_undo_weeks_later_touches_only_the_rows_of_its_run():
    old = unlinked(3)
    run = execute()
    later_sale = make.sale(5000, route=make.route(on=make.later(days=20).date()))
    new = make.payment(sale=later_sale, received_at=make.later(days=20))
    second = unlinked(2)
    second_run = execute(at=clock(make.later(days=21)))
    undo(run, at=clock(make.later(days=30)))
    assert [route_of(payment) for payment in old] == [None] * 3
    assert route_of(new) == later_sale.route_id
    assert all(route_of(payment) for payment in second)
    assert second_run.counts["written"] == 2


def test_while_a_run_waits_its_backfill_has_no_other_run_and_no_undo():
    unlinked(2)
    run = execute(limit=1)
    waiting = ask_for_run(Request(backfill_named(NAME)), now=make.NOW)
    with pytest.raises(Conflict, match=str(waiting.pk)):
        undo(run)
