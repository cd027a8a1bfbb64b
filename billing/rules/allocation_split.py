"""How is money spread over several debts when nobody says? The oldest due first, each in full, until it is used up.

Mr Das pays 100.00. Due are 60.00 on 5 January, 70.00 on 9 January and 20.00 on 1 February: 60.00 go to the first, 40.00 to the
second, nothing to the third. The rank of each is kept with the allocation, so that later one can say why.
"""

from collections.abc import Iterable
from typing import TypeVar

Debt = TypeVar("Debt")


def spread(money_cents: int, debts: Iterable[tuple[Debt, int]]) -> list[tuple[Debt, int]]:
    """Spread money over (debt, balance) pairs in their order; debts that get nothing are left out.

    >>> spread(10000, [("A", 6000), ("B", 7000), ("C", 2000)])
    [('A', 6000), ('B', 4000)]
    >>> spread(500, [("A", 0), ("B", 300)])
    [('B', 300)]
    """
    shares = []
    for debt, balance in debts:
        share = min(money_cents, balance)
        if share > 0:
            shares.append((debt, share))
            money_cents -= share
    return shares
