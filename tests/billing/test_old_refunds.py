"""A refund of the time before refunds named the reconciled route: told on the Health page, never filled in by guessing."""

import pytest

from billing import services
from billing.invariants.money_in import refunds_without_their_settled_route
from billing.models import PaymentRefund
from tests import make

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


def figure():
    return refunds_without_their_settled_route(using="default", tenant=make.tenant())


def test_one_that_came_after_the_settlement_without_naming_it_is_told_and_one_that_names_it_is_not():
    route = make.route(rep=make.user())
    paid = make.payment(5000, sale=make.sale(5000, route=route))
    services.refund_payment(actor=None, payment=paid, amount_cents=100, reason="paid twice", now=make.NOW)
    assert (figure().value, figure().is_well) == (0, True)
    make.bring(route, to="RECONCILED")
    assert (figure().value, figure().is_well) == (1, False)
    assert "Compare each" in figure().next_step
    later = services.refund_payment(actor=None, payment=paid, amount_cents=200, reason="sour", now=make.NOW)
    assert later.settled_route == route and PaymentRefund.objects.count() == 2
    assert figure().value == 1
