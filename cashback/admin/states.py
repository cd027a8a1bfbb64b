"""The states of loans, payments, trackers, days and redemptions in a word and a shape, the same on every page."""

from accounts.admin import State
from cashback.models import CashbackRedemption, DailyTracker, Loan, LoanPayment, TrackerEntry

LOANS = {
    Loan.Status.ACTIVE: State("Active", "success"),
    Loan.Status.CLOSED: State("Paid back", "info"),
    Loan.Status.DELETED: State("Deleted", "danger"),
}
PAYMENTS = {
    LoanPayment.Status.PENDING: State("To verify", "warning"),
    LoanPayment.Status.VERIFIED: State("Verified", "success"),
    LoanPayment.Status.REJECTED: State("Rejected", "danger"),
}
ENTRIES = {
    TrackerEntry.Status.PENDING: State("To approve", "warning"),
    TrackerEntry.Status.APPROVED: State("Approved", "success"),
    TrackerEntry.Status.REJECTED: State("Rejected", "danger"),
}
REDEMPTIONS = {
    CashbackRedemption.Status.PENDING: State("To pay out", "warning"),
    CashbackRedemption.Status.COMPLETED: State("Paid out", "success"),
    CashbackRedemption.Status.CANCELLED: State("Cancelled"),
}


def loan_state(loan: Loan) -> State:
    """Whether a loan is still being paid back."""
    return LOANS[Loan.Status(loan.status)]


def payment_state(payment: LoanPayment) -> State:
    """Whether a payment counts; a deleted one does not, whatever it was before."""
    return State("Deleted", "danger") if payment.deleted_at else PAYMENTS[LoanPayment.Status(payment.status)]


def entry_state(entry: TrackerEntry) -> State:
    """Whether a day counts."""
    return ENTRIES[TrackerEntry.Status(entry.status)]


def redemption_state(redemption: CashbackRedemption) -> State:
    """Whether points were paid out."""
    return REDEMPTIONS[CashbackRedemption.Status(redemption.status)]


def tracker_state(tracker: DailyTracker) -> State:
    """Whether a tracker is still paid into."""
    if not tracker.is_active:
        return State("Closed")
    return State("Hidden by its owner", "info") if tracker.is_closed_by_user else State("Active", "success")
