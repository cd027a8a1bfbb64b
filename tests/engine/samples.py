"""Backfills that only tests have: one for each thing that an author may say."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import NAMESPACE_OID, uuid5

from django.db.models import Exists, F, OuterRef, Value
from django.db.models.functions import Concat

from billing.models import Allocation, Customer, Payment, Sale
from operations.backfill import Backfill, Change, Check, Leave, Touch, Unclear, registry
from operations.backfill.undo import CHANGED_SINCE, Undo


class References(Backfill):
    """Decides in Python: a payment of whole hundreds gets a reference, an odd one is unclear, a small one is left."""

    name = "test_references"
    title = "References"
    noun = "payments"
    model = Payment
    writes = ("reference",)
    unclear_verdicts = frozenset({"odd_amount"})

    def candidates(self):
        return Payment.objects.filter(reference="")

    def decide(self, row):
        if row.amount_cents < 500:
            return Leave("small")
        if row.amount_cents % 100:
            return Unclear("odd_amount", {"cents_over": row.amount_cents % 100})
        return Change({"reference": f"R-{row.amount_cents // 100}"})


class Prefixed(Backfill):
    """Says its values as expressions, and does not remove its rows from its own candidates' amounts."""

    name = "test_prefixed"
    title = "Prefixed references"
    noun = "payments"
    model = Payment
    writes = ("reference",)

    def candidates(self):
        return Payment.objects.exclude(reference__startswith="P-")

    def new_values(self):
        return {"reference": Concat(Value("P-"), F("reference"))}


class PaidSales(Backfill):
    """Inserts and touches rows of other tables: allocates old payments to the sale that they name, as far as it takes them."""

    name = "test_paid_sales"
    title = "Paid sales"
    noun = "sales"
    model = Sale
    writes = ("allocated_cents", "status")
    inserts = (Allocation,)
    touches = {Payment: ("allocated_cents",)}

    def candidates(self):
        waiting = Payment.objects.filter(sale=OuterRef("pk"), status=Payment.Status.SUCCEEDED, allocated_cents=0)
        return Sale.objects.filter(Exists(waiting), allocated_cents=0)

    def companions(self, rows):
        customers = Customer.objects.filter(pk__in=rows.values("customer"))
        return customers, Payment.objects.filter(sale__in=rows, status=Payment.Status.SUCCEEDED)

    def gather(self, rows, companions, occasion):
        _, payments = companions
        for row in rows:
            row.payments = [payment for payment in payments if payment.sale_id == row.pk]
            row.wanted_by = occasion.actor_id

    def decide(self, row):
        left, inserts, touches = row.total_cents, [], []
        for payment in sorted(row.payments, key=lambda payment: payment.pk):
            cents = min(left, payment.amount_cents)
            if cents:
                left -= cents
                inserts.append(_allocation(row, payment, cents, created_by_id=row.wanted_by))
                touches.append(Touch(payment, {"allocated_cents": cents}))
        values = {"allocated_cents": row.total_cents - left, "status": row.status if left else Sale.Status.COMPLETED}
        return Change(values, inserts, touches, label="part_paid" if left else "paid")

    def in_words(self, answer):
        return [f"Sales settled: {answer['message']}"]

    def undo_of(self, run, using):
        return UnpaidSales(run, using)


class UnpaidSales(Undo):
    """Takes back what `PaidSales` allocated, by reversing rows."""

    inserts = (Allocation,)
    touches = {Payment: ("allocated_cents",)}

    def companions(self, rows):
        allocations = Allocation.objects.filter(sale__in=rows, rule=PaidSales.name, reverses=None, reversal=None)
        return Payment.objects.filter(sale__in=rows), allocations

    def gather(self, rows, companions, occasion):
        payments, allocations = companions
        by_key = {payment.pk: payment for payment in payments}
        for row in rows:
            row.made = [(each, by_key[each.payment_id]) for each in allocations if each.sale_id == row.pk]

    def decide(self, row):
        if row.allocated_cents != sum(each.amount_cents for each, _ in row.made):
            return Unclear(CHANGED_SINCE)
        reversals = [_allocation(row, payment, each.amount_cents, reverses=each) for each, payment in row.made]
        touches = [Touch(payment, {"allocated_cents": 0}) for _, payment in row.made]
        return Change({"allocated_cents": 0, "status": Sale.Status.PENDING}, reversals, touches)


def _allocation(sale, payment, cents, **fields):
    pair = f"{sale.pk} {payment.pk} {fields}"  # the same id in every run, so that two runs can be compared
    values = {"tenant_id": sale.tenant_id, "rule": PaidSales.name, "created_at": sale.sold_at, **fields}
    return Allocation(id=uuid5(NAMESPACE_OID, pair), sale=sale, payment=payment, amount_cents=cents, **values)


class NoWayBack(PaidSales):
    """Inserts rows, and does not say how that is undone."""

    name = "test_no_way_back"
    undo_of = Backfill.undo_of


class WrongCheck(Prefixed):
    """Promises at the end what is not true."""

    name = "test_wrong_check"

    def checks(self):
        return (Check("no payment has a reference", lambda payments: payments.exclude(reference="")),)


SAMPLES = (References, Prefixed, WrongCheck, PaidSales, NoWayBack)


@contextmanager
def registered() -> Iterator[None]:
    """Let the engine know the samples for as long as the block runs."""
    registry._registered |= {sample.name: sample() for sample in SAMPLES}
    try:
        yield
    finally:
        for sample in SAMPLES:
            del registry._registered[sample.name]
