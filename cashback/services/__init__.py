"""What is written about points, and about the loans and trackers that earn them.

`ledger` is where every point moves; the other modules say why: `grants` and `transfers` under the limits of `policies`.
"""

from cashback.services.grants import grant_points, remove_points, take_back_points
from cashback.services.ledger import AlreadyReversed, BalanceTooLow, NoSuchPerson, NotPoints, hold_accounts
from cashback.services.policies import policy_of, set_cashback_policy
from cashback.services.transfers import transfer_points

__all__ = [
    "AlreadyReversed",
    "BalanceTooLow",
    "NoSuchPerson",
    "NotPoints",
    "grant_points",
    "hold_accounts",
    "policy_of",
    "remove_points",
    "set_cashback_policy",
    "take_back_points",
    "transfer_points",
]
