"""Taking a payment back: compensating rows, never a deletion, never on a signed route."""

import pytest

from billing import services
from billing.models import Allocation, Sale
from billing.services.checks import ReasonMissing
from billing.services.reversals import PaymentNotReversible
from billing.services.route_checks import RouteAlreadyReconciled
from tests import legacy, make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


def reverse(payment, reason="bounced"):
    return services.reverse_payment(actor=None, payment=payment, reason=reason, now=make.NOW)


def test_what_it_paid_for_is_owed_again():
    sale = make.sale(5000)
    payment = reverse(make.payment(6000, sale=sale))
    sale.refresh_from_db()
    assert (sale.allocated_cents, sale.status) == (0, Sale.Status.PENDING)
    assert (payment.status, payment.allocated_cents) == ("REVERSED", 0)
    original, reversal = Allocation.objects.order_by("created_at", "id")
    assert reversal.reverses_id == original.pk and reversal.reason == "bounced"
    assert_books_are_right()


def test_a_sale_on_credit_is_pending_again():
    sale = make.sale(5000, sale_type="CREDIT")
    reverse(make.payment(5000, sale=sale))
    sale.refresh_from_db()
    assert sale.status == Sale.Status.PENDING


def test_the_opening_balance_is_owed_again():
    shop = make.customer(opening_balance_cents=500)
    reverse(make.payment(500, by=shop))
    shop.refresh_from_db()
    assert shop.opening_balance_allocated_cents == 0
    assert_books_are_right()


def test_a_payment_is_reversed_once():
    payment = reverse(make.payment(100, sale=make.sale()))
    with pytest.raises(PaymentNotReversible, match="is reversed"):
        reverse(payment)


def test_of_a_payment_that_went_back_in_part_the_rest_is_given_back_instead():
    payment = make.payment(1000, sale=make.sale(1000))
    services.refund_payment(actor=None, payment=payment, amount_cents=400, reason="broken", now=make.NOW)
    with pytest.raises(PaymentNotReversible, match=r"400 cents of payment .* went back already.*Refund the other 600"):
        reverse(payment)


def test_a_reversal_needs_a_reason():
    with pytest.raises(ReasonMissing):
        reverse(make.payment(100), reason="  ")


def test_a_payment_on_a_reconciled_route_stays():
    route = make.route()
    payment = make.payment(100, sale=make.sale(route=route))
    make.bring(route, to="RECONCILED")
    with pytest.raises(RouteAlreadyReconciled, match="signed"):
        reverse(payment)


def test_a_payment_that_counts_on_a_reconciled_route_through_its_sale_stays():
    route = make.route()
    payment = legacy.payment(100, sale=legacy.sale(route=route))
    make.bring(route, to="RECONCILED")
    with pytest.raises(RouteAlreadyReconciled):
        reverse(payment)


def test_a_later_payment_of_that_sale_may_be_reversed():
    route = make.route()
    sale = make.sale(route=route)
    make.bring(route, to="RECONCILED")
    reverse(make.payment(100, sale=sale, received_at=make.later(days=1)))
    assert_books_are_right()
