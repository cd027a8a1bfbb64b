"""A row without history gets one image of itself as it was before a run first changes it, and never another."""

import itertools
import os
import signal
from functools import partial

import pytest
from django.db import connections

from accounts.history import BASELINE_REASON
from billing.models import Payment
from tests import legacy, make
from tests.engine.here import execute, routed_sale, undo, unlinked
from tests.engine.test_killed_runs import EXECUTE, RESUME

pytestmark = [pytest.mark.engine, pytest.mark.django_db]


def images(payment: Payment) -> list:
    """A payment's history, oldest first."""
    return list(payment.history.order_by("history_id"))


def kinds(payment: Payment) -> str:
    """The kinds of a payment's images in a row: `+~`."""
    return "".join(image.history_type for image in images(payment))


def columns(row: object) -> dict:
    """The payment's own columns, of the payment or of an image of it."""
    return {column.attname: getattr(row, column.attname) for column in Payment.history.model.tracked_fields}


def test_a_row_without_history_gets_its_old_state_and_then_its_new_one():
    payment = legacy.payment(sale=routed_sale(), reference="from the old books")
    before = columns(payment)
    run = execute(reason="TICKET-7")
    after = columns(Payment.objects.get(pk=payment.pk))

    baseline, change = images(payment)
    assert (baseline.history_type, columns(baseline)) == ("+", before)
    assert (change.history_type, columns(change)) == ("~", after)
    assert after == {**before, "route_id": payment.sale.route_id}
    assert (baseline.history_change_reason, baseline.backfill_run) == (BASELINE_REASON, run.pk)
    assert (change.history_change_reason, change.backfill_run) == ("TICKET-7", run.pk)


def test_a_row_with_history_gets_its_new_state_alone(samples):
    payment = make.payment(sale=make.sale(route=make.route()))
    known = kinds(payment)
    assert known.startswith("+")
    execute("test_prefixed")
    assert kinds(payment) == f"{known}~"


def test_in_one_batch_each_row_gets_what_it_lacks(samples):
    known = make.payment(sale=make.sale(route=make.route()))
    had = kinds(known)
    strange = [legacy.payment(1000 + place) for place in range(3)]
    run = execute("test_prefixed", batch_size=10)
    assert (run.counts["batches"], run.counts["written"]) == (1, 4)
    assert [kinds(payment) for payment in [*strange, known]] == ["+~", "+~", "+~", f"{had}~"]


def test_an_undo_and_a_second_execution_write_no_other_baseline():
    [payment] = unlinked()
    undo(execute())
    assert kinds(payment) == "+~~"
    execute()
    assert kinds(payment) == "+~~~"


def test_a_row_that_is_left_gets_no_image():
    payment = legacy.payment(sale=legacy.sale())
    execute()
    assert kinds(payment) == ""


STRANGE = "SELECT COUNT(*) FROM payments WHERE id NOT IN (SELECT id FROM historical_payments)"
IMAGES = "historical_payments WHERE backfill_run IS NOT NULL"


def die_beside_image(number: int, moment: str) -> None:
    """Set a trap: end this process just before, or just after, its n-th statement that writes images of payments."""
    seen = 0

    def trap(execute, sql, params, many, context):
        nonlocal seen
        seen += 'INSERT INTO "historical_payments"' in sql
        is_it = seen == number and 'INSERT INTO "historical_payments"' in sql
        if is_it and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = execute(sql, params, many, context)
        if is_it:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    connections["default"].execute_wrappers.append(trap)


def test_killed_beside_its_images_and_resumed_no_row_has_two_baselines(small_books):
    with small_books.copy() as scratch:
        strange = scratch.one(STRANGE)
        command = (*EXECUTE, "--batch-size", "20")
        for number, moment in itertools.product((1, 2, 3, 4), ("before", "after")):
            assert scratch.run(*command, before=partial(die_beside_image, number, moment)).code == -signal.SIGKILL
            command = RESUME
        assert scratch.run(*RESUME).code == 1

        baselines = scratch.ask(f"SELECT COUNT(DISTINCT id), COUNT(*) FROM {IMAGES} AND history_type = '+'")
        changes = scratch.ask(f"SELECT COUNT(DISTINCT id), COUNT(*) FROM {IMAGES} AND history_type = '~'")
        written = scratch.one("SELECT COUNT(*) FROM backfill_changes")
        later = scratch.one(
            f"SELECT COUNT(*) FROM (SELECT * FROM {IMAGES}) b JOIN (SELECT * FROM {IMAGES}) c ON c.id = b.id "
            "AND b.history_type = '+' AND c.history_type = '~' AND c.history_id < b.history_id"
        )
        still_strange = scratch.one(STRANGE)

    assert changes == [(written, written)]
    assert baselines == [(strange - still_strange, strange - still_strange)]
    assert 50 < strange - still_strange < written
    assert later == 0
