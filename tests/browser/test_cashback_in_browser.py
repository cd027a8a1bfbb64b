"""Points by real clicks, from the first to the last: earned on a loan, redeemed by phone, paid out by the office."""

from datetime import date, timedelta
from typing import Any

import pytest

from accounts.demo.people import PASSWORD
from tests.browser.test_backfill_in_browser import log_in

pytestmark = [pytest.mark.cashback, pytest.mark.browser, pytest.mark.django_db]

HAS = "SELECT coalesce(sum(a.balance_cents), 0) FROM cashback_accounts a JOIN users u ON u.id = a.user_id WHERE u.email = '{}'"
STATUS = "SELECT status FROM cashback_redemption WHERE payout_reference = 'UPI-2042'"
ALL_TOGETHER = "SELECT sum(balance_cents) - sum(debt_cents) FROM cashback_accounts"


def switch_to(page: Any, site: Any, who: str) -> None:
    """Somebody else sits down at the same desk."""
    page.context.clear_cookies()
    log_in(page, site, who)


def lend_and_record(page: Any, site: Any, customer: str) -> None:
    """36,000.00 at 12 % thirty days ago; she earns 5 % of the interest; 1,360.00 are paid today, 360.00 of them interest."""
    page.goto(site.address("/admin/cashback/open-loan/"))
    today = date.fromisoformat(page.input_value("[name=started_on]"))
    page.fill("[name=customer]", customer)
    page.fill("[name=loan_name]", "Scooter loan")
    page.fill("[name=principal_cents]", "36000")
    page.fill("[name=interest_rate]", "12")
    page.fill("[name=started_on]", str(today - timedelta(days=30)))
    page.click("#confirm")
    page.click("#do-set-cashback")
    page.fill("[name=user]", customer)
    page.fill("[name=cashback_value]", "5")
    page.click("#confirm")
    page.wait_for_selector("text=5 %")
    page.click("#do-pay")
    page.fill("[name=amount_cents]", "1360")
    page.fill("[name=transaction_id]", "TX-2042")
    page.click("#confirm")
    page.wait_for_selector("text=a colleague verifies it")


def ask(page: Any, site: Any, path: str, token: str = "", **said: Any) -> Any:
    """What the API answers to a phone; without anything said, a question."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    address = site.address(f"/api/{path}")
    if not said:
        return page.request.get(address, headers=headers).json()
    answer = page.request.post(address, headers={**headers, "Idempotency-Key": f"phone-{path}"}, data=said)
    assert answer.status in {200, 201}, answer.text()
    return answer.json()


def balance_on_the_page(page: Any, site: Any, customer: str) -> str:
    """What her account's page says that she has."""
    page.goto(site.address(f"/admin/cashback/cashbackaccount/?q={customer}"))
    page.click("#result_list tbody a >> nth=0")
    return page.inner_text(".rm-figures div:last-child dd >> nth=0")


def test_points_are_earned_redeemed_and_paid_out(site, page):
    customer = site.scratch.one("SELECT email FROM users WHERE name = 'Kavita Rao'")
    admin, finance = (
        site.scratch.one(f"SELECT email FROM users WHERE email LIKE 'lotus.{role}@%'") for role in ("admin", "finance")
    )
    before = site.scratch.one(HAS.format(customer))
    log_in(page, site, admin)
    lend_and_record(page, site, customer)
    assert site.scratch.one(HAS.format(customer)) == before, "nothing is earned before it is verified"

    switch_to(page, site, finance)
    page.goto(site.address("/admin/cashback/to-verify/"))
    case = page.locator(".cb-case").filter(has_text="TX-2042")
    assert "360.00" in case.inner_text() and "18.00" in case.inner_text()
    case.get_by_role("button", name="Verify", exact=True).click()
    page.wait_for_selector("text=its cashback is booked")
    assert page.locator(".cb-case").filter(has_text="TX-2042").count() == 0
    assert site.scratch.one(HAS.format(customer)) == before + 1_800
    assert f"{(before + 1_800) / 100:,.2f}" in balance_on_the_page(page, site, customer)
    assert "5 % of 360.00" in page.inner_text(".rm-story")

    token = ask(page, site, "auth/login", email=customer, password=PASSWORD)["token"]
    assert ask(page, site, "cashback/balance", token)["balance_cents"] == before + 1_800
    upi = {"redemption_type": "upi", "upi_id": "kavita.rao@okbank"}
    asked = ask(page, site, "cashback/redemptions", token, points_cents=1_500, **upi)
    assert asked["status"] == "pending" and site.scratch.one(HAS.format(customer)) == before + 300

    switch_to(page, site, admin)
    page.goto(site.address("/admin/cashback/to-pay/"))
    case = page.locator(f"#case-{asked['id']}")
    assert "15.00" in case.inner_text() and "kavita.rao@okbank" not in page.content()
    case.get_by_role("link", name="Show where to pay").click()
    page.click("#confirm")
    page.wait_for_selector("text=kavita.rao@okbank")
    page.goto(site.address("/admin/cashback/to-pay/"))
    case.get_by_label("Payout reference").fill("UPI-2042")
    case.get_by_role("button", name="Paid out", exact=True).click()
    page.wait_for_selector("text=It is written down as paid out")
    assert case.count() == 0
    assert site.scratch.one(STATUS) == "completed" and site.scratch.one(HAS.format(customer)) == before + 300
    assert f"{(before + 300) / 100:,.2f}" in balance_on_the_page(page, site, customer)
    [mine] = [row for row in ask(page, site, "cashback/redemptions", token)["results"] if row["id"] == asked["id"]]
    assert (mine["status"], mine["payout_reference"]) == ("completed", "UPI-2042")
    assert site.scratch.one(ALL_TOGETHER) == 0
