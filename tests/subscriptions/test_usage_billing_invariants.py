"""Each sentence about billed usage holds after the billing, and notices the damage that it is about."""

from datetime import date

import pytest

from billing.models import Credit, InvoiceLine
from operations.invariants import invariants
from subscriptions.models import BilledPeriod, PeriodAdjustment, PlanSubscription
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.subscriptions.usage_bills import bill, subscribed, use

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db, pytest.mark.damages_rows]

CHARGES = "An invoice bills a period of its own customer, for exactly what it charges"
ADDED = "What late records added is on an invoice of the customer, for exactly that much"
TAKEN = "What late records took from a charge is the customer's credit, exactly that much"
APART = "No two billed periods of a subscription share a day"
CYCLE = "A billed period begins with a cycle of its subscription, or with its first day"


@pytest.fixture(autouse=True)
def january():
    added_to, taken_from = subscribed(110), subscribed(110)
    too_much = use(taken_from, 5)
    bill()
    use(added_to, 3)
    too_much.delete()
    bill()
    assert_books_are_right()
    assert broken() == set()


def broken():
    return {
        entry.name for entry in invariants("subscriptions") if list(entry.find(using="default", tenant=make.tenant()))
    }


@pytest.mark.parametrize(
    ("rows", "damage", "sentence"),
    [
        (BilledPeriod, {"overage_cents": 501}, CHARGES),
        (BilledPeriod, {"currency": "EUR"}, CHARGES),
        (BilledPeriod, {"status": "NO_CHARGE", "invoice": None}, CHARGES),
        (InvoiceLine, {"total_cents": 499}, CHARGES),
        (InvoiceLine, {"total_cents": 499}, ADDED),
        (PeriodAdjustment, {"currency": "EUR"}, ADDED),
        (PeriodAdjustment, {"credit": None}, TAKEN),
        (Credit, {"amount_cents": 1}, TAKEN),
        (BilledPeriod, {"period_start": date(2026, 1, 2)}, CYCLE),
        (PlanSubscription, {"start_date": date(2026, 1, 2)}, CYCLE),
    ],
)
def test_damage_is_noticed(rows, damage, sentence):
    rows.objects.update(**damage)
    assert sentence in broken()


def test_periods_that_share_a_day_are_noticed():
    row = BilledPeriod.objects.order_by("pk").first()
    second = {"status": "NO_CHARGE", "usage_bytes": 0, "measured_at": row.measured_at, "currency": row.currency}
    BilledPeriod.objects.create(
        tenant=row.tenant,
        subscription=row.subscription,
        period_start=row.period_end,
        period_end=date(2026, 2, 28),
        **second,
    )
    assert APART in broken()
