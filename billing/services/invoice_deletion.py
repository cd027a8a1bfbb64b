"""Deleting many invoices at once, with an answer for each.

Three invoices of January are wrong and one of the three is part-paid: none is deleted, and the answer says which one holds money.
Without it, each of the others is deleted by itself: one that somebody deleted already is named as failed, the rest is gone.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from accounts.errors import Conflict, DomainError, RuleBroken
from accounts.models import User
from accounts.roles import OFFICE
from accounts.unit_of_work import unit_of_work
from billing.models import BulkOperation, BulkOperationItem, Credit, Invoice
from billing.services.bulk_answers import Outcome, end_operation, keep_answers, new_answer
from billing.services.checks import check_moment, check_reason
from billing.services.invoices import delete_invoice
from routes.services import check_staff

NAMED = 20
MOST_INVOICES = 1000


class SomeHaveMoney(Conflict):
    """Money lies on some of these invoices, so none was deleted."""

    code = "some_have_money"


class NotOneBusiness(RuleBroken):
    """Invoices are deleted together for one business at a time."""

    code = "not_one_business"


@unit_of_work
def delete_invoices(*, actor: User | None, invoices: Sequence[Invoice], reason: str, now: datetime) -> BulkOperation:
    """Delete these invoices softly, each by itself; the record says what became of each of them.

    If money lies on any, or a credit note corrects it, none is deleted. *Raises* SomeHaveMoney, NotOneBusiness, ReasonMissing.
    """
    tenants = {invoice.tenant_id for invoice in invoices}
    if len(tenants) != 1 or len(invoices) > MOST_INVOICES:
        raise NotOneBusiness(
            f"Give 1 to {MOST_INVOICES} invoices of one business, not {len(invoices)} of {len(tenants)}."
        )
    check_staff(actor, tenants.pop(), roles=OFFICE)
    reason = check_reason(reason, what="Deleting invoices")
    check_moment(now, name="now")
    chosen = list({invoice.pk: invoice for invoice in invoices}.values())
    _check_no_money([invoice.pk for invoice in chosen])
    operation = BulkOperation.objects.create(
        tenant_id=chosen[0].tenant_id,
        kind=BulkOperation.Kind.INVOICE_DELETION,
        requested_by=actor,
        items_total=len(chosen),
        parameters={"invoices": [str(invoice.pk) for invoice in chosen], "reason": reason},
    )
    items = [_deleted(operation, invoice, actor=actor, reason=reason, now=now) for invoice in _in_lock_order(chosen)]
    keep_answers(operation, items, now)
    return end_operation(operation, now)


def _check_no_money(keys: list[UUID]) -> None:
    paid = Invoice.objects.filter(pk__in=keys, allocated_cents__gt=0)
    corrected = Credit.objects.filter(invoice__in=keys).exclude(status=Credit.Status.VOIDED)
    holding = list((paid | Invoice.objects.filter(pk__in=corrected.values("invoice"))).order_by("number", "pk"))
    if holding:
        names = ", ".join(f"{invoice} ({invoice.allocated_cents} cents)" for invoice in holding[:NAMED])
        more = f" and {len(holding) - NAMED} more" if len(holding) > NAMED else ""
        raise SomeHaveMoney(
            f"Money lies on {len(holding)} of these invoices, or a credit note corrects them: {names}{more}. None was deleted. "
            "Leave them out, void them, or take their money back first."
        )


def _in_lock_order(invoices: list[Invoice]) -> list[Invoice]:
    """By customer, then by id: two deletions at once never wait for each other in a circle."""
    by_customer: Callable[[Invoice], tuple[UUID, UUID]] = lambda invoice: (invoice.customer_id, invoice.pk)  # noqa: E731
    return sorted(invoices, key=by_customer)


def _deleted(
    operation: BulkOperation, invoice: Invoice, *, actor: User | None, reason: str, now: datetime
) -> BulkOperationItem:
    """Delete one invoice, and say how that ended. Money that came in meanwhile makes it fail, like everything else."""
    said = {"outcome": Outcome.DONE, "message": f"Invoice {invoice} is deleted."}
    try:
        delete_invoice(actor=actor, invoice=invoice, now=now, reason=reason)
    except DomainError as error:
        said = {"outcome": Outcome.FAILED, "code": error.code, "message": error.message}
    return new_answer(operation, invoice.customer_id, document_id=invoice.pk, **said)
