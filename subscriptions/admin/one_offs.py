"""What happens once: an order of a customer for one day, and something sold over the counter and paid at once."""

from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse

from accounts.admin import ActionPage, DayField, RowAction, page_of, row_action, staff_page
from accounts.ids import new_id
from billing.admin.taking import TAKE
from billing.models import Customer, Payment, Sale
from billing.services import sell_at_counter
from subscriptions.admin.day_page import RoundPage
from subscriptions.admin.fields import QuantityField, products_on_sale
from subscriptions.admin.standing_order_actions import PLAN
from subscriptions.models import DailyOrder, Product
from subscriptions.selectors.prices import price_on
from subscriptions.services import order_for_a_day

MOST_LINES = 4
AT_THE_COUNTER = [(Payment.Channel.CASH, "Cash"), (Payment.Channel.MOBILE_MONEY, "Mobile money (QR code)")]


class OrderForm(forms.Form):
    """What is wanted, how much, on which day."""

    product = forms.ModelChoiceField(label="Product", queryset=Product.objects.none(), empty_label=None)
    quantity = QuantityField(label="How much", initial=1)
    day = DayField(label="On")
    slot = forms.ChoiceField(label="Part of the day", required=False)
    note = forms.CharField(label="Note for who delivers", required=False, max_length=500)
    id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any, customer: Customer, today: Any) -> None:
        super().__init__(data, initial={"day": today, "id": new_id()})
        slots = customer.round.slots if customer.round else []
        self.fields["product"].queryset = products_on_sale(customer.tenant)
        self.fields["slot"].choices = [("", "none in particular"), *((slot, slot) for slot in slots)]  # type: ignore[attr-defined]


@row_action(Customer, "order-for-a-day", permission=PLAN)
class OrderForOneDay(RowAction):
    """Something that a customer wants once."""

    label, done = "Order for one day…", "The order is noted: it stands in the list of its day."
    means = "What the customer wants on one day, besides their standing orders. Generating the day leaves it alone."
    made: DailyOrder | None = None

    def make_form(self, data: Any = None) -> OrderForm:
        return OrderForm(data, self.row, self.row.tenant.day_of(self.now))

    def act(self, row: Customer, values: dict[str, Any]) -> None:
        self.made = order_for_a_day(actor=self.request.user, customer=row, **values)

    def leads_to(self, row: Customer) -> str:
        return page_of(self.made) if self.made else page_of(row)


class CounterForm(forms.Form):
    """What is sold, and how it is paid. `id` makes a second click the same sale."""

    channel = forms.ChoiceField(label="Paid by", choices=AT_THE_COUNTER)
    reference = forms.CharField(label="Reference", required=False, max_length=100, help_text="Of the mobile payment.")
    id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any, tenant: Any, today: Any) -> None:
        super().__init__(data, initial={"id": new_id()})
        self.today = today
        for number in range(1, MOST_LINES + 1):
            is_first = number == 1
            self.fields[f"product-{number}"] = forms.ModelChoiceField(
                products_on_sale(tenant),
                label="Product" if is_first else "And also",
                required=is_first,
                empty_label=None if is_first else "nothing more",
            )
            self.fields[f"quantity-{number}"] = QuantityField(
                label="How much", required=is_first, initial=1 if is_first else None
            )
        self.order_fields([name for name in self.fields if name[-1].isdigit()])

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        values["lines"] = [] if self.errors else list(filter(None, map(self.line, range(1, MOST_LINES + 1))))
        return values

    def line(self, number: int) -> dict[str, Any] | None:
        """One line of the sale, at the price of today; none where nothing is chosen."""
        product, quantity = self.cleaned_data.get(f"product-{number}"), self.cleaned_data.get(f"quantity-{number}")
        if product is None and not quantity:
            return None
        price = None if product is None else price_on(product, self.today)
        if product is None or not quantity or price is None:
            why = f"{product} has no price today: set one first." if product and quantity else "Give both, or neither."
            self.add_error(f"quantity-{number}", why)
            return None
        about = {"description": product.name, "product_code": product.code, "quantity": Decimal(quantity)}
        return {**about, "unit_price_cents": price.unit_price_cents, "tax_rate_bps": price.tax_rate_bps}


@staff_page("dairy/counter-sale/", name="counter-sale")
class CounterSalePage(RoundPage, ActionPage):
    """Sold to whoever stands at the counter."""

    label, done = "Counter sale", "It is sold and paid."
    permission_required = TAKE
    template_name = "billing/acting.html"
    means = (
        "What somebody buys at the counter and pays at once, at today's price. The sale and its payment are written together, "
        "for the walk-in customer. Somebody with an account gets an extra item instead, on the page Today."
    )
    sold: Sale | None = None

    def make_form(self, data: Any = None) -> CounterForm:
        return CounterForm(data, self.tenant, self.today)

    def perform(self, values: dict[str, Any]) -> None:
        asked = {name: values[name] for name in ("lines", "channel", "reference", "id")}
        self.sold, _ = sell_at_counter(actor=self.request.user, tenant=self.tenant, now=self.now, **asked)

    def get_trail(self) -> list[tuple[str, str]]:
        return [("Sales", self.back())]

    def back(self) -> str:
        return reverse("admin:billing_sale_changelist")

    def onward(self) -> str:
        return page_of(self.sold) if self.sold else self.back()
