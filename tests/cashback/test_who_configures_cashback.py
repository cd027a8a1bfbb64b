"""Who configures cashback, and for whom: the same for loans and for trackers."""

import pytest

from accounts.errors import NotAllowed, NotFound
from accounts.services import deactivate_user
from cashback.services.assignments import NotYoursToConfigure, assign_to_loan, unassign_from_loan
from cashback.services.configs import CannotBeBeneficiary, ConfiguresThemself
from tests import make
from tests.cashback.configuring import FIXED, OfLoan, a_share, both, customer

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


@both
@pytest.mark.parametrize("role", ["CUSTOMER", "SALES_REP", "FINANCE"])
def test_who_is_not_assigned_configures_and_ends_nothing(kind, role):
    of = kind.new()
    config = kind.set(of, user=customer(), **FIXED)
    with pytest.raises(NotYoursToConfigure):
        kind.set(of, actor=make.user(role), user=customer(), **FIXED)
    with pytest.raises(NotYoursToConfigure):
        kind.end(config, actor=make.user(role))
    assert kind.configs.objects.filter(is_active=True).count() == 1


@both
@pytest.mark.parametrize("role", ["SALES_REP", "FINANCE"])
def test_the_assigned_configure_what_they_look_after_and_nothing_else(kind, role):
    of, staff = kind.new(), make.user(role)
    kind.assigned(of, staff)
    config = kind.set(of, actor=staff, user=customer(), **FIXED)
    assert kind.end(config, actor=staff).is_active is False
    with pytest.raises(NotAllowed):
        kind.set(kind.new(), actor=staff, user=customer(), **FIXED)


def test_who_is_no_longer_assigned_configures_nothing():
    loan, rep = make.loan(), make.user("SALES_REP")
    assign_to_loan(actor=None, loan=loan, user=rep)
    unassign_from_loan(actor=None, loan=loan, user=rep)
    with pytest.raises(NotYoursToConfigure):
        OfLoan.set(loan, actor=rep, user=customer(), **FIXED)


@both
@pytest.mark.parametrize("role", ["ADMIN", "SALES_REP"])
def test_nobody_sets_cashback_for_themselves(kind, role):
    of, actor = kind.new(), make.user(role)
    if role == "SALES_REP":
        kind.assigned(of, actor)
    for rule in (FIXED, a_share("0.0001")):
        with pytest.raises(ConfiguresThemself):
            kind.set(of, actor=actor, user=actor, **rule)
    assert not kind.configs.objects.exists()


@both
def test_ones_own_rule_may_be_ended(kind):
    admin = make.user("ADMIN")
    assert kind.end(kind.set(kind.new(), user=admin, **FIXED), actor=admin).is_active is False


@both
def test_to_the_staff_of_another_business_there_is_no_such_loan_tracker_or_rule(kind):
    of, stranger = kind.new(), make.user("ADMIN", of=make.tenant("other"))
    config = kind.set(of, user=customer(), **FIXED)
    with pytest.raises(NotFound):
        kind.set(of, actor=stranger, user=customer(), **FIXED)
    with pytest.raises(NotFound):
        kind.end(config, actor=stranger)


@both
def test_the_beneficiary_is_an_active_person_of_the_business(kind):
    of, gone, stranger = kind.new(), customer(), make.user("CUSTOMER", of=make.tenant("other"))
    deactivate_user(actor=None, user=gone, reason="left")
    for user in (gone, stranger, make.superuser()):
        with pytest.raises(CannotBeBeneficiary) as refused:
            kind.set(of, user=user, **FIXED)
        assert list(refused.value.fields) == ["user"]
