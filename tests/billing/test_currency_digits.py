"""Amounts are written with the digits of their currency: on pages, on paper, in history."""

import pytest

from billing.admin.money import grouped, money
from billing.printing.paper import amount

pytestmark = pytest.mark.finance


@pytest.mark.parametrize(
    ("currency", "page", "paper"),
    [
        ("BDT", "−12,345.67", "-12,345.67 BDT"),
        ("JPY", "−1,234,567", "-1,234,567 JPY"),
        ("KWD", "−1,234.567", "-1,234.567 KWD"),
    ],
)
def test_an_amount_has_the_digits_of_its_currency(currency, page, paper):
    assert grouped(-1_234_567, currency) == page
    assert f">{page}<" in money(-1_234_567, currency)
    assert amount(-1_234_567, currency) == paper
