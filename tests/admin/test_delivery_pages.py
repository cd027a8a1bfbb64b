"""Pages of deliveries: what was delivered, what it asks for, whether an invoice asks for it, and who said so."""

import pytest

from subscriptions import services
from subscriptions.models import Delivery
from tests import make
from tests.admin.business import page

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]


@pytest.fixture
def three(manager):
    """A delivery on an invoice, one to be invoiced, and one that was cancelled."""
    billed, unbilled, cancelled = (make.delivery(quantity) for quantity in (1, "1.5", 3))
    line = {
        "description": "Milk",
        "quantity": 1,
        "unit_price_cents": 7000,
        "source_kind": "delivery",
        "source_id": billed.pk,
    }
    make.invoice(to=billed.customer, lines=[line])
    services.cancel_delivery(actor=None, delivery=cancelled, reason="wrong door", now=make.NOW)
    return billed, unbilled, cancelled


def listed(browser, query):
    return list(browser.get(page(Delivery, "changelist") + query).context["cl"].result_list)


def test_deliveries_are_narrowed_to_what_is_invoiced_and_what_is_not(three, manager):
    billed, unbilled, cancelled = three
    assert set(listed(manager, "")) == set(three)
    assert listed(manager, "?invoiced=billed") == [billed]
    assert listed(manager, "?invoiced=unbilled") == [unbilled]
    assert listed(manager, "?status__exact=CANCELLED") == [cancelled]
    assert listed(manager, f"?customer__id__exact={billed.customer_id}") == [billed]
    assert listed(manager, f"?q={unbilled.customer.number}") == [unbilled]


def test_the_list_says_the_state_of_each_in_a_word(three, manager):
    text = manager.get(page(Delivery, "changelist")).content.decode()
    assert all(word in text for word in ("On an invoice", "To be invoiced", "Cancelled"))


def test_a_page_spells_out_its_sum_links_its_invoice_and_tells_its_story(three, manager):
    billed, unbilled, cancelled = (manager.get(page(Delivery, "change", row.pk)).content.decode() for row in three)
    assert "1.000 × 70.00 = 70.00 BDT" in billed
    assert "OTH-2026-0001" in billed and "OTH-2026-0001" not in unbilled
    assert "1.500 × 70.00 = 105.00 BDT" in unbilled
    assert "it asks for nothing" in cancelled and "wrong door" in cancelled
