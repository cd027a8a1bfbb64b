"""What a person decides about a period, what late records change, and what becomes of it when its invoice is void."""

from datetime import UTC, date, datetime

import pytest

from billing.models import Credit, Invoice, InvoiceLine
from billing.services import delete_invoice, recover_invoice, void_invoice
from subscriptions.models import BilledPeriod, PeriodAdjustment
from subscriptions.services import change_plan
from subscriptions.services.usage_billing import (
    NoSuchPeriod,
    PeriodIsNotParked,
    UsageIsKnown,
    declare_usage,
    release_parked,
    waive_parked,
)
from subscriptions.services.usage_billing.claims import PeriodChanged
from tests import make
from tests.subscriptions.usage_bills import FEBRUARY_4, GB, HAND, JANUARY, MARCH_4, asked, bill, period, subscribed, use

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]


def test_a_charge_far_above_the_usual_waits_until_it_is_released():
    subscription = subscribed(900, plan=make.a_plan(monthly_price_cents=1000))
    assert bill().skipped_by_reason == {"parked": 1}
    row = period(subscription)
    assert (row.status, row.overage_cents, row.note) == ("PARKED", 40_000, "Parked: above 5 times the monthly price.")
    assert bill().skipped_by_reason == {"parked": 1}
    invoice = release_parked(period=row, **HAND)
    row = period(subscription)
    assert (row.status, row.invoice, invoice.total_cents) == ("BILLED", invoice, 40_000)
    assert row.note == "Released: we spoke on the phone"
    with pytest.raises(PeriodIsNotParked):
        release_parked(period=row, **HAND)
    assert bill().skipped_by_reason == {"already_billed": 1}


def test_a_parked_charge_that_is_waived_is_never_asked_for():
    subscription = subscribed(900, plan=make.a_plan(monthly_price_cents=1000))
    bill()
    assert waive_parked(period=period(subscription), **HAND).status == "WAIVED"
    use(subscription, 50)
    assert bill().skipped_by_reason == {"already_billed": 1}
    assert not Invoice.objects.exists()


def test_unknown_usage_waits_and_may_be_declared():
    silent = subscribed()
    assert bill().skipped_by_reason == {"usage_unknown": 1}
    assert not BilledPeriod.objects.exists()
    row = declare_usage(subscription=silent, period_start=JANUARY, usage_bytes=110 * GB, **HAND)
    assert (row.status, row.overage_cents, row.invoice.total_cents) == ("BILLED", 500, 500)
    with pytest.raises(UsageIsKnown):
        declare_usage(subscription=silent, period_start=JANUARY, usage_bytes=0, **HAND)
    with pytest.raises(NoSuchPeriod):
        declare_usage(subscription=silent, period_start=date(2026, 2, 1), usage_bytes=0, **HAND)
    quiet = subscribed()
    assert declare_usage(subscription=quiet, period_start=JANUARY, usage_bytes=80 * GB, **HAND).status == "DECLARED"
    assert bill().skipped_by_reason == {"already_billed": 2}


def test_07_late_records_of_a_settled_period_are_on_the_next_invoice():
    subscription = subscribed(110)
    bill()
    use(subscription, 6)
    use(subscription, 101, date(2026, 2, 10))
    bill(MARCH_4)
    adjustment = PeriodAdjustment.objects.get()
    second = Invoice.objects.get(pk=adjustment.invoice_id)
    assert (adjustment.added_cents, second.total_cents) == (300, 350)
    assert [line.source_kind for line in second.lines.all()] == ["billed_period", "period_adjustment"]
    assert bill(MARCH_4).skipped_by_reason == {"already_billed": 1}


def test_07_late_records_of_a_period_without_a_charge_are_billed_alone():
    subscription = subscribed(90)
    bill()
    use(subscription, 20)
    assert bill().invoices_created == 1
    assert (asked(), period(subscription).status) == (500, "NO_CHARGE")
    assert bill().skipped_by_reason == {"already_billed": 1}


def test_07_a_correction_that_lowers_the_usage_gives_a_credit_once():
    subscription = subscribed(110)
    record = use(subscription, 10)
    bill()
    record.delete()
    assert bill().skipped_by_reason == {"credited": 1}
    credit = Credit.objects.get()
    assert (credit.amount_cents, PeriodAdjustment.objects.get().credit) == (500, credit)
    assert bill().skipped_by_reason == {"already_billed": 1}


