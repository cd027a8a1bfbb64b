"""The bookkeeper's day at a payment that waits: look at it, approve it, see the invoice turn paid and the finance page follow."""

import json
import urllib.error
import urllib.request
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.demo.people import PASSWORD
from tests.browser.site import Site
from tests.browser.test_backfill_in_browser import log_in

pytestmark = [pytest.mark.finance, pytest.mark.browser, pytest.mark.django_db]

FINANCE = "/admin/finance/?period=ALL_TIME"
LARKFIELD = "(SELECT id FROM tenants WHERE slug = 'larkfield-dairy')"


def call(site: Site, path: str, token: str = "", **body: Any) -> dict[str, Any]:
    """Post to the API, as the app does."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(site.address(path), data=json.dumps(body).encode(), headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        raise AssertionError(f"{path}: {refused.read().decode()}") from refused


def token_of(site: Site, who: str) -> str:
    """Log in by the API."""
    return call(site, "/api/auth/login", email=who, password=PASSWORD)["token"]


def a_waiting_payment_for_an_invoice(site: Site) -> tuple[str, str]:
    """An invoice over 60.00 and a transfer that is to pay it, which nobody has looked at: their ids."""
    site.scratch.ask(f"UPDATE tenants SET requires_payment_verification = TRUE WHERE id = {LARKFIELD}")
    [[customer]] = site.scratch.ask(f"SELECT id FROM customers WHERE tenant_id = {LARKFIELD} ORDER BY number LIMIT 1")
    boss = token_of(site, "larkfield.admin@example.com")
    lines = [{"description": "Milk for the fair", "quantity": "2", "unit_price_cents": 3000}]
    draft = call(
        site, "/api/billing/invoices", boss, customer_id=str(uuid.UUID(str(customer))), source="EVENT", lines=lines
    )
    call(site, f"/api/billing/invoices/{draft['id']}/issue", boss)
    meant = [{"invoice_id": draft["id"], "amount_cents": 6000}]
    money = {"amount_cents": 6000, "currency": "GBP", "channel": "BANK_TRANSFER", "proof_reference": "slip 7"}
    money["received_at"] = datetime.now(UTC).isoformat()
    sent = call(
        site, "/api/billing/payments", boss, customer_id=str(uuid.UUID(str(customer))), allocations=meant, **money
    )
    return draft["id"], sent["id"]


def figures(page: Any, site: Site) -> dict[str, int]:
    """What the tiles of the finance page say, in cents."""
    page.goto(site.address(FINANCE))
    tiles = page.locator(".rm-tiles > div")
    found = {}
    for place in range(tiles.count()):
        amount = tiles.nth(place).locator(".rm-money").evaluate("each => each.firstChild.textContent")
        found[tiles.nth(place).locator("dt").inner_text()] = int(amount.replace(",", "").replace(".", ""))
    return found


def test_a_payment_is_approved_its_invoice_turns_paid_and_the_finance_page_follows(site, page):
    invoice, payment = a_waiting_payment_for_an_invoice(site)
    log_in(page, site, "larkfield.finance@example.com")
    before = figures(page, site)
    page.goto(site.address(f"/admin/billing/invoice/{invoice}/change/"))
    assert page.inner_text(".rm-card .rm-state").endswith("Issued")

    page.goto(site.address(f"/admin/billing/payment/{payment}/change/"))
    assert "What it is meant for" in page.inner_text("body")
    page.click("#do-approve")
    page.fill("[name=reason]", "on the bank statement")
    page.click("#confirm")
    page.wait_for_selector("text=The payment is approved")
    page.click("section[aria-label='What it pays for'] a[href*='/invoice/']")

    page.wait_for_selector("section[aria-label='What pays for it']")
    assert page.inner_text(".rm-card .rm-state").endswith("Paid")
    paid_by = page.inner_text("section[aria-label='What pays for it']")
    assert "Bank transfer" in paid_by and "Martin Pell" in paid_by and "60.00" in paid_by

    after = figures(page, site)
    assert after["Collected"] == before["Collected"] + 6000
    assert after["Outstanding"] == before["Outstanding"] - 6000
    assert after["Paid in full"] == before["Paid in full"] + 6000

    page.click(".rm-tiles > div:has-text('Collected') a")
    page.wait_for_selector("#result_list")
    assert page.locator(f"#result_list a[href*='{invoice}']").count() == 1
