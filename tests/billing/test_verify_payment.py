"""Verifying payments: by a second person, once; only then they count."""

from functools import partial

import pytest

from accounts.errors import NotAllowed, NotFound
from billing import services
from billing.models import Payment
from billing.services.checks import ReasonMissing
from billing.services.route_checks import RouteAlreadyReconciled
from billing.services.verification import NothingToVerify, OwnPayment
from tests import legacy, make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


@pytest.fixture
def strict():
    return make.tenant("strict", requires_payment_verification=True)


@pytest.fixture
def waiting(strict):
    """A payment of 3000 for a sale of 5000, collected and recorded by a representative."""
    rep = make.user(of=strict)
    return make.payment(3000, sale=make.sale(5000, to=make.customer(of=strict), route=make.route(rep=rep)), actor=rep)


def office(strict, role="FINANCE"):
    return make.user(role, of=strict)


def test_approved_it_counts_and_pays_for_its_sale(strict, waiting):
    payment = services.approve_payment(actor=office(strict), payment=waiting, now=make.NOW)
    payment.sale.refresh_from_db()
    assert (payment.allocated_cents, payment.sale.allocated_cents) == (3000, 3000)
    assert Payment.objects.counting().get() == payment
    assert_books_are_right()


def test_approved_after_the_sale_was_paid_it_is_credit(strict, waiting):
    paid = make.payment(4000, sale=waiting.sale)
    services.approve_payment(actor=office(strict), payment=paid, now=make.NOW)
    payment = services.approve_payment(actor=office(strict), payment=waiting, now=make.NOW)
    assert (payment.allocated_cents, payment.unallocated_cents) == (1000, 2000)
    assert_books_are_right()


def test_approved_after_the_sale_was_cancelled_it_is_credit(strict, waiting):
    services.cancel_sale(actor=None, sale=waiting.sale, reason="ordered twice")
    assert services.approve_payment(actor=office(strict), payment=waiting, now=make.NOW).unallocated_cents == 3000
    assert_books_are_right()


def test_rejected_it_never_counts(strict, waiting):
    payment = services.reject_payment(actor=office(strict), payment=waiting, reason="no such slip")
    assert (payment.status, payment.verification_status) == ("FAILED", "REJECTED")
    assert not Payment.objects.counting().exists()
    assert_books_are_right()


def test_a_rejection_needs_a_reason(strict, waiting):
    with pytest.raises(ReasonMissing):
        services.reject_payment(actor=office(strict), payment=waiting, reason="")


@pytest.mark.parametrize("verify", [partial(services.approve_payment, now=make.NOW), services.reject_payment])
def test_it_is_verified_once(strict, waiting, verify):
    services.approve_payment(actor=office(strict), payment=waiting, now=make.NOW)
    with pytest.raises(NothingToVerify):
        verify(actor=office(strict), payment=waiting, reason="again")


def test_nobody_verifies_what_they_collected_or_recorded(strict, waiting):
    boss = office(strict, "ADMIN")
    own = make.payment(100, sale=waiting.sale, actor=boss)
    collected = make.payment(100, sale=waiting.sale, collected_by=boss)
    for payment in (own, collected):
        with pytest.raises(OwnPayment):
            services.approve_payment(actor=boss, payment=payment, now=make.NOW)


def test_only_the_office_of_the_tenant_verifies(strict, waiting):
    with pytest.raises(NotAllowed):
        services.approve_payment(actor=make.user(of=strict), payment=waiting, now=make.NOW)
    with pytest.raises(NotFound):
        services.approve_payment(actor=make.user("ADMIN"), payment=waiting, now=make.NOW)


def old_waiting(sale):
    waits = Payment.Verification.PENDING_VERIFICATION
    return legacy.payment(2000, sale=sale, verification_status=waits, route=sale.route)


def test_a_waiting_payment_that_the_old_system_noted_as_received_can_be_verified():
    finance = make.user("FINANCE")
    approved = services.approve_payment(actor=finance, payment=old_waiting(make.sale(5000)), now=make.NOW)
    rejected = services.reject_payment(actor=finance, payment=old_waiting(make.sale(5000)), reason="no such transfer")
    assert (approved.verification_status, Payment.objects.get(pk=approved.pk).allocated_cents) == ("APPROVED", 2000)
    assert (rejected.status, rejected.verification_status) == ("FAILED", "REJECTED")
    assert_books_are_right()


def test_an_old_waiting_payment_is_not_approved_into_signed_figures():
    route = make.route()
    payment = old_waiting(make.sale(5000, route=route))
    make.bring(route, to="RECONCILED")
    with pytest.raises(RouteAlreadyReconciled):
        services.approve_payment(actor=make.user("FINANCE"), payment=payment, now=make.NOW)
    services.reject_payment(actor=make.user("FINANCE"), payment=payment, reason="nobody knows of it")
