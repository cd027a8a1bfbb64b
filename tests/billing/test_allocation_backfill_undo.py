"""The undo of the allocation backfill: everything as it was, by compensating rows; what somebody touched since stays, listed."""

from typing import Any

import pytest
from django.db.models import F, Sum

from billing import services as billing
from billing.models import Allocation, Invoice, Payment, PaymentAuditLog
from billing.selectors.finance import finance_summary
from operations.backfill import backfill_named
from operations.backfill.preview import preview
from operations.backfill.request import Request
from operations.backfill.runs import cancel_run
from operations.models import BackfillRun
from operations.services.backfills import ask_for_undo
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.billing.test_allocation_backfill_rules import NAME, PAID_AT, money_on, old_invoice
from tests.engine.here import execute, found, undo

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]

COLUMNS = ("pk", "status", "paid_at", "allocated_cents", "counts_by_allocations", "total_cents")


@pytest.fixture(autouse=True)
def no_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else writes meanwhile."""
    monkeypatch.setattr("operations.backfill.runner.SQLITE_REST_SECONDS", 0)


def old_books() -> list[Invoice]:
    """One of every kind that the backfill writes."""
    return [
        old_invoice(10_000, status="PAID"),
        old_invoice(10_000, 4_000, status="PAID"),
        old_invoice(10_000, 4_000, 9_000, status="PAID"),
        old_invoice(10_000, 10_000, status="PAID", paid_at=None),
        old_invoice(10_000, 4_000, 1_000, status="PARTIALLY_PAID", paid_at=PAID_AT),
        old_invoice(10_000, 4_000, status="ISSUED"),
        old_invoice(10_000, status="ISSUED", due_at=PAID_AT),
        old_invoice(0, status="ISSUED"),
    ]


def stored() -> dict[str, Any]:
    """What an undo must bring back: the invoices' columns, and what is allocated of the payments that were there."""
    there = Payment.objects.exclude(channel="LEGACY").order_by("pk")
    return {
        "invoices": list(Invoice.objects.order_by("pk").values(*COLUMNS)),
        "payments": list(there.values("pk", "status", "amount_cents", "allocated_cents")),
    }


def figures() -> dict[str, Any]:
    """What the reports count, by their one definition."""
    rows = Invoice.objects.live().with_status(make.NOW).order_by("pk")
    sums = Invoice.objects.live().with_money().aggregate(paid=Sum("paid_cents"), balance=Sum("balance_now_cents"))
    return {"rows": list(rows.values("pk", "paid_cents", "balance_now_cents", "computed_status")), **sums}


def test_the_figures_are_equal_before_after_and_after_the_undo():
    old_books(), old_invoice(10_000, status="PARTIALLY_PAID"), old_invoice(10_000, 4_000, status="VOID")
    before = figures()
    run = execute(NAME)
    assert figures() == before
    undo(run)
    assert figures() == before and before["paid"] == 10_000 * 4 + 5_000 + 4_000


def test_the_finance_summary_is_equal_but_for_what_says_how_much_is_old():
    old_books(), old_invoice(10_000, 4_000, status="VOID")

    def summary() -> dict[str, Any]:
        return finance_summary(make.tenant(), now=make.NOW, period="ALL_TIME")

    before = summary()
    run = execute(NAME)
    after = summary()
    assert before["totals"].pop("via_legacy_cents") > 0 and after["totals"].pop("via_legacy_cents") == 0
    before_credit, after_credit = (each["totals"].pop("unallocated_cents") for each in (before, after))
    overpaid = before["totals"].pop("overpaid_cents"), after["totals"].pop("overpaid_cents")
    assert after == before
    undo(run)
    again = summary()
    again["totals"].pop("via_legacy_cents")
    assert again["totals"].pop("unallocated_cents") == before_credit
    assert again["totals"].pop("overpaid_cents") == overpaid[0] and again == before
    assert (before_credit, after_credit, overpaid) == (
        4_000,
        4_000,
        (3_000, 3_000),
    )  # the void one's payment; one overpaid


def test_it_restores_what_was_stored_and_a_later_run_plans_the_same_again():
    old_books()
    before, plan = stored(), preview(Request(backfill_named(NAME)).plan(), now=make.NOW)
    run = execute(NAME)
    undone = undo(run)
    assert undone.status == BackfillRun.Status.SUCCEEDED and undone.counts["written"] == 8
    assert stored() == before
    again = preview(Request(backfill_named(NAME)).plan(), now=make.NOW)
    assert (again.verdicts, again.labels) == (plan.verdicts, plan.labels)
    assert_books_are_right()


def test_reversing_rows_and_reversed_payments_stay_with_their_audit_trail():
    admin = make.user("ADMIN")
    asked = old_invoice(10_000, 4_000, status="PAID")
    undo(execute(NAME, tenant=asked.tenant), actor=admin, reason="wrong day")
    assert money_on(asked) == [(4_000, "CASH"), (6_000, "LEGACY"), (-4_000, "CASH"), (-6_000, "LEGACY")]
    for reversal in Allocation.objects.filter(reverses__isnull=False):
        assert (reversal.created_by, reversal.reason) == (admin, "wrong day")
    made = Payment.objects.get(channel="LEGACY")
    assert (made.status, made.allocated_cents) == ("REVERSED", 0)
    trail = PaymentAuditLog.objects.filter(payment=made).order_by("created_at")
    assert [(log.action, log.new_state["status"]) for log in trail] == [
        ("CREATED", "SUCCEEDED"),
        ("REVERSED", "REVERSED"),
    ]
    assert trail.last().performed_by == admin
    used = PaymentAuditLog.objects.filter(payment__channel="CASH").order_by("created_at")
    assert [log.new_state["allocated_cents"] for log in used] == [4_000, 0]
    assert not asked.history.order_by("-history_id").first().counts_by_allocations


