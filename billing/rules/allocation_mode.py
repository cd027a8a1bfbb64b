"""In which order does money pay what a customer owes, when a person chooses an order and not the debts?

Open are 80.00 from before, invoice A over 60.00 issued 5 January and due the 19th, invoice B over 90.00 issued the 3rd and due
the 31st, and a sale of 70.00 of the 4th.

* OPENING_FIRST: the opening balance, A, B (by due date), then the sale.
* OLDEST: B, the sale, A (by their dates), the opening balance last.
* LARGEST: B, the opening balance, the sale, A.

MANUAL is no order: a person names the debts. Each gets at most what it asks for; what is left stays the customer's credit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

OPENING_FIRST: Final = "OPENING_FIRST"
OLDEST: Final = "OLDEST"
LARGEST: Final = "LARGEST"
MANUAL: Final = "MANUAL"
ORDERS: Final = (OPENING_FIRST, OLDEST, LARGEST)
MODES: Final = (*ORDERS, MANUAL)


@dataclass(frozen=True, slots=True)
class OpenDebt:
    """Something that a customer owes: the row, what is left of it, since when; the opening balance has no date."""

    row: Any
    balance_cents: int
    since: datetime | None


def in_order(
    mode: str, opening: Iterable[OpenDebt], invoices: Iterable[OpenDebt], sales: Iterable[OpenDebt]
) -> list[OpenDebt]:
    """Put debts in the order of a mode; invoices come by due date, sales by date, and keep that order between equals."""
    first_opening = [*opening, *invoices, *sales]
    if mode == OPENING_FIRST:
        return first_opening
    if mode == LARGEST:
        return sorted(first_opening, key=lambda debt: -debt.balance_cents)
    dated = [debt for debt in first_opening if debt.since is not None]
    return sorted(dated, key=lambda debt: debt.since) + [debt for debt in first_opening if debt.since is None]  # type: ignore[arg-type,return-value] # dated
