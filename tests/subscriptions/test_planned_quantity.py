"""How much of a standing order is wanted on a day: cases that a person can check, and the same in SQL."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subscriptions import services
from subscriptions.models import StandingOrderChange
from subscriptions.rules.standing_order import LONGEST_NOTE, Change, day_of_cycle, notes_for, planned_quantity
from subscriptions.selectors.wanted import planned
from tests import make

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]

START = date(2026, 3, 1)


def day(number):
    return START + timedelta(days=number - 1)


def more(quantity, first=1, last=None):
    return Change("INCREASE", day(first), last and day(last), Decimal(str(quantity)))


def less(quantity, first=1, last=None):
    return Change("DECREASE", day(first), last and day(last), Decimal(str(quantity)))


def skip(first=1, last=None):
    return Change("SKIP", day(first), last and day(last))


# pattern, day of March, changes, what is wanted
CASES = [
    ("daily", [2], 1, [], 2),
    ("daily, much later", [2], 3000, [], 2),
    ("the day before it starts", [2], 0, [], 0),
    ("before it starts, whatever the changes say", [2], 0, [more(5, first=-9)], 0),
    ("first day of a pattern", [2, 1], 1, [], 2),
    ("second day of a pattern", [2, 1], 2, [], 1),
    ("a pattern comes round", [2, 1], 3, [], 2),
    ("a day of a pattern with nothing", [2, 0, 0], 5, [], 0),
    ("a week", [1, 2, 3, 4, 5, 6, 7], 13, [], 6),
    ("more", [2], 4, [more("0.5", 4, 4)], "2.5"),
    ("more, the day after", [2], 5, [more("0.5", 4, 4)], 2),
    ("more on a day with nothing", [2, 0], 2, [more(1)], 1),
    ("less", [2], 4, [less("0.5")], "1.5"),
    ("more and less add up", [2], 4, [more(3), less(1), more("0.25")], "4.25"),
    ("never below nothing", [2], 4, [less(5)], 0),
    ("less than nothing is not owed to more", [2], 4, [less(5), more(1)], 0),
    ("skipped", [2], 4, [skip(4, 4)], 0),
    ("skipped, the day after", [2], 5, [skip(4, 4)], 2),
    ("an open pause", [2], 999, [skip(4)], 0),
    ("a skip wins over more", [2], 4, [skip(), more(3)], 0),
    ("a skip wins in whatever order", [2], 4, [more(3), skip(), more(1)], 0),
    ("a note changes nothing", [2], 4, [Change("NOTE", day(1), None, None, "ring")], 2),
]


@pytest.mark.parametrize(
    ("pattern", "number", "changes", "wanted"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_planned_quantity(pattern, number, changes, wanted):
    """Reference 6, points 24 and 25: a skip wins in any order, and nothing is wanted before the first day."""
    quantities = [Decimal(quantity) for quantity in pattern]
    assert planned_quantity(day(number), quantities, START, None, changes) == Decimal(str(wanted))


@pytest.mark.parametrize(
    ("ends_on", "asked", "wanted"),
    [(date(2026, 3, 5), date(2026, 3, 5), 2), (date(2026, 3, 5), date(2026, 3, 6), 0), (START, START, 2)],
)
def test_the_last_day_is_a_day_of_delivery(ends_on, asked, wanted):
    assert planned_quantity(asked, [Decimal(2)], START, ends_on) == wanted


@pytest.mark.parametrize(
    ("starts_on", "asked", "cycle", "place"),
    [
        (date(2026, 1, 31), date(2026, 2, 1), 2, 1),  # over the end of a month
        (date(2028, 2, 28), date(2028, 2, 29), 2, 1),  # a leap day is a day
        (date(2028, 2, 28), date(2028, 3, 1), 2, 0),
        (date(2027, 2, 28), date(2027, 3, 1), 2, 1),  # no leap day
        (date(2026, 12, 31), date(2027, 1, 1), 7, 1),  # over the end of a year
        (date(2026, 3, 28), date(2026, 3, 30), 3, 2),  # clocks go forward in between: days are counted, not hours
        (date(1999, 12, 31), date(2100, 3, 1), 366, (date(2100, 3, 1) - date(1999, 12, 31)).days % 366),
    ],
)
def test_the_cycle_counts_days_over_months_years_and_leap_days(starts_on, asked, cycle, place):
    assert day_of_cycle(asked, starts_on, cycle) == place


def test_notes_come_in_the_order_in_which_they_begin_and_are_cut():
    notes = [Change("NOTE", day(3), None, None, "b"), Change("NOTE", day(2), None, None, "a"), more(1)]
    assert notes_for(day(4), notes) == "a · b"
    assert notes_for(day(2), notes) == "a"
    assert len(notes_for(day(4), [Change("NOTE", day(1), None, None, "x" * 400)] * 2)) == LONGEST_NOTE


QUANTITY = st.decimals("0", "99.999", places=3)
DAYS = st.integers(-40, 40).map(day)


@st.composite
def changes_of(draw):
    kind = draw(st.sampled_from(StandingOrderChange.Kind.values))
    first = draw(DAYS)
    last = draw(st.none() | st.integers(0, 30).map(lambda days: first + timedelta(days=days)))
    quantity = draw(st.decimals("0.001", "99.999", places=3)) if kind in ("INCREASE", "DECREASE") else None
    return {
        "kind": kind,
        "first_day": first,
        "last_day": last,
        "quantity": quantity,
        "note": draw(st.sampled_from(["", "a"])),
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pattern=st.lists(QUANTITY, min_size=1, max_size=9).filter(any),
    lasts=st.none() | st.integers(0, 30),
    changes=st.lists(changes_of(), max_size=6),
    withdrawn=st.booleans(),
    days=st.lists(DAYS, min_size=3, max_size=5),
)
def test_the_rule_in_sql_is_the_rule_in_python(pattern, lasts, changes, withdrawn, days):
    ends_on = None if lasts is None else START + timedelta(days=lasts)
    standing = make.standing_order(pattern, starts_on=START, ends_on=ends_on)
    rows = [StandingOrderChange(tenant=standing.tenant, standing_order=standing, **fields) for fields in changes]
    for row in rows:
        row.save()
    if withdrawn and rows:
        services.withdraw_change(actor=None, change=rows.pop(), now=make.NOW)
    said = [Change(r.kind, r.first_day, r.last_day, r.quantity, r.note) for r in sorted(rows, key=lambda r: r.pk)]
    for asked in days:
        by_rule = planned_quantity(asked, pattern, START, ends_on, said)
        found = planned(standing.tenant, asked).filter(standing_order=standing).values_list("planned", "note_then")
        by_sql, note = found.get() if found else (Decimal(0), None)
        assert by_sql == by_rule
        assert note in (None, notes_for(asked, said))
