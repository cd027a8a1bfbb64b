"""Whatever a cell holds, it is read exactly or refused in words: no other error, no rounding, no guess."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.currency import as_units
from cashback.rules.tracker_cells import (
    LARGEST_CENTS,
    CellRefused,
    cents_in,
    dates_in,
    day_in,
    from_cell,
    period_in,
    text_in,
    to_cell,
)

pytestmark = [pytest.mark.cashback]

ANYTHING = st.one_of(
    st.text(), st.integers(), st.floats(), st.booleans(), st.datetimes(), st.dates(), st.times(), st.timedeltas(), st.none(),
    st.integers(10**300, 10**400), st.from_regex(r"[₹$]? ?-?[0-9,]{1,12}(\.[0-9]{0,4})?", fullmatch=True),
    st.from_regex(r"[0-9]{1,4}[-/. ][0-9A-Za-z]{1,4}[-/. ][0-9]{1,4}", fullmatch=True),
)  # fmt: skip
CURRENCIES = st.sampled_from(["INR", "JPY", "KWD"])


@given(ANYTHING, CURRENCIES, st.booleans())
def test_an_amount_is_whole_cents_in_bounds_or_refused(value, currency, signed):
    try:
        cents = cents_in(value, currency, signed=signed)
    except CellRefused as refused:
        assert str(refused).startswith("says ") and len(str(refused)) < 200
    else:
        assert type(cents) is int
        assert (-LARGEST_CENTS if signed else 0) <= cents <= LARGEST_CENTS


@given(ANYTHING)
def test_days_dates_and_texts_raise_nothing_else(value):
    for read in (day_in, period_in):
        try:
            assert 0 <= read(value) < 10**6
        except CellRefused as refused:
            assert "says " in str(refused)
    assert all(type(day) is date for day in dates_in(value))
    assert isinstance(text_in(value), str)


@given(st.integers(0, 10**15), CURRENCIES)
def test_what_is_written_is_read_as_a_number_and_as_a_text(cents, currency):
    written = as_units(cents, currency)
    assert cents_in(written, currency) == cents
    assert cents_in(float(written), currency) == cents
    assert cents_in(Decimal(written), currency) == cents


@given(st.lists(st.integers(0, 10**7), max_size=60))
def test_what_a_spreadsheet_adds_in_binary_is_exact_again(parts):
    assert cents_in(sum(part / 100 for part in parts), "INR") == sum(parts)


@given(st.dates(date(1900, 1, 1), date(9998, 12, 31)))
def test_a_date_is_found_in_every_way_in_which_people_write_it(day):
    for form in ("%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%d %b %Y", "%d-%B-%Y", "%m/%d/%Y", "%b %d, %Y"):
        assert day in dates_in(day.strftime(form)), form
    assert dates_in(day.isoformat()) == {day}


@given(st.text())
def test_any_text_is_escaped_for_a_sheet_and_read_back(text):
    assert from_cell(to_cell(text)) == text
