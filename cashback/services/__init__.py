"""What is written about points, and about the loans and trackers that earn them.

`ledger` is where every point moves; the other modules say why: `grants` and `transfers` under the limits of `policies`.
"""

from cashback.services.assignments import (
    assign_to_loan,
    assign_to_tracker,
    check_may_configure,
    is_assigned,
    may_configure,
    unassign_from_loan,
    unassign_from_tracker,
)
from cashback.services.configs import end_loan_cashback, end_tracker_cashback, set_loan_cashback, set_tracker_cashback
from cashback.services.earning import earn_on_entry, earn_on_payment, take_back_on_entry, take_back_on_payments
from cashback.services.grants import grant_points, remove_points, take_back_points
from cashback.services.ledger import AlreadyReversed, BalanceTooLow, NoSuchPerson, NotPoints, hold_accounts
from cashback.services.loan_payments import change_loan_payment, delete_loan_payment, record_loan_payment
from cashback.services.loan_verification import reject_loan_payment, verify_loan_payment
from cashback.services.loans import close_loan, delete_loan, open_loan
from cashback.services.payment_methods import add_payment_method, remove_payment_method, set_default_payment_method
from cashback.services.payout_details import masked, reveal_payment_method, reveal_redemption
from cashback.services.payout_resealing import reseal_payout_details
from cashback.services.policies import policy_of, set_cashback_policy
from cashback.services.receivers import find_receiver
from cashback.services.redemptions import cancel_redemption, complete_redemption, request_redemption
from cashback.services.tracker_entries import approve_entry, reject_entry, submit_entry, submit_no_payment
from cashback.services.trackers import close_tracker, hide_tracker, open_tracker, reopen_tracker
from cashback.services.transfers import transfer_points
from cashback.services.workbooks import import_workbook, read_workbook

__all__ = [
    "AlreadyReversed",
    "BalanceTooLow",
    "NoSuchPerson",
    "NotPoints",
    "add_payment_method",
    "approve_entry",
    "assign_to_loan",
    "assign_to_tracker",
    "cancel_redemption",
    "change_loan_payment",
    "check_may_configure",
    "close_loan",
    "close_tracker",
    "complete_redemption",
    "delete_loan",
    "delete_loan_payment",
    "earn_on_entry",
    "earn_on_payment",
    "end_loan_cashback",
    "end_tracker_cashback",
    "find_receiver",
    "grant_points",
    "hide_tracker",
    "hold_accounts",
    "import_workbook",
    "is_assigned",
    "masked",
    "may_configure",
    "open_loan",
    "open_tracker",
    "policy_of",
    "read_workbook",
    "record_loan_payment",
    "reject_entry",
    "reject_loan_payment",
    "remove_payment_method",
    "remove_points",
    "reopen_tracker",
    "request_redemption",
    "reseal_payout_details",
    "reveal_payment_method",
    "reveal_redemption",
    "set_cashback_policy",
    "set_default_payment_method",
    "set_loan_cashback",
    "set_tracker_cashback",
    "submit_entry",
    "submit_no_payment",
    "take_back_on_entry",
    "take_back_on_payments",
    "take_back_points",
    "transfer_points",
    "unassign_from_loan",
    "unassign_from_tracker",
    "verify_loan_payment",
]
