"""Money goes back: part or whole, free money first, then what was applied last, each time by a row of its own."""

import pytest
from django.db import connection

from accounts.errors import NotAllowed, NotFound
from billing import services
from billing.models import Allocation, Payment, PaymentAuditLog, PaymentRefund
from billing.selectors.credits import credit_cents
from billing.selectors.outstanding import outstanding_of
from billing.selectors.statement import statement_of
from billing.services.checks import NotAnAmount, ReasonMissing
from billing.services.invoices import InvoiceIsLegacy
from billing.services.refunds import MoreThanCameIn, PaymentNotRefundable
from billing.services.reversals import PaymentNotReversible
from tests import legacy, make
from tests.billing.proof import assert_books_are_right, unchecked

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def the_books_are_right_afterwards(request):
    yield
    if not request.node.get_closest_marker("damages_rows"):
        assert_books_are_right()


@pytest.fixture
def shop():
    return make.customer()


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def refund(payment, cents, **fields):
    fields = {"actor": None, "reason": "paid twice", "now": make.NOW, **fields}
    return services.refund_payment(payment=payment, amount_cents=cents, **fields)


def applied(payment, *pairs):
    splits = [{"invoice": invoice, "amount_cents": cents} for invoice, cents in pairs]
    return services.allocate_payment(actor=None, payment=payment, now=make.NOW, splits=splits)


def test_free_money_goes_back_first_and_no_invoice_feels_it(shop):
    invoice, paid = make.invoice(6000, to=shop), make.payment(10000, by=shop)
    applied(paid, (invoice, 6000))
    row = refund(paid, 3000, reference="OUT-7")
    assert (row.amount_cents, row.reference, row.reason) == (3000, "OUT-7", "paid twice")
    after = fresh(paid)
    assert (after.status, after.refunded_cents, after.unallocated_cents) == ("SUCCEEDED", 3000, 1000)
    assert fresh(invoice).status == "PAID"
    assert credit_cents(shop) == {"BDT": 1000}


def test_credit_that_was_applied_already_is_taken_off_the_invoice_that_got_it_last(shop):
    first, second = make.invoice(6000, to=shop), make.invoice(4000, to=shop)
    paid = make.payment(10000, by=shop)
    applied(paid, (first, 6000))
    applied(paid, (second, 3000))
    refund(paid, 2500)
    assert (fresh(first).status, fresh(second).status, fresh(second).balance_cents) == ("PAID", "PARTIALLY_PAID", 2500)
    kept = Allocation.objects.filter(invoice=second, reverses=None, reversal=None).get()
    assert (kept.amount_cents, kept.rule, kept.rank, kept.reason) == (1500, "manual", 1, "paid twice")


def test_the_status_goes_back_from_paid_to_part_paid_to_overdue(shop):
    invoice, paid = make.invoice(1000, to=shop), make.payment(1000, by=shop)
    applied(paid, (invoice, 1000))
    late, seen = make.later(days=15), [(fresh(invoice).status, fresh(invoice).paid_at)]
    for cents in (1, 999):
        refund(paid, cents, now=late)
        seen.append((fresh(invoice).status, fresh(invoice).paid_at))
    assert seen == [("PAID", make.NOW), ("PARTIALLY_PAID", None), ("OVERDUE", None)]


def test_given_back_whole_it_is_refunded_and_counts_no_more(shop):
    sale = make.sale(1000, to=shop)
    paid = make.payment(1000, sale=sale)
    for cents in (400, 600):
        refund(paid, cents)
    assert (fresh(paid).status, fresh(paid).allocated_cents, fresh(sale).balance_cents) == ("REFUNDED", 0, 1000)
    assert not Payment.objects.counting().exists()
    assert [row.amount_cents for row in PaymentRefund.objects.all()] == [400, 600]


def test_the_opening_balance_is_owed_again():
    shop = make.customer(opening_balance_cents=500)
    refund(make.payment(500, by=shop), 200)
    assert fresh(shop).opening_balance_left_cents == 200


@pytest.mark.parametrize("cents", [0, -1, 1.5, "100", None, True])
def test_an_amount_that_is_none_is_refused(shop, cents):
    refuse(NotAnAmount, make.payment(1000, by=shop), cents)


