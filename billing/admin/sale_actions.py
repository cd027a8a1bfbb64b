"""What the office does with a sale: record goods that came back, cancel it."""

from typing import Any

from django import forms

from accounts.admin import ReasonForm, RowAction, row_action
from accounts.ids import new_id
from billing.admin.money import AmountField
from billing.models import Sale, SaleLine
from billing.services import cancel_sale, record_return

MOST_LINES = 200


class ReturnForm(ReasonForm):
    """What came back: a quantity of each line, or an amount."""

    amount_cents = AmountField(required=False, label="Amount")
    return_key = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)

    def __init__(self, data: Any, sale: Sale) -> None:
        super().__init__(data, initial={"return_key": f"admin-{new_id()}"})
        self.lines = list(SaleLine.objects.filter(sale=sale).order_by("pk")[:MOST_LINES])
        help_text = "or an amount instead of quantities" if self.lines else "what the sale asks less"
        self.fields["amount_cents"].in_currency(sale.currency, f"; {help_text}")
        for line in self.lines:
            self.fields[quantity_of(line)] = forms.DecimalField(
                min_value=0,
                max_digits=12,
                decimal_places=3,
                required=False,
                label=f"{line.description}: how many came back",
                help_text=f"of {line.quantity.normalize():f} sold",
            )
        self.order_fields([*map(quantity_of, self.lines), "amount_cents", "reason"])

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        values["lines"] = [
            {"line": line, "quantity": values.get(quantity_of(line))}
            for line in self.lines
            if values.get(quantity_of(line))
        ]
        if not self.errors and bool(values["lines"]) == bool(values.get("amount_cents")):
            either = "how many of each came back, or an amount" if self.lines else "the amount that came back"
            raise forms.ValidationError(f"Say {either}: one of them, and not nothing.")
        return values

    def asked(self) -> dict[str, Any]:
        """What was filled in, for the service."""
        names = ("reason", "amount_cents", "lines", "return_key")
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data[name]}


def quantity_of(line: SaleLine) -> str:
    """The name of a line's field."""
    return f"quantity-{line.pk}"


@row_action(Sale, "return", permission="billing.record_return")
class RecordReturn(RowAction):
    """Goods came back."""

    label, done = "Record a return…", "The return is recorded: the sale asks for less."
    means = "The sale asks for less by what came back. What was paid beyond that is the customer's credit again."

    @classmethod
    def is_offered(cls, row: Sale) -> bool:
        return row.status != Sale.Status.CANCELLED and row.returned_cents < row.total_cents

    def make_form(self, data: Any = None) -> ReturnForm:
        return ReturnForm(data, self.row)

    def act(self, row: Sale, values: dict[str, Any]) -> None:
        record_return(actor=self.request.user, sale=row, **self.form.asked())


@row_action(Sale, "cancel", permission="billing.cancel_sale")
class CancelSale(RowAction):
    """It was never meant to be."""

    label, done = "Cancel…", "The sale is cancelled: it asks for nothing."
    means = (
        "The sale asks for nothing any more. What was paid for it is the customer's credit again. It stays in the books, with "
        "your reason."
    )
    form_class = ReasonForm

    @classmethod
    def is_offered(cls, row: Sale) -> bool:
        return row.status != Sale.Status.CANCELLED

    def act(self, row: Sale, values: dict[str, Any]) -> None:
        cancel_sale(actor=self.request.user, sale=row, **values)
