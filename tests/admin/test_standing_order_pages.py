"""What staff read of products, standing orders and the orders of a day."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from subscriptions import services
from subscriptions.models import DailyOrder, Product, StandingOrder
from tests import make
from tests.admin.business import page

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]


def text(answer):
    return " ".join(answer.content.decode().split())


def test_a_product_shows_what_it_costs_today_and_by_day(bookkeeper):
    milk = make.product(7000, code="MILK", tax_rate_bps=1250)
    services.set_price(actor=None, product=milk, unit_price_cents=9900, valid_from=timezone.localdate() + timedelta(1))
    shown = text(bookkeeper.get(page(Product, "change", milk.pk)))
    assert "70.00<small>BDT</small>" in shown and "99.00<small>BDT</small>" in shown
    assert "tax of 12.5 % included" in shown


def test_a_product_without_a_price_today_says_so(bookkeeper):
    milk = make.product(valid_from=timezone.localdate() + timedelta(days=1))
    assert "no price today" in text(bookkeeper.get(page(Product, "change", milk.pk)))


def test_a_standing_order_shows_what_is_wanted_today_its_pattern_and_its_changes(bookkeeper):
    today = timezone.localdate()
    standing = make.standing_order([2, 0, "1.5"], starts_on=today)
    services.change_standing_order(
        actor=None, standing_order=standing, kind="INCREASE", quantity="0.25", first_day=today, note="guests"
    )
    card = bookkeeper.get(page(StandingOrder, "change", standing.pk)).context["card"]
    assert (card.figures[0].value, card.sum_shown, card.state.word) == ("2.25", "3.5 litre in 3 days", "Running")
    assert "guests" in text(bookkeeper.get(page(StandingOrder, "change", standing.pk)))


@pytest.mark.parametrize(
    ("starts", "ends", "word"), [(0, None, "running"), (-9, 0, "running"), (1, None, "to_come"), (-9, -1, "ended")]
)
def test_standing_orders_are_listed_by_whether_they_run(bookkeeper, starts, ends, word):
    today = timezone.localdate()
    last = None if ends is None else today + timedelta(days=ends)
    make.standing_order(starts_on=today + timedelta(days=starts), ends_on=last)
    listed = {
        name: len(bookkeeper.get(page(StandingOrder, "changelist"), {"runs": name}).context["cl"].result_list)
        for name in ("running", "to_come", "ended")
    }
    assert listed == {"running": 0, "to_come": 0, "ended": 0} | {word: 1}


def test_an_order_shows_what_it_would_ask_for_and_who_had_it_generated(bookkeeper):
    standing, clerk = make.standing_order("1.333"), make.user("FINANCE", name="Clerk Anwar")
    services.generate_orders(actor=clerk, tenant=standing.tenant, day=make.TODAY, now=make.NOW)
    order = DailyOrder.objects.get()
    answer = bookkeeper.get(page(DailyOrder, "change", order.pk))
    assert "93.31<small>BDT</small>" in text(answer), "1.333 × 70.00, rounded half up once"
    assert answer.context["card"].state.word == "To deliver"
    assert any("Clerk Anwar" in line.who for line in answer.context["story"])


@pytest.mark.parametrize("narrowed", ["status__exact=GENERATED", "order_date=2026-01-13", "customer__id__exact={}"])
def test_orders_are_narrowed_by_state_day_and_customer(bookkeeper, narrowed):
    order = make.daily_order()
    services.withdraw_order(actor=None, order=make.daily_order(day=make.TODAY + timedelta(1)), reason="not at home")
    address = f"{page(DailyOrder, 'changelist')}?{narrowed.format(order.customer_id)}"
    assert [row.pk for row in bookkeeper.get(address).context["cl"].result_list] == [order.pk]


def test_the_pages_stand_in_the_sidebar(bookkeeper):
    shown = text(bookkeeper.get(reverse("admin:index")))
    assert all(words in shown for words in ("Orders of the day", "Standing orders", "Products"))
