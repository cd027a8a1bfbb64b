"""Any sequence of steps with points keeps the ledger right: Hypothesis plays a business beside a ledger of plain numbers."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.errors import DomainError
from cashback.invariants import ledger
from cashback.models import CashbackRedemption, CashbackTransaction, SystemAccount
from cashback.selectors.balances import balance_as_of, balance_of, summary_of
from cashback.services import (
    cancel_redemption,
    complete_redemption,
    grant_points,
    hold_accounts,
    remove_points,
    set_cashback_policy,
    take_back_points,
    transfer_points,
)
from operations.invariants import invariants
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

PEOPLE, MOST_TRANSFERS, MOST_CENTS = 3, 1, 300
somebody = st.integers(0, PEOPLE - 1)
amounts = st.sampled_from([0, 1, 99, 100, 250, 600])
lists = st.lists(st.tuples(somebody, amounts), min_size=1, max_size=3)

LEDGER = [entry for entry in invariants("cashback") if entry.find.__module__ == ledger.__name__]

IN = ("earned", "granted", "received", "given_back")
OUT = ("sent", "redeemed", "removed", "taken_back")


class Points(RuleBasedStateMachine):
    """`has` is what each person must have; a debt is less than nothing. What is refused changes nothing."""

    rows = Bundle("rows")
    redemptions = Bundle("redemptions")

    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.now = make.NOW
        self.has = [0] * PEOPLE
        self.sent_today = [[] for _ in range(PEOPLE)]
        self.past = []

    @initialize()
    def open_business(self):
        self.tenant = make.tenant()
        self.admin = make.user("ADMIN")
        self.people = [make.user() for _ in range(PEOPLE)]
        limits = {"transfers_a_day": MOST_TRANSFERS, "transfer_points_a_day_cents": MOST_CENTS}
        set_cashback_policy(actor=self.admin, tenant=self.tenant, **limits)

    def teardown(self):
        """Leave an empty database to the next business."""
        try:
            self.summaries_add_up()
            assert_books_are_right("cashback")
            assert [balance_as_of(person, moment) for moment, _ in self.past for person in self.people] == [
                cents for _, had in self.past for cents in had
            ]
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    def attempt(self, service, **fields):
        """Do it a minute later than the last; None when it is refused."""
        self.past.append((self.now, list(self.has)))
        self.now += timedelta(minutes=1)
        try:
            return service(now=self.now, **fields)
        except DomainError:
            return None

    @rule(target=rows, listed=lists)
    def grant(self, listed):
        rows = self.attempt(grant_points, actor=self.admin, tenant=self.tenant, rows=self.named(listed), reason="x")
        assert bool(rows) is all(cents > 0 for _, cents in listed)
        for place, cents in listed if rows else []:
            self.has[place] += cents
        return rows[0].pk if rows else None

    @rule(target=rows, listed=lists)
    def remove(self, listed):
        rows = self.attempt(remove_points, actor=self.admin, tenant=self.tenant, rows=self.named(listed), reason="x")
        left = list(self.has)
        for place, cents in listed:
            left[place] -= cents
        asked = {place for place, _ in listed}
        assert bool(rows) is (all(cents > 0 for _, cents in listed) and all(left[place] >= 0 for place in asked))
        self.has = left if rows else self.has
        return rows[0].pk if rows else None

    @rule(target=rows, giver=somebody, getter=somebody, cents=amounts)
    def send(self, giver, getter, cents):
        fields = {"actor": self.people[giver], "receiver": self.people[getter], "points_cents": cents}
        row = self.attempt(transfer_points, **fields)
        today = self.sent_today[giver]
        fits = len(today) < MOST_TRANSFERS and sum(today) + cents <= MOST_CENTS
        assert bool(row) is (giver != getter and 0 < cents <= self.has[giver] and fits)
        if row:
            today.append(cents)
            self.has[giver] -= cents
            self.has[getter] += cents
        return row.pk if row else None

    @rule(row=rows)
    def take_back(self, row):
        if row is None:
            return
        original = CashbackTransaction.objects.get(pk=row)
        was_taken_back = CashbackTransaction.objects.filter(reverses=original).exists()
        back = self.attempt(take_back_points, actor=self.admin, row=original, reason="x")
        assert bool(back) is not was_taken_back
        for person, sign in ((original.to_user, -1), (original.from_user, 1)) if back else ():
            if person:
                self.has[self.people.index(person)] += sign * original.points_cents

    @rule(place=somebody, cents=amounts, house=st.sampled_from([SystemAccount.ISSUANCE, SystemAccount.ADJUSTMENT]))
    def owe_to_the_house(self, place, cents, house):
        def take(now):
            with transaction.atomic():
                held = hold_accounts(tenant=self.tenant, parties=[house, self.people[place]])
                return held.move(
                    sender=self.people[place], receiver=house, points_cents=cents, transaction_type="system",
                    actor=None, now=now, may_owe=True,
                )  # fmt: skip

        if self.attempt(take):
            self.has[place] -= cents

    @rule(target=redemptions, place=somebody, cents=amounts)
    def redeem(self, place, cents):
        redemption = self.attempt(make.redemption, cents=cents, by=self.people[place])
        assert bool(redemption) is (0 < cents <= self.has[place])
        self.has[place] -= cents if redemption else 0
        return redemption.pk if redemption else None

    @rule(redemption=redemptions, is_paid=st.booleans())
    def end_redemption(self, redemption, is_paid):
        if redemption is None:
            return
        asked = CashbackRedemption.objects.get(pk=redemption)
        if is_paid:
            ended = self.attempt(complete_redemption, actor=self.admin, redemption=asked, payout_reference="UTR 1")
        else:
            ended = self.attempt(cancel_redemption, actor=asked.user, redemption=asked, reason="")
        assert bool(ended) is (asked.status == CashbackRedemption.Status.PENDING)
        self.has[self.people.index(asked.user)] += asked.points_cents if ended and not is_paid else 0

    @rule()
    def sleep(self):
        self.now += timedelta(days=1)
        self.sent_today = [[] for _ in range(PEOPLE)]

    def named(self, listed):
        return [(self.people[place], cents) for place, cents in listed]

    @invariant()
    def everybody_has_what_the_plain_numbers_say(self):
        for place, person in enumerate(getattr(self, "people", [])):
            account = balance_of(person)
            assert (account.balance_cents, account.debt_cents) == (max(self.has[place], 0), max(-self.has[place], 0))

    @invariant()
    def the_ledger_is_right(self):
        assert not any(found for entry in LEDGER for found in entry.find(using="default", tenant=None))

    @invariant()
    def the_past_stays(self):
        for moment, had in self.past[-1:]:
            assert [balance_as_of(person, moment) for person in self.people] == had

    def summaries_add_up(self):
        for place, person in enumerate(self.people):
            told = summary_of(person)
            came = sum(told[f"{name}_cents"] for name in IN) - sum(told[f"{name}_cents"] for name in OUT)
            assert came == told["balance_cents"] - told["debt_cents"] == self.has[place]


def test_no_sequence_of_steps_breaks_the_ledger():
    run_state_machine_as_test(
        Points,
        settings=settings(
            max_examples=8,
            stateful_step_count=16,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
