"""Billing of usage where somebody tries to make it charge twice, for nothing, for ever or by the wrong plan."""

from datetime import UTC, date, datetime

import pytest

from billing.models import Credit, Invoice, InvoiceLine
from billing.services import void_invoice
from subscriptions.models import PeriodAdjustment, PlanSubscription, PlanSubscriptionTerms
from subscriptions.services.plan_subscriptions import change_plan, link_subscriber
from subscriptions.services.usage_billing import (
    PeriodIsNotParked,
    UsageIsKnown,
    declare_usage,
    release_parked,
    waive_parked,
)
from tests import make
from tests.subscriptions.caps import changed
from tests.subscriptions.usage_bills import FEBRUARY_4, GB, HAND, JANUARY, MARCH_4, asked, bill, period, subscribed, use

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]

FEBRUARY = date(2026, 2, 1)


def void_all() -> None:
    for invoice in Invoice.objects.asking():
        void_invoice(actor=None, invoice=invoice, reason="a gift", now=FEBRUARY_4)


def voided_after_late_records() -> PlanSubscription:
    """One that was charged for 110 GB and then for 6 more; the invoice of the first is void."""
    subscription = subscribed(110)
    bill()
    use(subscription, 6)
    bill()
    void_invoice(actor=None, invoice=period(subscription).invoice, reason="another line", now=FEBRUARY_4)
    return subscription


def relink(subscription: PlanSubscription) -> PlanSubscription:
    """Say that it was on another line of its customer all along."""
    line = make.a_subscriber(subscription.customer)
    return link_subscriber(
        actor=None, subscription=subscription, subscriber_id=line.pk, reason="the cables were crossed", now=FEBRUARY_4
    )


def test_one_that_was_taken_out_is_not_billed_for_what_its_line_carries_for_another():
    gone = subscribed(110)
    changed(gone, is_active=False)
    make.a_plan_subscription(subscriber=gone.subscriber)
    answer = bill()
    assert (answer.invoices_created, answer.skipped_by_reason) == (1, {"not_in_force": 1})
    assert asked() == 500


@pytest.mark.damages_rows
def test_whatever_is_wrong_with_one_of_them_the_others_are_billed(caplog):
    for _ in range(3):
        subscribed(110)
    broken = subscribed(110, plan=make.a_plan())
    type(broken.plan).objects.filter(pk=broken.plan_id).update(overage_unit="XB")
    answer = bill(batch_size=10)
    assert (answer.invoices_created, answer.failed) == (3, 1)
    [told] = [one for one in caplog.records if one.message == "usage_billing.subscription_failed"]
    assert (told.subscription_id, told.code) == (str(broken.pk), "KeyError")


def test_nothing_of_a_waived_period_is_asked_for_though_late_records_had_added_to_it():
    subscription = subscribed(110)
    bill()
    use(subscription, 6)
    bill()
    void_all()
    waive_parked(period=period(subscription), **HAND)
    assert bill().skipped_by_reason == {"already_billed": 1}
    assert asked() == 0


def test_a_period_is_taxed_and_checked_by_the_plan_that_it_had():
    subscription = subscribed(110, plan=make.a_plan(tax_rate_bps=500, monthly_price_cents=100_000))
    use(subscription, 150, date(2026, 2, 10))
    dear = make.a_plan(tax_rate_bps=2000, monthly_price_cents=1)
    change_plan(actor=None, subscription=subscription, plan_id=dear.pk, from_day=FEBRUARY, reason="moves up")
    assert bill(MARCH_4).invoices_created == 1
    assert InvoiceLine.objects.get().tax_rate_bps == 500
    assert (period(subscription).status, period(subscription, FEBRUARY).status) == ("BILLED", "PARKED")
    release_parked(period=period(subscription, FEBRUARY), **{**HAND, "now": MARCH_4})
    assert InvoiceLine.objects.latest("id").tax_rate_bps == 2000


