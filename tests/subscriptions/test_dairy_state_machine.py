"""Any order of business on a dairy round, with every sentence about the dairy proved after each step.

Two customers, a round and five days up to today. Whatever is refused is refused; the rule of standing orders, which decides in
Python, says after each generation what the day must hold.
"""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.errors import DomainError
from billing import services as billing
from billing.models import Invoice, InvoiceLine, Payment
from routes.services import create_round
from subscriptions import services as dairy
from subscriptions.models import DELIVERY, DailyOrder, Delivery, StandingOrder, StandingOrderChange
from subscriptions.rules.standing_order import Change, notes_for, planned_quantity
from subscriptions.selectors.prices import price_on
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]

Status = DailyOrder.Status
days = st.integers(0, 4)
nth = st.integers(0, 5)
patterns = st.sampled_from([[1], ["0.5", 0], [2, 1, 0], ["1.333"]])
SLOTS = ("morning", "evening")


class DairyRound(RuleBasedStateMachine):
    """A small round on which anything can happen, in any order."""

    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.minutes = 0

    @initialize(opening=st.sampled_from([0, 700]))
    def open_business(self, opening):
        self.tenant = make.tenant()
        self.round = create_round(actor=None, tenant=self.tenant, name="North", slots=list(SLOTS))
        self.customers = [make.customer(round=self.round, opening_balance_cents=opening), make.customer()]
        self.products = [make.product(333), make.product(4500, tax_rate_bps=1200)]
        for who, quantities in enumerate(([2], [1, "0.5"])):
            wanted = {"customer": self.customers[who], "product": self.products[0], "quantities": quantities}
            assert self.attempt(dairy.start_standing_order, **wanted, starts_on=self.day(0), slot=SLOTS[0])
        for number in range(5):
            self.generate(self.day(number))
        assert self.attempt(dairy.confirm_deliveries, tenant=self.tenant, day=self.day(0), now=self.now)
        period = {"period_start": self.day(0), "period_end": self.day(0), "now": self.now}
        assert self.attempt(dairy.invoice_period, customer=self.customers[0], **period)

    def teardown(self):
        try:
            assert_books_are_right()
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    @property
    def now(self):
        return make.later(minutes=self.minutes)

    def day(self, number):
        return make.TODAY - timedelta(days=4 - number)

    def attempt(self, service, **fields):
        """Do it a minute after the last; None when the business refuses."""
        self.minutes += 1
        try:
            with transaction.atomic():
                return service(actor=None, **fields)
        except DomainError:
            return None

    def one_of(self, rows, number):
        found = list(rows.filter(tenant=self.tenant).order_by("created_at", "id"))
        return found[number % len(found)] if found else None

    @rule(
        who=st.integers(0, 1),
        what=st.integers(0, 1),
        quantities=patterns,
        slot=st.sampled_from(["", *SLOTS]),
        start=days,
    )
    def start_a_standing_order(self, who, what, quantities, slot, start):
        wanted = {"customer": self.customers[who], "product": self.products[what], "quantities": quantities}
        self.attempt(dairy.start_standing_order, **wanted, starts_on=self.day(start), slot=slot)

    @rule(number=nth, last=days)
    def end_a_standing_order(self, number, last):
        if standing := self.one_of(StandingOrder.objects, number):
            self.attempt(dairy.end_standing_order, standing_order=standing, ends_on=self.day(last))
            self.generate(self.day(last) + timedelta(days=1))

    @rule(
        number=nth, kind=st.sampled_from(["SKIP", "INCREASE", "DECREASE", "NOTE"]), first=days, length=st.integers(0, 2)
    )
    def change_some_days(self, number, kind, first, length):
        if standing := self.one_of(StandingOrder.objects, number):
            counts = {"quantity": Decimal("0.5")} if kind in {"INCREASE", "DECREASE"} else {}
            said = {"kind": kind, "first_day": self.day(first), "note": f"{kind.lower()} {first}", **counts}
            said["last_day"] = said["first_day"] + timedelta(days=length) if length else None
            self.attempt(dairy.change_standing_order, standing_order=standing, **said)
            self.generate(said["first_day"])

    @rule(number=nth)
    def withdraw_a_change(self, number):
        if change := self.one_of(StandingOrderChange.objects, number):
            self.attempt(dairy.withdraw_change, change=change, now=self.now)
            self.generate(change.first_day)

    @rule(what=st.integers(0, 1), cents=st.sampled_from([0, 350, 4600]), start=days)
    def change_a_price(self, what, cents, start):
        price = {"unit_price_cents": cents, "tax_rate_bps": 500, "valid_from": self.day(start)}
        self.attempt(dairy.set_price, product=self.products[what], **price)

    @rule(number=days)
    def generate_a_day(self, number):
        self.generate(self.day(number))

    def generate(self, day):
        """The rule says what the day must hold; a second time there is nothing to do."""
        assert self.attempt(dairy.generate_orders, tenant=self.tenant, day=day, now=self.now)
        for standing in StandingOrder.objects.filter(tenant=self.tenant):
            self.assert_is_as_wanted(standing, day)
        again = self.attempt(dairy.generate_orders, tenant=self.tenant, day=day, now=self.now)
        assert (again.created, again.changed, again.withdrawn) == (0, 0, 0)

    @rule(number=days, slot=st.sampled_from(SLOTS))
    def generate_one_slot(self, number, slot):
        scope = {"day": self.day(number), "round": self.round, "slot": slot}
        others = DailyOrder.objects.filter(order_date=scope["day"]).exclude(round=self.round, slot=slot)
        before = set(others.values_list("pk", "status", "planned_quantity"))
        assert self.attempt(dairy.generate_orders, tenant=self.tenant, now=self.now, **scope)
        assert set(others.values_list("pk", "status", "planned_quantity")) == before

    def assert_is_as_wanted(self, standing, day):
        stored = standing.changes.filter(withdrawn_at=None)
        changes = [Change(row.kind, row.first_day, row.last_day, row.quantity, row.note) for row in stored]
        quantities = [row.quantity for row in standing.days.all()]
        wanted = planned_quantity(day, quantities, standing.starts_on, standing.ends_on, changes)
        order = DailyOrder.objects.filter(standing_order=standing, order_date=day).first()
        if not wanted:
            assert order is None or order.status != Status.GENERATED
            return
        assert order.status != Status.WITHDRAWN
        if order.status == Status.GENERATED:
            price = price_on(standing.product, day)
            assert (order.planned_quantity, order.unit_price_cents) == (wanted, price.unit_price_cents)
            assert (order.note, order.slot) == (notes_for(day, changes), standing.slot)

    @rule(number=days, exception=nth, quantity=st.sampled_from([0, "0.25", 3]))
    def confirm_a_day(self, number, exception, quantity):
        day = self.day(number)
        order = self.one_of(DailyOrder.objects.of_day(day).filter(status=Status.GENERATED), exception)
        differs = [{"order": order, "quantity": quantity, "note": "as told"}] if order else []
        done = self.attempt(dairy.confirm_deliveries, tenant=self.tenant, day=day, now=self.now, exceptions=differs)
        assert done is None or not DailyOrder.objects.of_day(day).filter(status=Status.GENERATED).exists()

    @rule(number=nth, quantity=st.sampled_from([None, 0, 2]))
    def confirm_one(self, number, quantity):
        if order := self.one_of(DailyOrder.objects, number):
            self.attempt(dairy.confirm_delivery, order=order, quantity=quantity, note="by hand", now=self.now)

    @rule(who=st.integers(0, 1), what=st.integers(0, 1), number=days, quantity=st.sampled_from(["0.5", 2]))
    def add_an_extra_item(self, who, what, number, quantity):
        extra = {"customer": self.customers[who], "product": self.products[what], "quantity": quantity}
        self.attempt(dairy.add_delivery, **extra, day=self.day(number), now=self.now)

    @rule(number=nth, quantity=st.sampled_from([None, "0.25", 3]))
    def correct_or_cancel(self, number, quantity):
        if delivery := self.one_of(Delivery.objects.unbilled(), number):
            said = {"delivery": delivery, "reason": "misread", "now": self.now}
            service = dairy.correct_delivery if quantity else dairy.cancel_delivery
            self.attempt(service, **said, **({"quantity": quantity} if quantity else {}))

    @rule(number=nth)
    def touch_what_is_billed(self, number):
        """What an invoice asks for is neither corrected nor cancelled."""
        if delivery := self.one_of(Delivery.objects.billed(), number):
            said = {"delivery": delivery, "reason": "misread", "now": self.now}
            assert self.attempt(dairy.correct_delivery, quantity="0.25", **said) is None
            assert self.attempt(dairy.cancel_delivery, **said) is None

    @rule(who=st.integers(0, 1), cents=st.sampled_from([40, 999, 9000]))
    def sell_on_credit(self, who, cents):
        self.minutes += 1
        make.sale(cents, to=self.customers[who], sale_type="CREDIT", sold_at=self.now)

    @rule(first=st.integers(0, 1), last=days, who=st.sampled_from([0, 1, None]))
    def invoice_a_period(self, first, last, who):
        """One customer, or everybody; afterwards nothing up to its end is unbilled that costs something."""
        period = {"period_start": self.day(first), "period_end": self.day(last), "now": self.now}
        if who is not None:
            self.attempt(dairy.invoice_period, customer=self.customers[who], **period)
            return
        operation = self.attempt(dairy.start_invoicing, tenant=self.tenant, **period)
        if operation:
            done = dairy.run_invoicing(operation.pk, clock=lambda: self.now)
            assert (done.status, done.items_failed) == ("SUCCEEDED", 0)

    @rule(number=nth, step=st.sampled_from(["void", "delete", "recover"]))
    def do_with_an_invoice(self, number, step):
        if invoice := self.one_of(Invoice.objects, number):
            service = getattr(billing, f"{step}_invoice")
            self.attempt(service, invoice=invoice, now=self.now, reason="because")

    @rule(
        who=st.integers(0, 1),
        cents=st.sampled_from([40, 999, 20_000]),
        mode=st.sampled_from(["OPENING_FIRST", "OLDEST", "LARGEST"]),
    )
    def take_money(self, who, cents, mode):
        said = {"customer": self.customers[who], "amount_cents": cents, "mode": mode, "channel": "CASH"}
        self.attempt(billing.record_payment, **said, currency="BDT", received_at=self.now, now=self.now)

    @rule(number=nth)
    def take_all_back(self, number):
        if payment := self.one_of(Payment.objects, number):
            self.attempt(billing.rollback_allocations, payment=payment, reason="mistake", now=self.now)

    @invariant()
    def every_sentence_is_true(self):
        assert_books_are_right("dairy")

    @invariant()
    def what_was_delivered_is_billed_or_waits(self):
        """To the cent, and neither twice."""
        lines = InvoiceLine.objects.filter(source_kind=DELIVERY, is_live=True)
        parts = [cents(Delivery.objects.unbilled()), cents(lines)]
        assert cents(Delivery.objects.standing()) == sum(parts)


def cents(rows):
    return rows.aggregate(cents=Sum("total_cents"))["cents"] or 0


def test_any_order_of_business_on_a_round_keeps_every_sentence_true():
    run_state_machine_as_test(
        DairyRound,
        settings=settings(
            max_examples=5,
            stateful_step_count=16,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
