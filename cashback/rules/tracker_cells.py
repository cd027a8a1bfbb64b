"""What a cell of a sheet says: an amount in cents, a day, a date, a text. Who fills a sheet writes as people write.

    500        ->  50000 cents          "₹1,23,456.50"  ->  12345650 cents       0.1 + 0.2 as Excel stores it  ->  30 cents
    1234.565   ->  refused: half a cent is not rounded away in silence            -5, TRUE, "lots", "1.234,50"  ->  refused

What cannot be read is refused in words that go on after the name of the cell: `C15` + ` says 'lots': …`.
"""

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from accounts.currency import digits_after_unit

LARGEST_CENTS: Final = 10**15
NOISE: Final = Decimal("0.000001")  # of a cent: what is left over when a spreadsheet adds tenths in binary
LONGEST_CELL: Final = 32_767  # characters, by Excel

SIGNS: Final = {
    "₹": "INR",
    "Rs": "INR NPR PKR LKR MUR SCR",
    "Rs.": "INR NPR PKR LKR MUR SCR",
    "৳": "BDT",
    "Tk": "BDT",
    "Tk.": "BDT",
    "€": "EUR",
    "£": "GBP",
    "$": "USD AUD CAD NZD SGD HKD",
}
AMOUNT: Final = re.compile(
    r"(?P<minus>-?)\s*(?P<sign>[^\d\s.,+-]+\.?)?\s*(?P<minus_after>-?)\s*"
    r"(?P<number>(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3})(?:\.[0-9]+)?)\s*(?:/-|(?P<code>[A-Z]{3}))?"
)
MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
YEAR_FIRST: Final = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?:[T ]00:00(?::00)?)?")
YEAR_LAST: Final = re.compile(r"([0-9]{1,2}|[A-Za-z]{3,9})[-/. ]([0-9]{1,2}|[A-Za-z]{3,9})[-/., ]+([0-9]{4})")
PERIOD: Final = re.compile(r"\s*([0-9]{1,6})\s*(?:\(?\s*days?\s*\)?)?\s*", re.IGNORECASE)
ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
LOOKS_ESCAPED: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
NOT_IN_XML: Final = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")


class CellRefused(ValueError):
    """The cell says something that cannot be meant; the message goes on after the name of the cell."""


def cents_in(value: Any, currency: str, *, signed: bool = False) -> int:
    """Read an amount of a currency, exactly; only what is `signed`, a total, may be below nothing. *Raises* CellRefused.

    >>> cents_in(0.1 + 0.2, "INR"), cents_in("₹ 1,23,456.50", "INR"), cents_in("500/-", "INR"), cents_in(1500, "JPY")
    (30, 12345650, 50000, 1500)
    """
    units = _units(value, currency)
    digits = digits_after_unit(currency)
    if units < 0 and not signed:
        raise CellRefused(
            f"says {_shown(value)}: an amount is not below nothing. Write what was paid or taken, without a sign."
        )
    cents = units.scaleb(digits)
    if abs(cents) > LARGEST_CENTS:
        raise CellRefused(f"says {_shown(value)}: that is more than anybody pays. Write the amount.")
    nearest = cents.to_integral_value()
    if abs(cents - nearest) > NOISE:
        raise CellRefused(
            f"says {_shown(value)}: {currency} has {digits} decimals, and nothing is rounded. Write it with them."
        )
    return int(nearest)


def _units(value: Any, currency: str) -> Decimal:
    if isinstance(value, str):
        return _units_in_text(value, currency)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise CellRefused(f"says {_shown(value)}: an amount belongs there. Write a number.")
    kept = (
        value if isinstance(value, int) else format(value, ".15g")
    )  # a spreadsheet keeps 15 digits; the rest is noise
    exact = Decimal(kept)
    if not exact.is_finite():
        raise CellRefused(f"says {value}: that is no number. Write the amount.")
    return exact


