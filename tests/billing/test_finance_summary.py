"""The finance summary: each figure by an example."""

import pytest

from billing import services
from billing.models import Invoice, Payment
from billing.rules.invoice_source import SOURCES
from billing.selectors.finance import finance_summary
from tests import legacy, make

pytestmark = [pytest.mark.finance, pytest.mark.django_db]
NOW = make.NOW
NOTHING = {"count": 0, "total_cents": 0}


def summary(tenant=None, **asked):
    asked.setdefault("period", "ALL_TIME")
    return finance_summary(tenant or make.tenant(), now=asked.pop("now", NOW), **asked)


def totals(**asked):
    """The totals as short tuples: `{"outstanding": (count, cents), …}`."""
    found = summary(**asked)["totals"]
    return {
        name: (value["count"], value["total_cents"]) if isinstance(value, dict) else value
        for name, value in found.items()
    }


def pay(invoice, cents, **fields):
    """Pay part of an invoice."""
    paid = make.payment(cents, by=invoice.customer, **fields)
    services.allocate_payment(
        actor=None,
        payment=paid,
        splits=[{"invoice": invoice, "amount_cents": min(cents, invoice.balance_cents)}],
        now=NOW,
    )
    return paid


def test_a_business_without_invoices_has_zeros_in_every_figure():
    found = summary()
    assert found["totals"] == {
        **dict.fromkeys(("outstanding", "collected", "cancelled"), NOTHING),
        **dict.fromkeys(("credited_cents", "via_legacy_cents", "overpaid_cents", "unallocated_cents"), 0),
    }
    assert found["by_source"] == {source: {"outstanding": NOTHING, "collected": NOTHING} for source in SOURCES}
    assert found["by_status"] == dict.fromkeys(("OUTSTANDING", "PAID", "CANCELLED"), NOTHING)
    assert (found["currency"], found["other_currencies"]) == ("BDT", [])


def test_a_part_paid_invoice_is_outstanding_with_its_balance_and_collected_with_its_paid_part():
    shop = make.customer()
    whole, part, void = (make.invoice(10_000, to=shop) for _ in range(3))
    pay(whole, 10_000)
    pay(part, 4_000)
    services.void_invoice(actor=None, invoice=void, reason="mistake", now=NOW)
    found = totals()
    assert (found["outstanding"], found["collected"], found["cancelled"]) == ((1, 6_000), (2, 14_000), (1, 10_000))
    by_status = summary()["by_status"]
    assert by_status["PAID"] == {"count": 1, "total_cents": 10_000}


def test_a_donation_that_is_unpaid_is_outstanding_like_any_other():
    make.invoice(700, source="DONATION")
    assert summary()["by_source"]["DONATION"]["outstanding"] == {"count": 1, "total_cents": 700}


def test_what_a_credit_has_paid_was_not_collected():
    invoice = make.invoice(900)
    services.issue_credit_note(actor=None, invoice=invoice, amount_cents=300, reason="broken", now=NOW)
    pay(Invoice.objects.get(pk=invoice.pk), 200)
    found = totals()
    assert (found["outstanding"], found["collected"], found["credited_cents"]) == ((1, 400), (1, 200), 300)


def test_an_invoice_paid_by_credit_alone_was_not_collected_from_anybody():
    services.write_off_invoice(actor=None, invoice=make.invoice(900), reason="gone", now=NOW)
    found = totals()
    assert (found["outstanding"], found["collected"], found["credited_cents"]) == ((0, 0), (0, 0), 900)


def test_a_refund_takes_back_what_was_collected():
    invoice = make.invoice(900)
    paid = pay(invoice, 900)
    services.reverse_payment(actor=None, payment=paid, reason="bounced", now=NOW)
    found = totals()
    assert (found["outstanding"], found["collected"]) == ((1, 900), (0, 0))


