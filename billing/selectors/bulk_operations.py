"""Bulk operations as people look at them: how far it came, and what became of each item, what needs a person first."""

from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Value, When

from billing.models import BulkOperation, BulkOperationItem

Outcome = BulkOperationItem.Outcome
FIRST_ITEMS = 100
IN_ORDER = (Outcome.FAILED, Outcome.SKIPPED, Outcome.DONE)


def operation_entry(operation: BulkOperation) -> dict[str, Any]:
    """What is told of a bulk operation by every door: the API, the terminal, the admin."""
    return {
        "id": str(operation.pk),
        "kind": operation.kind,
        "status": operation.status,
        "parameters": operation.parameters,
        "items_total": operation.items_total,
        "items_done": operation.items_done,
        "items_skipped": operation.items_skipped,
        "items_failed": operation.items_failed,
        "error": operation.error,
        "created_at": operation.created_at.isoformat(),
        "heartbeat_at": operation.heartbeat_at.isoformat() if operation.heartbeat_at else None,
        "finished_at": operation.finished_at.isoformat() if operation.finished_at else None,
    }


def items_worst_first(operation: BulkOperation) -> QuerySet[BulkOperationItem]:
    """What became of each item: failed ones first, then skipped ones, then those that are done."""
    place = Case(
        *(When(outcome=outcome, then=Value(number)) for number, outcome in enumerate(IN_ORDER)),
        output_field=IntegerField(),
    )
    return operation.items.select_related("customer").annotate(place=place).order_by("place", "id")


def item_entry(item: BulkOperationItem) -> dict[str, Any]:
    """What is told of one item."""
    return {
        "customer_id": str(item.customer_id) if item.customer_id else None,
        "customer": str(item.customer) if item.customer else "",
        "document_id": str(item.document_id) if item.document_id else None,
        "outcome": item.outcome,
        "code": item.code,
        "message": item.message,
    }


def operation_with_items(operation: BulkOperation) -> dict[str, Any]:
    """A bulk operation with its first hundred items, the worst first."""
    items = items_worst_first(operation)[:FIRST_ITEMS]
    return operation_entry(operation) | {"items": [item_entry(item) for item in items]}
