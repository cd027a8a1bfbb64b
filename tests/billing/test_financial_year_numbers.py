"""A business may number its invoices by the Indian financial year: one series from April to March, for all types."""

from datetime import UTC, datetime

import pytest

from accounts.models import Counter
from tests import legacy, make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]


@pytest.fixture
def dairy():
    return make.tenant("dairy", currency="INR", timezone="Asia/Kolkata", invoice_numbering="INDIAN_FY")


def issued_on(dairy, *day, source="SALES", hour=6):
    return make.invoice(1, of=dairy, source=source, now=datetime(*day, hour, tzinfo=UTC)).number


def test_the_year_begins_in_april_and_all_types_share_its_series(dairy):
    assert issued_on(dairy, 2026, 4, 1) == "20262700001"
    assert issued_on(dairy, 2027, 3, 31, source="DUES") == "20262700002"
    assert issued_on(dairy, 2027, 4, 1) == "20272800001"
    assert_books_are_right()


def test_the_day_is_that_of_the_issue_where_the_business_is(dairy):
    assert issued_on(dairy, 2027, 3, 31, hour=18) == "20262700001"  # half past eleven in the evening in Kolkata
    assert issued_on(dairy, 2027, 3, 31, hour=19) == "20272800001"  # the next morning there


def test_after_99999_a_number_has_one_digit_more(dairy):
    issued_on(dairy, 2026, 4, 1)
    Counter.objects.filter(tenant=dairy, kind="invoice FY202627").update(value=99_998)
    assert [issued_on(dairy, 2026, 5, 1) for _ in range(2)] == ["20262799999", "202627100000"]


def test_a_number_of_the_old_system_is_stepped_over(dairy):
    legacy.invoice(number="20262700001", to=make.customer(of=dairy))
    assert issued_on(dairy, 2026, 4, 1) == "20262700002"
    assert_books_are_right()


def test_a_business_that_changes_its_numbering_goes_on_in_the_other_series(dairy):
    assert issued_on(dairy, 2026, 4, 1) == "20262700001"
    dairy.invoice_numbering = "CALENDAR_YEAR"
    dairy.save()
    assert issued_on(dairy, 2026, 4, 2) == "SAL-2026-0001"
    assert_books_are_right()
