"""Each sentence about the invoicing of periods holds after a run, and notices the damage that it is about."""

import pytest

from billing.models import BulkOperation, Invoice
from operations.invariants import invariants
from subscriptions.models import Delivery
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.subscriptions.bills import delivered, on_credit
from tests.subscriptions.test_invoicing_run import run

pytestmark = [pytest.mark.dairy, pytest.mark.django_db, pytest.mark.damages_rows]


@pytest.fixture(autouse=True)
def january():
    meera = make.customer()
    delivered(meera, 3), delivered(meera, 4), on_credit(meera)
    run()
    assert_books_are_right()


def broken():
    return {entry.name for entry in invariants("dairy") if list(entry.find(using="default", tenant=make.tenant()))}


STANDS = "An invoice bills only deliveries that stand, of its own customer, for what they ask"
ENDS = "An invoice of a period bills nothing delivered after its end"
WHOLE = "An invoice of a period says which one, and asks for something"
COUNTS = "The counts of a bulk operation are those of its items; one that has ended has answered all"


@pytest.mark.parametrize(
    ("rows", "damage", "sentence"),
    [
        (Delivery, {"status": "CANCELLED"}, STANDS),
        (Delivery, {"total_cents": 3999}, STANDS),
        (Delivery, {"currency": "EUR"}, STANDS),
        (Delivery, {"delivery_date": "2026-02-01"}, ENDS),
        (Invoice, {"period_start": None}, WHOLE),
        (Invoice, {"total_cents": 0}, WHOLE),
        (BulkOperation, {"items_done": 2}, COUNTS),
        (BulkOperation, {"items_total": 2}, COUNTS),
    ],
)
def test_damage_is_found(rows, damage, sentence):
    rows.objects.filter(pk=rows.objects.order_by("pk").first().pk).update(**damage)
    assert sentence in broken()


def test_a_delivery_of_another_customer_is_found():
    Delivery.objects.update(customer=make.customer())
    assert STANDS in broken()


def test_an_operation_that_still_runs_has_not_answered_for_all():
    BulkOperation.objects.update(status="RUNNING", items_total=5)
    assert COUNTS not in broken()
