"""An ambiguous link, by real clicks: the subscription and two lines side by side, one click, and its page shows the line.

What was chosen stands: no later backfill asks again, or writes over it, whatever it is told to do with ambiguous links.
"""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from tests.browser.test_backfill_in_browser import log_in

pytestmark = [pytest.mark.subscriptions, pytest.mark.browser, pytest.mark.django_db]

NAME = "plan_subscription_subscriber_id"
LINKED = "SELECT subscriber_id FROM plan_subscriptions WHERE link_source = 'PERSON'"
CHOSEN = "SELECT id FROM subscribers WHERE username = 'asha-home'"
DECIDED = "SELECT count(*) FROM backfill_findings WHERE decision IS NOT NULL"


def two_equal_lines() -> None:
    """In the site's own database: a customer with two lines that fit equally well, and much used on one of them."""
    from accounts.models import Tenant
    from tests import legacy, make
    from tests.subscriptions.caps import GB
    from tests.subscriptions.usage import a_record

    dairy = Tenant.objects.get(slug="larkfield-dairy")
    owner = make.customer(of=dairy, name="Asha Books")
    plan = make.a_plan(dairy, name="Fibre 100")
    since, now = datetime(2025, 1, 1, tzinfo=UTC), timezone.now()
    names = ("asha-shop", "asha-home")
    shop, home = (
        make.a_subscriber(owner, username=name, download_kbps=100_000, status="ACTIVE", activated_at=since)
        for name in names
    )
    a_record(home, now - timedelta(hours=30), now, bytes_out=85 * GB)
    legacy.plan_subscription(owner, plan=plan, start_date=since.date())


def backfill(site, *words: str):
    """Write the links, as an operator does."""
    cases = ("--log-file", str(site.folder / "cases.log"))
    given = ("--execute", "--no-input", "--tenant", "larkfield-dairy", "--reason", "x", *cases)
    return site.scratch.run(f"backfill_{NAME}", *given, *words)


@pytest.fixture
def unclear(site):
    """The site after the backfill has left one link to a person."""
    made = site.scratch.start_function(two_equal_lines).wait()
    assert made.code == 0, made.err
    backfill(site)
    return site


def test_an_ambiguous_link_is_chosen_by_one_click_and_stands_on_the_subscriptions_page(unclear, page):
    log_in(page, unclear)
    page.goto(unclear.address(f"/admin/backfills/{NAME}/findings/"))
    row = page.locator(".bf-finding:has-text('Asha Books')")
    words = row.inner_text()
    assert "asha-shop" in words and "asha-home" in words and words.count("100 Mbps") == 3
    subscription = row.locator("h2 a").first.get_attribute("href")
    row.locator("button:has-text('Choose asha-home')").click()
    page.wait_for_selector("text=1 row decided")
    assert page.locator(".bf-finding:has-text('Asha Books')").count() == 0
    assert unclear.scratch.one(DECIDED) == 1

    page.goto(unclear.address(subscription))
    words = page.inner_text("body")
    assert "asha-home" in words and "Line confirmed" in words and "Used in this period" in words
    assert page.locator("canvas").count() == 1
    assert unclear.scratch.one(LINKED) == unclear.scratch.one(CHOSEN)

    again = backfill(unclear, "--ambiguous", "first-active")
    assert again.code == 0, again.out + again.err
    assert unclear.scratch.one(LINKED) == unclear.scratch.one(CHOSEN)
    assert unclear.scratch.one("SELECT count(*) FROM backfill_changes") == 0
