"""What happens once, in the admin: an order for one day, a sale over the counter; and the way to a customer's account."""

import pytest
from django.urls import reverse

from billing.models import Customer, Payment, Sale
from subscriptions.models import DailyOrder
from tests import make
from tests.admin.actions.clicks import address, text_of
from tests.admin.business import page
from tests.admin.test_dairy_planning import opened
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]


def test_an_order_for_one_day_is_noted_once_however_often_it_is_clicked(bookkeeper):
    shop, milk = make.customer(name="Corner shop"), make.product()
    once = address(shop, "order-for-a-day")
    typed = {"product": milk.pk, "quantity": "3", "day": str(make.TODAY), "slot": "", "note": "for the feast"}
    typed |= opened(bookkeeper.get(once), "id")
    for _ in range(2):
        assert bookkeeper.post(once, typed).status_code == 302
    order = DailyOrder.objects.get()
    assert (str(order.planned_quantity), order.note, order.standing_order_id) == ("3.000", "for the feast", None)
    refused = bookkeeper.post(once, {**typed, "quantity": "0", "id": opened(bookkeeper.get(once), "id")["id"]})
    assert refused.status_code == 422 and DailyOrder.objects.count() == 1


def test_a_counter_sale_is_sold_and_paid_in_one_step_once(bookkeeper):
    milk, curd = make.product(7000), make.product(4000)
    counter = reverse("admin:counter-sale")
    typed = {"product-1": milk.pk, "quantity-1": "1.5", "product-2": curd.pk, "quantity-2": "2", "channel": "CASH"}
    typed |= opened(bookkeeper.get(counter), "id")
    for _ in range(2):
        assert bookkeeper.post(counter, typed).status_code == 302
    sale, payment = Sale.objects.get(), Payment.objects.get()
    assert (sale.total_cents, sale.status, payment.allocated_cents) == (18500, "COMPLETED", 18500)
    assert sale.customer.is_walk_in
    assert_books_are_right()


def test_a_counter_sale_with_half_a_line_says_so_and_sells_nothing(bookkeeper):
    milk = make.product()
    typed = {"product-1": milk.pk, "quantity-1": "1", "product-2": milk.pk, "quantity-2": "", "channel": "CASH"}
    typed |= opened(bookkeeper.get(reverse("admin:counter-sale")), "id")
    refused = bookkeeper.post(reverse("admin:counter-sale"), typed)
    assert refused.status_code == 422 and "Give both, or neither." in text_of(refused)
    assert not Sale.objects.exists()


def test_a_customers_page_leads_to_their_account_and_says_the_same_balance(bookkeeper):
    shop = make.customer(opening_balance_cents=1000)
    make.delivery(of=shop)
    card = bookkeeper.get(page(Customer, "change", shop.pk)).context["card"]
    [statement] = [link.href for link in card.links if link.text == "Statement"]
    shown = bookkeeper.get(statement)
    assert "150.00" in card.figures[-1].value and "150.00" in text_of(shown)
