"""Tables of lending and of its cashback: loans, trackers, the ledger of points, what earns them, where they are paid out to."""

from cashback.models.assignment import LoanAssignment, TrackerAssignment
from cashback.models.cashback_account import CashbackAccount
from cashback.models.cashback_config import CashbackType, LoanCashbackConfig, TrackerCashbackConfig
from cashback.models.cashback_policy import CashbackPolicy
from cashback.models.cashback_redemption import CashbackRedemption
from cashback.models.cashback_transaction import CashbackTransaction, SystemAccount
from cashback.models.daily_tracker import DailyTracker
from cashback.models.loan import Loan
from cashback.models.loan_payment import LoanPayment
from cashback.models.payout_read import PayoutRead
from cashback.models.tracker_entry import TrackerEntry
from cashback.models.user_payment_method import PAYOUT_FIELDS, PayoutKind, UserPaymentMethod

__all__ = [
    "PAYOUT_FIELDS",
    "CashbackAccount",
    "CashbackPolicy",
    "CashbackRedemption",
    "CashbackTransaction",
    "CashbackType",
    "DailyTracker",
    "Loan",
    "LoanAssignment",
    "LoanCashbackConfig",
    "LoanPayment",
    "PayoutKind",
    "PayoutRead",
    "SystemAccount",
    "TrackerAssignment",
    "TrackerCashbackConfig",
    "TrackerEntry",
    "UserPaymentMethod",
]
