"""Pages of internet plans: usage of the period against the cap, warnings, settled periods, and what was rejected."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.services import void_invoice
from subscriptions.models import BilledPeriod, DataCapAlert
from tests import make
from tests.admin.backfills.clicks import text_of
from tests.admin.business import page
from tests.subscriptions.caps import GB, changed, used, watched
from tests.subscriptions.usage_bills import use

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]


@pytest.fixture
def subscription():
    """85 of 100 GB used within the period that runs now."""
    now = timezone.now()
    started = make.a_plan_subscription(start_date=(now - timedelta(days=10)).date())
    used(60 * GB, of=started, on=now - timedelta(days=5))
    used(25 * GB, of=started, on=now)
    watched(now)
    return started


def shown(client, row):
    """The object's page."""
    return client.get(page(type(row), "change", row.pk))


def test_a_subscription_shows_its_usage_against_the_cap_and_the_forecast(subscription, bookkeeper):
    answer = shown(bookkeeper, subscription)
    words = text_of(answer)
    assert "Used in this period 85 GB" in words and "of a cap of 100 GB" in words and "Share of the cap 85 %" in words
    assert "Expected at its end" in words and "if it goes on as it began" in words
    chart = json.loads(answer.context["usage_chart"]["data"])
    series = {each["label"]: each["data"] for each in chart["datasets"]}
    past = [value for value in series["Used (GB)"] if value is not None]
    assert (past[-1], len(past), set(series["Cap (GB)"])) == (85, 11, {100})
    assert max(past[:5]) < 60 <= past[6] <= past[-1], "it is a running sum"
    assert series["Forecast (GB)"][10] == 85 and series["Forecast (GB)"][-1] > 200
    assert "85 GB used of 100 GB" in answer.context["usage_says"]


def test_its_warnings_and_settled_periods_are_listed_with_their_invoices(subscription, bookkeeper):
    invoice = make.invoice(1000, to=subscription.customer)
    settled(subscription, status="BILLED", invoice=invoice, overage_bytes=20 * GB, overage_cents=1000)
    answer = shown(bookkeeper, subscription)
    words = text_of(answer)
    assert "80 %" in words and "Tell them" in words
    assert "1 to 31 January 2025" in words and "Billed" in words and invoice.number in words
    assert reverse("admin:billing_invoice_change", args=[invoice.pk]) in answer.content.decode()


def test_unknown_usage_is_said_and_not_shown_as_nothing(bookkeeper):
    words = text_of(shown(bookkeeper, make.a_plan_subscription()))
    assert "Used in this period unknown" in words and "No records of a line that was active" not in words
    assert "is not known: no records of a line that was active" in words


def test_unknown_usage_has_no_picture(bookkeeper):
    assert "usage_chart" not in shown(bookkeeper, make.a_plan_subscription()).context


def test_a_missing_line_is_said_with_the_way_to_choose_it(bookkeeper):
    unlinked = changed(make.a_plan_subscription(), subscriber=None, link_source="")
    answer = shown(bookkeeper, unlinked)
    assert "Nobody knows which line it is" in text_of(answer)
    assert "/backfills/plan_subscription_subscriber_id/findings/" in answer.content.decode()
    listed = text_of(bookkeeper.get(page(type(unlinked), "changelist") + "?line=missing"))
    assert "Missing" in listed and unlinked.customer.name in listed


def test_a_subscription_that_has_not_begun_has_no_picture(bookkeeper):
    later = make.a_plan_subscription(start_date=(timezone.now() + timedelta(days=9)).date())
    answer = shown(bookkeeper, later)
    assert "To come" in text_of(answer) and "usage_chart" not in answer.context


def test_a_customer_with_a_log_in_was_told(subscription, bookkeeper):
    changed(subscription.customer, user=make.user("CUSTOMER", of=subscription.tenant))
    [alert] = DataCapAlert.objects.all()
    assert "The customer was told on" in text_of(shown(bookkeeper, alert))
    assert "Told" in text_of(shown(bookkeeper, subscription))


def test_a_plan_says_what_more_than_its_cap_costs(bookkeeper):
    answer = shown(bookkeeper, make.a_plan(overage_price_cents=30))
    assert "Beyond it 0.30 EUR a GB" in text_of(answer).replace("BDT", "EUR")
    assert "&lt;span" not in answer.content.decode()


def test_a_warning_says_when_how_much_and_whether_it_still_holds(subscription, bookkeeper):
    [alert] = DataCapAlert.objects.all()
    words = text_of(shown(bookkeeper, alert))
    assert "reached 80 %" in words and "Used then 85 GB" in words and "of a cap of 100 GB" in words
    assert "The customer has no log-in, so nobody told them: call them." in words
    lists = [
        text_of(bookkeeper.get(page(DataCapAlert, "changelist") + f"?state={state}")) for state in ("open", "resolved")
    ]
    assert [subscription.customer.name in listed for listed in lists] == [True, False]


