"""What the office does with a payment: approve or reject one that waits; give back, correct or reverse one that came in."""

from typing import Any

from django import forms
from django.utils import timezone

from accounts.admin import ReasonForm, RowAction, row_action
from billing.admin.money import AmountField, grouped
from billing.models import Payment
from billing.services import (
    approve_payment,
    change_payment_amount,
    refund_payment,
    reject_payment,
    reverse_payment,
)
from billing.services.payment_amount import CORRECTABLE, SAID_BY_A_MACHINE
from billing.services.verification import MAY_WAIT

VERIFY = "billing.verify_payment"


class RemarkForm(forms.Form):
    """What was looked at, if anything is worth noting."""

    reason = forms.CharField(
        label="What you looked at",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="If worth noting; kept in the history with your name.",
    )


class Verification(RowAction):
    """Verifying a payment that waits; by somebody who neither collected nor recorded it."""

    @classmethod
    def is_offered(cls, row: Payment) -> bool:
        waits = row.verification_status == Payment.Verification.PENDING_VERIFICATION
        return waits and row.status in MAY_WAIT


@row_action(Payment, "approve", permission=VERIFY)
class ApprovePayment(Verification):
    """Let it count."""

    label, done, is_main = "Approve…", "The payment is approved: it counts from now on.", True
    means = (
        "The payment counts as money in from now on and pays for its sale, as far as the sale still asks. Only somebody who "
        "neither collected nor recorded it can approve it."
    )
    form_class = RemarkForm

    def act(self, row: Payment, values: dict[str, Any]) -> None:
        approve_payment(actor=self.request.user, payment=row, now=timezone.now(), **values)


@row_action(Payment, "reject", permission=VERIFY)
class RejectPayment(Verification):
    """Refuse it."""

    label, done = "Reject…", "The payment is rejected: it never counts."
    means = "The payment never counts. It stays as a record of what was claimed, with your reason."
    form_class = ReasonForm

    def act(self, row: Payment, values: dict[str, Any]) -> None:
        reject_payment(actor=self.request.user, payment=row, **values)


@row_action(Payment, "reverse", permission="billing.reverse_payment")
class ReversePayment(RowAction):
    """Take it back."""

    label, done = "Reverse…", "The payment is reversed: what it paid for is owed again."
    means = (
        "For a bounced cheque or a typing error. The payment counts no more, and what it paid for is owed again. Nothing is "
        "deleted: reversing rows are added, with your reason."
    )
    form_class = ReasonForm

    @classmethod
    def is_offered(cls, row: Payment) -> bool:
        return row.status in {Payment.Status.SUCCEEDED, Payment.Status.PENDING} and not row.refunded_cents

    def act(self, row: Payment, values: dict[str, Any]) -> None:
        reverse_payment(actor=self.request.user, payment=row, now=self.now, **values)


class RefundForm(ReasonForm):
    """How much goes back, by which transfer, and why."""

    amount_cents = AmountField(label="Amount to give back")
    reference = forms.CharField(
        label="Reference", required=False, max_length=100, help_text="Of the outgoing transfer, if there is one."
    )
    field_order = ("amount_cents", "reference", "reason")

    def __init__(self, data: Any, payment: Payment) -> None:
        left = payment.amount_cents - payment.refunded_cents
        super().__init__(data, initial={"amount_cents": payment.unallocated_cents or left})
        lying, currency = payment.unallocated_cents, payment.currency
        free = f"{grouped(lying, currency)} of them pay for nothing yet" if lying else ""
        most = f"At most {grouped(left, currency)} {currency}"
        self.fields["amount_cents"].currency = currency
        self.fields["amount_cents"].help_text = f"{most}; {free}." if free else f"{most}."


@row_action(Payment, "refund", permission="billing.refund_payment")
class RefundPayment(RowAction):
    """All of it, or part, goes back."""

    label, done = "Give back…", "The money is given back."
    means = (
        "Money goes back to the customer: first what pays for nothing yet, then what was applied last, which is owed again. "
        "Nothing is deleted: the refund is a row of its own, with your reason."
    )

    @classmethod
    def is_offered(cls, row: Payment) -> bool:
        return row.is_money and row.amount_cents > row.refunded_cents

    def make_form(self, data: Any = None) -> RefundForm:
        return RefundForm(data, self.row)

    def act(self, row: Payment, values: dict[str, Any]) -> None:
        refund_payment(actor=self.request.user, payment=row, now=self.now, **values)


class AmountForm(ReasonForm):
    """What really came in, and how it came to be wrong."""

    amount_cents = AmountField(label="What really came in")
    field_order = ("amount_cents", "reason")

    def __init__(self, data: Any, payment: Payment) -> None:
        super().__init__(data, initial={"amount_cents": payment.amount_cents})
        used = grouped(payment.allocated_cents + payment.refunded_cents, payment.currency)
        self.fields["amount_cents"].in_currency(payment.currency, f"; not below the {used} that are used")


@row_action(Payment, "amount", permission="billing.correct_payment")
class CorrectAmount(RowAction):
    """It was typed wrongly."""

    label, done = "Correct the amount…", "The amount is corrected."
    means = (
        "For a typing error in a payment that nobody has approved or signed for. What it pays for stays as it is; the rest is "
        "the customer's credit. Who corrects an amount cannot approve the payment."
    )

    @classmethod
    def is_offered(cls, row: Payment) -> bool:
        is_open = row.status in CORRECTABLE and row.verification_status != Payment.Verification.APPROVED
        return is_open and row.unallocated_cents > 0 and row.channel not in SAID_BY_A_MACHINE

    def make_form(self, data: Any = None) -> AmountForm:
        return AmountForm(data, self.row)

    def act(self, row: Payment, values: dict[str, Any]) -> None:
        change_payment_amount(actor=self.request.user, payment=row, **values)
