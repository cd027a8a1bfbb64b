"""Hundreds of contended steps on PostgreSQL, by threads and by processes: no cent twice, no deadlock that anybody sees."""

import json
import random
from collections import Counter

import pytest
from django.db import connection

from accounts.errors import DomainError
from accounts.models import RefusedWrite, User
from billing import services
from billing.models import Allocation, Credit, Customer, Invoice, Payment, PaymentRefund
from billing.services.refunds import MoreThanCameIn, PaymentNotRefundable
from billing.services.verification import NothingToVerify
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.billing.test_races import at_once
from tests.processes import Scratch, address_of

pytestmark = [pytest.mark.allocations, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("postgres")]

WORKERS, STEPS = 6, 120


@pytest.fixture
def busy_office():
    """A business that verifies payments: two customers with debts, credit, and payments that wait, for all to fight over."""
    strict = make.tenant("strict", requires_payment_verification=True)
    make.user("FINANCE", of=strict)
    for _ in range(2):
        shop = make.customer(of=strict, opening_balance_cents=300)
        for number in range(5):
            make.invoice(3000, to=shop)
            make.sale(200, to=shop)
            make.credit(1500, to=shop)
            make.payment(2000, by=shop)
            make.payment(700, by=shop, channel="GATEWAY", external_reference=f"TX-{shop.number}-{number}")
    return strict


def contend(seed: int, steps: int = STEPS) -> Counter:
    """Do so many steps at random, as one clerk; count what was done and what was refused, and how."""
    chance, seen = random.Random(seed), Counter()
    clerk = User.objects.get(role="FINANCE")
    for _ in range(steps):
        [step] = chance.choices(list(HOW_OFTEN), weights=HOW_OFTEN.values())
        try:
            step(clerk, chance)
            seen[step.__name__] += 1
        except DomainError as error:
            seen[f"refused: {error.code}"] += 1
    return seen


def one(chance, rows):
    return chance.choice(list(rows))


def splits(chance, shop):
    debts = [{"invoice": invoice.pk} for invoice in Invoice.objects.filter(customer=shop)]
    return [{**debt, "amount_cents": chance.randint(1, 90)} for debt in chance.sample(debts, 2)]


def allocate(clerk, chance):
    payment = one(chance, Payment.objects.exclude(status="PENDING"))
    named = splits(chance, payment.customer_id) if chance.random() < 0.95 else None
    services.allocate_payment(actor=clerk, payment=payment, now=make.NOW, splits=named)


def apply_credit(clerk, chance):
    credit = one(chance, Credit.objects.all())
    named = splits(chance, credit.customer_id) if chance.random() < 0.95 else None
    services.apply_credit(actor=clerk, credit=credit, now=make.NOW, splits=named)


def waiting():
    """The payments that wait, seen without a lock: by the time we act, somebody else may have been quicker."""
    return Payment.objects.filter(status="PENDING") or Payment.objects.all()


def approve(clerk, chance):
    services.approve_payment(actor=clerk, payment=one(chance, waiting()), now=make.NOW)


def refund(clerk, chance):
    payment = one(chance, Payment.objects.filter(status="SUCCEEDED") or Payment.objects.all())
    cents = chance.choice([10, 50, 400])
    services.refund_payment(actor=clerk, payment=payment, amount_cents=cents, reason="paid twice", now=make.NOW)


def take_back(clerk, chance):
    rows = list(Allocation.objects.filter(reverses=None, reversal=None))
    if rows:
        services.reverse_allocation(actor=clerk, allocation=one(chance, rows), reason="mistake", now=make.NOW)


def reverse(clerk, chance):
    whole = Payment.objects.filter(status__in=["SUCCEEDED", "PENDING"], refunded_cents=0)
    payment = one(chance, whole or Payment.objects.all())
    services.reverse_payment(actor=clerk, payment=payment, reason="bounced", now=make.NOW)


def change(clerk, chance):
    typed = Payment.objects.exclude(channel="GATEWAY")
    payment = one(chance, typed.filter(status="PENDING") or typed)
    cents = chance.randint(500, 2500)
    services.change_payment_amount(actor=None, payment=payment, amount_cents=cents, reason="mistyped")


def gateway(clerk, chance):
    payment = one(chance, Payment.objects.filter(channel="GATEWAY"))
    said = {"of": payment.tenant, "external_reference": payment.external_reference, "amount_cents": 700}
    make.gateway_event(
        chance.choice(["SUCCEEDED", "SUCCEEDED", "FAILED"]), event_id=f"e-{chance.randint(1, 30)}", **said
    )


def record(clerk, chance):
    shop = one(chance, Customer.objects.all())
    make.payment(chance.randint(1, 300), by=shop, splits=splits(chance, shop))


