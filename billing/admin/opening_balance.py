"""Correcting a customer's opening balance on their page: by an entry with a reason."""

from typing import Any

from accounts.admin import ReasonForm, RowAction, row_action
from billing.admin.money import AmountField, grouped
from billing.models import Customer
from billing.services import correct_opening_balance


class OpeningBalanceForm(ReasonForm):
    """What it really was, and why it was wrong."""

    opening_balance_cents = AmountField(label="What was really owed")
    field_order = ("opening_balance_cents", "reason")

    def __init__(self, data: Any, customer: Customer) -> None:
        super().__init__(data, initial={"opening_balance_cents": customer.opening_balance_cents})
        currency = customer.tenant.currency
        paid = grouped(customer.opening_balance_allocated_cents, currency)
        self.fields["opening_balance_cents"].in_currency(currency, f"; not below the {paid} that are paid of it")


@row_action(Customer, "opening-balance", permission="billing.correct_opening_balance")
class CorrectOpeningBalance(RowAction):
    """The paper book said something else."""

    label, done = (
        "Correct the opening balance…",
        "The opening balance is corrected; the statement shows by how much and why.",
    )
    means = (
        "What the customer owed before this system knew them changes by an entry with your reason, which their statement shows. "
        "What is paid of it stays as it is."
    )

    def make_form(self, data: Any = None) -> OpeningBalanceForm:
        return OpeningBalanceForm(data, self.row)

    def act(self, row: Customer, values: dict[str, Any]) -> None:
        correct_opening_balance(actor=self.request.user, customer=row, **values)
