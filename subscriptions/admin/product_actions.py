"""What the office does with products: add one, set a price from a day on, take one out of the range and back."""

from decimal import Decimal
from typing import Any

from django import forms

from accounts.admin import ActionPage, DayField, ReasonForm, RowAction, page_of, row_action, staff_page
from accounts.ids import new_id
from billing.admin.money import AmountField
from subscriptions.admin.day_list import bare
from subscriptions.admin.day_page import RoundPage
from subscriptions.models import Product, ProductPrice
from subscriptions.selectors.prices import price_on
from subscriptions.services import create_product, set_price, set_product_active

PRICE = "subscriptions.price_products"


class PriceForm(forms.Form):
    """What it costs, how much tax is in it, from which day on."""

    unit_price_cents = AmountField(label="Price of one, tax included")
    tax_percent = forms.DecimalField(
        label="Tax in it, in percent",
        min_value=0,
        max_value=100,
        decimal_places=2,
        initial=0,
        help_text="such as 5 or 12.5",
    )
    valid_from = DayField(label="From")

    def asked(self) -> dict[str, Any]:
        """The price for services."""
        values = self.cleaned_data
        return {
            "unit_price_cents": values["unit_price_cents"],
            "tax_rate_bps": int(values["tax_percent"] * 100),
            "valid_from": values["valid_from"],
        }


class ProductForm(PriceForm):
    """What it is, and what it costs."""

    code = forms.CharField(label="Code", max_length=40, help_text="Short, unique: stands on lists and sheets.")
    name = forms.CharField(label="Name", max_length=100)
    unit = forms.CharField(label="Unit", max_length=20, help_text="What a quantity of one is, such as litre or 500 g.")
    id = forms.UUIDField(widget=forms.HiddenInput)
    field_order = ("code", "name", "unit")


@staff_page("dairy/new-product/", name="new-product")
class NewProduct(RoundPage, ActionPage):
    """Something new to deliver."""

    label, done = "Add a product", "The product is added: standing orders can ask for it."
    permission_required = PRICE
    template_name = "billing/acting.html"
    means = "What is delivered, and what it costs from a day on. A later price changes nothing that was ordered before."
    made: Product | None = None

    def make_form(self, data: Any = None) -> ProductForm:
        form = ProductForm(data, initial={"valid_from": self.today, "id": new_id()})
        form.fields["unit_price_cents"].in_currency(self.tenant.currency)
        return form

    def perform(self, values: dict[str, Any]) -> None:
        about = {name: values[name] for name in ("code", "name", "unit", "id")}
        self.made = create_product(actor=self.request.user, tenant=self.tenant, **about, **self.form.asked())  # type: ignore[union-attr]

    def get_trail(self) -> list[tuple[str, str]]:
        return [("Products", self.back())]

    def back(self) -> str:
        return self.address("subscriptions_product_changelist").partition("?")[0]

    def onward(self) -> str:
        return page_of(self.made) if self.made else self.back()


@row_action(Product, "price", permission=PRICE)
class NewPrice(RowAction):
    """It costs something else from a day on."""

    label, done, is_main = "New price…", "The price is set.", True
    means = (
        "From this day on it costs this. What was ordered, delivered or billed keeps its price; orders that are still to "
        "deliver take the new one when their day is generated anew. A price of the very same day is corrected."
    )

    def make_form(self, data: Any = None) -> PriceForm:
        today = self.row.tenant.day_of(self.now)
        price: ProductPrice | None = price_on(self.row, today)
        initial = {"valid_from": today, "tax_percent": bare(Decimal(price.tax_rate_bps) / 100) if price else 0}
        form = PriceForm(data, initial=initial)
        form.fields["unit_price_cents"].in_currency(self.row.tenant.currency, f", for one {self.row.unit}")
        return form

    def act(self, row: Product, values: dict[str, Any]) -> None:
        set_price(actor=self.request.user, product=row, **self.form.asked())  # type: ignore[union-attr]


@row_action(Product, "retire", permission=PRICE)
class TakeOut(RowAction):
    """It is not delivered any more."""

    label, done = "Take out of the range…", "The product is out of the range: nobody can order it anew."
    means = "It is neither ordered anew nor generated. What was delivered stays as it is. It can be taken back later."
    form_class = ReasonForm

    @classmethod
    def is_offered(cls, row: Product) -> bool:
        return row.is_active

    def act(self, row: Product, values: dict[str, Any]) -> None:
        set_product_active(actor=self.request.user, product=row, is_active=False, **values)


@row_action(Product, "restore", permission=PRICE)
class TakeBack(RowAction):
    """It is delivered again."""

    label, done = "Take back into the range…", "The product is back in the range."
    means = "It can be ordered again, and standing orders that still run are generated again."
    form_class = ReasonForm

    @classmethod
    def is_offered(cls, row: Product) -> bool:
        return not row.is_active

    def act(self, row: Product, values: dict[str, Any]) -> None:
        set_product_active(actor=self.request.user, product=row, is_active=True, **values)
