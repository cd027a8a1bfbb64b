"""Which money paid an invoice of the old system: one case for each sentence of the rule."""

from typing import Any

import pytest

from billing.models import Allocation, Invoice, Payment, PaymentAuditLog
from operations.backfill import backfill_named
from operations.backfill.preview import preview
from operations.backfill.request import Request
from operations.models import BackfillRun
from tests import legacy, make
from tests.billing.proof import assert_books_are_right
from tests.engine.here import execute, found

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]

NAME = "payment_allocations"
PAID_AT = make.later(days=-10)


@pytest.fixture(autouse=True)
def no_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else writes meanwhile."""
    monkeypatch.setattr("operations.backfill.runner.SQLITE_REST_SECONDS", 0)


def old_invoice(total_cents: int = 10_000, *paid: int, status: str = "ISSUED", **fields: Any) -> Invoice:
    """An invoice of the old system with payments that name it, a day apart."""
    if status == "PAID":
        fields.setdefault("paid_at", PAID_AT)
    asked = legacy.invoice(total_cents, status=status, **fields)
    for day, cents in enumerate(paid):
        legacy.payment(cents, by=asked.customer, invoice=asked, received_at=make.later(days=day - 30))
    return asked


def money_on(asked: Invoice) -> list[tuple[int, str]]:
    """What pays for an invoice: cents and channel, in the order of their ranks."""
    rows = Allocation.objects.filter(invoice=asked).order_by("created_at", "rank", "id")
    return [(row.signed_cents, row.payment.channel) for row in rows]


def now_is(asked: Invoice) -> tuple[str, int, bool]:
    asked.refresh_from_db()
    return asked.status, asked.allocated_cents, asked.counts_by_allocations


@pytest.mark.parametrize(
    ("status", "paid", "after", "money"),
    [
        ("PAID", [], "PAID", [(10_000, "LEGACY")]),
        ("PAID", [10_000], "PAID", [(10_000, "CASH")]),
        ("PAID", [4_000], "PAID", [(4_000, "CASH"), (6_000, "LEGACY")]),
        ("PAID", [4_000, 6_000], "PAID", [(4_000, "CASH"), (6_000, "CASH")]),
        ("PAID", [4_000, 7_000, 500], "PAID", [(4_000, "CASH"), (6_000, "CASH")]),
        ("PARTIALLY_PAID", [4_000], "PARTIALLY_PAID", [(4_000, "CASH")]),
        ("PARTIALLY_PAID", [4_000, 1_000], "PARTIALLY_PAID", [(4_000, "CASH"), (1_000, "CASH")]),
        ("PARTIALLY_PAID", [9_999], "PARTIALLY_PAID", [(9_999, "CASH")]),
        ("PARTIALLY_PAID", [12_000], "PAID", [(10_000, "CASH")]),
        ("ISSUED", [5_000], "PARTIALLY_PAID", [(5_000, "CASH")]),
        ("OVERDUE", [5_000], "PARTIALLY_PAID", [(5_000, "CASH")]),
        ("OVERDUE", [10_000], "PAID", [(10_000, "CASH")]),
        ("ISSUED", [], "ISSUED", []),
    ],
)
def test_existing_payments_come_first_and_only_what_a_paid_one_lacks_is_reconstructed(status, paid, after, money):
    asked = old_invoice(10_000, *paid, status=status)
    execute(NAME)
    assert now_is(asked) == (after, sum(cents for cents, _ in money), True)
    assert money_on(asked) == money
    assert_books_are_right()


def test_payments_are_used_in_the_order_of_their_dates():
    asked = old_invoice(5_000)
    late = legacy.payment(4_000, by=asked.customer, invoice=asked, received_at=make.later(days=-1))
    early = legacy.payment(3_000, by=asked.customer, invoice=asked, received_at=make.later(days=-2))
    execute(NAME)
    rows = Allocation.objects.filter(invoice=asked).order_by("rank")
    assert [(row.payment, row.amount_cents, row.rank) for row in rows] == [(early, 3_000, 1), (late, 2_000, 2)]


def test_a_reconstructed_payment_says_what_it_is_and_is_dated_when_the_invoice_was_paid():
    admin = make.user("ADMIN")
    asked = old_invoice(10_000, 4_000, status="PAID")
    run = execute(NAME, actor=admin, reason="PAY-10")
    made = Payment.objects.get(channel="LEGACY")
    assert (made.amount_cents, made.allocated_cents, made.received_at) == (6_000, 6_000, PAID_AT)
    assert (made.status, made.verification_status, made.invoice) == ("SUCCEEDED", "NOT_REQUIRED", asked)
    assert made.reference == f"Reconstructed from invoice {asked.number}"
    assert made.idempotency_key == f"legacy_backfill:{asked.pk}:1"
    assert [image.backfill_run for image in made.history.all()] == [run.pk]
    [row] = Allocation.objects.filter(payment=made)
    assert (row.rule, row.reason, row.created_by) == ("legacy_backfill", "PAY-10", admin)


def test_every_step_is_in_the_audit_trail_with_who_and_why():
    admin = make.user("ADMIN")
    asked = old_invoice(10_000, 4_000, status="PAID")
    execute(NAME, actor=admin, reason="PAY-10")
    trail = {log.payment.channel: log for log in PaymentAuditLog.objects.all()}
    assert set(trail) == {"CASH", "LEGACY"} and PaymentAuditLog.objects.count() == 2
    used, made = trail["CASH"], trail["LEGACY"]
    assert (used.action, made.action) == ("ALLOCATED", "CREATED")
    assert (used.previous_state["allocated_cents"], used.new_state["allocated_cents"]) == (0, 4_000)
    assert (made.previous_state, made.new_state["allocated_cents"]) == (None, 6_000)
    assert {(log.performed_by, log.notes, log.tenant_id) for log in trail.values()} == {
        (admin, "PAY-10", asked.tenant_id)
    }


@pytest.mark.parametrize("status", ["DRAFT", "VOID", "FAILED"])
def test_drafts_void_and_failed_ones_are_never_touched_and_their_payments_are_listed(status):
    asked = old_invoice(10_000, 4_000, status=status)
    run = execute(NAME)
    assert now_is(asked) == (status, 0, False) and run.counts["written"] == 0
    assert found(run) == {"payment_of_an_idle_invoice": 1}
    assert asked.history.count() == 0


def test_deleted_ones_are_never_touched():
    asked = old_invoice(10_000, 4_000, status="PAID", deleted_at=make.NOW)
    run = execute(NAME)
    assert now_is(asked) == ("PAID", 0, False)
    assert run.counts["population"] | {"candidates": 0, "invoices_found": 0} == run.counts["population"]


def test_part_paid_without_any_payment_waits_for_a_person_and_blocks_nobody():
    asked, other = old_invoice(status="PARTIALLY_PAID"), old_invoice(status="PAID")
    run = execute(NAME)
    assert now_is(asked) == ("PARTIALLY_PAID", 0, False) and now_is(other)[0] == "PAID"
    [finding] = run.findings.filter(kind="part_paid_by_nothing")
    assert finding.needs_decision and finding.row_id == str(asked.pk)
    assert finding.detail["total_cents"] == 10_000 and run.status == BackfillRun.Status.SUCCEEDED


@pytest.mark.parametrize("status", ["INITIATED", "PENDING", "FAILED", "REVERSED", "REFUNDED"])
def test_only_succeeded_payments_pay(status):
    asked = old_invoice(10_000, status="PAID")
    legacy.payment(10_000, by=asked.customer, invoice=asked, status=status)
    execute(NAME)
    assert money_on(asked) == [(10_000, "LEGACY")]


@pytest.mark.parametrize("verification", ["PENDING_VERIFICATION", "REJECTED"])
def test_payments_that_wait_or_were_rejected_do_not_pay(verification):
    asked = old_invoice(10_000)
    legacy.payment(4_000, by=asked.customer, invoice=asked, verification_status=verification)
    execute(NAME)
    assert now_is(asked) == ("ISSUED", 0, True)


def test_a_payment_pays_only_with_what_it_has_left():
    asked = old_invoice(10_000)
    legacy.payment(9_000, by=asked.customer, invoice=asked, refunded_cents=2_000)
    execute(NAME)
    assert money_on(asked) == [(7_000, "CASH")]


@pytest.mark.parametrize("foreign", ["customer", "currency", "tenant"])
def test_payments_of_another_customer_currency_or_tenant_are_findings_and_do_not_pay(foreign):
    asked = old_invoice(10_000)
    strangers = {"customer": make.customer(), "tenant": make.customer(of=make.tenant("elsewhere"))}
    payer = strangers.get(foreign, asked.customer)
    currency = "USD" if foreign == "currency" else asked.currency
    stray = legacy.payment(4_000, by=payer, invoice=asked, currency=currency)
    run = execute(NAME)
    assert now_is(asked) == ("ISSUED", 0, True)
    stray.refresh_from_db()
    assert stray.allocated_cents == 0
    kind = "payment_in_another_currency" if foreign == "currency" else "payment_of_another_customer"
    assert found(run) == {kind: 1} and not run.findings.get().needs_decision


def test_an_overpaid_one_is_a_finding_and_its_rest_stays_on_the_payment():
    asked = old_invoice(10_000, 6_000, 7_000, status="PAID")
    run = execute(NAME)
    assert found(run) == {"overpaid": 1}
    assert run.findings.get().detail["legacy_payments_cents"] == 13_000
    assert sorted(Payment.objects.values_list("allocated_cents", flat=True)) == [4_000, 6_000]
    assert now_is(asked) == ("PAID", 10_000, True)


def test_paid_without_a_date_is_a_finding_and_dated_by_its_last_payment_or_its_issue():
    by_payment = old_invoice(10_000, 4_000, 6_000, status="PAID", paid_at=None)
    by_issue = old_invoice(10_000, 4_000, status="PAID", paid_at=None)
    run = execute(NAME)
    assert found(run) == {"paid_without_date": 2}
    by_payment.refresh_from_db(), by_issue.refresh_from_db()
    assert (by_payment.paid_at, by_issue.paid_at) == (make.later(days=-29), by_issue.issued_at)
    assert Payment.objects.get(channel="LEGACY").received_at == by_issue.issued_at
    assert_books_are_right()


def test_a_date_without_being_paid_is_a_finding_and_cleared():
    asked = old_invoice(10_000, 4_000, status="PARTIALLY_PAID", paid_at=PAID_AT)
    run = execute(NAME)
    asked.refresh_from_db()
    assert found(run) == {"date_without_paid": 1} and asked.paid_at is None


@pytest.mark.parametrize(
    ("status", "due_days", "after"),
    [
        ("ISSUED", -1, "OVERDUE"),
        ("ISSUED", 1, "ISSUED"),
        ("OVERDUE", 1, "ISSUED"),
        ("OVERDUE", -1, "OVERDUE"),
        ("ISSUED", None, "ISSUED"),
    ],
)
def test_a_stale_status_of_an_unpaid_one_is_a_plain_change(status, due_days, after):
    due_at = None if due_days is None else make.later(days=due_days)
    asked = old_invoice(10_000, status=status, due_at=due_at)
    run = execute(NAME)
    assert now_is(asked) == (after, 0, True)
    assert (run.counts["along"], run.counts["labels"]) == ({}, {"unpaid": 1})


def test_one_over_nothing_is_paid_without_any_money():
    asked = old_invoice(0, status="ISSUED")
    execute(NAME)
    assert now_is(asked) == ("PAID", 0, True) and not Payment.objects.exists()
    assert_books_are_right()


def test_invoices_of_the_new_system_are_left_alone():
    make.payment(1_000, by=(asked := make.invoice()).customer)
    assert execute(NAME).counts["written"] == 0
    assert asked.history.count() == Invoice.objects.get(pk=asked.pk).history.count()


def test_a_second_run_plans_nothing():
    for status in ("PAID", "PARTIALLY_PAID", "ISSUED", "OVERDUE"):
        old_invoice(10_000, 4_000, status=status)
    execute(NAME)
    assert preview(Request(backfill_named(NAME)).plan(), now=make.NOW).verdicts == {}
    again = execute(NAME)
    assert (again.counts["written"], again.counts["along"]) == (0, {})
    assert Payment.objects.filter(channel="LEGACY").count() == 1


def test_only_the_named_tenant_is_touched():
    ours = old_invoice(status="PAID")
    theirs = legacy.invoice(status="PAID", paid_at=PAID_AT, to=make.customer(of=make.tenant("other")))
    execute(NAME, tenant=ours.tenant)
    assert now_is(ours)[2] and not now_is(theirs)[2]
