"""What is always true of points, and of the loans and trackers that earn them."""

from cashback.invariants.earning import payments_earn_while_they_count
from cashback.invariants.earning_rights import nobody_earns_by_own_hand
from cashback.invariants.ledger import balances_are_proved
from cashback.invariants.lending import principal_left_is_proved
from cashback.invariants.redemptions import clearing_is_what_was_asked_for

__all__ = [
    "balances_are_proved",
    "clearing_is_what_was_asked_for",
    "nobody_earns_by_own_hand",
    "payments_earn_while_they_count",
    "principal_left_is_proved",
]
