"""The undo of allocations for old invoices: reversing rows, and the stored columns exactly as they were.

Nothing is deleted. An invoice goes back only when it, the run's allocations and the payments made for it are still as the run
left them; whatever somebody has used, refunded, taken back or voided since stays, and is listed.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import CharField, Exists, OuterRef, QuerySet

from billing.models import Allocation, Customer, Payment, PaymentAuditLog
from billing.selectors.allocations import live_allocations
from billing.services.payment_audit import Action, state_of
from operations.backfill import Change, Leave, Occasion, Touch, Unclear
from operations.backfill.definition import WRITE
from operations.backfill.images import RowId
from operations.backfill.undo import BACK_ALREADY, CHANGED_SINCE, Undo
from operations.models import BackfillChange

BEFORE = "before_"


class UndoOfPaymentAllocations(Undo):
    """Takes back every allocation that a run wrote, and every payment that it made."""

    inserts = (Allocation, PaymentAuditLog)
    touches = {Payment: ("allocated_cents", "status")}

    def candidates(self) -> QuerySet:
        images = {f"{BEFORE}{name}": value for name, value in self.new_values().items()}
        return super().candidates().annotate(undo_verdict=self.verdict(), **images)

    def companions(self, rows: QuerySet) -> Sequence[QuerySet]:
        made = Allocation.objects.filter(self._made_by_run(Allocation), invoice__in=rows)
        customers = Customer.objects.filter(pk__in=rows.values("customer"))
        payments = Payment.objects.annotate(is_made=self._made_by_run(Payment)).filter(pk__in=made.values("payment"))
        return customers, payments, made, live_allocations().filter(invoice__in=rows)

    def gather(self, rows: Sequence[Any], companions: Sequence[Sequence[Any]], occasion: Occasion) -> None:
        """Lay on each invoice the run's allocations, each with its payment, and which allocations stand on it now."""
        _, payments, made, live = companions
        by_key = {payment.pk: payment for payment in payments}
        of_run, standing = defaultdict(list), defaultdict(set)
        for each in made:
            of_run[each.invoice_id].append((each, by_key[each.payment_id]))
        for each in live:
            standing[each.invoice_id].add(each.pk)
        for row in rows:
            row.made, row.standing, row.occasion = of_run[row.pk], standing[row.pk], occasion

    def decide(self, row: Any) -> Change | Leave | Unclear:
        if row.undo_verdict == BACK_ALREADY:
            return Leave(BACK_ALREADY)
        if row.undo_verdict != WRITE or row.standing != {each.pk for each, _ in row.made}:
            return Unclear(CHANGED_SINCE)
        if any(payment.is_made and not _is_untouched(payment, each) for each, payment in row.made):
            return Unclear(CHANGED_SINCE)
        inserts: list[Any] = []
        touches = []
        for each, payment in row.made:
            values = _values_back(payment, each)
            after = {**state_of(payment), **values}
            inserts += [_reversal(each, row.occasion), _audit(payment, after, row.occasion)]
            touches.append(Touch(payment, values))
        back = {column.attname: getattr(row, f"{BEFORE}{column.attname}") for column in self._columns()}
        return Change(back, inserts, touches)

    def _made_by_run(self, model: type[Allocation] | type[Payment]) -> Exists:
        changes = BackfillChange.objects.filter(
            run_id=self.run.pk,
            table=model._meta.db_table,
            operation=BackfillChange.Operation.INSERT,
            row_id=RowId(OuterRef("pk"), output_field=CharField()),
        )
        return Exists(changes)


def _is_untouched(payment: Payment, allocation: Allocation) -> bool:
    """Whether a payment that the run made still pays for that one invoice, whole, and for nothing else."""
    return payment.is_money and payment.allocated_cents == payment.amount_cents == allocation.amount_cents


def _values_back(payment: Any, allocation: Allocation) -> dict[str, Any]:
    status = Payment.Status.REVERSED if payment.is_made else payment.status
    return {"allocated_cents": payment.allocated_cents - allocation.amount_cents, "status": status}


def _reversal(allocation: Allocation, occasion: Occasion) -> Allocation:
    return Allocation(
        tenant_id=allocation.tenant_id,
        payment_id=allocation.payment_id,
        invoice_id=allocation.invoice_id,
        amount_cents=allocation.amount_cents,
        reverses_id=allocation.pk,
        rule=allocation.rule,
        rank=allocation.rank,
        reason=occasion.reason,
        created_by_id=occasion.actor_id,
    )


def _audit(payment: Any, after: dict[str, Any], occasion: Occasion) -> PaymentAuditLog:
    return PaymentAuditLog(
        tenant_id=payment.tenant_id,
        payment_id=payment.pk,
        action=Action.REVERSED if payment.is_made else Action.STATUS_CHANGED,
        performed_by_id=occasion.actor_id,
        previous_state=state_of(payment),
        new_state=after,
        notes=occasion.reason,
    )