def test_a_charge_that_no_invoice_can_ask_for_is_parked_and_keeps_no_other_period_from_being_billed():
    subscription = subscribed(1000, plan=make.a_plan(overage_price_cents=10**13, monthly_price_cents=0))
    use(subscription, 0, date(2026, 2, 10))
    assert bill(MARCH_4).skipped_by_reason == {"parked": 1}
    row = period(subscription)
    assert (row.status, row.note) == ("PARKED", "Parked: more than an invoice can ask for.")
    assert period(subscription, FEBRUARY).status == "NO_CHARGE"
    assert bill(MARCH_4).skipped_by_reason == {"parked": 1}
    waive_parked(period=row, **HAND)
    assert bill(MARCH_4).skipped_by_reason == {"already_billed": 1}


def test_a_parked_period_is_billed_as_usual_once_its_line_is_right():
    subscription = subscribed(900, plan=make.a_plan(monthly_price_cents=1000))
    assert bill().skipped_by_reason == {"parked": 1}
    use(relink(subscription), 104)
    assert bill().invoices_created == 1
    row = period(subscription)
    assert (row.status, row.overage_cents, row.note, asked()) == ("BILLED", 200, "", 200)


def test_a_parked_period_is_written_again_only_when_it_says_something_else():
    subscription = subscribed(900, plan=make.a_plan(monthly_price_cents=1000))
    for _ in range(2):
        bill()
    assert period(subscription).history.count() == 1
    use(subscription, 2)
    assert bill().skipped_by_reason == {"parked": 1}
    assert (period(subscription).overage_cents, period(subscription).history.count()) == (40_100, 2)


def test_a_period_whose_void_invoice_was_for_another_line_may_be_declared():
    subscription = subscribed(110)
    bill()
    void_all()
    relink(subscription)
    assert bill().skipped_by_reason == {"usage_unknown": 1}
    row = declare_usage(subscription=subscription, period_start=JANUARY, usage_bytes=104 * GB, **HAND)
    assert (row.status, row.overage_cents, asked()) == ("BILLED", 200, 200)
    with pytest.raises(UsageIsKnown):
        declare_usage(subscription=subscription, period_start=JANUARY, usage_bytes=0, **HAND)
    assert bill().skipped_by_reason == {"already_billed": 1}


def test_what_late_records_had_charged_is_given_back_when_less_is_declared():
    subscription = voided_after_late_records()
    relink(subscription)
    row = declare_usage(subscription=subscription, period_start=JANUARY, usage_bytes=104 * GB, **HAND)
    assert (row.status, asked(), Credit.objects.get().amount_cents) == ("DECLARED", 300, 100)
    assert bill().skipped_by_reason == {"already_billed": 1}


def test_what_late_records_had_charged_is_given_back_when_the_right_line_used_less():
    subscription = voided_after_late_records()
    use(relink(subscription), 101)
    assert bill().skipped_by_reason == {"credited": 1}
    assert (asked(), Credit.objects.get().amount_cents, period(subscription).status) == (300, 250, "NO_CHARGE")
    assert bill().skipped_by_reason == {"already_billed": 1}


def test_what_is_parked_says_nothing_of_what_is_usual():
    plan = make.a_plan(monthly_price_cents=1000)
    subscription = subscribed(160, plan=plan, start_date=date(2025, 10, 1))
    for month, gigabytes in ((10, 104), (11, 104), (12, 220)):
        use(subscription, gigabytes, date(2025, month, 10))
    bill()
    assert period(subscription, date(2025, 12, 1)).status == "PARKED"
    assert (period(subscription).status, period(subscription).overage_cents) == ("BILLED", 3000)


def test_what_late_records_added_belongs_to_what_is_usual():
    subscription = subscribed(160, plan=make.a_plan(monthly_price_cents=1000), start_date=date(2025, 10, 1))
    for gigabytes in (90, 14):
        for month in (10, 11, 12):
            use(subscription, gigabytes, date(2025, month, 10))
        bill(datetime(2026, 1, 4, tzinfo=UTC))
    assert asked() == 600
    assert bill().skipped_by_reason == {"parked": 1}
    assert "what the last 3 periods cost in the middle" in period(subscription).note


