"""What the office does with a payment: approve or reject one that waits, reverse one that came in."""

from typing import Any

from django import forms
from django.utils import timezone

from accounts.admin import ReasonForm, RowAction, row_action
from billing.models import Payment
from billing.services import approve_payment, reject_payment, reverse_payment
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
