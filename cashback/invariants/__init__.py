"""What is always true of points, and of the loans and trackers that earn them."""

from cashback.invariants.earning import payments_earn_while_they_count
from cashback.invariants.ledger import balances_are_proved
from cashback.invariants.lending import principal_left_is_proved
from cashback.invariants.redemptions import clearing_is_what_was_asked_for

__all__ = [
    "balances_are_proved",
    "clearing_is_what_was_asked_for",
    "payments_earn_while_they_count",
    "principal_left_is_proved",
]
