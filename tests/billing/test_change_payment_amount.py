"""The amount of a payment is corrected while nothing stands on the wrong figure, and within its limits."""

import pytest

from accounts.errors import NotAllowed, NotFound
from billing import services
from billing.models import Payment, PaymentAuditLog
from billing.services.checks import NotAnAmount, ReasonMissing
from billing.services.invoices import InvoiceIsLegacy
from billing.services.payment_amount import AmountIsFixed, LessThanIsUsed
from billing.services.payment_checks import PaymentRefused
from billing.services.route_checks import RouteAlreadyReconciled
from billing.services.verification import OwnPayment
from tests import legacy, make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def the_books_are_right_afterwards():
    yield
    assert_books_are_right()


@pytest.fixture
def shop():
    return make.customer()


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def change(payment, cents, **fields):
    fields = {"actor": None, "reason": "mistyped", **fields}
    return services.change_payment_amount(payment=payment, amount_cents=cents, **fields)


def test_an_unapplied_payment_becomes_more_or_less(shop):
    paid = make.payment(800, by=shop)
    assert change(paid, 8000).amount_cents == 8000
    assert fresh(change(paid, 1)).unallocated_cents == 1
    step = PaymentAuditLog.objects.filter(action="STATUS_CHANGED").first()
    assert (step.previous_state["amount_cents"], step.new_state["amount_cents"], step.notes) == (800, 8000, "mistyped")


def test_a_part_applied_payment_keeps_what_it_pays_for(shop):
    invoice, paid = make.invoice(500, to=shop), make.payment(800, by=shop)
    services.allocate_payment(actor=None, payment=paid, now=make.NOW)
    refuse(LessThanIsUsed, paid, 499)
    assert change(paid, 500).unallocated_cents == 0
    assert (fresh(paid).allocation_status, fresh(invoice).status) == ("fully_applied", "PAID")
    refuse(AmountIsFixed, paid, 900)


def test_never_below_what_went_back(shop):
    paid = make.payment(800, by=shop)
    services.refund_payment(actor=None, payment=paid, amount_cents=300, reason="too much", now=make.NOW)
    refuse(LessThanIsUsed, paid, 299)
    assert change(paid, 301).unallocated_cents == 1


@pytest.mark.parametrize("cents", [0, -1, 1.5, "100", None, True, 10**16])
def test_an_amount_that_is_none_is_refused(shop, cents):
    refuse(NotAnAmount, make.payment(800, by=shop), cents)


def test_the_limit_of_the_business_holds_for_a_correction_too():
    shop = make.customer(of=make.tenant("careful", payment_limits={"CASH": 1000}))
    paid = make.payment(800, by=shop)
    refuse(PaymentRefused, paid, 1001)
    assert change(paid, 1000).amount_cents == 1000


@pytest.mark.parametrize("status", ["INITIATED", "FAILED", "REVERSED", "REFUNDED"])
def test_what_is_no_money_any_more_or_not_yet_stays(shop, status):
    gone = legacy.payment(800, by=shop, status=status)
    refuse(AmountIsFixed, gone, 900)
    with pytest.raises(AmountIsFixed, match="Record what came in as a new payment"):  # there is nothing to reverse
        change(gone, 900)


@pytest.mark.parametrize("channel", ["GATEWAY", "LEGACY"])
def test_what_a_machine_said_stays(shop, channel):
    refuse(AmountIsFixed, legacy.payment(800, by=shop, channel=channel), 900)


def test_what_somebody_approved_stays_and_who_changes_does_not_approve():
    strict = make.tenant("strict", requires_payment_verification=True)
    changer, other = make.user("FINANCE", of=strict), make.user("ADMIN", of=strict)
    waiting = make.payment(800, by=make.customer(of=strict))
    change(waiting, 900, actor=changer)
    with pytest.raises(OwnPayment, match="changed its amount"):
        services.approve_payment(actor=changer, payment=waiting, now=make.NOW)
    services.approve_payment(actor=other, payment=waiting, now=make.NOW)
    refuse(AmountIsFixed, waiting, 1000)
    assert fresh(waiting).amount_cents == 900


def test_signed_figures_stay():
    route = make.route()
    paid = make.payment(800, sale=make.sale(500, route=route))
    make.bring(route, to="RECONCILED")
    refuse(RouteAlreadyReconciled, paid, 900)


def test_a_payment_that_speaks_for_an_invoice_of_the_old_system_waits_for_its_backfill(shop):
    refuse(InvoiceIsLegacy, legacy.payment(400, by=shop, invoice=legacy.invoice(900, to=shop)), 500)


def test_it_needs_a_reason_and_the_office_of_the_tenant(shop):
    paid = make.payment(800, by=shop)
    with pytest.raises(ReasonMissing):
        change(paid, 900, reason="")
    for actor, error in [(make.user(), NotAllowed), (make.user("ADMIN", of=make.tenant("other")), NotFound)]:
        with pytest.raises(error):
            change(paid, 900, actor=actor)


def test_a_phone_that_sends_the_first_amount_again_gets_the_payment_as_it_is_now(shop):
    paid = make.payment(800, by=shop, idempotency_key="phone-7")
    change(paid, 900)
    assert make.payment(800, by=shop, idempotency_key="phone-7").pk == paid.pk
    assert Payment.objects.get().amount_cents == 900


def refuse(error, payment, cents):
    """Refused with this error, and nothing written."""
    before = fresh(payment).amount_cents
    with pytest.raises(error) as refusal:
        change(payment, cents)
    assert str(refusal.value).endswith(".")
    assert fresh(payment).amount_cents == before
