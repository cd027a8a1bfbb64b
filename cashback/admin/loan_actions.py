"""What the office does with loans: open one, record what is paid on it, close it when it is paid back, delete a mistake."""

from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.admin import ActionPage, DayField, ReasonForm, RowAction, page_of, row_action, staff_page
from billing.admin.money import AmountField
from cashback.admin.business_page import PointsOfBusiness
from cashback.admin.people import PersonField
from cashback.models import Loan, LoanPayment
from cashback.services import close_loan, delete_loan, open_loan, record_loan_payment

OPEN, PAY = "cashback.open_loan", "cashback.pay_loan"
PERCENT = 100
NOTES = {"required": False, "max_length": 2000, "widget": forms.Textarea(attrs={"rows": 2})}


class PercentField(forms.DecimalField):
    """A share typed in per cent, given on as a fraction."""

    def __init__(self, *, decimals: int, **options: Any) -> None:
        widget = UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(
            min_value=0, max_value=PERCENT, max_digits=7, decimal_places=decimals, widget=widget, **options
        )

    def clean(self, value: Any) -> Decimal | None:
        percent = super().clean(value)
        return None if percent is None else percent / PERCENT


class LoanForm(forms.Form):
    """What is lent, to whom, at which rate."""

    loan_name = forms.CharField(label="What for", max_length=100, help_text="Such as Shop loan.")
    principal_cents = AmountField(label="Lent")
    interest_rate = PercentField(label="Interest a year, in per cent", decimals=4, help_text="Such as 12.")
    started_on = DayField(label="Lent on")
    loan_type = forms.ChoiceField(label="Paid back", choices=Loan.LoanType.choices)
    payment_frequency = forms.ChoiceField(
        label="How often", choices=Loan.Frequency.choices, initial=Loan.Frequency.MONTHLY
    )
    day_count = forms.ChoiceField(label="Days of a year", choices=Loan.DayCount.choices)
    customer_notes = forms.CharField(label="Notes that the borrower reads", **NOTES)
    admin_notes = forms.CharField(label="Notes for the office", **NOTES)

    def __init__(self, data: Any, tenant: Any, today: Any) -> None:
        super().__init__(data, initial={"started_on": today})
        self.fields["customer"] = PersonField(tenant, label="Borrower")
        self.fields["principal_cents"].in_currency(tenant.currency)
        self.order_fields(["customer"])


@staff_page("cashback/open-loan/", name="cashback-open-loan")
class OpenLoanPage(PointsOfBusiness, ActionPage):
    """Money is lent."""

    label, done = "Open a loan", "The loan is open: here it is."
    permission_required = OPEN
    template_name = "cashback/action.html"
    means = "Interest accrues from the day on which it was lent, by whole days on what is left of the principal."
    loan: Loan | None = None

    def make_form(self, data: Any = None) -> LoanForm:
        return LoanForm(data, self.tenant, self.today)

    def perform(self, values: dict[str, Any]) -> None:
        self.loan = open_loan(actor=self.request.user, tenant=self.tenant, now=self.now, **values)

    def get_trail(self) -> list[tuple[str, str]]:
        return [("Loans", self.back())]

    def back(self) -> str:
        return reverse("admin:cashback_loan_changelist")

    def onward(self) -> str:
        return page_of(self.loan) if self.loan else self.back()


class PaymentForm(forms.Form):
    """What was paid, when and how."""

    amount_cents = AmountField(label="Amount")
    payment_date = DayField(label="Paid on")
    payment_method = forms.ChoiceField(label="How", choices=LoanPayment.Method.choices)
    transaction_id = forms.CharField(
        label="Reference", required=False, max_length=100, help_text="Of the transfer, if there is one."
    )
    interest_cents = AmountField(label="Of it interest", required=False)

    def __init__(self, data: Any, loan: Loan, today: Any) -> None:
        super().__init__(data, initial={"payment_date": today})
        self.fields["amount_cents"].in_currency(loan.currency)
        more = "; empty: what is due by the day is interest, the rest principal"
        self.fields["interest_cents"].in_currency(loan.currency, more)


@row_action(Loan, "pay", permission=PAY)
class RecordLoanPayment(RowAction):
    """Something was paid."""

    label, done, is_main = "Record a payment…", "The payment is recorded: a colleague verifies it.", True
    means = (
        "The payment waits until somebody else of the office verifies it. Interest that is due is paid first, the rest is "
        "principal."
    )

    @classmethod
    def is_offered(cls, row: Loan) -> bool:
        return row.status == Loan.Status.ACTIVE

    def make_form(self, data: Any = None) -> PaymentForm:
        return PaymentForm(data, self.row, self.row.tenant.day_of(self.now))

    def act(self, row: Loan, values: dict[str, Any]) -> None:
        self.payment = record_loan_payment(actor=self.request.user, loan=row, now=self.now, **values)

    def leads_to(self, row: Loan) -> str:
        return page_of(self.payment)


@row_action(Loan, "close", permission=OPEN)
class CloseLoan(RowAction):
    """It is paid back."""

    label, done = "Close…", "The loan is closed."
    means = "For a loan on which neither principal nor interest is left, and no payment waits."

    @classmethod
    def is_offered(cls, row: Loan) -> bool:
        return row.status == Loan.Status.ACTIVE

    def act(self, row: Loan, values: dict[str, Any]) -> None:
        close_loan(actor=self.request.user, loan=row, now=self.now)


@row_action(Loan, "delete", permission=OPEN)
class DeleteLoan(RowAction):
    """It never was."""

    label, done = "Delete…", "The loan is deleted; its row stays, under its number."
    means = (
        "For a loan that was entered by mistake, on which no payment counts or waits. The row stays, with your reason."
    )
    form_class = ReasonForm

    @classmethod
    def is_offered(cls, row: Loan) -> bool:
        return row.status == Loan.Status.ACTIVE

    def act(self, row: Loan, values: dict[str, Any]) -> None:
        delete_loan(actor=self.request.user, loan=row, now=self.now, **values)
