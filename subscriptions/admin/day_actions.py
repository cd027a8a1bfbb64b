"""What is done with one order or one delivery of a day, each on a page that says what it means."""

from typing import Any

from django import forms
from django.db.models import Model
from django.urls import reverse

from accounts.admin import ActionPage, DayField, ReasonForm, RowAction, row_action, staff_page
from accounts.ids import new_id
from billing.admin.choosing import CustomerField
from billing.models import Customer
from subscriptions.admin.day_list import bare
from subscriptions.admin.day_page import DayPage
from subscriptions.admin.fields import QuantityField, products_on_sale
from subscriptions.models import DailyOrder, Delivery, Product
from subscriptions.services import add_delivery, cancel_delivery, confirm_delivery, correct_delivery, mark_not_delivered
from subscriptions.services import withdraw_order as withdraw

RUN_DAY = "subscriptions.run_day"
Status = DailyOrder.Status


class DeliverForm(forms.Form):
    """How much was left, and anything worth noting."""

    quantity = QuantityField(label="Delivered")
    note = forms.CharField(label="Note", required=False, max_length=500)

    def __init__(self, data: Any, order: DailyOrder) -> None:
        super().__init__(data, initial={"quantity": order.planned_quantity})
        planned = f"{bare(order.planned_quantity)} {order.product.unit} planned"
        self.fields["quantity"].help_text = f"{planned}; 0 says that nothing was left, and the note is then the reason."


class OfTheDay(RowAction):
    """An action that leads back to the list of its day."""

    def leads_to(self, row: Any) -> str:
        day = getattr(row, "order_date", None) or row.delivery_date
        return f"{reverse('admin:dairy-today')}?date={day}{of_business(self.request.user, row)}"


def of_business(user: Any, row: Model) -> str:
    """The business of a row for the address, for who sees those of all."""
    return f"&tenant={row.tenant.slug}" if user.is_superuser else ""  # type: ignore[attr-defined]


@row_action(DailyOrder, "deliver", permission=RUN_DAY)
class DeliverOrder(OfTheDay):
    """It was delivered, now or after all."""

    label, done, is_main = "Deliver…", "The order is confirmed.", True
    means = (
        "The customer got this much on the day of the order, at the price of that day; the next invoice asks for it."
    )

    @classmethod
    def is_offered(cls, row: DailyOrder) -> bool:
        return row.status in {Status.GENERATED, Status.NOT_DELIVERED}

    def make_form(self, data: Any = None) -> DeliverForm:
        return DeliverForm(data, self.row)

    def act(self, row: DailyOrder, values: dict[str, Any]) -> None:
        confirm_delivery(actor=self.request.user, order=row, now=self.now, **values)


@row_action(DailyOrder, "nothing", permission=RUN_DAY)
class NothingDelivered(OfTheDay):
    """The door was shut."""

    label, done = "Not delivered…", "The order is not delivered."
    means = "Nothing was left, and nothing is asked for. Should it be delivered after all, it can still be confirmed."
    form_class = ReasonForm

    @classmethod
    def is_offered(cls, row: DailyOrder) -> bool:
        return row.status == Status.GENERATED

    def act(self, row: DailyOrder, values: dict[str, Any]) -> None:
        mark_not_delivered(actor=self.request.user, order=row, now=self.now, **values)


@row_action(DailyOrder, "withdraw", permission=RUN_DAY)
class WithdrawOrder(OfTheDay):
    """Nobody wants it any more."""

    label, done = "Withdraw…", "The order is withdrawn: it counts nowhere."
    means = "The order was made for this day alone, and leaves its list. It stays in the books with your reason."
    form_class = ReasonForm

    @classmethod
    def is_offered(cls, row: DailyOrder) -> bool:
        return row.status == Status.GENERATED and row.standing_order_id is None

    def act(self, row: DailyOrder, values: dict[str, Any]) -> None:
        withdraw(actor=self.request.user, order=row, **values)


