"""What is written about points, and about the loans and trackers that earn them.

`ledger` is where every point moves; the other modules say why: `grants` and `transfers` under the limits of `policies`.
"""

from cashback.services.ledger import AlreadyReversed, BalanceTooLow, NotPoints, hold_accounts

__all__ = [
    "AlreadyReversed",
    "BalanceTooLow",
    "NotPoints",
    "hold_accounts",
]
