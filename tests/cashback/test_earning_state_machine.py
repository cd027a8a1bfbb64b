"""Any sequence of steps on a loan and a tracker leaves people exactly what stands: Hypothesis plays it beside plain numbers."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.errors import DomainError
from cashback import services
from cashback.models import CashbackTransaction, LoanPayment, TrackerEntry
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.cashback.earning import has

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

PEOPLE, ADMINS, DAYS = 2, 3, 2
somebody, an_admin, a_day = st.integers(0, PEOPLE - 1), st.integers(0, ADMINS - 1), st.integers(0, DAYS - 1)
a_payment = st.integers(0, 3)
a_base = st.sampled_from([0, 10, 1234, 50_000])
a_rule = st.sampled_from([("percentage", 500), ("percentage", 6000), ("fixed", 150)])
by_hand = st.sampled_from([None, None, None, [], [(0, 33)], [(1, 7), (0, 2)]])


class Earning(RuleBasedStateMachine):
    """`stands` is what each payment and day gives to whom while it counts; `sent` is what people gave each other."""

    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.now = make.NOW
        self.rules = {"loan": {}, "tracker": {}}
        self.stands, self.sent, self.payments = {}, [0] * PEOPLE, []

    @initialize()
    def open_business(self):
        self.admins = [make.user("ADMIN") for _ in range(ADMINS)]
        self.people = [make.user("CUSTOMER") for _ in range(PEOPLE)]
        self.loan, self.tracker = make.loan(360_000_000), make.tracker(scheme_period_days=DAYS - 1)

    def teardown(self):
        """Leave an empty database to the next business."""
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    def attempt(self, service, **fields):
        """Do it a minute later than the last; None when it is refused."""
        self.now += timedelta(minutes=1)
        try:
            return service(**fields)
        except DomainError:
            return None

    @rule(of=st.sampled_from(["loan", "tracker"]), by=an_admin, to=somebody, kind=a_rule)
    def configure(self, of, by, to, kind):
        set_it = {"loan": services.set_loan_cashback, "tracker": services.set_tracker_cashback}[of]
        shares = sum(number for name, number in self.rules[of].values() if name == "percentage")
        said = {of: getattr(self, of), "user": self.people[to], "cashback_type": kind[0]}
        said |= {"points_cents": kind[1]} if kind[0] == "fixed" else {"cashback_value": f"0.{kind[1]:04}"}
        config = self.attempt(set_it, actor=self.admins[by], **said)
        fits = kind[0] == "fixed" or shares + kind[1] <= 10_000
        assert (config is not None) is (to not in self.rules[of] and fits)
        if config:
            self.rules[of][to] = kind

    @rule(of=st.sampled_from(["loan", "tracker"]), to=somebody)
    def end(self, of, to):
        config = getattr(self, of).cashback_configs.filter(user=self.people[to], is_active=True).first()
        if config:
            end_it = {"loan": services.end_loan_cashback, "tracker": services.end_tracker_cashback}[of]
            self.attempt(end_it, actor=None, config=config)
            del self.rules[of][to]

    @rule(day=a_day, cents=a_base, by=an_admin)
    def enter(self, day, cents, by):
        before = TrackerEntry.objects.filter(day=day).first()
        entry = self.attempt(
            services.submit_entry,
            actor=self.admins[by],
            tracker=self.tracker,
            day=day,
            payment_cents=cents,
            now=self.now,
        )
        says_the_same = before and before.payment_cents == cents and before.status != "rejected"
        assert entry.status == (before.status if says_the_same else "pending")
        if not says_the_same:
            self.stands.pop(day, None)

    @rule(day=a_day, by=an_admin, hand=by_hand)
    def approve(self, day, by, hand):
        entry = TrackerEntry.objects.filter(day=day).first()
        said = {"entry": entry, "now": self.now, **self.named(hand)}
        if entry and self.attempt(services.approve_entry, actor=self.admins[by], **said):
            assert entry.status == "pending"
            self.stands[day] = self.given("tracker", entry.payment_cents, hand)

    @rule(day=a_day, by=an_admin)
    def reject_day(self, day, by):
        entry = TrackerEntry.objects.filter(day=day).first()
        said = {"entry": entry, "reason": "no", "now": self.now}
        if entry and self.attempt(services.reject_entry, actor=self.admins[by], **said):
            self.stands.pop(day, None)

    @rule(cents=a_base, by=an_admin)
    def pay(self, cents, by):
        said = {"loan": self.loan, "amount_cents": cents + 100, "interest_cents": cents, "payment_date": make.TODAY}
        payment = self.attempt(services.record_loan_payment, actor=self.admins[by], now=self.now, **said)
        if payment:
            self.payments.append(payment.pk)

    @rule(which=a_payment, by=an_admin, hand=by_hand)
    def verify(self, which, by, hand):
        payment = self.payment(which)
        said = {"payment": payment, "now": self.now, **self.named(hand)}
        if payment and self.attempt(services.verify_loan_payment, actor=self.admins[by], **said):
            self.stands[payment.pk] = self.given("loan", payment.interest_cents, hand)

    @rule(which=a_payment, by=an_admin, step=st.sampled_from(["reject", "delete", "change"]), cents=a_base)
    def stop_a_payment(self, which, by, step, cents):
        payment = self.payment(which)
        said = {"payment": payment, "reason": "no", "now": self.now}
        said |= {"interest_cents": cents, "amount_cents": cents + 200} if step == "change" else {}
        if payment and self.attempt(getattr(services, f"{step}_loan_payment"), actor=self.admins[by], **said):
            self.stands.pop(payment.pk, None)

    @rule(sender=somebody)
    def send_everything(self, sender):
        cents, _ = has(self.people[sender])
        said = {"receiver": self.people[1 - sender], "points_cents": cents, "now": self.now}
        if self.attempt(services.transfer_points, actor=self.people[sender], **said):
            self.sent[sender] -= cents
            self.sent[1 - sender] += cents

    @invariant()
    def everybody_has_what_stands(self):
        for place, person in enumerate(getattr(self, "people", [])):
            net = self.sent[place] + sum(given.get(place, 0) for given in self.stands.values())
            assert has(person) == (max(net, 0), max(-net, 0))

    @invariant()
    def nothing_is_taken_back_that_stands(self):
        standing = CashbackTransaction.objects.filter(occasion__isnull=False, reversal__isnull=True)
        assert standing.count() == sum(len(given) for given in self.stands.values())
        assert_books_are_right("cashback")

    def payment(self, which):
        known = self.payments[which:] or self.payments
        return LoanPayment.objects.get(pk=known[0]) if known else None

    def named(self, hand):
        rows = hand if hand is None else [(self.people[place], cents) for place, cents in hand]
        return {"cashback": rows, "cashback_reason": "as agreed" if hand else ""}

    def given(self, of, base_cents, hand):
        """What each person gets, in whole cents: halves of a cent are rounded up."""
        if hand is not None:
            return dict(hand)
        reckoned = {
            place: number if name == "fixed" else (base_cents * number * 2 + 10_000) // 20_000
            for place, (name, number) in self.rules[of].items()
        }
        return {place: cents for place, cents in reckoned.items() if cents}


def test_any_sequence_of_steps_leaves_exactly_what_stands():
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Earning,
        settings=settings(
            max_examples=8, stateful_step_count=20, deadline=None, suppress_health_check=checks, database=None
        ),
    )