HOW_OFTEN = {
    allocate: 6,
    apply_credit: 5,
    approve: 4,
    refund: 3,
    take_back: 3,
    record: 3,
    gateway: 2,
    change: 1,
    reverse: 0.8,
}


def in_a_process(seed: int) -> None:
    """A clerk in a process of their own; tells what they saw."""
    print(json.dumps(contend(seed)))  # noqa: T201 - read by the test


def prove(seen: Counter) -> None:
    """Every step ended in words of the business, and every cent is where it should be."""
    assert seen.total() == WORKERS * STEPS
    assert {step.__name__ for step in HOW_OFTEN} <= set(seen), seen
    succeeded = sum(number for step, number in seen.items() if not step.startswith("refused"))
    assert succeeded > 100, seen  # how many depends on who comes first; a handful would prove nothing
    assert not RefusedWrite.objects.filter(code="failed").exists(), "a deadlock or a broken constraint came through"
    assert_books_are_right()


def test_hundreds_of_contended_steps_by_threads_leave_the_books_right(busy_office):
    outcomes = at_once(*[lambda seed=seed: contend(seed) for seed in range(WORKERS)])
    prove(sum(outcomes, Counter()))


def test_hundreds_of_contended_steps_by_processes_leave_the_books_right(busy_office, tmp_path):
    scratch = Scratch(address_of(connection), tmp_path)
    clerks = [scratch.start_function(in_a_process, seed) for seed in range(100, 100 + WORKERS)]
    ended = [clerk.wait() for clerk in clerks]
    assert [clerk.code for clerk in ended] == [0] * WORKERS, ended[0].err
    prove(sum((Counter(clerk.json) for clerk in ended), Counter()))


def test_of_decisions_at_once_on_a_waiting_payment_one_stands():
    strict = make.tenant("strict", requires_payment_verification=True)
    people = [make.user("FINANCE", of=strict) for _ in range(6)]
    for _ in range(10):
        waiting = make.payment(500, by=make.customer(of=strict, opening_balance_cents=500))
        decisions = [
            lambda person=person, waiting=waiting: services.approve_payment(actor=person, payment=waiting, now=make.NOW)
            for person in people[:3]
        ] + [
            lambda person=person, waiting=waiting: services.reject_payment(
                actor=person, payment=waiting, reason="no slip"
            )
            for person in people[3:]
        ]
        outcomes = at_once(*decisions)
        assert [type(outcome) for outcome in outcomes].count(NothingToVerify) == 5
    assert_books_are_right()


def test_refunds_at_once_give_back_no_more_than_came_in():
    invoice = make.invoice(1000)
    paid = make.payment(1000, by=invoice.customer)
    services.allocate_payment(actor=None, payment=paid, now=make.NOW)
    refund_300 = {"amount_cents": 300, "reason": "paid twice", "now": make.NOW}
    outcomes = at_once(*[lambda: services.refund_payment(actor=None, payment=paid, **refund_300)] * 8)
    refused = [outcome for outcome in outcomes if isinstance(outcome, DomainError)]
    assert {type(error) for error in refused} <= {MoreThanCameIn, PaymentNotRefundable} and len(refused) == 5
    assert Payment.objects.get().refunded_cents == 900 == sum(row.amount_cents for row in PaymentRefund.objects.all())
    assert Invoice.objects.get().allocated_cents == 100
    assert_books_are_right()


def test_a_payment_refunded_and_applied_at_once_is_spent_once():
    for _ in range(8):
        invoice = make.invoice(1000)
        paid = make.payment(1000, by=invoice.customer)
        at_once(
            lambda paid=paid: services.allocate_payment(actor=None, payment=paid, now=make.NOW),
            lambda paid=paid: services.refund_payment(
                actor=None, payment=paid, amount_cents=1000, reason="paid twice", now=make.NOW
            ),
            lambda paid=paid: services.reverse_payment(actor=None, payment=paid, reason="bounced", now=make.NOW),
        )
        invoice.refresh_from_db()
        assert invoice.allocated_cents == 0
    assert_books_are_right()


def test_the_gateway_saying_it_many_times_at_once_is_heard_once():
    shop = make.customer()
    invoice = make.invoice(1000, to=shop)
    splits_ = [{"invoice": invoice, "amount_cents": 1000}]
    make.payment(1000, by=shop, channel="GATEWAY", external_reference="TX-1", splits=splits_)
    outcomes = at_once(*[lambda: make.gateway_event(event_id="same")] * 4, *[make.gateway_event] * 4)
    assert {outcome.outcome for outcome in outcomes} == {"DONE"}
    assert Allocation.objects.get().invoice == invoice
    assert_books_are_right()
