"""What is written about points, and about the loans and trackers that earn them.

`ledger` is where every point moves; the other modules say why: `grants` and `transfers` under the limits of `policies`.
"""

from cashback.services.grants import grant_points, remove_points, take_back_points
from cashback.services.ledger import AlreadyReversed, BalanceTooLow, NoSuchPerson, NotPoints, hold_accounts
from cashback.services.payment_methods import add_payment_method, remove_payment_method, set_default_payment_method
from cashback.services.payout_details import masked, reveal_payment_method, reveal_redemption
from cashback.services.payout_resealing import reseal_payout_details
from cashback.services.policies import policy_of, set_cashback_policy
from cashback.services.redemptions import cancel_redemption, complete_redemption, request_redemption
from cashback.services.transfers import transfer_points

__all__ = [
    "AlreadyReversed",
    "BalanceTooLow",
    "NoSuchPerson",
    "NotPoints",
    "add_payment_method",
    "cancel_redemption",
    "complete_redemption",
    "grant_points",
    "hold_accounts",
    "masked",
    "policy_of",
    "remove_payment_method",
    "remove_points",
    "request_redemption",
    "reseal_payout_details",
    "reveal_payment_method",
    "reveal_redemption",
    "set_cashback_policy",
    "set_default_payment_method",
    "take_back_points",
    "transfer_points",
]
