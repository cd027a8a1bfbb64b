"""What was sold, ordered and delivered keeps what it said: neither a new price nor an edit reaches back to it."""

from datetime import date

import pytest

from accounts.errors import Conflict
from billing import services as billing
from billing.models import Sale
from subscriptions import services
from subscriptions.models import DailyOrder, Delivery
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]


def test_a_new_price_changes_no_order_delivery_or_sale():
    """Weakness 22: a mass update of prices changed the price and not the total or the tax."""
    milk = make.product(7000)
    make.delivery(2, product=milk)
    make.daily_order(3, product=milk)
    make.sale(lines=[make.line(2, 7000, product_code=milk.code)])

    def said():
        return [list(model.objects.order_by("pk").values()) for model in (Sale, DailyOrder, Delivery)]

    before = said()
    services.set_price(actor=None, product=milk, unit_price_cents=9900, tax_rate_bps=1200, valid_from=date(2026, 1, 13))
    assert said() == before
    assert_books_are_right()


def test_a_sale_on_an_invoice_is_neither_cancelled_nor_returned_behind_its_back():
    """Weakness 22: editing a billed or completed credit sale put it back to pending. Nothing edits a sale at all."""
    sale = make.sale(5000, sale_type="CREDIT")
    make.invoice(to=sale.customer, lines=[sale])
    office = make.user("FINANCE")
    for change in (
        lambda: billing.cancel_sale(actor=office, sale=sale, reason="mistake"),
        lambda: billing.record_return(actor=office, sale=sale, amount_cents=100, reason="broken"),
    ):
        with pytest.raises(Conflict, match="asks for the money of sale"):
            change()
    assert Sale.objects.get().status == "BILLED"
    assert_books_are_right()


def test_confirming_after_a_day_was_generated_anew_finds_the_order_that_came_later():
    """Weakness 26: a customer who came later could not be topped up once a day was generated and delivered."""
    product, early, late = make.product(), make.customer(), make.customer()

    def generate_and_confirm(customer):
        make.standing_order(1, of=customer, product=product)
        said = {"actor": None, "tenant": make.tenant(), "day": make.TODAY, "now": make.NOW}
        services.generate_orders(**said)
        return services.confirm_deliveries(**said)

    assert generate_and_confirm(early).count("DELIVERED", is_new=True) == 1
    topped_up = generate_and_confirm(late)
    assert topped_up.count("DELIVERED", is_new=True) == 1
    assert topped_up.count("DELIVERED", is_new=False) == 1
    assert Delivery.objects.standing().count() == 2
    assert_books_are_right()