def test_beyond_what_came_in_is_refused_also_in_parts(shop):
    paid = make.payment(1000, by=shop)
    refuse(MoreThanCameIn, paid, 1001)
    refund(paid, 600)
    refuse(MoreThanCameIn, paid, 401)


@pytest.mark.parametrize("verification", Payment.Verification.values)
@pytest.mark.parametrize("status", Payment.Status.values)
def test_only_money_that_came_in_goes_back(shop, status, verification):
    stored = legacy.payment(1000, by=shop, status=status, verification_status=verification)
    if status == "SUCCEEDED" and verification in {"NOT_REQUIRED", "APPROVED"}:
        refund(stored, 1000)
        assert fresh(stored).status == "REFUNDED"
    else:
        refuse(PaymentNotRefundable, stored, 1000)


def test_refunded_is_refunded_once_and_not_reversed(shop):
    paid = make.payment(1000, by=shop)
    refund(paid, 1000)
    refuse(PaymentNotRefundable, paid, 1)
    with pytest.raises(PaymentNotReversible):
        services.reverse_payment(actor=None, payment=paid, reason="bounced", now=make.NOW)


def test_a_refund_needs_a_reason(shop):
    with pytest.raises(ReasonMissing):
        refund(make.payment(1000, by=shop), 1, reason=" ")


def test_only_the_office_of_the_tenant_gives_money_back(shop):
    paid = make.payment(1000, by=shop)
    for actor, error in [(make.user(), NotAllowed), (make.user("ADMIN", of=make.tenant("other")), NotFound)]:
        with pytest.raises(error):
            refund(paid, 1, actor=actor)


def test_what_was_signed_for_on_a_reconciled_route_stays(shop):
    route = make.route()
    paid = make.payment(1000, sale=make.sale(1000, to=shop, route=route))
    make.bring(route, to="RECONCILED")
    refund(paid, 1000)
    assert (fresh(paid).status, fresh(paid).unallocated_cents, fresh(paid.sale).balance_cents) == ("SUCCEEDED", 0, 1000)
    refuse(PaymentNotRefundable, paid, 1)


def test_a_payment_that_speaks_for_an_invoice_of_the_old_system_waits_for_its_backfill(shop):
    spoken_for = legacy.payment(400, by=shop, invoice=legacy.invoice(900, to=shop))
    refuse(InvoiceIsLegacy, spoken_for, 1)


def test_the_statement_and_what_is_owed_follow(shop):
    make.sale(1000, to=shop)
    paid = make.payment(1500, sale=make.sale(500, to=shop))
    refund(paid, 1200)
    owed = outstanding_of(shop)
    assert (owed["outstanding_cents"], owed["credit_cents"]) == (1200, 0)
    assert statement_of(shop)["closing_cents"] == 1200


def test_the_trail_says_who_how_much_and_why(shop):
    boss, paid = make.user("FINANCE"), make.payment(1000, by=shop)
    refund(paid, 300, actor=boss)
    step = PaymentAuditLog.objects.get(action="REFUNDED")
    assert (step.performed_by, step.notes) == (boss, "paid twice")
    assert (step.previous_state["refunded_cents"], step.new_state["refunded_cents"]) == (0, 300)


@pytest.mark.damages_rows
def test_a_damaged_total_of_refunds_is_found(shop):
    paid = make.payment(1000, by=shop)
    refund(paid, 300)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE payments SET refunded_cents = 301")
    with pytest.raises(AssertionError, match="refunds_add_up_to"):
        assert_books_are_right()


@pytest.mark.damages_rows
def test_a_payment_called_refunded_too_early_is_found(shop):
    paid = make.payment(1000, by=shop)
    refund(paid, 300)
    with unchecked(Payment, "payment_that_is_no_money_pays_for_nothing"), connection.cursor() as cursor:
        cursor.execute("UPDATE payments SET status = 'REFUNDED'")
    with pytest.raises(AssertionError, match="refunded only when all"):
        assert_books_are_right()


def refuse(error, payment, cents):
    """Refused with this error, and nothing written."""
    before = fresh(payment).refunded_cents, PaymentRefund.objects.count()
    with pytest.raises(error) as refusal:
        refund(payment, cents)
    assert str(refusal.value).endswith(".")
    assert (fresh(payment).refunded_cents, PaymentRefund.objects.count()) == before
