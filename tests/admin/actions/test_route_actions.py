"""The office moves routes in the admin: out, back, reconciled by a second person, given to somebody else."""

import pytest

from billing.models import RouteReconciliation
from routes.models import Route
from tests import make
from tests.admin.actions.clicks import address, do, offered, text_of

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


def fresh(row):
    return type(row).objects.get(pk=row.pk)


@pytest.fixture
def back():
    """A route that is back with 20.00 in cash."""
    route = make.route()
    make.payment(2000, sale=make.sale(5000, route=route), actor=route.assigned_to)
    return make.bring(route, to="COMPLETED")


def test_a_route_goes_out_comes_back_and_is_reconciled(bookkeeper):
    route = make.route("PENDING")
    assert offered(bookkeeper, route) == ["start", "reassign"]
    assert "on the road" in text_of(do(bookkeeper, route, "start"))
    assert offered(bookkeeper, route) == ["complete", "reassign"]
    do(bookkeeper, route, "complete")
    assert offered(bookkeeper, route) == ["reconcile", "reopen"]
    do(bookkeeper, route, "reopen", reason="forgot a shop")
    do(bookkeeper, route, "complete")
    assert "its figures stay" in text_of(do(bookkeeper, route, "reconcile", cash_handed_over_cents="0"))
    assert fresh(route).status == "RECONCILED" and offered(bookkeeper, route) == []


def test_a_difference_needs_a_word_and_a_reason(back, bookkeeper):
    assert "20.00" in text_of(bookkeeper.get(address(back, "reconcile")))
    unexplained = do(bookkeeper, back, "reconcile", cash_handed_over_cents="15")
    assert unexplained.status_code == 422 and "differs from the recorded cash by −5.00 BDT" in text_of(unexplained)
    silent = do(bookkeeper, back, "reconcile", cash_handed_over_cents="15", disposition="CHARGED_TO_REP")
    assert "Say why it differs" in text_of(silent) and 'value="15"' in silent.content.decode()
    typed = {"disposition": "CHARGED_TO_REP", "disposition_reason": "a note is missing", "notes": "counted twice"}
    do(bookkeeper, back, "reconcile", cash_handed_over_cents="15", **typed)
    settled = RouteReconciliation.objects.get()
    assert (settled.cash_variance_cents, settled.variance_disposition) == (-500, "CHARGED_TO_REP")
    assert (settled.variance_reason, settled.notes) == ("a note is missing", "counted twice")


def test_cash_that_agrees_needs_no_word(back, bookkeeper):
    do(bookkeeper, back, "reconcile", cash_handed_over_cents="20.00")
    assert RouteReconciliation.objects.get().variance_disposition == "NONE"


def test_four_eyes_are_asked_for_in_words(as_user):
    driver = make.user("FINANCE", is_staff=True)
    route = make.route("COMPLETED", rep=driver)
    refused = do(as_user(driver), route, "reconcile", cash_handed_over_cents="0")
    assert refused.status_code == 403 and "Ask somebody else of the office" in text_of(refused)
    assert fresh(route).status == "COMPLETED"


def test_payments_that_wait_hold_a_reconciliation_up(as_user):
    route = make.route(of=make.tenant("strict", requires_payment_verification=True))
    make.payment(2000, sale=make.sale(5000, route=route), actor=route.assigned_to)
    make.bring(route, to="COMPLETED")
    checker = as_user(make.user("FINANCE", of=route.tenant, is_staff=True))
    refused = do(checker, route, "reconcile", cash_handed_over_cents="0")
    assert refused.status_code == 409 and "Approve or reject them first" in text_of(refused)


def test_a_step_that_is_not_next_is_refused_in_words(bookkeeper):
    route = make.route("PENDING")
    refused = do(bookkeeper, route, "complete")
    assert refused.status_code == 409 and "Next it may become" in text_of(refused)


def test_a_route_is_given_to_somebody_else_of_the_same_business(bookkeeper):
    route, other = make.route("PENDING"), make.user(name="Karim")
    stranger = make.user(of=make.tenant("elsewhere"))
    refused = do(bookkeeper, route, "reassign", assigned_to=stranger.pk, reason="ill")
    assert refused.status_code == 422 and str(stranger) not in text_of(refused)
    answer = do(bookkeeper, route, "reassign", assigned_to=other.pk, reason="ill")
    assert fresh(route).assigned_to == other and "ill" in text_of(answer)


@pytest.mark.parametrize("name", ["start", "complete", "reconcile", "reopen", "reassign"])
def test_another_business_and_other_roles_reach_nothing(as_user, name):
    route = make.route("PENDING")
    stranger = as_user(make.user("ADMIN", of=make.tenant("elsewhere"), is_staff=True))
    assert do(stranger, route, name, reason="mine").status_code == 404
    assert do(as_user(make.user(is_staff=True)), route, name, reason="mine").status_code == 403
    assert Route.objects.get().status == "PENDING"