class CorrectForm(ReasonForm):
    """What was really left, and why it is corrected."""

    quantity = QuantityField(label="Really delivered")
    field_order = ("quantity", "reason")

    def __init__(self, data: Any, delivery: Delivery) -> None:
        super().__init__(data, initial={"quantity": delivery.quantity})
        self.fields["quantity"].help_text = f"in {delivery.product.unit}; cancel the delivery if it was nothing at all"


def is_open(row: Any) -> bool:
    """Whether a delivery stands and, as far as the list knows, no invoice asks for it."""
    return row.status == Delivery.Status.DELIVERED and not getattr(row, "is_billed", False)


@row_action(Delivery, "correct", permission=RUN_DAY)
class CorrectDelivery(OfTheDay):
    """It was another quantity."""

    label, done, is_main = "Correct…", "The delivery is corrected; its history keeps what stood there.", True
    means = "The delivery asks for the right quantity at its own price. Once an invoice asks for it, that is corrected there."

    @classmethod
    def is_offered(cls, row: Delivery) -> bool:
        return is_open(row)

    def make_form(self, data: Any = None) -> CorrectForm:
        return CorrectForm(data, self.row)

    def act(self, row: Delivery, values: dict[str, Any]) -> None:
        correct_delivery(actor=self.request.user, delivery=row, now=self.now, **values)


@row_action(Delivery, "cancel", permission=RUN_DAY)
class CancelDelivery(OfTheDay):
    """It never took place."""

    label, done = "Cancel…", "The delivery is cancelled: it asks for nothing, and its order waits again."
    means = "It asks for nothing any more, and stays in the books with your reason. Its order is to deliver again."
    form_class = ReasonForm

    @classmethod
    def is_offered(cls, row: Delivery) -> bool:
        return is_open(row)

    def act(self, row: Delivery, values: dict[str, Any]) -> None:
        cancel_delivery(actor=self.request.user, delivery=row, now=self.now, **values)


class ExtraForm(forms.Form):
    """Who took what without an order. `key` makes a second click the same delivery."""

    day = DayField(label="Day")
    product = forms.ModelChoiceField(label="Product", queryset=Product.objects.none(), empty_label=None)
    quantity = QuantityField(label="Quantity", initial=1)
    slot = forms.CharField(
        label="Part of the day", required=False, max_length=40, help_text="Empty: none in particular."
    )
    note = forms.CharField(label="Note", required=False, max_length=500)
    id = forms.UUIDField(widget=forms.HiddenInput)
    field_order = ("customer", "product", "quantity", "day", "slot", "note", "id")

    def __init__(self, data: Any, *, tenant: Any, initial: dict[str, Any]) -> None:
        super().__init__(data, initial={"id": new_id(), **initial})
        self.fields["customer"] = CustomerField(tenant, label="Customer")
        self.fields["product"].queryset = products_on_sale(tenant)
        self.order_fields(self.field_order)


@staff_page("dairy/extra-item/", name="dairy-extra-item")
class ExtraItemPage(DayPage, ActionPage):
    """Something that was delivered without an order."""

    label, done = "Add an extra item", "The extra item is recorded: the next invoice asks for it."
    permission_required = RUN_DAY
    template_name = "billing/acting.html"
    means = "What a customer took without an order, today or on an earlier day. It asks for the price of that day."

    def make_form(self, data: Any = None) -> ExtraForm:
        customer = self.request.GET.get("customer", "")
        return ExtraForm(data, tenant=self.tenant, initial={"day": self.day, "slot": self.slot, "customer": customer})

    def perform(self, values: dict[str, Any]) -> None:
        customer: Customer = values.pop("customer")
        add_delivery(actor=self.request.user, customer=customer, now=self.now, **values)

    def get_trail(self) -> list[tuple[str, str]]:
        return [("Today", self.back())]

    def back(self) -> str:
        return self.address("dairy-today")
