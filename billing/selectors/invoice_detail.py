"""One invoice that explains itself: its lines, what paid for it, by whom, when and why, and what happened to it.

The allocations add up to what is allocated: one that was taken back stands beside the row that took it back, which counts
negative. A row of the old system shows the payments that name it instead, for that is by what it counts.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from billing.models import Allocation, Invoice, InvoiceLine, Payment, PaymentAuditLog
from billing.selectors.credits import payments_with_credit
from billing.selectors.invoice_list import invoice_entry

TOLD_CHANGES = (
    "number",
    "status",
    "total_cents",
    "allocated_cents",
    "credited_cents",
    "issued_at",
    "due_at",
    "paid_at",
    "deleted_at",
)


def invoice_detail(invoice: Any, *, now: datetime) -> dict[str, Any]:
    """Answer everything about an invoice annotated by `with_status(now)`, its customer fetched along.

    *Money*: cents of the invoice's currency; the `signed_cents` of its allocations add up to `allocated_cents`.
    """
    entry = invoice_entry(invoice, now=now)
    allocations = list(_allocations(invoice))
    payments = {allocation.payment_id for allocation in allocations if allocation.payment_id}
    return {
        **entry,
        "lines": list(InvoiceLine.objects.filter(invoice=invoice.pk).order_by("id")),
        "allocations": [_allocation(allocation) for allocation in allocations],
        "legacy_payments": [] if entry["counts_by_allocations"] else _legacy_payments(invoice),
        "unapplied_payments": [
            _payment(payment) for payment in payments_with_credit(invoice.customer).filter(currency=invoice.currency)
        ],
        "audit": sorted([*_changes(invoice), *_steps(payments)], key=lambda event: event["at"]),
    }


def _allocations(invoice: Invoice) -> Any:
    rows = Allocation.objects.filter(invoice=invoice.pk).select_related("payment", "credit", "created_by", "reversal")
    return rows.order_by("created_at", "id")


def _allocation(allocation: Allocation) -> dict[str, Any]:
    payment, credit = allocation.payment, allocation.credit
    return {
        "id": allocation.pk,
        "at": allocation.created_at,
        "amount_cents": allocation.amount_cents,
        "signed_cents": allocation.signed_cents,
        "is_live": allocation.reverses_id is None and not hasattr(allocation, "reversal"),
        "reverses_id": allocation.reverses_id,
        "payment_id": allocation.payment_id,
        "channel": payment.channel if payment else None,
        "received_at": payment.received_at if payment else None,
        "reference": payment.reference if payment else "",
        "credit_id": allocation.credit_id,
        "credit_kind": credit.kind if credit else None,
        "by": _person(allocation.created_by),
        "rule": allocation.rule,
        "rank": allocation.rank,
        "reason": allocation.reason,
    }


def _legacy_payments(invoice: Invoice) -> list[dict[str, Any]]:
    """The payments by which a row of the old system counts; a stored PAID counts in full without any."""
    own = Payment.objects.counting().filter(invoice=invoice.pk, customer=invoice.customer_id, currency=invoice.currency)
    return [_payment(payment) for payment in own.order_by("received_at", "id")]


def _payment(payment: Payment) -> dict[str, Any]:
    return {
        "id": payment.pk,
        "amount_cents": payment.amount_cents,
        "left_cents": payment.unallocated_cents,
        "channel": payment.channel,
        "received_at": payment.received_at,
        "reference": payment.reference,
    }


def _changes(invoice: Invoice) -> Iterator[dict[str, Any]]:
    """What changed on the invoice itself, from its history."""
    previous = None
    for image in Invoice.history.filter(id=invoice.pk).select_related("history_user").order_by("history_id"):
        before = {name: getattr(previous, name) if previous else None for name in TOLD_CHANGES}
        after = {name: getattr(image, name) for name in TOLD_CHANGES}
        changed = [name for name in TOLD_CHANGES if before[name] != after[name]]
        yield {
            "at": image.history_date,
            "what": "invoice created" if previous is None else "invoice changed",
            "by": _person(image.history_user if image.history_user_id else None),
            "reason": image.history_change_reason or "",
            "payment_id": None,
            "before": {name: _plain(before[name]) for name in changed} if previous else None,
            "after": {name: _plain(after[name]) for name in changed},
        }
        previous = image


def _steps(payments: set[UUID]) -> Iterator[dict[str, Any]]:
    """What was done with the payments that pay or paid for the invoice."""
    steps = PaymentAuditLog.objects.filter(payment__in=payments).select_related("performed_by")
    for step in steps.order_by("created_at", "id"):
        yield {
            "at": step.created_at,
            "what": f"payment {step.get_action_display().lower()}",
            "by": _person(step.performed_by),
            "reason": step.notes,
            "payment_id": step.payment_id,
            "before": step.previous_state,
            "after": step.new_state,
        }


def _person(user: Any) -> dict[str, Any] | None:
    return {"id": user.pk, "name": user.name} if user else None


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
