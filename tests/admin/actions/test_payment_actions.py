"""The office approves, rejects and reverses payments in the admin; every refusal is said on the page, with its cure."""

import pytest

from accounts.admin import page_of
from billing.models import Payment, Sale
from tests import make
from tests.admin.actions.clicks import address, do, offered, text_of

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


@pytest.fixture
def sale():
    """Of a business in which a second person looks at each payment."""
    tenant = make.tenant("strict", requires_payment_verification=True)
    return make.sale(5000, to=make.customer(of=tenant))


@pytest.fixture
def waiting(sale):
    """A payment that nobody has looked at."""
    return make.payment(2000, sale=sale, actor=make.user(of=sale.tenant))


@pytest.fixture
def checker(sale, as_user):
    """The browser of a second person."""
    return as_user(make.user("FINANCE", of=sale.tenant, is_staff=True))


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_a_waiting_payment_is_approved_and_counts(waiting, checker):
    assert offered(checker, waiting) == ["approve", "reject", "reverse", "amount"]
    assert "counts as money in from now on" in text_of(checker.get(address(waiting, "approve")))
    answer = do(checker, waiting, "approve", reason="on the bank statement")
    assert answer.redirect_chain[-1][0] == page_of(waiting) and "The payment is approved" in text_of(answer)
    assert "on the bank statement" in text_of(answer)
    assert (fresh(waiting).status, fresh(waiting.sale).allocated_cents) == ("SUCCEEDED", 2000)
    assert offered(checker, waiting) == ["rollback", "reverse", "refund"]


def test_a_waiting_payment_is_rejected_with_a_reason(waiting, checker):
    refused = do(checker, waiting, "reject", reason=" ")
    assert refused.status_code == 422 and "Write a reason" in text_of(refused)
    assert "never counts" in text_of(do(checker, waiting, "reject", reason="no such transfer"))
    assert fresh(waiting).verification_status == "REJECTED" and offered(checker, waiting) == []


@pytest.mark.parametrize("name", ["approve", "reject"])
def test_four_eyes_are_asked_for_in_words_and_nothing_typed_is_lost(sale, as_user, name):
    collector = make.user("FINANCE", of=sale.tenant, is_staff=True)
    payment = make.payment(2000, sale=sale, actor=collector)
    refused = do(as_user(collector), payment, name, reason="I saw it myself")
    assert refused.status_code == 403 and "Ask somebody else of the office to verify it" in text_of(refused)
    assert "I saw it myself" in refused.content.decode() and fresh(payment).status == "PENDING"


def test_who_confirms_too_late_is_told_what_became_of_it(waiting, checker, as_user):
    other = as_user(make.user("ADMIN", of=waiting.tenant, is_staff=True))
    do(other, waiting, "approve")
    refused = do(checker, waiting, "reject", reason="no such transfer")
    assert refused.status_code == 409 and "does not wait for verification: it is received" in text_of(refused)
    assert fresh(waiting).status == "SUCCEEDED"


def test_a_payment_is_reversed_and_its_sale_is_owed_again(bookkeeper):
    payment = make.payment(2000, sale=make.sale(5000))
    answer = do(bookkeeper, payment, "reverse", reason="the cheque bounced")
    assert "owed again" in text_of(answer) and "the cheque bounced" in text_of(answer)
    assert (fresh(payment).status, Sale.objects.get().allocated_cents) == ("REVERSED", 0)
    assert offered(bookkeeper, payment) == []


def test_a_payment_on_a_reconciled_route_is_not_reversed(bookkeeper):
    route = make.route()
    payment = make.payment(2000, sale=make.sale(5000, route=route))
    make.bring(route, to="RECONCILED")
    refused = do(bookkeeper, payment, "reverse", reason="bounced")
    assert refused.status_code == 409 and route.number in text_of(refused) and "reconciled" in text_of(refused)
    assert fresh(payment).status == "SUCCEEDED"


def test_looking_does_nothing_and_a_strange_click_is_refused(waiting, checker):
    assert checker.get(address(waiting, "approve")).status_code == 200
    checker.handler.enforce_csrf_checks = True
    assert do(checker, waiting, "approve").status_code == 403
    assert fresh(waiting).status == "PENDING"


@pytest.mark.parametrize("name", ["approve", "reject", "reverse"])
def test_another_business_and_other_roles_reach_nothing(waiting, bookkeeper, as_user, name):
    assert bookkeeper.get(address(waiting, name)).status_code == 404
    assert do(bookkeeper, waiting, name, reason="mine").status_code == 404
    rep = as_user(make.user(of=waiting.tenant, is_staff=True))
    assert do(rep, waiting, name, reason="mine").status_code == 403
    assert Payment.objects.get(pk=waiting.pk).status == "PENDING"


def test_all_that_a_payment_pays_for_is_taken_back_at_once(sale, waiting, checker):
    do(checker, waiting, "approve")
    answer = do(checker, waiting, "rollback", reason="meant for another shop")
    assert "The allocations are taken back" in text_of(answer)
    assert (fresh(waiting).allocated_cents, fresh(sale).balance_cents, fresh(waiting).status) == (0, 5000, "SUCCEEDED")
    assert "rollback" not in offered(checker, waiting)