def test_there_and_back_and_there_again_never_doubles_the_money():
    old_books()
    before = figures()
    for number in range(1, 4):
        run = execute(NAME)
        assert run.counts["written"] == 8 and figures() == before
        made = Payment.objects.filter(channel="LEGACY")
        assert made.count() == 2 * number and made.filter(status="SUCCEEDED").count() == 2
        assert_books_are_right()
        undo(run)
    assert figures() == before


def change(asked: Invoice, how: str) -> None:
    """What somebody may do to an invoice, or to the money on it, after the run."""
    made = Payment.objects.get(channel="LEGACY", customer=asked.customer)
    match how:
        case "void":
            billing.void_invoice(actor=None, invoice=asked, reason="typo", now=make.NOW)
        case "reverse_payment":
            billing.reverse_payment(actor=None, payment=made, reason="it bounced", now=make.NOW)
        case "reverse_allocation":
            row = Allocation.objects.get(payment=made)
            billing.reverse_allocation(actor=None, allocation=row, reason="wrong", now=make.NOW)
        case "replaced_by_the_same_amount":
            row = Allocation.objects.get(payment=made)
            billing.reverse_allocation(actor=None, allocation=row, reason="wrong", now=make.NOW)
            other = make.payment(row.amount_cents, by=asked.customer)
            split = [{"invoice": asked, "amount_cents": row.amount_cents}]
            billing.allocate_payment(actor=None, payment=other, splits=split, now=make.NOW)


@pytest.mark.parametrize("how", ["void", "reverse_payment", "reverse_allocation", "replaced_by_the_same_amount"])
def test_what_was_changed_since_is_left_and_listed(how):
    asked, other = old_invoice(10_000, 4_000, status="PAID"), old_invoice(10_000, 4_000, status="PAID")
    run = execute(NAME)
    change(Invoice.objects.get(pk=asked.pk), how)
    left = Invoice.objects.filter(pk=asked.pk).values(*COLUMNS).get()
    undone = undo(run)
    assert found(undone) == {"changed_since": 1} and undone.findings.get().row_id == str(asked.pk)
    assert Invoice.objects.filter(pk=asked.pk).values(*COLUMNS).get() == left
    other.refresh_from_db()
    assert not other.counts_by_allocations
    assert_books_are_right()


def test_a_part_paid_one_whose_columns_look_untouched_is_left_when_other_money_pays_it_now():
    asked = old_invoice(10_000, 4_000, status="PARTIALLY_PAID")
    run = execute(NAME)
    row = Allocation.objects.get()
    billing.reverse_allocation(actor=None, allocation=row, reason="wrong", now=make.NOW)
    other = make.payment(4_000, by=asked.customer, splits=[{"invoice": asked, "amount_cents": 4_000}])
    assert found(undo(run)) == {"changed_since": 1}
    asked.refresh_from_db(), other.refresh_from_db()
    assert (asked.allocated_cents, other.allocated_cents) == (4_000, 4_000)
    assert_books_are_right()


def test_the_rest_of_an_overpayment_that_was_used_since_stays_used():
    asked = old_invoice(10_000, 14_000, status="PAID")
    run = execute(NAME)
    newer = make.invoice(4_000, to=asked.customer)
    payment = Payment.objects.get()
    billing.allocate_payment(
        actor=None, payment=payment, splits=[{"invoice": newer, "amount_cents": 4_000}], now=make.NOW
    )
    undone = undo(run)
    payment.refresh_from_db()
    assert (undone.counts["written"], payment.allocated_cents) == (1, 4_000)
    assert figures()["balance"] == 0
    assert_books_are_right()


def test_an_undo_of_a_run_takes_back_nothing_of_a_later_one():
    """Run, undo cancelled half-way, run again, undo of the first: it takes back its own rows alone."""
    for _ in range(4):
        old_invoice(10_000, status="PAID")
    first = execute(NAME)
    asked = ask_for_undo(
        run_id=first.pk, request=Request(backfill_named(NAME), batch_size=2, max_minutes=0.04), now=make.NOW
    )
    stop_after_one_batch(asked)
    second = execute(NAME)
    assert second.counts["written"] == 2
    undone = undo(first)
    assert (undone.counts["written"], undone.counts["verdicts"]) == (2, {"changed_since": 2})
    assert Payment.objects.filter(status="SUCCEEDED").aggregate(cents=Sum("allocated_cents"))["cents"] == 20_000
    assert not Payment.objects.filter(allocated_cents__gt=F("amount_cents")).exists()
    assert_books_are_right()


def stop_after_one_batch(run: BackfillRun) -> None:
    from operations.backfill.runs import work_on
    from tests.engine.here import clock

    work_on(run.pk, using="default", clock=clock())
    cancel_run(run_id=run.pk, using="default", actor=None, now=make.NOW)


def test_the_preview_of_an_undo_counts_what_it_does():
    old_books()
    run = execute(NAME)
    seen = preview(Request(backfill_named(NAME).undo_of(run, "default")).plan(), now=make.NOW)
    assert seen.verdicts == {"write": 8}
