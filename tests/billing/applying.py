"""Applies payments and credits alike: what the tests of allocations share."""

import pytest

from billing import services
from billing.models import Invoice, Payment
from tests import make


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def to(target, cents):
    kind = "invoice" if isinstance(target, Invoice) else "sale"
    return {kind: target, "amount_cents": cents}


def apply(source, *splits, **fields):
    """Apply a payment or a credit to these, or to what is due first."""
    named = {"splits": list(splits)} if splits else {}
    if isinstance(source, Payment):
        return services.allocate_payment(actor=None, payment=source, now=make.NOW, **named, **fields)
    return services.apply_credit(actor=None, credit=source, now=make.NOW, **named, **fields)


def payment(cents, shop):
    return make.payment(cents, by=shop)


def goodwill(cents, shop, **fields):
    return services.grant_credit(actor=None, customer=shop, amount_cents=cents, reason="late delivery", **fields)


BOTH = pytest.mark.parametrize("given", [payment, goodwill])
