"""Transfers at once, on PostgreSQL with real threads: no point is spent twice, no limit is passed, nobody waits in a circle."""

from functools import partial

import pytest

from accounts import unit_of_work
from accounts.errors import DomainError
from cashback.models import CashbackAccount, CashbackTransaction
from cashback.selectors.balances import balance_of
from cashback.services import grant_points, remove_points, set_cashback_policy, take_back_points, transfer_points
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.billing.test_races import at_once

pytestmark = [pytest.mark.cashback, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("postgres")]


@pytest.fixture
def no_second_try(monkeypatch):
    """Let a deadlock fail at once: tried again, it would go by unseen."""
    monkeypatch.setattr(unit_of_work, "RETRIES", 1)


def send(sender, receiver, cents):
    return partial(transfer_points, actor=sender, receiver=receiver, points_cents=cents, now=make.NOW)


def people(number, cents=10_000):
    found = [make.user() for _ in range(number)]
    for person in found:
        make.points(person, cents)
    return found


def cents(person):
    return balance_of(person).net_cents


def succeeded(outcomes):
    return [outcome for outcome in outcomes if not isinstance(outcome, DomainError)]


def test_the_same_points_are_sent_once():
    asha, *others = people(5, 1000)
    for _ in range(3):
        outcomes = at_once(*[send(asha, other, 1000) for other in others])
        [sent] = succeeded(outcomes)
        assert {outcome.code for outcome in outcomes if outcome is not sent} == {"balance_too_low"}
        assert cents(asha) == 0
        make.points(asha, 1000)
    assert_books_are_right("cashback")


def test_opposite_transfers_at_once_do_not_wait_in_a_circle(no_second_try):
    asha, ravi = people(2)
    set_cashback_policy(actor=None, tenant=asha.tenant, transfers_a_day=1000)

    def many(sender, receiver):
        for _ in range(20):
            send(sender, receiver, 1)()

    at_once(*[lambda: many(asha, ravi), lambda: many(ravi, asha)] * 3)
    assert (cents(asha), cents(ravi)) == (10_000, 10_000)
    assert_books_are_right("cashback")


def test_transfers_in_a_ring_beside_grants_and_removals_do_not_wait_in_a_circle(no_second_try):
    ring = people(4)
    set_cashback_policy(actor=None, tenant=ring[0].tenant, transfers_a_day=1000)
    by_hand = {"actor": None, "tenant": ring[0].tenant, "reason": "festival", "now": make.NOW}

    def again(work):
        for _ in range(8):
            work()

    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    at_once(
        *[partial(again, send(giver, getter, 1)) for giver, getter in pairs],
        partial(again, partial(grant_points, rows=[(person, 5) for person in ring], **by_hand)),
        partial(again, partial(remove_points, rows=[(person, 5) for person in reversed(ring)], **by_hand)),
    )
    assert [cents(person) for person in ring] == [10_000] * 4
    assert_books_are_right("cashback")


def test_first_points_for_many_at_once_open_one_account_each(no_second_try):
    newcomers = [make.user() for _ in range(4)]
    rows = [(person, 5) for person in newcomers]
    by_hand = {"actor": None, "tenant": newcomers[0].tenant, "reason": "welcome", "now": make.NOW}
    at_once(*[partial(grant_points, rows=order, **by_hand) for order in (rows, rows[::-1]) * 2])
    assert [cents(person) for person in newcomers] == [20] * 4
    assert CashbackAccount.objects.of_people().count() == 4
    assert_books_are_right("cashback")


def test_the_tenth_transfer_of_a_day_is_the_last_however_many_come_at_once():
    asha, ravi, sita = people(3)
    for _ in range(8):
        send(asha, ravi, 1)()
    outcomes = at_once(*[send(asha, other, 1) for other in (ravi, sita) * 3])
    assert len(succeeded(outcomes)) == 2
    assert {outcome.code for outcome in outcomes if isinstance(outcome, DomainError)} == {"transfer_limit_reached"}


def test_the_points_of_a_day_are_not_passed_by_two_at_once():
    asha, ravi, sita = people(3)
    set_cashback_policy(actor=None, tenant=asha.tenant, transfer_points_a_day_cents=1000)
    outcomes = at_once(*[send(asha, other, 600) for other in (ravi, sita) * 2])
    assert len(succeeded(outcomes)) == 1
    assert cents(asha) == 9400


def test_a_row_is_taken_back_once_by_several_at_once():
    asha, ravi = people(2)
    sent = send(asha, ravi, 700)()
    outcomes = at_once(*[partial(take_back_points, actor=None, row=sent, reason="wrong person", now=make.NOW)] * 4)
    assert len(succeeded(outcomes)) == 1
    assert CashbackTransaction.objects.filter(reverses=sent).count() == 1
    assert cents(asha) == 10_000


def test_spent_while_it_is_taken_back_it_is_a_debt_or_it_was_not_spent():
    for _ in range(5):
        asha, ravi = make.user(), make.user()
        granted = make.points(asha, 100)
        at_once(send(asha, ravi, 100), partial(take_back_points, actor=None, row=granted, reason="twice", now=make.NOW))
        assert (cents(asha), cents(ravi)) in {(0, 0), (-100, 100)}
    assert_books_are_right("cashback")


def test_policies_that_are_set_at_once_lose_nothing():
    tenant = make.tenant()
    changes = [{"transfers_a_day": 3}, {"transfer_points_a_day_cents": 5}, {"gift_card_step_cents": 7}] * 2
    at_once(*[partial(set_cashback_policy, actor=None, tenant=tenant, **change) for change in changes])
    from cashback.services import policy_of

    policy = policy_of(tenant)
    assert (policy.transfers_a_day, policy.transfer_points_a_day_cents, policy.gift_card_step_cents) == (3, 5, 7)
