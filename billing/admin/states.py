"""The states of documents in a word and a shape, the same on every page."""

from accounts.admin import State
from billing.models import Credit, Invoice, Payment, RouteReconciliation, Sale
from routes.models import Route

KINDS = {
    Payment.Status.SUCCEEDED: "success",
    Payment.Status.PENDING: "warning",
    Payment.Status.INITIATED: "warning",
    Payment.Status.FAILED: "danger",
    Payment.Status.REVERSED: "danger",
    Payment.Status.REFUNDED: "info",
    Sale.Status.COMPLETED: "success",
    Sale.Status.BILLED: "info",
    Sale.Status.PENDING: "warning",
    Sale.Status.CANCELLED: "",
    Route.Status.RECONCILED: "success",
    Route.Status.COMPLETED: "warning",
    Route.Status.IN_PROGRESS: "info",
    Invoice.Status.PAID: "success",
    Invoice.Status.OVERDUE: "danger",
    Invoice.Status.ISSUED: "info",
    Invoice.Status.PARTIALLY_PAID: "warning",
    Credit.Status.AVAILABLE: "success",
    RouteReconciliation.Disposition.NONE: "success",
    RouteReconciliation.Disposition.OPEN: "warning",
    RouteReconciliation.Disposition.CHARGED_TO_REP: "info",
}
VERIFICATION = {
    Payment.Verification.PENDING_VERIFICATION: State("To verify", "warning"),
    Payment.Verification.REJECTED: State("Rejected", "danger"),
}
APPLIED = {"unapplied": "nothing yet", "partially_applied": "in part", "fully_applied": "in full"}


def state_of(row: Sale | Invoice | Credit | Route) -> State:
    """The state of a document in its own words. A planned route waits for nobody yet."""
    planned = isinstance(row, Route) and row.status == Route.Status.PENDING
    return State(row.get_status_display(), "" if planned else KINDS.get(row.status, ""))


def payment_state(payment: Payment) -> State:
    """The state of a payment: whether it is money in, and if not, why not."""
    if payment.status == Payment.Status.SUCCEEDED and payment.verification_status in VERIFICATION:
        return VERIFICATION[payment.verification_status]
    return state_of(payment)
