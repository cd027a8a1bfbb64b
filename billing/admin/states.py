"""The states of documents in a word and a shape, the same on every page."""

from typing import Any

from accounts.admin import State
from billing.models import Credit, Invoice, Payment, RouteReconciliation, Sale
from routes.models import Route

# One table per model, since statuses share their text: a completed route waits, a completed sale is paid.
KINDS = {
    Payment: {
        Payment.Status.SUCCEEDED: "success",
        Payment.Status.PENDING: "warning",
        Payment.Status.INITIATED: "warning",
        Payment.Status.FAILED: "danger",
        Payment.Status.REVERSED: "danger",
        Payment.Status.REFUNDED: "info",
    },
    Sale: {Sale.Status.COMPLETED: "success", Sale.Status.BILLED: "info", Sale.Status.PENDING: "warning"},
    Route: {
        Route.Status.RECONCILED: "success",
        Route.Status.COMPLETED: "warning",
        Route.Status.IN_PROGRESS: "info",
    },
    Invoice: {
        Invoice.Status.PAID: "success",
        Invoice.Status.OVERDUE: "danger",
        Invoice.Status.ISSUED: "info",
        Invoice.Status.PARTIALLY_PAID: "warning",
    },
    Credit: {Credit.Status.AVAILABLE: "success"},
}
DISPOSITIONS = {
    RouteReconciliation.Disposition.NONE: "success",
    RouteReconciliation.Disposition.OPEN: "warning",
    RouteReconciliation.Disposition.CHARGED_TO_REP: "info",
}
VERIFICATION = {
    Payment.Verification.PENDING_VERIFICATION: State("To verify", "warning"),
    Payment.Verification.REJECTED: State("Rejected", "danger"),
}
APPLIED = {"unapplied": "nothing yet", "partially_applied": "in part", "fully_applied": "in full"}


def state_of(row: Payment | Sale | Invoice | Credit | Route) -> State:
    """The state of a document in its own words."""
    return State(row.get_status_display(), KINDS[type(row)].get(row.status, ""))


def invoice_state(invoice: Any) -> State:
    """The state of an invoice annotated by `with_status(now)`: the computed one, or that it was deleted."""
    if invoice.deleted_at is not None:
        return State("Deleted", "danger")
    status = Invoice.Status(invoice.computed_status)
    return State(status.label, KINDS[Invoice].get(status, ""))


def payment_state(payment: Payment) -> State:
    """The state of a payment: whether it is money in, and if not, why not."""
    if payment.status == Payment.Status.SUCCEEDED and payment.verification_status in VERIFICATION:
        return VERIFICATION[payment.verification_status]
    return state_of(payment)
