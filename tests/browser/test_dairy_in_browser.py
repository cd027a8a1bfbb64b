"""One customer, by real clicks: standing order, generation, delivery, invoice, payment, statement."""

import re

import pytest

from tests.browser.test_backfill_in_browser import log_in, wait_for_status

pytestmark = [pytest.mark.dairy, pytest.mark.browser, pytest.mark.django_db]

WHO = """SELECT c.number FROM customers c JOIN tenants t ON t.id = c.tenant_id
         WHERE t.slug = 'meadow-dairy' AND c.name = 'Esha Sathe'"""
UNPAID = """SELECT count(*) FROM invoices i JOIN customers c ON c.id = i.customer_id JOIN tenants t ON t.id = c.tenant_id
            WHERE t.slug = 'meadow-dairy' AND c.name = 'Esha Sathe' AND i.number IS NOT NULL
              AND i.allocated_cents < i.total_cents"""


def test_one_customer_from_standing_order_to_payment_and_statement(site, page):
    number = site.scratch.one(WHO)
    log_in(page, site, "meadow.admin@example.com")

    page.goto(site.address(f"/admin/billing/customer/?q={number}"))
    page.click("#result_list tbody a >> nth=0")
    customer = page.url
    page.click("#do-standing-order")
    page.select_option("[name=product]", label="Ghee (GHEE-500)")
    page.fill("[name=quantities]", "2")
    page.click("#confirm")
    page.wait_for_selector("text=The standing order is noted")

    page.goto(site.address("/admin/dairy/today/"))
    page.click("#generate")
    page.wait_for_selector("text=The orders of")
    row = page.locator("tr[id^=order-]").filter(has_text=f"{number},").filter(has_text="Ghee")
    row.locator("input[name^=quantity-]").fill("1.5")
    row.locator("input[name^=note-]").fill("one jar and a half")
    row.get_by_role("button", name="Deliver", exact=True).click()
    page.wait_for_selector("text=1 delivered.")
    assert row.count() == 0
    delivered = page.locator("[aria-label=Delivered] tr").filter(has_text="one jar and a half")
    assert "1.5 500 ml" in delivered.inner_text() and "To be invoiced" in delivered.inner_text()

    page.goto(site.address("/admin/dairy/invoicing/"))
    page.click(".rm-filters a.rm-button >> nth=0")
    page.wait_for_selector(f"text={number}")
    page.click("#generate")
    wait_for_status(page, "RUNNING")
    site.start_worker()
    wait_for_status(page, "SUCCEEDED")
    assert page.locator("td", has_text=f"({number})").count() == 1

    page.goto(customer)
    page.click("#do-pay")
    page.fill(
        "[name=amount_cents]", re.search(r"[\d,]+\.\d\d", page.inner_text("#debts tfoot")).group().replace(",", "")
    )
    page.click("#look")
    page.wait_for_selector("#outcome")
    page.click("#take")
    page.wait_for_selector("text=pays for debts.")
    assert site.scratch.one(UNPAID) == 0

    page.goto(site.address("/admin/dairy/statement/"))
    page.fill("[name=customer]", number)
    page.click("button:has-text('Show')")
    page.wait_for_selector("text=Ghee")
    page.wait_for_selector("text=Payment")
