"""What was delivered, corrected or taken back while no invoice asks for it; afterwards the invoice comes first."""

from decimal import Decimal

import pytest

from accounts.errors import NotAllowed, NotFound
from billing import services as billing
from billing.services.checks import NotAQuantity, ReasonMissing
from subscriptions import services
from subscriptions.models import DELIVERY, Delivery
from subscriptions.services.deliveries import DeliveryChanged, DeliveryIsBilled, DeliveryIsCancelled
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.subscriptions.orders import an_order

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]


@pytest.fixture
def delivery():
    return services.confirm_delivery(actor=None, order=an_order(2), now=make.NOW)


def correct(delivery, quantity="1.5", reason="counted again", actor=None):
    return services.correct_delivery(actor=actor, delivery=delivery, quantity=quantity, reason=reason, now=make.NOW)


def cancel(delivery, reason="wrong door", actor=None):
    return services.cancel_delivery(actor=actor, delivery=delivery, reason=reason, now=make.NOW)


def bill(delivery):
    line = {
        "description": "Milk",
        "quantity": delivery.quantity,
        "unit_price_cents": delivery.unit_price_cents,
        "source_kind": DELIVERY,
        "source_id": delivery.pk,
    }
    return make.invoice(to=delivery.customer, lines=[line])


def test_a_correction_asks_for_the_right_quantity_and_history_keeps_the_old(delivery):
    corrected = correct(delivery)
    assert (corrected.quantity, corrected.total_cents) == (Decimal("1.5"), 11250)
    newest, first = delivery.history.order_by("-history_id")
    assert (newest.history_change_reason, newest.total_cents, first.total_cents) == ("counted again", 11250, 15000)
    assert_books_are_right()


def test_a_correction_keeps_the_price_of_the_day(delivery):
    Delivery.objects.get(pk=delivery.pk)
    assert correct(delivery, quantity=4).unit_price_cents == 7500


@pytest.mark.parametrize("quantity", [0, -1, "1.0001", 0.5])
def test_a_correction_to_no_quantity_is_refused(delivery, quantity):
    with pytest.raises(NotAQuantity):
        correct(delivery, quantity=quantity)


def test_a_cancelled_delivery_asks_for_nothing_and_its_order_waits_again(delivery):
    cancel(delivery)
    order = delivery.daily_order
    order.refresh_from_db()
    assert order.status == "GENERATED"
    assert not Delivery.objects.unbilled().exists()
    again = services.confirm_delivery(actor=None, order=order, now=make.NOW, quantity=1)
    assert list(Delivery.objects.standing()) == [again]
    assert_books_are_right()


def test_what_was_cancelled_stays_cancelled(delivery):
    cancel(delivery)
    for change in (cancel, correct):
        with pytest.raises(DeliveryIsCancelled, match="Confirm the order again"):
            change(delivery)


@pytest.mark.parametrize("change", [cancel, correct])
def test_what_an_invoice_asks_for_is_not_changed_behind_its_back(delivery, change):
    """Weakness 23: a delivery corrected after invoicing left the invoice asking for something else."""
    invoice = bill(delivery)
    with pytest.raises(
        DeliveryIsBilled, match=f"Invoice {invoice.number} asks .* credit note .* void or delete it first"
    ):
        change(delivery)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.quantity) == ("DELIVERED", Decimal(2))
    assert_books_are_right()


@pytest.mark.parametrize("change", [cancel, correct])
def test_once_the_invoice_is_void_the_delivery_is_unbilled_and_can_be_changed(delivery, change):
    invoice = bill(delivery)
    assert not Delivery.objects.unbilled().exists()
    assert list(Delivery.objects.billed()) == [delivery]
    billing.void_invoice(actor=None, invoice=invoice, reason="typing error", now=make.NOW)
    assert list(Delivery.objects.unbilled()) == [delivery]
    assert change(delivery)
    assert_books_are_right()


def test_corrections_need_a_reason_and_are_the_offices_alone(delivery):
    for change in (cancel, correct):
        with pytest.raises(ReasonMissing):
            change(delivery, reason=" ")
        with pytest.raises(NotAllowed):
            change(delivery, actor=make.user())
        with pytest.raises(NotFound):
            change(delivery, actor=make.user("ADMIN", of=make.tenant("dairy")))
        assert change(delivery, actor=make.user("FINANCE")) if change is correct else True


def test_an_item_that_was_confirmed_after_its_period_was_invoiced_is_simply_unbilled():
    billed = services.confirm_delivery(actor=None, order=an_order(on=make.later(days=-40).date()), now=make.NOW)
    bill(billed)
    late = an_order(to=billed.customer, on=make.later(days=-40).date())
    late = services.confirm_delivery(actor=None, order=late, now=make.NOW)
    assert list(Delivery.objects.unbilled()) == [late]


@pytest.mark.parametrize("change", [cancel, correct])
def test_a_deleted_invoice_is_not_recovered_over_a_delivery_that_changed_since(delivery, change):
    other = services.confirm_delivery(actor=None, order=an_order(2), now=make.NOW)
    changed, unchanged = bill(delivery), bill(other)
    for invoice in (changed, unchanged):
        billing.delete_invoice(actor=None, invoice=invoice, now=make.NOW)
    change(delivery)
    with pytest.raises(DeliveryChanged, match="make it anew"):
        billing.recover_invoice(actor=None, invoice=changed, now=make.NOW)
    billing.recover_invoice(actor=None, invoice=unchanged, now=make.NOW)
    assert list(Delivery.objects.billed()) == [other]
    assert_books_are_right()
