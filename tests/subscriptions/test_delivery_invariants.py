"""Every sentence about deliveries holds on what the services make, and names the damage when a row is damaged."""

import pytest

from billing import services as billing
from billing.models import Customer, Invoice, InvoiceLine
from operations.invariants import invariants
from subscriptions import services
from subscriptions.models import DELIVERY, DailyOrder, Delivery
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.dairy, pytest.mark.django_db, pytest.mark.damages_rows]


@pytest.fixture
def books():
    """A billed delivery, one on a void invoice, an unbilled one of 1.333 x 75.01, an extra item, a cancelled one, one refused."""
    shop, milk = make.customer(), make.product(7501)
    billed, freed = (make.delivery(quantity, of=shop, product=milk) for quantity in (2, 3))
    bill(billed)
    make.delivery("1.333", of=shop, product=milk)
    make.delivery("0.5", of=shop, product=make.product(1))
    services.add_delivery(actor=None, customer=shop, product=milk, quantity=1, day=make.TODAY, now=make.NOW)
    mistaken = make.delivery(4, of=shop, product=milk)
    services.cancel_delivery(actor=None, delivery=mistaken, reason="wrong door", now=make.NOW)
    order = make.daily_order(5, of=shop, product=milk)
    services.mark_not_delivered(actor=None, order=order, reason="locked", now=make.NOW)
    billing.void_invoice(actor=None, invoice=bill(freed), reason="typing error", now=make.NOW)


def bill(delivery):
    line = {
        "description": "Milk",
        "quantity": delivery.quantity,
        "unit_price_cents": delivery.unit_price_cents,
        "source_kind": DELIVERY,
        "source_id": delivery.pk,
    }
    return make.invoice(to=delivery.customer, lines=[line])


ORDER = "An order is delivered exactly when one delivery that stands confirms it"
TOTAL = "A delivery asks for its quantity times its price, rounded half up once"
LINE = "An invoice bills a delivery that stands, of its own customer, over the same total"
LOST = "What was delivered is on one live invoice, or waits for the next"

DAMAGES = [
    (ORDER, "an order delivered by nothing", lambda: DailyOrder.objects.filter(planned_quantity=5), {"status": "DELIVERED"}),
    (ORDER, "a delivery of an order that waits", lambda: DailyOrder.objects.filter(planned_quantity=2), {"status": "GENERATED"}),
    (ORDER, "a delivery on another day", lambda: Delivery.objects.filter(quantity=2), {"delivery_date": "2026-01-01"}),
    (ORDER, "a delivery cancelled alone", lambda: Delivery.objects.filter(quantity=3), {"status": "CANCELLED"}),
    (TOTAL, "a cent too much", lambda: Delivery.objects.filter(quantity="1.333"), {"total_cents": 10000}),
    (TOTAL, "rounded down", lambda: Delivery.objects.filter(quantity="0.5"), {"total_cents": 0}),
    (TOTAL, "an old price", lambda: Delivery.objects.filter(quantity=2), {"unit_price_cents": 7500}),
    (LINE, "a billed one cancelled", lambda: Delivery.objects.filter(quantity=2), {"status": "CANCELLED"}),
    (LINE, "another total", lambda: Delivery.objects.filter(quantity=2), {"total_cents": 1}),
    (LINE, "another's delivery", lambda: Delivery.objects.filter(quantity=2), {"customer": make.customer}),
    (LINE, "a delivery of nobody", lambda: InvoiceLine.objects.filter(quantity=2), {"source_id": lambda: make.tenant().pk}),
    (LOST, "on a void invoice", lambda: InvoiceLine.objects.filter(quantity=3), {"is_live": True}),
    (LOST, "on a deleted invoice", lambda: Invoice.objects.exclude(status="VOID"), {"deleted_at": make.NOW}),
]  # fmt: skip


def test_the_services_keep_every_invariant(books):
    assert_books_are_right()


@pytest.mark.parametrize(("sentence", "rows", "change"), [pytest.param(s, r, c, id=i) for s, i, r, c in DAMAGES])
def test_damage_is_found_for_its_tenant_alone(books, sentence, rows, change):
    [search] = [entry.find for entry in invariants() if entry.name == sentence]
    assert not list(search(using="default", tenant=None))
    assert rows().update(**{name: value() if callable(value) else value for name, value in change.items()})
    violations = list(search(using="default", tenant=None))
    assert len(violations) == 1
    assert violations[0].where
    assert list(search(using="default", tenant=make.tenant())) == violations
    assert not list(search(using="default", tenant=make.tenant("other")))


def test_billed_and_unbilled_are_everything_that_was_delivered(books):
    billed, unbilled = set(Delivery.objects.billed()), set(Delivery.objects.unbilled())
    assert billed | unbilled == set(Delivery.objects.standing())
    assert not billed & unbilled
    assert (len(billed), len(unbilled), Customer.objects.count()) == (1, 4, 1)
