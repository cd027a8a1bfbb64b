"""The steps of payments (who recorded, approved, rejected, reversed or refunded them) as lines of a story."""

from collections.abc import Iterator
from typing import Any

from django.utils.html import format_html

from accounts.admin import StoryLine, linked
from billing.models import PaymentAuditLog

MOST = 50
TOLD_ELSEWHERE = {"allocated_cents"}
ICONS = {
    PaymentAuditLog.Action.APPROVED: "verified",
    PaymentAuditLog.Action.REJECTED: "block",
    PaymentAuditLog.Action.REVERSED: "undo",
    PaymentAuditLog.Action.REFUNDED: "keyboard_return",
}


def step_lines(payments: Any) -> Iterator[StoryLine]:
    """The newest steps of these payments (rows, or their ids as a query); what they pay for is told by the allocations."""
    steps = PaymentAuditLog.objects.filter(payment__in=payments).select_related("payment", "performed_by")
    for step in steps.order_by("-created_at", "-id")[:MOST]:
        if is_told_by_allocations(step):
            continue
        yield StoryLine(
            at=step.created_at,
            what=format_html(
                "{} {}", linked(step.payment, f"Payment {str(step.payment_id)[-6:]}"), step.get_action_display().lower()
            ),
            who=str(step.performed_by or "system"),
            why=step.notes,
            icon=ICONS.get(step.action, "fact_check"),
        )


def is_told_by_allocations(step: PaymentAuditLog) -> bool:
    """Whether nothing changed but what the payment pays for."""
    before, after = step.previous_state or {}, step.new_state or {}
    changed = {name for name in after if before.get(name) != after[name]}
    return bool(changed) and changed <= TOLD_ELSEWHERE
