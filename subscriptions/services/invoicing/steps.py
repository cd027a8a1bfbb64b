"""The steps of an invoicing of many customers; each is one commit of invoices, answers, counts and cursor.

Each locks the operation first and reads the cursor under that lock, so that two workers on one operation take turns.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.locks import locked
from accounts.models import Tenant, User
from accounts.unit_of_work import unit_of_work
from billing.models import BulkOperation, Customer
from billing.services.bulk_answers import Outcome, Status, end_operation, keep_answers, new_answer
from subscriptions.selectors.billable import billable_deliveries, billable_sales, invoices_of_period
from subscriptions.selectors.invoicing_preview import chosen_customers
from subscriptions.services.invoicing.answers import items_of
from subscriptions.services.invoicing.batch import Billed, Terms, invoice_customers, part_paid_customers
from subscriptions.services.invoicing.one_customer import NothingToBill, PeriodIsInvoiced, invoice_period


@dataclass(frozen=True, slots=True)
class Step:
    """How a batch ended: everything is done, or these customers must be invoiced alone before it can be tried again."""

    is_over: bool = False
    alone: tuple[UUID, ...] = ()


@unit_of_work
def invoice_next(
    *, actor: User | None, operation_id: UUID, terms: Terms, size: int, now: datetime, reason: str
) -> Step:
    """Invoice the next customers after the cursor, all or none of them; progress is in the same commit."""
    operation = _lock(operation_id)
    if operation.status != Status.RUNNING:
        return Step(is_over=True)
    window = _window(operation, terms.tenant, size)
    if not window:
        end_operation(operation, now)
        return Step(is_over=True)
    done = operation.items.filter(customer__pk__any_of=window).values_list("customer", flat=True)
    waiting = [pk for pk in window if pk not in set(done)]
    if alone := concerned(operation, terms, waiting) if size == 1 else part_paid_customers(terms, waiting):
        return Step(alone=tuple(alone))
    billed = invoice_customers(terms, waiting) if waiting and size > 1 else Billed()
    operation.cursor = window[-1]
    keep_answers(operation, items_of(operation, billed), now)
    return Step()


@unit_of_work
def invoice_alone(
    *, actor: User | None, operation_id: UUID, terms: Terms, customer_id: UUID, now: datetime, reason: str
) -> None:
    """Invoice one customer of the operation by themselves, with the item in the same commit."""
    operation = _lock(operation_id)
    if operation.status != Status.RUNNING or operation.items.filter(customer=customer_id).exists():
        return  # another worker was faster
    invoice = invoice_period(
        actor=actor,
        customer=Customer.objects.select_related("tenant").get(pk=customer_id),
        period_start=terms.first,
        period_end=terms.last,
        now=now,
        issued_at=terms.issued_at,
        due_in_days=terms.due_in_days,
    )
    answer = new_answer(operation, customer_id, Outcome.DONE, document_id=invoice.pk, message=f"Invoice {invoice}")
    keep_answers(operation, [answer], now)


@unit_of_work
def note_failure(
    *,
    actor: User | None,
    operation_id: UUID,
    terms: Terms,
    customer_id: UUID,
    error: Exception,
    now: datetime,
    reason: str,
) -> None:
    """Say of a customer why there is no invoice: nothing to bill and invoiced already are skipped, the rest has failed."""
    operation = _lock(operation_id)
    if operation.status != Status.RUNNING or operation.items.filter(customer=customer_id).exists():
        return
    had = invoices_of_period(terms.tenant, terms.period).filter(customer=customer_id).first()
    answer = new_answer(
        operation,
        customer_id,
        Outcome.SKIPPED if isinstance(error, PeriodIsInvoiced | NothingToBill) else Outcome.FAILED,
        code=getattr(error, "code", "database_error"),
        message=getattr(error, "message", None) or " ".join(str(error).split()),
        document_id=had.pk if had else None,
    )
    keep_answers(operation, [answer], now)


def concerned(operation: BulkOperation, terms: Terms, customers: list[UUID]) -> list[UUID]:
    """Those of these customers who are to hear an answer: named ones all, others when there is something to bill or billed."""
    if operation.parameters["customers"] is not None:
        return customers
    found: set[UUID] = set()
    for rows in (billable_deliveries, billable_sales, invoices_of_period):
        found |= set(
            rows(terms.tenant, terms.period).filter(customer__pk__any_of=customers).values_list("customer", flat=True)
        )
    return [pk for pk in customers if pk in found]


def _lock(operation_id: UUID) -> BulkOperation:
    [operation] = locked(BulkOperation.objects.filter(pk=operation_id))
    return operation


def _window(operation: BulkOperation, tenant: Tenant, size: int) -> list[UUID]:
    """The next customers after the cursor, by id."""
    said = operation.parameters
    chosen = chosen_customers(tenant, customers=said["customers"])
    if said["round"]:
        chosen = chosen.filter(round=said["round"])
    if operation.cursor:
        chosen = chosen.filter(pk__gt=operation.cursor)
    return list(chosen.order_by("pk").values_list("pk", flat=True)[:size])
