"""What the office does for a customer: grant goodwill, and draft an invoice for what was sold or for anything else."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef

from accounts.admin import ReasonForm, RowAction, page_of, row_action, when
from billing.admin.money import AmountField, grouped
from billing.models import Customer, Invoice, InvoiceLine, Sale
from billing.services import draft_invoice, grant_credit
from billing.services.holding import SALE

MOST_SALES = 50
OWN_LINES = 3


class GoodwillForm(ReasonForm):
    """How much, and why."""

    amount_cents = AmountField(label="Amount")
    field_order = ("amount_cents", "reason")

    def __init__(self, data: Any, customer: Customer) -> None:
        super().__init__(data)
        self.fields["amount_cents"].in_currency(customer.tenant.currency)


@row_action(Customer, "goodwill", permission="billing.grant_credit")
class GrantGoodwill(RowAction):
    """Money that the business gives without having received any."""

    label, done = "Goodwill…", "The goodwill is granted: apply it to what the customer owes."
    means = (
        "The customer gets a credit with no payment behind it. It can pay for their invoices, sales and opening balance, whole "
        "or in part, and counts as collected by nobody. A mistake is made void on the credit's page."
    )

    def make_form(self, data: Any = None) -> GoodwillForm:
        return GoodwillForm(data, self.row)

    def act(self, row: Customer, values: dict[str, Any]) -> None:
        self.granted = grant_credit(actor=self.request.user, customer=row, **values)

    def leads_to(self, row: Customer) -> str:
        return page_of(self.granted)


class DraftForm(forms.Form):
    """What is billed: sales that no invoice bills yet, and lines of one's own."""

    source = forms.ChoiceField(label="Source", choices=Invoice.Source.choices, initial=Invoice.Source.SALES)
    description = forms.CharField(label="Description", required=False, max_length=200)

    def __init__(self, data: Any, customer: Customer) -> None:
        super().__init__(data)
        currency = customer.tenant.currency
        self.sales = {f"sale-{sale.pk}": sale for sale in unbilled_sales(customer)}
        for name, sale in self.sales.items():
            self.fields[name] = forms.BooleanField(
                required=False,
                initial=sale.balance_cents > 0,
                label=f"Sale {sale}, {when(sale.sold_at)}",
                help_text=f"{grouped(sale.net_cents, currency)} {currency}, of which "
                f"{grouped(sale.allocated_cents, currency)} is paid",
            )
        for number in range(1, OWN_LINES + 1):
            what, quantity, price = parts_of(number)
            self.fields[what] = forms.CharField(label=f"Line {number}: what", required=False, max_length=200)
            self.fields[quantity] = forms.DecimalField(
                label=f"Line {number}: quantity",
                required=False,
                min_value=0,
                max_digits=12,
                decimal_places=3,
                initial=1,
            )
            self.fields[price] = AmountField(
                currency=currency,
                label=f"Line {number}: price of one",
                required=False,
                help_text=f"In {currency}, tax included.",
            )

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        own = list(self.own_lines(values))
        for number, line in own:
            if not line["description"] or line["unit_price_cents"] is None:
                raise forms.ValidationError(f"Line {number} is not whole. Say what it asks for, and the price of one.")
        values["lines"] = [sale for name, sale in self.sales.items() if values.get(name)] + [line for _, line in own]
        if not self.errors and not values["lines"]:
            raise forms.ValidationError("Choose at least one sale, or fill in a line.")
        return values

    def own_lines(self, values: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
        """The lines that were filled in, wholly or not."""
        for number in range(1, OWN_LINES + 1):
            what, quantity, price = parts_of(number)
            if values.get(what) or values.get(price) is not None:
                yield (
                    number,
                    {
                        "description": values.get(what, ""),
                        "quantity": values.get(quantity) or 1,
                        "unit_price_cents": values.get(price),
                    },
                )


def parts_of(number: int) -> tuple[str, str, str]:
    """The names of a line's three fields."""
    return f"line-{number}-what", f"line-{number}-quantity", f"line-{number}-price"


def unbilled_sales(customer: Customer) -> list[Sale]:
    """The customer's newest sales that no live invoice bills, in the currency of the business."""
    bills = InvoiceLine.objects.filter(source_kind=SALE, source_id=OuterRef("pk"), is_live=True)
    standing = Sale.objects.standing().filter(customer=customer, currency=customer.tenant.currency)
    return list(standing.filter(~Exists(bills)).order_by("-sold_at", "-id")[:MOST_SALES])


@row_action(Customer, "invoice", permission="billing.draft_invoice")
class DraftInvoice(RowAction):
    """Ask for money on paper."""

    label, done = "Draft an invoice…", "The draft is made. Look it over, then issue it."
    means = (
        "A draft asks for nothing yet: its sales are reserved, so that no other invoice bills them. Issued on its own page it "
        "gets its number, asks in the place of its sales, and takes over what was paid for them."
    )

    def make_form(self, data: Any = None) -> DraftForm:
        return DraftForm(data, self.row)

    def act(self, row: Customer, values: dict[str, Any]) -> None:
        asked = {name: values[name] for name in ("source", "description", "lines")}
        self.drafted = draft_invoice(actor=self.request.user, customer=row, **asked)

    def leads_to(self, row: Customer) -> str:
        return page_of(self.drafted)
