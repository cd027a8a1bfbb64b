"""A week on a round, as an accountant would tell it. All amounts in taka; BDT 1.00 = 100 cents."""

import pytest

from billing import services
from billing.models import RouteOpeningDue
from billing.selectors.accountability import accountability_of, accountability_of_all
from billing.selectors.credits import credit_cents
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


def taka(report, *names):
    """These figures of a report in whole taka, so that the story reads like the ledger."""
    return tuple(report[f"{name}_cents"] / 100 for name in names)


def balance(sale):
    sale.refresh_from_db()
    return sale.balance_cents / 100


def test_a_week_on_a_round():
    """Two shops, one driver, one bookkeeper.

    | day | what happens                                          | Rahman owes | Sultana owes | Rahman's credit |
    |-----|-------------------------------------------------------|-------------|--------------|-----------------|
    | Sun | Rahman brings 100 of old debt; both order, 500 + 300  |         600 |          300 |               0 |
    | Mon | Das collects 450 from Rahman, 300 from Sultana        |         150 |            0 |               0 |
    | Mon | goods for 80 come back from Rahman                    |         100 |            0 |              30 |
    | Mon | Das hands over 740 of 750: 10 are charged to him      |         100 |            0 |              30 |
    | Tue | Rahman orders 200; the route carries his old 100      |         300 |            0 |              30 |
    | Tue | Das collects 100 old debt and 250 for the new sale    |           0 |            0 |              80 |
    | Wed | the 250 were a bad cheque: reversed                   |         200 |            0 |              30 |
    """
    das, bookkeeper = make.user(name="Mr Das"), make.user("FINANCE", name="Ms Akter")
    rahman, sultana = make.customer(name="Rahman", opening_balance_cents=100_00), make.customer(name="Sultana")

    # Sunday: both order, and the route is planned.
    monday = make.route("PENDING", rep=das, on=make.TODAY)
    first_sale = make.sale(500_00, to=rahman, route=monday)
    second_sale = make.sale(300_00, to=sultana, route=monday)
    assert taka(accountability_of(das), "expected", "total_collected") == (0, 0)

    # Monday: the route starts; Rahman's old 100 are frozen into it.
    monday = services.start_route(actor=das, route=monday, now=make.NOW)
    assert RouteOpeningDue.objects.get().previous_due_cents == 100_00
    assert taka(accountability_of(das), "expected") == (900,)
    make.payment(450_00, sale=first_sale, actor=das)
    make.payment(300_00, sale=second_sale, actor=das)
    assert (balance(first_sale), balance(second_sale)) == (50, 0)
    services.record_return(actor=das, sale=first_sale, amount_cents=80_00, reason="cracked", return_key="das-1")
    assert balance(first_sale) == 0
    assert credit_cents(rahman) == {"BDT": 30_00}
    report = accountability_of(das)
    assert taka(report, "expected", "total_collected", "returns", "current_outstanding") == (820, 750, 80, 70)

    # Monday evening: back, and reconciled by the bookkeeper, who hears of the same return again.
    monday = services.complete_route(actor=das, route=monday, now=make.later(hours=8))
    settled = services.reconcile_route(
        actor=bookkeeper,
        route=monday,
        cash_handed_over_cents=740_00,
        now=make.later(hours=9),
        disposition="CHARGED_TO_REP",
        disposition_reason="a note of 10 was missing",
        returns=[{"sale": first_sale, "amount_cents": 80_00, "reason": "cracked", "return_key": "das-1"}],
    )
    assert (settled.cash_expected_cents, settled.cash_variance_cents, settled.returns_cents) == (750_00, -10_00, 80_00)
    assert taka(accountability_of(das), "expected", "total_collected", "current_outstanding") == (820, 750, 70)
    assert_books_are_right()

    # Tuesday: a new route; Monday's is closed, so Rahman's old 100 travel again.
    tuesday = make.route("PENDING", rep=das, on=make.later(days=1).date())
    third_sale = make.sale(200_00, to=rahman, route=tuesday)
    tuesday = services.start_route(actor=das, route=tuesday, now=make.later(days=1))
    own = {"first": tuesday.route_date, "last": tuesday.route_date}
    assert taka(accountability_of(das, **own), "expected") == (300,)
    old_debt = make.payment(100_00, by=rahman, route=tuesday, actor=das, received_at=make.later(days=1))
    cheque = make.payment(250_00, sale=third_sale, channel="CHEQUE", actor=das, received_at=make.later(days=1))
    rahman.refresh_from_db()
    assert (rahman.opening_balance_allocated_cents, old_debt.unallocated_cents) == (100_00, 0)
    assert (balance(third_sale), credit_cents(rahman)) == (0, {"BDT": 30_00 + 50_00})
    report = accountability_of(das, **own)
    assert taka(report, "expected", "total_collected", "collected_cash", "current_outstanding") == (300, 350, 100, -50)

    # Wednesday: the cheque bounces.
    services.reverse_payment(actor=bookkeeper, payment=cheque, reason="bounced", now=make.later(days=2))
    assert (balance(third_sale), credit_cents(rahman)) == (200, {"BDT": 30_00})
    assert taka(accountability_of(das, **own), "total_collected", "current_outstanding") == (100, 200)

    # The week: every payment once, under Mr Das.
    totals = accountability_of_all(das.tenant)["totals"]
    assert taka(totals, "all_payments", "total_collected_from_payments", "unattributed") == (850, 850, 0)
    assert_books_are_right()
