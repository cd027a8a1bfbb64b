"""How the demo's dairy receives money: a payment as the services would have left it, with its trail, and what it pays for."""

from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from billing.models import Allocation, Customer, Invoice, Payment, PaymentAuditLog, Sale
from billing.rules.sale_status import sale_status
from billing.services.payment_audit import state_of
from subscriptions.demo.ledger import Ledger

Action = PaymentAuditLog.Action


class Receiving:
    """Receives payments and applies them."""

    def __init__(self, ledger: Ledger, *, by: User) -> None:
        self.ledger, self.by = ledger, by

    def receive(self, customer: Customer, cents: int, channel: str, at: datetime, **fields: Any) -> Payment:
        """Money comes in; the gateway's is money only when the gateway says so, two minutes later."""
        waits = channel == Payment.Channel.GATEWAY
        payment = Payment(customer=customer, amount_cents=cents, channel=channel, received_at=at, **fields)
        payment.currency = self.ledger.tenant.currency
        payment.status = Payment.Status.INITIATED if waits else Payment.Status.SUCCEEDED
        by = payment.collected_by or self.by
        self.ledger.add(payment, at, by=by)
        self._step(payment, Action.SUBMITTED if waits else Action.CREATED, at, before=None, by=by)
        if waits:
            before, at = state_of(payment), at + timedelta(minutes=2)
            payment.status = Payment.Status.SUCCEEDED
            self.ledger.changed(payment, at, reason="The gateway says so")
            self._step(payment, Action.STATUS_CHANGED, at, before=before, by=None)
        return payment

    def apply(self, payment: Payment, to: Allocation, cents: int, *, rule: str, at: datetime, rank: int = 1) -> None:
        """Let so much of a payment pay for a sale, an invoice or an opening balance; `to` names which."""
        at = at + timedelta(minutes=2, seconds=rank)
        by = payment.collected_by or self.by
        to.payment, to.amount_cents, to.rule, to.rank, to.created_by = payment, cents, rule, rank, by
        self.ledger.add(to, at)
        before = state_of(payment)
        payment.allocated_cents += cents
        self.ledger.changed(payment, at, by=by)
        self._step(payment, Action.ALLOCATED, at, before=before, by=by, notes=rule)
        target: Any = to.sale or to.invoice or to.opening_balance_customer
        if isinstance(target, Customer):
            target.opening_balance_allocated_cents += cents
        else:
            target.allocated_cents += cents
        self._settle(target, at)
        self.ledger.changed(target, at, by=by)

    def _settle(self, target: Any, at: datetime) -> None:
        if isinstance(target, Sale):
            target.status = sale_status(
                status=target.status, balance_cents=target.balance_cents, is_invoiced=False, is_invoice_paid=False
            )
        if isinstance(target, Invoice):
            target.status = target.status_at(at)
            target.paid_at = at if target.status == Invoice.Status.PAID else None
            for sale in self.ledger.rows[Sale]:
                if sale.invoice_id == target.pk and target.paid_at:
                    sale.status = Sale.Status.COMPLETED
                    self.ledger.changed(sale, at, by=self.by)

    def _step(
        self, payment: Payment, action: str, at: datetime, *, before: Any, by: User | None, notes: str = ""
    ) -> None:
        step = PaymentAuditLog(payment=payment, action=action, performed_by=by, previous_state=before, notes=notes)
        step.new_state = state_of(payment)
        self.ledger.add(step, at)
