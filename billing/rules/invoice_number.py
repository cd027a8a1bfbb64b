"""What is an invoice called? As the business numbers them: `SAL-2026-0001`, or `20262700001` by the Indian financial year.

* By calendar year each type has a series of its own: `SAL-2026` for sales, `DUES-2026` for dues.
* The Indian financial year runs from 1 April to 31 March: all invoices of 2026-27 are one series, `FY202627`, whose numbers begin
  with the year in which it starts and the last two digits of the next, `202627`, and go on with at least five digits.

The day is the day of the issue, where the business is.
"""

from datetime import date
from typing import Final

CALENDAR_YEAR: Final = "CALENDAR_YEAR"
INDIAN_FINANCIAL_YEAR: Final = "INDIAN_FY"
APRIL: Final = 4
_FINANCIAL_YEAR: Final = "FY"


def financial_year(day: date) -> int:
    """The year in which the Indian financial year of a day starts.

    >>> financial_year(date(2027, 3, 31)), financial_year(date(2027, 4, 1))
    (2026, 2027)
    """
    return day.year if day.month >= APRIL else day.year - 1


def invoice_series(numbering: str, *, kind: str, day: date) -> str:
    """The series that an invoice of this kind, issued on this day, is numbered in.

    >>> invoice_series("CALENDAR_YEAR", kind="SAL", day=date(2027, 3, 31))
    'SAL-2027'
    >>> [invoice_series("INDIAN_FY", kind="SAL", day=day) for day in (date(2027, 3, 31), date(2099, 4, 1))]
    ['FY202627', 'FY209900']
    """
    if numbering != INDIAN_FINANCIAL_YEAR:
        return f"{kind}-{day.year}"
    year = financial_year(day)
    return f"{_FINANCIAL_YEAR}{year}{(year + 1) % 100:02d}"


def invoice_number(series: str, sequence: int) -> str:
    """The number of the invoice that is so many-th in its series; a series that is full of digits takes one more.

    >>> invoice_number("SAL-2026", 1), invoice_number("SAL-2026", 10_000)
    ('SAL-2026-0001', 'SAL-2026-10000')
    >>> invoice_number("FY202627", 1), invoice_number("FY202627", 99_999), invoice_number("FY202627", 100_000)
    ('20262700001', '20262799999', '202627100000')
    """
    digits = 5 if is_financial_year(series) else 4
    return f"{number_stem(series)}{sequence:0{digits}d}"


def number_stem(series: str) -> str:
    """What every number of a series begins with.

    >>> number_stem("SAL-2026"), number_stem("FY202627")
    ('SAL-2026-', '202627')
    """
    return series.removeprefix(_FINANCIAL_YEAR) if is_financial_year(series) else f"{series}-"


def is_financial_year(series: str) -> bool:
    """Whether a series is one of a financial year."""
    return series.startswith(_FINANCIAL_YEAR)
