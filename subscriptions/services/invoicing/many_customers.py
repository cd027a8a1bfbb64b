"""Invoicing a period for many customers: checked first, written in batches, with an answer for each customer.

`start_invoicing` looks at the whole batch, says what is in the way before anything is written, and records the operation.
`run_invoicing` works on it: a batch is a window of customers after the cursor, and one commit holds their invoices, their items,
the counts and the cursor. A run that was killed goes on after the last commit; two that work on one operation take turns, because
each batch locks the operation first and reads the cursor under that lock.

A batch that fails is split, down to the customer, who is then invoiced alone as by `invoice_period`; one who cannot be invoiced
is a failed item with code and message, and the others go on.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import DatabaseError

from accounts.errors import Conflict, DomainError, NotFound
from accounts.locks import locked
from accounts.models import Tenant, User
from accounts.roles import OFFICE
from accounts.unit_of_work import unit_of_work
from billing.models import BulkOperation, Customer
from billing.services.checks import check_moment
from billing.services.invoices import DUE_IN_DAYS, due_after
from routes.models import Round
from routes.services import check_staff
from subscriptions.selectors.billable import billable_deliveries, billable_sales, invoices_of_period
from subscriptions.selectors.invoicing_preview import InvoicingPreview, chosen_customers, preview_invoices
from subscriptions.services.invoicing.answers import Outcome, items_of, new_item, note
from subscriptions.services.invoicing.batch import Billed, Terms, invoice_customers, part_paid_customers
from subscriptions.services.invoicing.one_customer import NothingToBill, PeriodIsInvoiced, check_period, invoice_period

CUSTOMERS_AT_ONCE = 250
NAMED = 20
Status = BulkOperation.Status


class SomeAreInvoiced(Conflict):
    """Some of these customers have an invoice of this period, and the caller wanted all or none."""

    code = "some_are_invoiced"


class NoSuchOperation(NotFound):
    """There is no such bulk operation, or it is not one of invoicing."""

    code = "no_such_operation"


@unit_of_work
def start_invoicing(
    *,
    actor: User | None,
    tenant: Tenant,
    period_start: date,
    period_end: date,
    now: datetime,
    round: Round | None = None,  # noqa: A002 - the field's name
    customers: Iterable[Any] | None = None,
    issued_at: datetime | None = None,
    due_in_days: int = DUE_IN_DAYS,
    refuse_invoiced: bool = False,
) -> BulkOperation:
    """Check the whole batch, and record that it is to be invoiced; `run_invoicing` does it.

    With `refuse_invoiced` nothing is recorded when a customer has an invoice of this period; otherwise that customer is skipped
    and named. *Raises* SomeAreInvoiced, NothingToBill, PeriodIsNotOver, PeriodReversed, DueDateRefused.
    """
    check_staff(actor, tenant.pk, roles=OFFICE)
    issued_at = check_moment(issued_at or now, name="issued_at")
    period = check_period(period_start, period_end, tenant=tenant, issued_at=issued_at)
    due_after(issued_at, due_in_days, tenant.zone)
    keys = None if customers is None else [str(getattr(customer, "pk", customer)) for customer in customers]
    seen = preview_invoices(tenant, period_start, period_end, customers=keys, round=round)
    _check_batch(seen, refuse_invoiced=refuse_invoiced)
    return BulkOperation.objects.create(
        tenant=tenant,
        kind=BulkOperation.Kind.INVOICING,
        requested_by=actor,
        items_total=len(seen.rows) if keys is not None else sum(1 for row in seen.rows if row.is_concerned),
        heartbeat_at=now,
        parameters={
            "period_start": str(period.first),
            "period_end": str(period.last),
            "issued_at": issued_at.isoformat(),
            "due_in_days": due_in_days,
            "round": str(round.pk) if round else None,
            "customers": keys,
            "expected": {"invoices": len(seen.ready), "total_cents": seen.total_cents},
        },
    )


def run_invoicing(
    operation_id: Any,
    *,
    clock: Callable[[], datetime],
    on_batch: Callable[[BulkOperation], None] = lambda operation: None,
) -> BulkOperation:
    """Work on an operation to its end; one that has ended is left as it is. *Raises* NoSuchOperation."""
    work = _Work(_find(operation_id), clock)
    while not work.is_over:
        work.go_on()
        on_batch(BulkOperation.objects.get(pk=operation_id))
    return BulkOperation.objects.get(pk=operation_id)


@dataclass
class _Work:
    """One process that works on an operation. `size` is what the next batch takes: halved by a failure, doubled by success."""

    operation: BulkOperation
    clock: Callable[[], datetime]
    size: int = field(default_factory=lambda: CUSTOMERS_AT_ONCE)
    is_over: bool = False
    said: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        operation = self.operation
        self.said = {
            "actor": operation.requested_by,
            "operation_id": operation.pk,
            "terms": _terms(operation),
            "reason": f"bulk operation {operation.pk}",
        }

    def go_on(self) -> None:
        """Do one batch, or invoice alone those who stand in its way."""
        try:
            step = invoice_next(**self.said, size=self.size, now=self.clock())
        except (DomainError, DatabaseError):
            if self.size == 1:
                raise  # nothing was written but progress: the database itself is failing
            self.size = max(1, self.size // 2)
            return
        for customer_id in step.alone:
            self._invoice_alone(customer_id)
        self.is_over = step.is_over
        self.size = self.size if step.alone else min(CUSTOMERS_AT_ONCE, self.size * 2)

    def _invoice_alone(self, customer_id: UUID) -> None:
        try:
            invoice_alone(**self.said, customer_id=customer_id, now=self.clock())
        except (DomainError, DatabaseError) as error:
            note_failure(**self.said, customer_id=customer_id, error=error, now=self.clock())


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
        _finish(operation, now)
        return Step(is_over=True)
    done = operation.items.filter(customer__pk__any_of=window).values_list("customer", flat=True)
    waiting = [pk for pk in window if pk not in set(done)]
    if alone := concerned(operation, terms, waiting) if size == 1 else part_paid_customers(terms, waiting):
        return Step(alone=tuple(alone))
    billed = invoice_customers(terms, waiting) if waiting and size > 1 else Billed()
    operation.cursor = window[-1]
    note(operation, items_of(operation, billed), now)
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
    item = new_item(operation, customer_id, Outcome.DONE, document_id=invoice.pk, message=f"Invoice {invoice}")
    note(operation, [item], now)


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
    item = new_item(
        operation,
        customer_id,
        Outcome.SKIPPED if isinstance(error, PeriodIsInvoiced | NothingToBill) else Outcome.FAILED,
        code=getattr(error, "code", "database_error"),
        message=getattr(error, "message", None) or " ".join(str(error).split()),
        document_id=had.pk if had else None,
    )
    note(operation, [item], now)


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


def _check_batch(seen: InvoicingPreview, *, refuse_invoiced: bool) -> None:
    invoiced = [row for row in seen.rows if row.invoice_id]
    if refuse_invoiced and invoiced:
        names = ", ".join(f"{row.name} ({row.number}) by {row.invoice_number}" for row in invoiced[:NAMED])
        more = f" and {len(invoiced) - NAMED} more" if len(invoiced) > NAMED else ""
        raise SomeAreInvoiced(
            f"{len(invoiced)} of these customers are invoiced for this period already: {names}{more}. Nothing was written. "
            "Leave them out, or let them be skipped."
        )
    if not any(row.is_concerned for row in seen.rows):
        raise NothingToBill(f"Nobody has anything unbilled up to {seen.period.last}. Confirm the deliveries first.")


def _find(operation_id: Any) -> BulkOperation:
    rows = BulkOperation.objects.filter(kind=BulkOperation.Kind.INVOICING).select_related("tenant", "requested_by")
    if operation := rows.filter(pk=operation_id).first():
        return operation
    raise NoSuchOperation(f"There is no invoicing {operation_id}. Look at the list of bulk operations.")


def _terms(operation: BulkOperation) -> Terms:
    said = operation.parameters
    first, last = (date.fromisoformat(said[name]) for name in ("period_start", "period_end"))
    return Terms(operation.tenant, first, last, datetime.fromisoformat(said["issued_at"]), said["due_in_days"])


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


def _finish(operation: BulkOperation, now: datetime) -> None:
    """It has failed when nobody got an invoice and somebody should have; what became of each stands in the items."""
    failed, done = operation.items_failed, operation.items_done
    operation.items_total = done + failed + operation.items_skipped
    operation.status = Status.FAILED if failed and not done else Status.SUCCEEDED
    operation.error = f"{failed} of {operation.items_total} failed: each says why." if failed else ""
    operation.heartbeat_at = operation.finished_at = now
    operation.save()
