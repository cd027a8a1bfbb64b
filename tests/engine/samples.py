"""Backfills that only tests have: one for each thing that an author may say."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models import F, Value
from django.db.models.functions import Concat

from billing.models import Payment
from operations.backfill import Backfill, Change, Check, Leave, Unclear, registry


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


class WrongCheck(Prefixed):
    """Promises at the end what is not true."""

    name = "test_wrong_check"

    def checks(self):
        return (Check("no payment has a reference", lambda payments: payments.exclude(reference="")),)


SAMPLES = (References, Prefixed, WrongCheck)


@contextmanager
def registered() -> Iterator[None]:
    """Let the engine know the samples for as long as the block runs."""
    registry._registered |= {sample.name: sample() for sample in SAMPLES}
    try:
        yield
    finally:
        for sample in SAMPLES:
            del registry._registered[sample.name]
