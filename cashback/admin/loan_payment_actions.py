"""What the office does with a loan payment: verify or reject one that waits, correct or delete one that is wrong."""

from typing import Any

from accounts.admin import DayField, ReasonForm, RowAction, row_action
from billing.admin.money import AmountField
from cashback.admin.people_rows import CashbackForm
from cashback.admin.preview import would_earn_glance
from cashback.admin.work_list import ListedAction, SeenAction
from cashback.models import LoanPayment
from cashback.services import (
    change_loan_payment,
    delete_loan_payment,
    reject_loan_payment,
    verify_loan_payment,
)

PAY = "cashback.pay_loan"


@row_action(LoanPayment, "verify", permission=PAY)
class VerifyLoanPayment(SeenAction):
    """It came in."""

    label, is_main = "Verify…", True
    done = "The payment is verified: it counts, and its cashback is booked."
    work_list = "cashback-to-verify"
    template_name = "cashback/rows_action.html"
    means = (
        "The payment counts from now on: its principal comes off the loan, its interest is paid, and cashback is earned on the "
        "interest. Only somebody who neither submitted nor changed it verifies it."
    )
    form: CashbackForm | None = None  # type: ignore[assignment]

    @classmethod
    def is_offered(cls, row: LoanPayment) -> bool:
        return row.status == LoanPayment.Status.PENDING and row.deleted_at is None

    def make_form(self, data: Any = None) -> CashbackForm:
        return CashbackForm(data, self.row.tenant, self.row.seen)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "glances": [would_earn_glance(self.row)]}

    def act(self, row: LoanPayment, values: dict[str, Any]) -> None:
        earned = self.form.earned() if self.form else {}
        verify_loan_payment(actor=self.request.user, payment=row, now=self.now, **earned)


@row_action(LoanPayment, "reject", permission=PAY)
class RejectLoanPayment(ListedAction):
    """It did not come in."""

    label = "Reject…"
    done = "The payment is rejected; whatever it paid and earned is taken back."
    work_list = "cashback-to-verify"
    means = (
        "The payment counts for nothing. If it was verified (the cheque bounced), its principal is owed again and its cashback "
        "is taken back; what was spent of it becomes a debt. Payments that were split beside it wait again."
    )
    form_class = ReasonForm

    @classmethod
    def is_offered(cls, row: LoanPayment) -> bool:
        return row.status != LoanPayment.Status.REJECTED and row.deleted_at is None

    def act(self, row: LoanPayment, values: dict[str, Any]) -> None:
        reject_loan_payment(actor=self.request.user, payment=row, now=self.now, **values)


class ChangeForm(ReasonForm):
    """What it really was, and how it came to be wrong."""

    amount_cents = AmountField(label="What really came in")
    interest_cents = AmountField(label="Of it interest", required=False)
    payment_date = DayField(label="Paid on")
    field_order = ("amount_cents", "interest_cents", "payment_date", "reason")

    def __init__(self, data: Any, row: LoanPayment) -> None:
        by_hand = row.interest_cents if row.is_split_by_hand else None
        known = {"amount_cents": row.amount_cents, "interest_cents": by_hand, "payment_date": row.payment_date}
        super().__init__(data, initial=known)
        self.fields["amount_cents"].in_currency(row.loan.currency)
        more = "; empty: what is due by the day is interest, the rest principal"
        self.fields["interest_cents"].in_currency(row.loan.currency, more)


@row_action(LoanPayment, "change", permission=PAY)
class ChangeLoanPayment(RowAction):
    """It was typed wrongly."""

    label, done = "Correct…", "The payment is corrected: it waits to be verified again."
    means = (
        "The payment is split anew and waits again, and so do payments that were split beside it. What it paid and earned is "
        "taken back; who corrects it cannot verify it."
    )

    @classmethod
    def is_offered(cls, row: LoanPayment) -> bool:
        return row.deleted_at is None

    def make_form(self, data: Any = None) -> ChangeForm:
        return ChangeForm(data, self.row)

    def act(self, row: LoanPayment, values: dict[str, Any]) -> None:
        change_loan_payment(actor=self.request.user, payment=row, now=self.now, **values)


@row_action(LoanPayment, "delete", permission=PAY)
class DeleteLoanPayment(RowAction):
    """It never was."""

    label, done = "Delete…", "The payment is deleted; whatever it paid and earned is taken back."
    means = (
        "For a payment that was entered by mistake. What it paid and earned is taken back, and payments that were split beside "
        "it wait again; the row stays, with your reason."
    )
    form_class = ReasonForm

    @classmethod
    def is_offered(cls, row: LoanPayment) -> bool:
        return row.deleted_at is None

    def act(self, row: LoanPayment, values: dict[str, Any]) -> None:
        delete_loan_payment(actor=self.request.user, payment=row, now=self.now, **values)
