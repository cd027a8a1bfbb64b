"""What is charged for data beyond the cap, case by case, and what holds of all cases."""

from dataclasses import replace
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as some

from subscriptions.rules.charge_check import Limits, why_parked
from subscriptions.rules.overage import EXACT, STARTED_UNIT, WHOLE_UNIT, Overage, Part, Price, overage_of, share_of_cap

pytestmark = pytest.mark.subscriptions

MB, GB, TB = 1024**2, 1024**3, 1024**4
SIZES = {"MB": MB, "GB": GB, "TB": TB}
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
    old, new = Part(60 * GB, 50 * GB, Price(100)), Part(20 * GB, 0, Price(1, "MB", STARTED_UNIT))
    assert overage_of([old, new]).cents == 1000 + 20 * 1024
    unlimited = Part(900 * GB, None, Price(100))
    assert overage_of([old, unlimited]).cents == 1000


def test_the_caps_of_a_period_count_together_so_that_nobody_pays_for_an_upgrade():
    most_of_it_early, upgraded = Part(60 * GB, 50 * GB, Price(100)), Part(80 * GB, 90 * GB, Price(50))
    assert overage_of([most_of_it_early, upgraded]) == Overage(0, 0)
    a_byte_more = replace(upgraded, usage_bytes=80 * GB + 1)
    assert overage_of([most_of_it_early, a_byte_more]).overage_bytes == 1


def test_what_goes_beyond_is_what_was_used_last_by_the_price_of_those_days():
    early, late = Part(120 * GB, 50 * GB, Price(100)), Part(10 * GB, 50 * GB, Price(7))
    assert overage_of([early, late]) == Overage(30 * GB, 10 * 7 + 20 * 100)
    assert overage_of([late, early]) == Overage(30 * GB, 30 * 100)


def test_parts_of_one_price_start_their_units_together():
    by_unit = Price(100, "GB", STARTED_UNIT)
    parts = [Part(GB // 2, 0, by_unit), Part(GB // 2, 0, by_unit)]
    assert overage_of(parts).cents == 100


some_parts = some.lists(
    some.builds(
        Part, some.integers(0, 2**44), some.one_of(some.none(), some.integers(0, 2**44)), some.just(Price(100))
    ),
    min_size=1,
    max_size=4,
)


@given(some_parts)
def test_what_is_charged_for_is_what_goes_beyond_all_caps_however_the_days_are_cut(parts):
    capped = [part for part in parts if part.cap_bytes is not None]
    beyond = max(0, sum(part.usage_bytes for part in capped) - sum(part.cap_bytes for part in capped))
    assert overage_of(parts).overage_bytes == beyond
    assert overage_of(parts) == overage_of(reversed(parts)) == overage_of([Part(beyond, 0, Price(100))])


@given(some.integers(0, 2**50), some.integers(0, 2**50), some.sampled_from([MB, GB, TB]), some.integers(0, 10**6))
def test_the_roundings_stand_in_order_and_none_is_a_unit_apart(used, cap, size, cents):
    unit = {MB: "MB", GB: "GB", TB: "TB"}[size]
    whole, exact, started = (
        overage_of([Part(used, cap, Price(cents, unit, rounding))]).cents
        for rounding in (WHOLE_UNIT, EXACT, STARTED_UNIT)
    )
    assert whole <= exact <= started <= whole + cents
    assert abs(exact - Fraction(max(0, used - cap) * cents, size)) <= Fraction(1, 2)


some_prices = some.builds(
    Price, some.integers(0, 10**6), some.sampled_from(list(SIZES)), some.sampled_from([EXACT, STARTED_UNIT, WHOLE_UNIT])
)


@given(some.lists(some.tuples(some.integers(0, 2**60), some_prices), max_size=4, unique_by=lambda used: used[1]))
def test_no_fraction_of_a_cent_is_lost_before_the_sum_is_rounded(beyond):
    exact = Fraction(0)
    for used, price in beyond:
        units = Fraction(used, SIZES[price.unit])
        counted = {EXACT: units, STARTED_UNIT: Fraction(ceil(units)), WHOLE_UNIT: Fraction(floor(units))}
        exact += counted[price.rounding] * price.cents
    asked = overage_of([Part(used, 0, price) for used, price in beyond])
    assert asked == Overage(sum(used for used, _ in beyond), floor(exact + Fraction(1, 2)))


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
        (2001, 1000, [900] * 7 + [200] * 6, Limits(), True),
    ],
)
def test_a_charge_is_parked_when_it_is_far_above_the_usual(cents, monthly, last, limits, is_parked):
    assert bool(why_parked(cents, monthly_price_cents=monthly, last_cents=last, limits=limits)) == is_parked
