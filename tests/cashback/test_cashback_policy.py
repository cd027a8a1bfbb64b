"""What a business allows its people to do with points: defaults until it says otherwise, and only what can be meant."""

import pytest

from accounts.errors import NotAllowed, NotFound
from cashback.models import CashbackPolicy
from cashback.services import policy_of, set_cashback_policy
from cashback.services.policies import NotAPolicy
from tests import make

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


def test_a_business_that_said_nothing_has_the_defaults_and_no_row():
    policy = policy_of(make.tenant())
    assert (policy.transfers_a_day, policy.transfer_points_a_day_cents) == (10, None)
    assert (policy.gift_card_step_cents, policy.redemption_minima) == (50_000, {})
    assert not CashbackPolicy.objects.exists()


def test_only_what_is_named_changes_and_the_history_says_by_whom():
    admin = make.user("ADMIN")
    set_cashback_policy(actor=admin, tenant=admin.tenant, transfers_a_day=3)
    set_cashback_policy(actor=admin, tenant=admin.tenant, redemption_minima={"upi": 10_000})
    policy = policy_of(admin.tenant)
    assert (policy.transfers_a_day, policy.redemption_minima) == (3, {"upi": 10_000})
    assert [image.history_user for image in policy.history.all()] == [admin, admin]
    assert CashbackPolicy.objects.count() == 1


def test_one_business_does_not_speak_for_another():
    set_cashback_policy(actor=None, tenant=make.tenant("south"), transfers_a_day=3)
    assert policy_of(make.tenant()).transfers_a_day == 10


def test_a_limit_of_points_can_be_lifted_and_transfers_forbidden():
    tenant = make.tenant()
    set_cashback_policy(actor=None, tenant=tenant, transfer_points_a_day_cents=5)
    policy = set_cashback_policy(actor=None, tenant=tenant, transfer_points_a_day_cents=None, transfers_a_day=0)
    assert (policy.transfer_points_a_day_cents, policy.transfers_a_day) == (None, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"transfers_a_day": -1},
        {"transfers_a_day": "3"},
        {"transfers_a_day": None},
        {"transfers_a_day": 10**9},
        {"transfers_a_day": True},
        {"transfer_points_a_day_cents": -1},
        {"transfer_points_a_day_cents": 1.5},
        {"gift_card_step_cents": 0},
        {"gift_card_step_cents": None},
        {"redemption_minima": {"cheque": 5}},
        {"redemption_minima": {"upi": 0}},
        {"redemption_minima": {"upi": "5"}},
        {"redemption_minima": [5]},
        {"redemption_minima": None},
        {"tenant_id": 5},
        {"id": 5},
    ],
)
def test_what_cannot_be_meant_is_refused_and_named(changes):
    with pytest.raises(NotAPolicy) as refused:
        set_cashback_policy(actor=None, tenant=make.tenant(), **changes)
    assert set(refused.value.fields) == set(changes)
    assert not CashbackPolicy.objects.exists()


@pytest.mark.parametrize("role", ["FINANCE", "SALES_REP", "CUSTOMER"])
def test_only_administrators_set_it(role):
    with pytest.raises(NotAllowed):
        set_cashback_policy(actor=make.user(role), tenant=make.tenant(), transfers_a_day=3)


def test_not_of_another_business():
    with pytest.raises(NotFound):
        set_cashback_policy(actor=make.user("ADMIN"), tenant=make.tenant("south"), transfers_a_day=3)
