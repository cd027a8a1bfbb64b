"""The office's day at a route that is back: look, reconcile, explain the difference."""

import pytest

from tests.browser.test_backfill_in_browser import log_in

pytestmark = [pytest.mark.routes, pytest.mark.browser, pytest.mark.django_db]

BACK = """SELECT r.number FROM routes r JOIN tenants t ON t.id = r.tenant_id
          WHERE t.slug = 'larkfield-dairy' AND r.status = 'COMPLETED' AND NOT EXISTS (
              SELECT 1 FROM payments p WHERE p.route_id = r.id AND p.verification_status = 'PENDING_VERIFICATION')
          ORDER BY r.number LIMIT 1"""


def test_a_route_is_reconciled_and_a_difference_explained(site, page):
    log_in(page, site)
    number = site.scratch.one(BACK)
    page.goto(site.address(f"/admin/routes/route/?q={number}"))
    page.click("#result_list tbody a >> nth=0")
    page.click("#do-reconcile")
    page.fill("[name=cash_handed_over_cents]", "0.01")
    page.select_option("[name=disposition]", "CHARGED_TO_REP")
    page.fill("[name=disposition_reason]", "the bag was empty")
    page.click("#confirm")
    page.wait_for_selector("text=its figures stay as they are")
    assert site.scratch.one(f"SELECT status FROM routes WHERE number = '{number}'") == "RECONCILED"
    assert page.locator("#do-reconcile").count() == 0
