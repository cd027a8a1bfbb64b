"""How amounts of a currency are written: whole minor units, with as many digits after the point as the currency has.

What is called cents is the currency's own minor unit: hundredths of a taka, thousandths of a Kuwaiti dinar, whole yen.
"""

from typing import Final

USUAL_DIGITS: Final = 2
ODD_DIGITS: Final = {  # ISO 4217
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}


def digits_after_unit(currency: str) -> int:
    """How many digits the minor unit of a currency (ISO 4217) takes; two where nobody said which.

    >>> [digits_after_unit(currency) for currency in ("BDT", "JPY", "KWD", "")]
    [2, 0, 3, 2]
    """
    return next((digits for digits, named in ODD_DIGITS.items() if currency in named.split()), USUAL_DIGITS)


def as_units(cents: int, currency: str = "") -> str:
    """Write minor units as a decimal string in units of their currency.

    >>> as_units(1234567), as_units(-5), as_units(0)
    ('12345.67', '-0.05', '0.00')
    >>> as_units(1500, "JPY"), as_units(1500, "KWD"), as_units(-5, "KWD")
    ('1500', '1.500', '-0.005')
    """
    digits = digits_after_unit(currency)
    sign, (units, rest) = "-" if cents < 0 else "", divmod(abs(cents), 10**digits)
    return f"{sign}{units}.{rest:0{digits}d}" if digits else f"{sign}{units}"


def grouped(cents: int, currency: str = "") -> str:
    """The same with thousands apart.

    >>> grouped(1234567), grouped(-5), grouped(1234567, "JPY"), grouped(1234567, "KWD")
    ('12,345.67', '-0.05', '1,234,567', '1,234.567')
    """
    sign = "-" if cents < 0 else ""
    units, point, rest = as_units(abs(cents), currency).partition(".")
    return f"{sign}{int(units):,}{point}{rest}"
