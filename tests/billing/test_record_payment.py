"""Taking a payment: on the right route, once, never more than is owed."""

import pytest

from billing.models import Sale
from tests import make

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


def test_a_payment_takes_the_route_of_its_sale_at_that_moment():
    route = make.route("PENDING")
    sale = make.sale(5000, route=route)
    payment = make.payment(3000, sale=sale)
    assert payment.route_id == route.pk
    sale.refresh_from_db()
    assert (sale.allocated_cents, sale.balance_cents, sale.status) == (3000, 2000, Sale.Status.PENDING)
    make.bring(route, to="RECONCILED")
