"""A closed period is billed once, whatever happened to the subscription, and never for nothing."""

from datetime import UTC, date, datetime

import pytest

from billing.models import Invoice, InvoiceLine
from subscriptions.models import BILLED_PERIOD, BilledPeriod
from tests import make
from tests.subscriptions.usage_bills import FEBRUARY_4, GB, bill, period, subscribed, use

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]


def test_what_was_used_beyond_the_cap_is_invoiced_in_the_same_commit_as_its_row():
    customer = make.customer()
    subscription = subscribed(103.25, of=customer)
    answer = bill()
    row = period(subscription)
    invoice = Invoice.objects.get()
    assert (row.status, row.overage_bytes, row.overage_cents) == ("BILLED", 3 * GB + GB // 4, 163)
    assert (row.usage_bytes, row.cap_bytes) == (103 * GB + GB // 4, 100 * GB)
    assert row.invoice == invoice
    assert (invoice.number, invoice.source, invoice.status) == ("USE-2026-0001", "USAGE", "ISSUED")
    assert (invoice.customer, invoice.total_cents, invoice.currency) == (customer, 163, "BDT")
    assert (invoice.period_start, invoice.period_end) == (date(2026, 1, 1), date(2026, 1, 31))
    line = InvoiceLine.objects.get()
    assert (line.source_kind, line.source_id, line.total_cents) == (BILLED_PERIOD, row.pk, 163)
    assert line.description == "Data beyond the cap, 2026-01-01 to 2026-01-31: 3.25 GB"
    assert answer.as_entry() == {
        "status": "finished",
        "run_id": str(answer.run_id),
        "processed": 1,
        "invoices_created": 1,
        "skipped": 0,
        "skipped_by_reason": {},
        "failed": 0,
        "remaining": 0,
    }


def test_it_is_due_and_taxed_as_an_invoice_that_is_issued_alone():
    customer = make.customer()
    plan = make.a_plan(tax_rate_bps=1500)
    subscribed(110, of=customer, plan=plan)
    bill()
    invoice, line = Invoice.objects.get(), InvoiceLine.objects.get()
    alone = make.issue(
        make.draft(to=customer, lines=[{**make.line(1, 500), "tax_rate_bps": 1500}], source="USAGE"), now=FEBRUARY_4
    )
    for name in ("status", "currency", "due_at", "issued_at", "total_cents", "counts_by_allocations", "series"):
        assert getattr(invoice, name) == getattr(alone, name), name
    assert line.tax_cents == alone.lines.get().tax_cents == 65


def test_a_second_call_bills_nothing_twice():
    subscribed(120)
    assert bill().invoices_created == 1
    again = bill()
    assert (again.processed, again.skipped_by_reason) == (1, {"already_billed": 1})
    assert Invoice.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "gigabytes", "reason"),
    [
        ({"plan": {"data_cap_amount": None}}, 500, "no_data_cap"),
        ({"plan": {"overage_price_cents": 0}}, 500, "no_overage_price"),
        ({}, 99, "no_overage"),
        ({}, None, "usage_unknown"),
        ({"start_date": date(2026, 1, 20)}, 200, "period_not_closed"),
        ({"plan": {"monthly_price_cents": 1}}, 200, "parked"),
    ],
)
def test_each_reason_to_skip_has_its_word(fields, gigabytes, reason):
    plan = make.a_plan(**fields.pop("plan", {}))
    subscribed(gigabytes, plan=plan, **fields)
    answer = bill()
    assert (answer.processed, answer.skipped, answer.skipped_by_reason) == (1, 1, {reason: 1})
    assert not Invoice.objects.exists()


def test_nothing_is_invoiced_that_costs_nothing():
    exactly, a_byte_more = subscribed(100), subscribed()
    use(a_byte_more, 0, used_bytes=100 * GB + 1)
    assert bill().skipped_by_reason == {"no_overage": 2}
    assert [period(one).status for one in (exactly, a_byte_more)] == ["NO_CHARGE", "NO_CHARGE"]
    assert period(a_byte_more).overage_bytes == 1
    assert not Invoice.objects.exists()


def test_periods_that_were_missed_are_all_on_one_invoice():
    subscription = subscribed(110)
    use(subscription, 90, date(2026, 2, 10))
    use(subscription, 104, date(2026, 3, 10))
    bill(datetime(2026, 4, 4, tzinfo=UTC))
    invoice = Invoice.objects.get()
    assert [line.total_cents for line in invoice.lines.all()] == [500, 200]
    assert (invoice.total_cents, invoice.period_start, invoice.period_end) == (700, date(2026, 1, 1), date(2026, 3, 31))
    assert list(BilledPeriod.objects.order_by("period_start").values_list("status", flat=True)) == [
        "BILLED",
        "NO_CHARGE",
        "BILLED",
    ]


def test_a_period_waits_for_late_records_to_the_hour():
    subscribed(110)
    assert bill(datetime(2026, 2, 2, 23, 59, 59, tzinfo=UTC)).skipped_by_reason == {"period_not_closed": 1}
    assert bill(datetime(2026, 2, 3, tzinfo=UTC)).invoices_created == 1


def test_a_call_with_a_limit_says_what_remains_and_the_next_one_goes_on():
    for _ in range(5):
        subscribed(110)
    answers = [bill(limit=2).as_entry() for _ in range(3)]
    assert [answer["processed"] for answer in answers] == [2, 2, 1]
    assert [answer["remaining"] for answer in answers] == [3, 1, 0]
    assert [invoice.number for invoice in Invoice.objects.order_by("number")] == [
        f"USE-2026-{number:04d}" for number in range(1, 6)
    ]