def test_records_count_instead_of_what_was_declared_once_they_come():
    subscription = subscribed()
    declare_usage(subscription=subscription, period_start=JANUARY, usage_bytes=80 * GB, **HAND)
    use(subscription, 110)
    assert bill().invoices_created == 1
    assert (asked(), PeriodAdjustment.objects.get().added_cents) == (500, 500)


def test_nobody_waits_for_records_of_days_that_cost_nothing_whatever_was_used():
    subscription = subscribed(plan=make.a_plan(overage_price_cents=0))
    change_plan(actor=None, subscription=subscription, plan_id=make.a_plan().pk, from_day=FEBRUARY, reason="moves up")
    use(subscription, 110, date(2026, 2, 10))
    assert bill(MARCH_4).invoices_created == 1
    assert (period(subscription).status, period(subscription, FEBRUARY).overage_cents) == ("NO_CHARGE", 500)


def test_each_invoice_is_in_one_currency_and_what_is_charged_in_another_goes_on_the_next():
    subscription = subscribed(110)
    dollars = make.a_plan(currency="USD")
    PlanSubscriptionTerms.objects.create(
        tenant=subscription.tenant, subscription=subscription, plan=dollars, subscriber=subscription.subscriber,
        first_day=JANUARY, last_day=date(2026, 1, 31),
    )  # fmt: skip
    changed(subscription, terms_since=FEBRUARY)
    use(subscription, 120, date(2026, 2, 10))
    assert [bill(MARCH_4).invoices_created for _ in range(3)] == [1, 1, 0]
    use(subscription, 6)
    use(subscription, 4, date(2026, 2, 10))
    assert [bill(MARCH_4).invoices_created for _ in range(3)] == [1, 1, 0]
    made = Invoice.objects.order_by("sequence").values_list("currency", "total_cents")
    assert list(made) == [("USD", 500), ("BDT", 1000), ("USD", 300), ("BDT", 200)]
    assert {added.invoice.currency for added in PeriodAdjustment.objects.all()} == {"USD", "BDT"}


def test_late_records_far_above_the_usual_are_told_on_the_billed_period_and_asked_for_by_its_next_invoice():
    subscription = subscribed(110, plan=make.a_plan(monthly_price_cents=1000))
    bill()
    use(subscription, 300)
    for _ in range(2):
        assert bill().skipped_by_reason == {"parked": 1}
    row = period(subscription)
    assert (row.status, row.history.count(), asked()) == ("BILLED", 2, 500)
    assert row.note == (
        "Late records would charge 15000 cents more: above 5 times the monthly price. To ask for it, make its invoice void."
    )
    void_all()
    bill()
    release_parked(period=period(subscription), **HAND)
    assert asked() == 15_500


def test_late_records_far_above_the_usual_park_only_what_was_not_asked_for_yet():
    subscription = subscribed(90, plan=make.a_plan(monthly_price_cents=1000))
    bill()
    use(subscription, 20)
    assert bill().invoices_created == 1
    use(subscription, 300)
    assert bill().skipped_by_reason == {"parked": 1}
    assert (period(subscription).status, period(subscription).overage_cents) == ("PARKED", 15_000)
    release_parked(period=period(subscription), **HAND)
    assert (asked(), PeriodAdjustment.objects.get().added_cents) == (15_500, 500)
    assert bill().skipped_by_reason == {"already_billed": 1}


def test_what_a_live_invoice_asks_for_is_not_waived_beside_it():
    subscription = subscribed(110)
    bill()
    with pytest.raises(PeriodIsNotParked):
        waive_parked(period=period(subscription), **HAND)


def test_a_credit_is_in_the_currency_of_its_period():
    subscription = subscribed(110, plan=make.a_plan(currency="JPY"))
    bill()
    subscription = relink(subscription)
    use(subscription, 104)
    bill()
    assert list(Credit.objects.values_list("currency", "amount_cents")) == [("JPY", 300)]