def _units_in_text(text: str, currency: str) -> Decimal:
    found = AMOUNT.fullmatch(" ".join(text.split()))
    if not found or len(text) > 40:
        raise CellRefused(f"says {_shown(text)}: that is no amount. Write a number such as 1234.50.")
    for sign in filter(None, (found["sign"], found["code"])):
        if currency not in SIGNS.get(sign, sign).split():
            raise CellRefused(
                f"says {_shown(text)}: the tracker is kept in {currency}. Write the amount as a number of that."
            )
    return Decimal(f"{found['minus'] or found['minus_after']}{found['number'].replace(',', '')}")


def day_in(value: Any) -> int:
    """Read the number of a day. *Raises* CellRefused.

    >>> day_in(5), day_in(5.0), day_in(" 5 ")
    (5, 5, 5)
    """
    if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,6}\s*", value):
        return int(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1 and 0 <= value < 10**6:
        return int(value)
    raise CellRefused(
        f"says {_shown(value)}: the number of a day belongs there, 0 for the first. Write it, or empty the row."
    )


def period_in(value: Any) -> int:
    """Read a scheme period in days. *Raises* CellRefused.

    >>> period_in("100 (Days)"), period_in(100)
    (100, 100)
    """
    if isinstance(value, str) and (found := PERIOD.fullmatch(value)):
        return int(found[1])
    return day_in(value)


def dates_in(value: Any) -> set[date]:
    """All dates that a cell may mean, none when it means none: 03/04/2026 is 3 April, and 4 March where months come first.

    >>> sorted(day.isoformat() for day in dates_in("03/04/2026")), dates_in("5 Mar 2026") == dates_in(datetime(2026, 3, 5))
    (['2026-03-04', '2026-04-03'], True)
    """
    if isinstance(value, datetime):
        return {value.date()}
    if isinstance(value, date):
        return {value}
    if not isinstance(value, str):
        return set()
    if found := YEAR_FIRST.fullmatch(value.strip()):
        return _real([(found[1], found[2], found[3])])
    if found := YEAR_LAST.fullmatch(value.strip()):
        return _real([(found[3], found[2], found[1]), (found[3], found[1], found[2])])
    return set()


def _real(read: list[tuple[str, str, str]]) -> set[date]:
    """The dates among what was read as year, month, day."""
    real = set()
    for year, month, day in read:
        name = month[:3].lower()
        number = MONTHS.index(name) + 1 if name in MONTHS else int(month) if month.isdigit() else 0
        if day.isdigit() and 1 <= number <= 12 and 1 <= int(day) <= _days_in(int(year), number):
            real.add(date(int(year), number, int(day)))
    return real


def _days_in(year: int, month: int) -> int:
    if not 1 <= year < 9999:
        return 0
    return (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days


def text_in(value: Any) -> str:
    """Read a text; a number that somebody typed there (a transaction's number) is read as it was typed.

    >>> text_in(" UPI 42 "), text_in(402311998877.0), text_in(None), text_in(datetime(2026, 1, 15))
    ('UPI 42', '402311998877', '', '2026-01-15')
    """
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return format(Decimal(format(value, ".15g")).normalize(), "f")
    if isinstance(value, datetime) and value.time() == time.min:  # how Excel keeps a date
        return value.date().isoformat()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return "" if value is None else str(value).strip()


def to_cell(text: str) -> str:
    """Write a text so that a sheet can hold it: what XML cannot say is escaped as Excel escapes it.

    >>> to_cell("bell \\x07"), to_cell("_x0041_")
    ('bell _x0007_', '_x005F_x0041_')
    """
    return NOT_IN_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", LOOKS_ESCAPED.sub("_x005F_", text))


def from_cell(text: str) -> str:
    """Read such a text back.

    >>> from_cell("_x005F_x0041_"), from_cell(to_cell("bell \\x07")) == "bell \\x07"
    ('_x0041_', True)
    """
    return ESCAPED.sub(_unescaped, text)


def _unescaped(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    return found[0] if "\ud800" <= character <= "\udfff" else character  # half of a character is none


def _shown(value: Any) -> str:
    """A value as an error quotes it, never pages of it."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