def test_invoices_over_nothing_and_deleted_ones_are_in_no_figure():
    make.invoice(0)
    services.delete_invoice(actor=None, invoice=make.invoice(500), now=NOW)
    assert totals()["outstanding"] == totals()["cancelled"] == (0, 0)
    assert summary()["by_status"]["PAID"] == NOTHING


def test_drafts_void_and_failed_ones_are_cancelled_and_drafts_have_no_day():
    make.draft(100)
    legacy.invoice(200, status="FAILED")
    assert totals()["cancelled"] == (2, 300)
    assert totals(period="YEAR_TO_DATE")["cancelled"] == (1, 200)


def test_what_a_payment_leaves_is_unallocated_and_never_collected():
    pay(make.invoice(900), 1_000)
    found = totals()
    assert (found["collected"], found["unallocated_cents"], found["overpaid_cents"]) == ((1, 900), 100, 0)


def test_money_that_waits_or_failed_is_nowhere():
    for status, verification in (
        ("PENDING", "PENDING_VERIFICATION"),
        ("FAILED", "REJECTED"),
        ("REVERSED", "NOT_REQUIRED"),
    ):
        legacy.payment(500, status=status, verification_status=verification)
    assert totals()["unallocated_cents"] == 0


def test_an_old_invoice_counts_by_its_legacy_money_and_says_so():
    paid, part = legacy.invoice(900, status="PAID"), legacy.invoice(900)
    legacy.payment(400, by=part.customer, invoice=part)
    found = totals()
    assert (found["outstanding"], found["collected"], found["via_legacy_cents"]) == ((1, 500), (2, 1_300), 1_300)
    assert found["unallocated_cents"] == 0, "the payment is spoken for"
    assert paid.status == "PAID"


def test_what_was_paid_beyond_an_old_invoice_is_overpaid_and_not_collected():
    old = legacy.invoice(900, status="PAID")
    legacy.payment(1_000, by=old.customer, invoice=old)
    found = totals()
    assert (found["collected"], found["overpaid_cents"], found["unallocated_cents"]) == ((1, 900), 100, 0)


@pytest.mark.damages_rows
def test_writing_the_allocations_of_an_old_invoice_moves_no_figure_but_the_legacy_one():
    old = legacy.invoice(900)
    legacy.payment(1_000, by=old.customer, invoice=old)
    before = totals()
    backfilled(old)
    assert totals() == {**before, "via_legacy_cents": 0}
    assert before["via_legacy_cents"] == 900


def backfilled(old):
    """Give an old invoice its allocations, as the backfill does."""
    Invoice.objects.filter(pk=old.pk).update(counts_by_allocations=True)
    old.refresh_from_db()
    payment = Payment.objects.get(invoice=old)
    services.allocate_payment(
        actor=None, payment=payment, splits=[{"invoice": old, "amount_cents": old.total_cents}], now=NOW
    )


@pytest.mark.parametrize("naming", ["another customer", "void", "deleted", "another currency"])
def test_a_payment_that_names_an_invoice_it_cannot_have_paid_is_unallocated(naming):
    shop = make.customer()
    fields = {
        "another customer": {},
        "void": {"to": shop, "status": "VOID"},
        "deleted": {"to": shop, "deleted_at": NOW},
        "another currency": {"to": shop, "currency": "USD"},
    }[naming]
    legacy.payment(400, by=shop, invoice=legacy.invoice(900, **fields))
    found = totals()
    assert (found["collected"], found["unallocated_cents"], found["via_legacy_cents"]) == ((0, 0), 400, 0)


@pytest.mark.parametrize(
    ("spelt", "source"),
    [("EVT", "EVENT"), (" evt ", "EVENT"), ("due", "DUES"), ("DON", "DONATION"), ("manual", "OTHER"), ("", "OTHER")],
)
def test_the_old_spellings_of_a_source_are_one_source(spelt, source):
    legacy.invoice(900, source=spelt)
    assert summary()["by_source"][source]["outstanding"] == {"count": 1, "total_cents": 900}
