"""Two at once, on PostgreSQL with real threads: points are taken once, a redemption ends once, a person has one default."""

import pytest
from cryptography.fernet import Fernet

from cashback import services
from cashback.models import CashbackAccount, CashbackRedemption, UserPaymentMethod
from cashback.services.ledger import BalanceTooLow
from cashback.services.payment_methods import NoSuchPaymentMethod
from cashback.services.payout_details import opened
from cashback.services.redemptions import RedemptionNotPending
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.billing.test_races import at_once

pytestmark = [pytest.mark.cashback, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("postgres")]


def rich():
    asha = make.user("CUSTOMER")
    make.points(asha, 10_000)
    return asha


def complete(redemption, by):
    return services.complete_redemption(actor=by, redemption=redemption, payout_reference="UTR 1", now=make.NOW)


def cancel(redemption, by):
    return services.cancel_redemption(actor=by, redemption=redemption, reason="wrong account", now=make.NOW)


def refusals(outcomes, error):
    return sum(isinstance(outcome, error) for outcome in outcomes)


def test_the_whole_balance_asked_for_by_many_at_once_is_taken_once():
    for _ in range(5):
        asha = rich()
        outcomes = at_once(*[lambda who=asha: make.redemption(10_000, by=who)] * 4)
        assert refusals(outcomes, BalanceTooLow) == 3
        assert CashbackRedemption.objects.filter(user=asha).count() == 1
    assert_books_are_right("cashback")


def test_two_that_fit_together_both_go_through():
    asha = rich()
    outcomes = at_once(*[lambda: make.redemption(5_000, by=asha)] * 2)
    assert refusals(outcomes, BalanceTooLow) == 0
    assert CashbackAccount.objects.get(user=asha).balance_cents == 0


def test_redeeming_and_sending_the_whole_balance_at_once_is_one_of_them():
    for _ in range(5):
        asha, ravi = rich(), make.user("CUSTOMER")
        outcomes = at_once(
            lambda who=asha: make.redemption(10_000, by=who),
            lambda who=asha, to=ravi: services.transfer_points(
                actor=who, receiver=to, points_cents=10_000, now=make.NOW
            ),
        )
        assert refusals(outcomes, BalanceTooLow) == 1
    assert_books_are_right("cashback")


@pytest.mark.parametrize(
    "steps", [(complete, complete), (cancel, cancel), (complete, cancel)], ids=["complete", "cancel", "either"]
)
def test_of_two_who_end_a_redemption_at_once_one_wins(steps):
    for _ in range(5):
        redemption, staff = make.redemption(10_000), [make.user("ADMIN"), make.user("ADMIN")]
        outcomes = at_once(
            *[lambda step=step, by=by, row=redemption: step(row, by) for step, by in zip(steps, staff, strict=True)]
        )
        assert refusals(outcomes, RedemptionNotPending) == 1
        [won] = [outcome for outcome in outcomes if isinstance(outcome, CashbackRedemption)]
        stored = CashbackRedemption.objects.get(pk=redemption.pk)
        assert (stored.status, stored.processed_by_user_id) == (won.status, won.processed_by_user_id)
        left = CashbackAccount.objects.get(user=redemption.user).balance_cents
        assert left == (10_000 if won.status == "cancelled" else 0)
    assert_books_are_right("cashback")


def test_the_person_cancels_while_staff_completes_and_one_wins():
    for _ in range(5):
        redemption, admin = make.redemption(10_000), make.user("ADMIN")
        outcomes = at_once(
            lambda row=redemption: cancel(row, row.user), lambda row=redemption, by=admin: complete(row, by)
        )
        assert refusals(outcomes, RedemptionNotPending) == 1
    assert_books_are_right("cashback")


def test_a_person_who_adds_and_chooses_defaults_at_once_has_one():
    for _ in range(5):
        asha = make.user("CUSTOMER")
        methods = [make.payment_method(of=asha) for _ in range(2)]
        at_once(
            *[lambda who=asha: make.payment_method("cash", of=who, is_default=True)] * 3,
            *[lambda row=row: services.set_default_payment_method(actor=row.user, method=row) for row in methods],
        )
        assert UserPaymentMethod.objects.filter(user=asha).count() == 5
        assert UserPaymentMethod.objects.filter(user=asha, is_default=True).count() == 1


def test_a_method_removed_at_the_moment_of_the_request_is_used_or_not_found():
    for _ in range(5):
        method = make.payment_method()
        make.points(method.user, 10_000)
        asked, removed = at_once(
            lambda row=method: make.redemption(10_000, by=row.user, payment_method=row),
            lambda row=method: services.remove_payment_method(actor=row.user, method=row, now=make.NOW),
        )
        assert removed.deleted_at
        if isinstance(asked, NoSuchPaymentMethod):
            assert CashbackAccount.objects.get(user=method.user).balance_cents == 10_000
        else:
            assert asked.upi_id == method.upi_id
    assert_books_are_right("cashback")


def test_a_method_sealed_anew_while_its_owner_changes_it_keeps_a_true_history(settings):
    """The newest image of each row equals the row, which is checked after every test."""
    methods = [make.payment_method("account") for _ in range(8)]
    settings.PAYOUT_KEYS = [Fernet.generate_key().decode(), *settings.PAYOUT_KEYS]
    at_once(
        lambda: services.reseal_payout_details(actor=None),
        lambda: [services.set_default_payment_method(actor=row.user, method=row) for row in methods],
        lambda: [services.remove_payment_method(actor=row.user, method=row, now=make.NOW) for row in reversed(methods)],
    )
    settings.PAYOUT_KEYS = settings.PAYOUT_KEYS[:1]
    assert all(opened(row) == make.PAID_OUT_TO["account"] for row in UserPaymentMethod.objects.all())
