"""The status, the balance and the age of an invoice: the rule's borders one by one, and the same in SQL for any invoice."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Count, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing import services
from billing.models import Customer, Invoice, Payment
from billing.models.invoice_sql import ageing_bucket, legacy_payments_cents
from billing.rules import invoice_status as rule
from tests import legacy, make

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]

NOW = make.NOW
INSTANT = timedelta.resolution
STATUSES = st.sampled_from(Invoice.Status.values)


def status(stored="ISSUED", total=100, paid=0, due=None, now=NOW):
    return rule.invoice_status(status=stored, total_cents=total, paid_cents=paid, due_at=due, now=now)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"due": NOW}, "ISSUED"),
        ({"due": NOW - INSTANT}, "OVERDUE"),
        ({"due": None}, "ISSUED"),
        ({"paid": 1, "due": NOW - timedelta(days=1)}, "PARTIALLY_PAID"),
        ({"paid": 99}, "PARTIALLY_PAID"),
        ({"paid": 100}, "PAID"),
        ({"paid": 101}, "PAID"),
        ({"paid": -1, "due": NOW - INSTANT}, "OVERDUE"),
        ({"total": 0}, "PAID"),
        ({"total": 0, "due": NOW - INSTANT}, "PAID"),
        ({"total": 1}, "ISSUED"),
        ({"stored": "VOID", "paid": 100}, "VOID"),
        ({"stored": "VOID", "total": 0}, "VOID"),
        ({"stored": "DRAFT", "due": NOW - INSTANT}, "DRAFT"),
        ({"stored": "DRAFT", "total": 0}, "DRAFT"),
        ({"stored": "FAILED", "paid": 100}, "FAILED"),
        ({"stored": "PAID"}, "ISSUED"),
        ({"stored": "OVERDUE", "due": NOW}, "ISSUED"),
    ],
)
def test_the_borders_of_the_status(fields, expected):
    assert status(**fields) == expected


@pytest.mark.parametrize(
    ("late", "days", "bucket"),
    [
        (timedelta(), 0, "CURRENT"),
        (INSTANT, 1, "DAYS_1_30"),
        (timedelta(days=30), 30, "DAYS_1_30"),
        (timedelta(days=30) + INSTANT, 31, "DAYS_31_60"),
        (timedelta(days=60), 60, "DAYS_31_60"),
        (timedelta(days=90), 90, "DAYS_61_90"),
        (timedelta(days=90) + INSTANT, 91, "OVER_90_DAYS"),
    ],
)
def test_the_borders_of_the_age(late, days, bucket):
    assert rule.days_overdue(balance_cents=1, due_at=NOW - late, now=NOW) == days
    assert rule.ageing_bucket(days) == bucket


def test_a_part_paid_late_invoice_says_how_many_days_it_is_late():
    late = NOW - timedelta(days=3)
    assert status(paid=1, due=late) == "PARTIALLY_PAID"
    assert rule.days_overdue(balance_cents=99, due_at=late, now=NOW) == 3
    assert rule.days_overdue(balance_cents=0, due_at=late, now=NOW) == 0


@st.composite
def stored_invoices(draw):
    """Any row that the database lets stand, new or of the old system, and what payments that name it have left."""
    stored, total = draw(STATUSES), draw(st.sampled_from([0, 1, 2, 100]))
    may_hold = stored not in rule.STICKY
    return {
        "status": stored,
        "total_cents": total,
        "allocated_cents": draw(st.integers(0, total)) if may_hold else 0,
        "counts_by_allocations": draw(st.booleans()),
        "due_at": draw(st.sampled_from([None, *(NOW + step for step in STEPS)])),
    }, draw(st.sampled_from([0, 1, 100, 101]))


STEPS = [timedelta(days=days) + INSTANT * instants for days in (0, -30, -60, -90, 1) for instants in (-1, 0, 1)]


@settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(stored_invoices(), min_size=1, max_size=12))
def test_sql_and_python_are_the_same_rule(rows):
    with transaction.atomic():
        shop = Customer.objects.first() or make.customer()
        stored = {}
        for fields, left in rows:
            invoice = legacy.invoice(to=shop, **fields)
            if left:
                legacy.payment(left, by=shop, invoice=invoice)
            stored[invoice.pk] = left
        for row in Invoice.objects.with_status(NOW).annotate(ageing=ageing_bucket(NOW)):
            assert_agrees(row, stored[row.pk])
        assert_parts_are_the_whole()
        for wanted in Invoice.Status.values:
            found = {row.pk for row in Invoice.objects.in_status(wanted, now=NOW)}
            assert found == {row.pk for row in Invoice.objects.with_status(NOW) if row.computed_status == wanted}
        transaction.set_rollback(True)


def assert_parts_are_the_whole():
    """What reports ask apart, for speed, is together what the whole says."""
    names = ("pk", "paid_cents", "balance_now_cents", "computed_status")
    told = Invoice.objects.by_allocations().with_status(NOW, legacy=False).values_list(*names)
    old = Invoice.objects.by_legacy_money().with_status(NOW).values_list(*names)
    assert sorted([*told, *old]) == sorted(Invoice.objects.with_status(NOW).values_list(*names))


def assert_agrees(row, left):
    paid = rule.paid_cents(
        status=row.status,
        total_cents=row.total_cents,
        allocated_cents=row.allocated_cents,
        counts_by_allocations=row.counts_by_allocations,
        legacy_payments_cents=left,
    )
    fields = {"status": row.status, "total_cents": row.total_cents, "paid_cents": paid}
    balance = rule.balance_cents(**fields)
    days = rule.days_overdue(balance_cents=balance, due_at=row.due_at, now=NOW)
    assert (row.paid_cents, row.balance_now_cents) == (paid, balance)
    assert row.computed_status == rule.invoice_status(**fields, due_at=row.due_at, now=NOW)
    assert row.ageing == rule.ageing_bucket(days)


@pytest.mark.parametrize("by_allocations", [True, False])
def test_due_to_the_instant_is_not_overdue_in_sql_either(by_allocations):
    for step in (-INSTANT, timedelta(), INSTANT):
        legacy.invoice(900, due_at=NOW + step, counts_by_allocations=by_allocations)
    overdue = Invoice.objects.in_status("OVERDUE", now=NOW)
    assert [row.due_at for row in overdue] == [NOW - INSTANT]
    assert Invoice.objects.with_status(NOW).filter(computed_status="OVERDUE").count() == 1


def test_legacy_money_is_of_the_customers_own_payments_that_came_in():
    invoice = legacy.invoice(900)
    shop = invoice.customer
    for fields in (
        {"status": "FAILED"},
        {"status": "PENDING", "verification_status": "PENDING_VERIFICATION"},
        {"verification_status": "REJECTED"},
        {"currency": "USD"},
    ):
        legacy.payment(100, by=shop, invoice=invoice, **fields)
    legacy.payment(100, by=make.customer(), invoice=invoice)
    legacy.payment(30, by=shop, invoice=invoice)
    legacy.payment(50, by=shop, invoice=invoice, refunded_cents=10)
    row = Invoice.objects.with_status(NOW).annotate(legacy=legacy_payments_cents()).get()
    assert (row.legacy, row.paid_cents, row.balance_now_cents, row.computed_status) == (70, 70, 830, "PARTIALLY_PAID")


@pytest.mark.damages_rows
def test_an_allocation_taken_back_does_not_wake_legacy_money():
    invoice = legacy.invoice(900)
    paid = make.payment(900, by=invoice.customer)
    [allocation] = services.allocate_payment(actor=None, payment=paid, now=NOW)
    Payment.objects.filter(pk=paid.pk).update(invoice=invoice)
    services.reverse_allocation(actor=None, allocation=allocation, reason="mistake", now=NOW)
    assert Invoice.objects.with_status(NOW).get().computed_status == "ISSUED"


def money(payment_status, verification):
    return payment_status == "SUCCEEDED" and verification in {"NOT_REQUIRED", "APPROVED"}


@pytest.mark.parametrize("verification", Payment.Verification.values)
@pytest.mark.parametrize("payment_status", Payment.Status.values)
def test_only_a_payment_that_came_in_can_hold_an_allocation(payment_status, verification):
    stored = legacy.payment(900, status=payment_status, verification_status=verification)
    assert stored.is_money is money(payment_status, verification)
    assert Payment.objects.counting().filter(pk=stored.pk).exists() is stored.is_money
    holds = Payment.objects.filter(pk=stored.pk)
    if stored.is_money:
        assert holds.update(allocated_cents=1) == 1
        return
    with pytest.raises(IntegrityError), transaction.atomic():
        holds.update(allocated_cents=1)


@pytest.mark.parametrize("stored", rule.STICKY)
def test_the_database_refuses_money_on_an_invoice_that_asks_for_nothing(stored):
    invoice = legacy.invoice(900, status=stored)
    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.filter(pk=invoice.pk).update(allocated_cents=1)


def test_lists_count_what_they_show_and_pages_never_overlap():
    shop = make.customer()
    many = [
        {"status": stored, "due_at": NOW + timedelta(days=days)}
        for stored in ("ISSUED", "OVERDUE", "VOID", "DRAFT")
        for days in (-1, 1)
        for _ in range(3)
    ]
    for fields in many:
        legacy.invoice(900, to=shop, **fields)
    overdue = Invoice.objects.live().in_status("OVERDUE", now=NOW).newest_first()
    pages = [[row.pk for row in overdue[start : start + 4]] for start in range(0, 12, 4)]
    shown = [pk for page in pages for pk in page]
    assert (overdue.count(), len(shown), len(set(shown))) == (6, 6, 6)
    counts = dict(Invoice.objects.with_status(NOW).order_by().values_list("computed_status").annotate(rows=Count("pk")))
    assert counts == {"OVERDUE": 6, "ISSUED": 6, "VOID": 6, "DRAFT": 6}
    total = Invoice.objects.with_money().aggregate(cents=Sum("balance_now_cents"))["cents"]
    assert total == 12 * 900
    assert not Invoice.objects.in_status("UNPAID", now=NOW).exists()
