"""What the office plans: products and their prices, standing orders, pauses and other changes, and their end."""

from decimal import Decimal
from typing import Any

from django import forms

from accounts.admin import ActionPage, ReasonForm, RowAction, page_of, row_action, staff_page
from accounts.ids import new_id
from billing.admin.money import AmountField
from billing.models import Customer
from subscriptions.admin.day_actions import QuantityField
from subscriptions.admin.day_list import bare
from subscriptions.admin.day_page import BusinessPage
from subscriptions.models import Product, ProductPrice, StandingOrder, StandingOrderChange
from subscriptions.selectors.prices import price_on
from subscriptions.services import (
    change_standing_order,
    create_product,
    end_change,
    end_standing_order,
    set_price,
    set_product_active,
    start_standing_order,
    withdraw_change,
)

PRICE, PLAN = "subscriptions.price_products", "subscriptions.plan_orders"
DATE = {"type": "date"}


def day_field(label: str, **options: Any) -> forms.DateField:
    """A day, chosen from a calendar."""
    return forms.DateField(label=label, widget=forms.DateInput(attrs=DATE), **options)


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
    valid_from = day_field("From")

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
class NewProduct(BusinessPage, ActionPage):
    """Something new to deliver."""

    label, done = "Add a product", "The product is added: standing orders can ask for it."
    permission_required = PRICE
    template_name = "billing/acting.html"
    means = "What is delivered, and what it costs from a day on. A later price changes nothing that was ordered before."
    made: Product | None = None

    def make_form(self, data: Any = None) -> ProductForm:
        form = ProductForm(data, initial={"valid_from": self.today, "id": new_id()})
        form.fields["unit_price_cents"].help_text = f"In {self.tenant.currency}, such as 123.45."
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
        form.fields["unit_price_cents"].help_text = f"In {self.row.tenant.currency}, for one {self.row.unit}."
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


class StandingOrderForm(forms.Form):
    """What a customer wants, how much, from when on."""

    product = forms.ModelChoiceField(label="Product", queryset=Product.objects.none(), empty_label=None)
    quantities = forms.CharField(
        label="How much each day",
        max_length=400,
        help_text="2 is two every day. Several repeat day by day: 2 0 is two every other day, seven are a week.",
    )
    slot = forms.ChoiceField(label="Part of the day", required=False)
    starts_on = day_field("From")
    ends_on = day_field("Until", required=False, help_text="Empty: until somebody ends it.")
    id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any, customer: Customer, today: Any) -> None:
        super().__init__(data, initial={"starts_on": today, "id": new_id()})
        products = Product.objects.of_tenant(customer.tenant).filter(is_active=True)  # type: ignore[attr-defined]
        self.fields["product"].queryset = products.order_by("name")  # type: ignore[attr-defined]
        slots = customer.round.slots if customer.round else []
        self.fields["slot"].choices = [("", "none in particular"), *((slot, slot) for slot in slots)]  # type: ignore[attr-defined]

    def clean_quantities(self) -> list[str]:
        """The quantities as they were typed, one for each day of the cycle."""
        return self.cleaned_data["quantities"].replace(",", " ").split()


@row_action(Customer, "standing-order", permission=PLAN)
class StartStandingOrder(RowAction):
    """What a customer gets without asking."""

    label, done = "New standing order…", "The standing order is noted: generate its days on the page Today."
    means = "What the customer wants from a day on, until somebody ends it. Its orders are generated day by day."
    made: StandingOrder | None = None

    def make_form(self, data: Any = None) -> StandingOrderForm:
        return StandingOrderForm(data, self.row, self.row.tenant.day_of(self.now))

    def act(self, row: Customer, values: dict[str, Any]) -> None:
        self.made = start_standing_order(actor=self.request.user, customer=row, **values)

    def leads_to(self, row: Customer) -> str:
        return page_of(self.made) if self.made else page_of(row)


class ChangeForm(forms.Form):
    """What is different, on which days."""

    kind = forms.ChoiceField(
        label="What is different",
        choices=[
            ("SKIP", "Nothing at all: a pause"),
            ("INCREASE", "More"),
            ("DECREASE", "Less"),
            ("NOTE", "Only a note"),
        ],
    )
    quantity = QuantityField(label="By how much", required=False, help_text="For more or less: on each of the days.")
    first_day = day_field("From")
    last_day = day_field("Until", required=False, help_text="Empty: until somebody ends it.")
    note = forms.CharField(label="Note for who delivers", required=False, max_length=500)
    id = forms.UUIDField(widget=forms.HiddenInput)


class OfStandingOrder(RowAction):
    """An action on a standing order: what follows must be generated."""

    @property
    def today(self) -> Any:
        """Today where the business is."""
        return self.row.tenant.day_of(self.now)


@row_action(StandingOrder, "change", permission=PLAN)
class ChangeStandingOrder(OfStandingOrder):
    """Some days are different."""

    label, done, is_main = (
        "Pause or change…",
        "The change is noted. Generate the days again that were generated already.",
        True,
    )
    means = "On these days the customer gets nothing, more or less. A pause wins over everything else on its days."

    def make_form(self, data: Any = None) -> ChangeForm:
        return ChangeForm(data, initial={"first_day": self.today, "id": new_id()})

    def act(self, row: StandingOrder, values: dict[str, Any]) -> None:
        change_standing_order(actor=self.request.user, standing_order=row, **values)


class EndForm(ReasonForm):
    """Its last day, and why."""

    ends_on = day_field("Last day")
    field_order = ("ends_on", "reason")


@row_action(StandingOrder, "end", permission=PLAN)
class EndStandingOrder(OfStandingOrder):
    """The customer wants it no more."""

    label, done = "End…", "The standing order ends then. Generate later days again that were generated already."
    means = "The last day is delivered, then nothing more. What was delivered stays as it is."

    def make_form(self, data: Any = None) -> EndForm:
        return EndForm(data, initial={"ends_on": self.row.ends_on or self.today})

    def act(self, row: StandingOrder, values: dict[str, Any]) -> None:
        end_standing_order(actor=self.request.user, standing_order=row, **values)


class EndChangeForm(ReasonForm):
    """Which change, and its last day; without one it is taken back altogether."""

    change = forms.ModelChoiceField(label="Which change", queryset=StandingOrderChange.objects.none(), empty_label=None)
    last_day = day_field(
        "Last day", required=False, help_text="Empty: it is taken back, as if it had never been noted."
    )
    field_order = ("change", "last_day", "reason")

    def __init__(self, data: Any, standing_order: StandingOrder) -> None:
        super().__init__(data)
        standing = standing_order.changes.filter(withdrawn_at=None).order_by("-first_day", "pk")
        self.fields["change"].queryset = standing  # type: ignore[attr-defined]


@row_action(StandingOrder, "end-change", permission=PLAN)
class EndChange(OfStandingOrder):
    """The holiday is over."""

    label, done = "End or take back a change…", "Done. Generate the days again that were generated already."
    means = "A pause that is over gets its last day. A change that was a mistake is taken back."

    def make_form(self, data: Any = None) -> EndChangeForm:
        return EndChangeForm(data, self.row)

    def act(self, row: StandingOrder, values: dict[str, Any]) -> None:
        asked = {"actor": self.request.user, "change": values["change"], "reason": values["reason"]}
        if values["last_day"]:
            end_change(last_day=values["last_day"], **asked)
        else:
            withdraw_change(now=self.now, **asked)