def test_records_that_come_too_late_change_nothing(settings):
    settings.USAGE_LATE_DAYS = 10
    subscription = subscribed(110)
    bill()
    use(subscription, 50)
    assert bill(datetime(2026, 2, 10, tzinfo=UTC)).invoices_created == 1
    use(subscription, 50)
    assert bill(datetime(2026, 2, 11, tzinfo=UTC)).invoices_created == 0


def test_a_void_invoice_frees_its_period_and_the_next_call_bills_it_anew_with_history():
    subscription = subscribed(110)
    bill()
    row = period(subscription)
    use(subscription, 2)
    void_invoice(actor=None, invoice=row.invoice, reason="wrong line", now=FEBRUARY_4)
    assert bill().invoices_created == 1
    again = period(subscription)
    assert (again.pk, again.overage_cents, asked()) == (row.pk, 600, 600)
    assert again.invoice != row.invoice
    assert [image.invoice_id for image in again.history.order_by("history_id")] == [row.invoice_id, again.invoice_id]
    assert InvoiceLine.objects.filter(is_live=True).get().invoice == again.invoice


def test_what_late_records_added_is_not_charged_twice_when_the_first_invoice_is_void():
    subscription = subscribed(110)
    bill()
    use(subscription, 6)
    bill()
    assert asked() == 800
    void_invoice(actor=None, invoice=period(subscription).invoice, reason="wrong", now=FEBRUARY_4)
    bill()
    assert asked() == 800
    for invoice in Invoice.objects.asking():
        void_invoice(actor=None, invoice=invoice, reason="wrong", now=FEBRUARY_4)
    bill()
    assert asked() == 800


def test_a_freed_period_may_be_waived():
    subscription = subscribed(110)
    bill()
    void_invoice(actor=None, invoice=period(subscription).invoice, reason="a gift", now=FEBRUARY_4)
    waive_parked(period=period(subscription), **HAND)
    assert bill().skipped_by_reason == {"already_billed": 1}
    assert asked() == 0


def test_a_declared_period_that_saw_two_plans_counts_against_both_caps_and_is_charged_by_the_last_price():
    silent = subscribed()
    larger = make.a_plan(overage_price_cents=100, data_cap_amount=310)
    change_plan(actor=None, subscription=silent, plan_id=larger.pk, from_day=date(2026, 1, 16), reason="more")
    row = declare_usage(subscription=silent, period_start=JANUARY, usage_bytes=212 * GB, **HAND)
    # 15 of 31 days of 100 GB and 16 of 310 GB are 208.39 GB: 3.61 GB beyond, at 1.00
    assert row.cap_bytes == pytest.approx((15 * 100 + 16 * 310) / 31 * GB, abs=2)
    assert (row.overage_cents, asked()) == (361, 361)


def test_a_deleted_invoice_comes_back_only_while_its_period_is_not_billed_anew():
    subscription = subscribed(110)
    bill()
    first = period(subscription).invoice
    delete_invoice(actor=None, invoice=first, now=FEBRUARY_4)
    recover_invoice(actor=None, invoice=first, now=FEBRUARY_4)
    assert bill().skipped_by_reason == {"already_billed": 1}
    delete_invoice(actor=None, invoice=first, now=FEBRUARY_4)
    bill()
    with pytest.raises(PeriodChanged):
        recover_invoice(actor=None, invoice=first, now=FEBRUARY_4)
    assert asked() == 500


def test_a_deleted_invoice_does_not_come_back_over_a_period_that_was_waived():
    subscription = subscribed(110)
    bill()
    gone = period(subscription).invoice
    delete_invoice(actor=None, invoice=gone, now=FEBRUARY_4)
    waive_parked(period=period(subscription), **HAND)
    with pytest.raises(PeriodChanged, match="billed anew, parked or waived since the invoice was deleted"):
        recover_invoice(actor=None, invoice=gone, now=FEBRUARY_4)
    assert asked() == 0


def test_an_invoice_of_late_records_comes_back_only_while_they_are_not_billed_anew():
    subscription = subscribed(110)
    bill()
    use(subscription, 6)
    bill()
    late = PeriodAdjustment.objects.get().invoice
    delete_invoice(actor=None, invoice=late, now=FEBRUARY_4)
    assert asked() == 500
    recover_invoice(actor=None, invoice=late, now=FEBRUARY_4)
    assert (bill().invoices_created, asked()) == (0, 800)
    delete_invoice(actor=None, invoice=late, now=FEBRUARY_4)
    assert bill().invoices_created == 1
    with pytest.raises(PeriodChanged):
        recover_invoice(actor=None, invoice=late, now=FEBRUARY_4)
    assert asked() == 800
