"""What is charged for data beyond the cap, case by case, and what holds of all cases."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from subscriptions.rules.charge_check import Limits, why_parked
from subscriptions.rules.overage import EXACT, STARTED_UNIT, WHOLE_UNIT, Part, Price, overage_of, share_of_cap

pytestmark = pytest.mark.subscriptions

MB, GB, TB = 1024**2, 1024**3, 1024**4
CAP = 100 * GB


@pytest.mark.parametrize(
    ("used", "price", "cents"),
    [
        pytest.param(CAP - 1, Price(200), 0, id="a byte below the cap"),
        pytest.param(CAP, Price(200), 0, id="15: exactly at the cap"),
        pytest.param(CAP + 1, Price(200), 0, id="15: a byte more costs nothing by the byte"),
        pytest.param(CAP + 1, Price(200, "GB", STARTED_UNIT), 200, id="15: a byte more starts a unit"),
        pytest.param(CAP + 1, Price(200, "GB", WHOLE_UNIT), 0, id="15: a byte more is no whole unit"),
        pytest.param(CAP + GB, Price(200, "GB", STARTED_UNIT), 200, id="a whole unit is one started unit"),
        pytest.param(CAP + GB + 1, Price(200, "GB", STARTED_UNIT), 400, id="and a byte is the second"),
        pytest.param(CAP + 2 * GB - 1, Price(200, "GB", WHOLE_UNIT), 200, id="a byte short of two units is one"),
        pytest.param(CAP + 3 * GB // 2, Price(1), 2, id="14: 1.5 cents are 2"),
        pytest.param(CAP + 3 * GB // 2 - 1, Price(1), 1, id="14: just less than 1.5 cents is 1"),
        pytest.param(CAP + GB, Price(1, "MB"), 1024, id="13: a GB at a price for each MB"),
        pytest.param(CAP + GB, Price(10_240, "TB"), 10, id="13: a GB at a price for each TB"),
        pytest.param(CAP + TB, Price(10_240, "TB", STARTED_UNIT), 10_240, id="13: a started TB"),
        pytest.param(CAP + 5 * GB, Price(0), 0, id="no price"),
        pytest.param(CAP + 2**60, Price(999_999), 1_073_740_750_258_176, id="a vast amount stays exact"),
    ],
)
def test_an_overage_costs(used, price, cents):
    assert overage_of([Part(used, CAP, price)]).cents == cents


def test_a_period_in_parts_is_rounded_once_and_each_part_by_its_own_plan():
    half_a_cent = Part(CAP + GB // 2, CAP, Price(1))
    assert overage_of([half_a_cent]).cents == 1
    assert overage_of([half_a_cent, half_a_cent]).cents == 1
    old, new = Part(60 * GB, 50 * GB, Price(100)), Part(200 * GB, 180 * GB, Price(1, "MB", STARTED_UNIT))
    assert overage_of([old, new]).cents == 1000 + 20 * 1024
    unlimited = Part(900 * GB, None, Price(100))
    assert overage_of([old, unlimited]).cents == 1000
    assert not unlimited.is_priced


@given(some.integers(0, 2**50), some.integers(0, 2**50), some.sampled_from([MB, GB, TB]), some.integers(0, 10**6))
def test_the_roundings_stand_in_order_and_none_is_a_unit_apart(used, cap, size, cents):
    unit = {MB: "MB", GB: "GB", TB: "TB"}[size]
    whole, exact, started = (
        overage_of([Part(used, cap, Price(cents, unit, rounding))]).cents
        for rounding in (WHOLE_UNIT, EXACT, STARTED_UNIT)
    )
    assert whole <= exact <= started <= whole + cents
    assert abs(exact - Fraction(max(0, used - cap) * cents, size)) <= Fraction(1, 2)


@given(some.integers(1, 2**50), some.integers(1, 400), some.data())
def test_shares_of_a_cap_add_up_and_the_customer_never_loses_a_byte(cap, whole_days, data):
    cut = data.draw(some.integers(0, whole_days))
    first = share_of_cap(cap, days_before=0, days=cut, whole_days=whole_days)
    rest = share_of_cap(cap, days_before=cut, days=whole_days - cut, whole_days=whole_days)
    assert first + rest == cap
    assert 0 <= first - Fraction(cap * cut, whole_days) < 1


@pytest.mark.parametrize(
    ("cents", "monthly", "last", "limits", "is_parked"),
    [
        (5000, 1000, [], Limits(), False),
        (5001, 1000, [], Limits(), True),
        (10**9, 0, [], Limits(), False),
        (10**9, 1000, [1, 1, 1], Limits(0, 0), False),
        (2000, 1000, [200, 200], Limits(), False),
        (2000, 1000, [200, 200, 200], Limits(), False),
        (2001, 1000, [200, 200, 200], Limits(), True),
        (2001, 1000, [0, 0, 200], Limits(), False),
        (2001, 1000, [900, 900, 1, 1, 200, 200, 200, 200], Limits(), True),
    ],
)
def test_a_charge_is_parked_when_it_is_far_above_the_usual(cents, monthly, last, limits, is_parked):
    assert bool(why_parked(cents, monthly_price_cents=monthly, last_cents=last, limits=limits)) == is_parked
