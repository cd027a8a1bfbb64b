"""What is always true of points, and of the loans and trackers that earn them."""

from cashback.invariants.ledger import balances_are_proved
from cashback.invariants.lending import principal_left_is_proved

__all__ = ["balances_are_proved", "principal_left_is_proved"]
