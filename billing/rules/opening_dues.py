"""What older debt is a representative sent to collect? Each cent of it from one open route at a time.

When a route starts, every customer on it brings along what they owed before: the unpaid opening balance and the unpaid part of
older sales. But a debt may already be somebody's task. The choice made here:

* a sale that is on a route whose figures are still open (planned, on the road, back) is expected *there*: not carried;
* a sale on no route, or on a reconciled route, is nobody's task any more: carried;
* a debt that another open route already carries is not carried again, but for what it has grown since
  (a payment that was reversed): that part nobody was sent to collect yet.

Example. Mrs Rahman owes an opening balance of 10.00, 20.00 on sale S-1 (its route is reconciled) and 30.00 on S-2, which is on
route N-8, still out. Today S-3 over 50.00 goes to her on N-9. N-9 carries 10 + 20 = 30.00: S-2 is expected on N-8. When N-10
starts in the afternoon with S-4 for her, it carries nothing: N-9 has it all. Customers' credit is not subtracted: it lies on
their payments until somebody applies it, and then the debt is gone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Debt:
    """One old debt: a sale's unpaid part, or (without a sale) the unpaid opening balance."""

    sale_id: Any
    balance_cents: int
    is_on_open_route: bool = False
    carried_by_open_routes_cents: int = 0


def carried_debts(debts: Iterable[Debt]) -> dict[Any, int]:
    """Choose what a starting route carries: cents by sale id (None is the opening balance), positive amounts only.

    >>> carried_debts([Debt(None, 1000), Debt("S-1", 2000), Debt("S-2", 3000, is_on_open_route=True)])
    {None: 1000, 'S-1': 2000}
    >>> carried_debts([Debt(None, 1000, carried_by_open_routes_cents=1000), Debt("S-1", 2500, False, 2000)])
    {'S-1': 500}
    """
    return {
        debt.sale_id: debt.balance_cents - debt.carried_by_open_routes_cents
        for debt in debts
        if not debt.is_on_open_route and debt.balance_cents > debt.carried_by_open_routes_cents
    }
