"""Verifying payments by API: a second person of the office decides, once, and only then the money counts."""

from uuid import uuid4

import pytest

from billing.models import Payment
from tests import make
from tests.api.clients import client_of, error_of, pay, post

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


@pytest.fixture
def strict():
    return make.tenant("strict", requires_payment_verification=True)


@pytest.fixture
def rep(strict):
    return make.user("SALES_REP", of=strict)


@pytest.fixture
def office(strict):
    return client_of(make.user("FINANCE", of=strict))


@pytest.fixture
def waiting(rep):
    """The answer to a representative who recorded 30.00 for a sale of 50.00."""
    sale = make.sale(5000, route=make.route(rep=rep))
    return pay(client_of(rep), sale_id=str(sale.pk), amount_cents=3000).json()


def path_of(payment, step):
    return f"/api/billing/payments/{payment['id']}/{step}"


def test_where_the_business_asks_for_it_a_new_payment_waits_and_pays_for_nothing(waiting):
    assert (waiting["status"], waiting["verification_status"]) == ("PENDING", "PENDING_VERIFICATION")
    assert (waiting["allocated_cents"], waiting["allocation_status"]) == (0, "unapplied")


def test_approved_it_is_money_in_and_pays_for_its_sale(office, waiting):
    answer = post(office, path_of(waiting, "approve"))
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["status"], body["verification_status"], body["allocated_cents"]) == ("SUCCEEDED", "APPROVED", 3000)
    assert office.get(f"/api/billing/sales/{waiting['sale_id']}").json()["balance_cents"] == 2000


def test_rejected_for_a_reason_it_never_counts(office, waiting):
    error = error_of(post(office, path_of(waiting, "reject")), 400, "invalid")
    assert list(error["fields"]) == ["reason"]
    answer = post(office, path_of(waiting, "reject"), {"reason": "no such slip"})
    assert (answer.json()["status"], answer.json()["verification_status"]) == ("FAILED", "REJECTED")
    assert Payment.history.filter(id=waiting["id"]).first().history_change_reason == "no such slip"


@pytest.mark.parametrize("first", ["approve", "reject"])
@pytest.mark.parametrize("second", ["approve", "reject"])
def test_the_second_decision_is_a_conflict(office, waiting, first, second):
    assert post(office, path_of(waiting, first), {"reason": "looked"}).status_code == 200
    decided = Payment.objects.get(pk=waiting["id"])
    error_of(post(office, path_of(waiting, second), {"reason": "looked"}), 409, "nothing_to_verify")
    assert Payment.objects.get(pk=waiting["id"]).status == decided.status


@pytest.mark.parametrize("step", ["approve", "reject"])
def test_a_decision_repeated_with_its_key_is_answered_as_the_first(office, waiting, step):
    first, again = (post(office, path_of(waiting, step), {"reason": "looked"}, key="once") for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert again["Idempotency-Replayed"] == "true"
    error_of(post(office, path_of(waiting, step), {"reason": "else"}, key="once"), 422, "idempotency_key_reused")


@pytest.mark.parametrize("step", ["approve", "reject"])
def test_nobody_decides_on_what_they_recorded_themselves(strict, step):
    boss = client_of(make.user("ADMIN", of=strict))
    own = pay(boss, customer_id=str(make.customer(of=strict).pk)).json()
    error_of(post(boss, path_of(own, step), {"reason": "trust me"}), 403, "own_payment")
    assert Payment.objects.get(pk=own["id"]).status == "PENDING"


@pytest.mark.parametrize("step", ["approve", "reject"])
def test_a_representative_decides_on_nothing(rep, waiting, step):
    error_of(post(client_of(rep), path_of(waiting, step), {"reason": "mine"}), 403, "not_allowed")


def test_a_payment_that_does_not_wait_has_nothing_to_verify(office):
    error_of(post(office, path_of({"id": uuid4()}, "approve")), 404, "not_found")
    plain = make.payment()
    finance = client_of(make.user("FINANCE"))
    error_of(post(finance, path_of({"id": plain.pk}, "approve")), 409, "nothing_to_verify")