def settled(subscription, **fields):
    """A period of January 2025, settled as these fields say."""
    said = {
        "tenant": subscription.tenant,
        "period_start": date(2025, 1, 1),
        "period_end": date(2025, 1, 31),
        "usage_bytes": 120 * GB,
        "cap_bytes": 100 * GB,
        "currency": "BDT",
        "measured_at": datetime(2025, 2, 3, tzinfo=UTC),
    }
    return BilledPeriod.objects.create(subscription=subscription, **said | fields)


def test_a_parked_period_says_that_a_person_must_look(subscription, bookkeeper):
    parked = settled(subscription, status="PARKED", overage_bytes=20 * GB, overage_cents=100_000)
    words = text_of(shown(bookkeeper, parked))
    assert "Waits for a person" in words and "far more than usual" in words and "1,000.00 BDT" in words


@pytest.fixture
def parked(subscription):
    """A charge that waits for a person."""
    return settled(subscription, status="PARKED", overage_bytes=20 * GB, overage_cents=100_000)


def do(client, row, action, **form):
    """Confirm an action on a row."""
    address = reverse(f"admin:do_{row._meta.model_name}_{action}", args=[row.pk])
    return client.post(address, {"reason": "asked them", **form}, follow=True)


def test_a_parked_charge_is_waived_with_a_reason(parked, bookkeeper):
    assert f"/billedperiod/{parked.pk}/waive/" in shown(bookkeeper, parked).content.decode()
    assert "asked for nothing" in text_of(do(bookkeeper, parked, "waive"))
    parked.refresh_from_db()
    assert (parked.status, parked.note) == ("WAIVED", "Waived: asked them")
    assert "Release" not in text_of(shown(bookkeeper, parked))
    refused = do(bookkeeper, parked, "release")
    assert refused.status_code == 409 and "does not wait for a person" in text_of(refused)


def test_a_charge_whose_invoice_is_void_may_be_waived_before_it_is_billed_anew(subscription, bookkeeper):
    invoice = make.invoice(to=subscription.customer)
    billed = settled(subscription, status="BILLED", overage_bytes=20 * GB, overage_cents=1000, invoice=invoice)
    assert "Waive" not in text_of(shown(bookkeeper, billed))
    void_invoice(actor=None, invoice=invoice, reason="a gift", now=timezone.now())
    assert "asked for nothing" in text_of(do(bookkeeper, billed, "waive"))
    billed.refresh_from_db()
    assert billed.status == "WAIVED"


def test_home_counts_customers_whose_charge_waits(parked, bookkeeper):
    home = bookkeeper.get(reverse("admin:index"))
    assert "Customers with a parked charge 1" in text_of(home)
    assert "billedperiod/?status__exact=PARKED" in home.content.decode()


def test_what_was_used_is_declared_by_a_person_where_no_records_tell_it(bookkeeper):
    first_day = (timezone.now() - timedelta(days=70)).date().replace(day=1)
    silent = make.a_plan_subscription(start_date=first_day)
    answer = do(bookkeeper, silent, "declare-usage", period_start=str(first_day), quantity="80", unit="GB")
    assert "is declared" in text_of(answer), text_of(answer)[-800:]
    [row] = BilledPeriod.objects.filter(subscription=silent)
    assert (row.status, row.usage_bytes) == ("DECLARED", 80 * GB)
    again = do(bookkeeper, silent, "declare-usage", period_start=str(first_day), quantity="1", unit="GB")
    assert again.status_code == 422 and str(first_day) in text_of(again)
    row.refresh_from_db()
    assert row.usage_bytes == 80 * GB


def test_only_periods_without_records_are_offered_to_be_declared(bookkeeper):
    first_day = (timezone.now() - timedelta(days=70)).date().replace(day=1)
    silent = make.a_plan_subscription(start_date=first_day)
    page = reverse("admin:do_plansubscription_declare-usage", args=[silent.pk])
    assert f'value="{first_day}"' in bookkeeper.get(page).content.decode()
    do(bookkeeper, silent, "declare-usage", period_start=str(first_day), quantity="80", unit="GB")
    assert f'value="{first_day}"' not in bookkeeper.get(page).content.decode()


def test_a_period_that_waits_to_be_billed_with_its_records_is_not_offered_to_be_declared(bookkeeper):
    first_day = (timezone.now() - timedelta(days=70)).date().replace(day=1)
    told = make.a_plan_subscription(start_date=first_day)
    for month in range(3):
        use(told, 10, first_day + timedelta(days=30 * month + 3))
    answer = bookkeeper.get(reverse("admin:do_plansubscription_declare-usage", args=[told.pk]))
    assert "there is nothing to declare" in text_of(answer)


def test_a_released_charge_leads_to_its_invoice(bookkeeper):
    first_day = (timezone.now() - timedelta(days=70)).date().replace(day=1)
    begun = make.a_plan_subscription(start_date=first_day)
    waiting = settled(
        begun,
        status="PARKED",
        period_start=first_day,
        period_end=(first_day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1),
        overage_bytes=20 * GB,
        overage_cents=100_000,
    )
    answer = do(bookkeeper, waiting, "release")
    waiting.refresh_from_db()
    assert waiting.status == "BILLED" and waiting.invoice.total_cents == 100_000
    assert waiting.invoice.number in text_of(answer)
