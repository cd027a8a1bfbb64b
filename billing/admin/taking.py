"""Taking a payment of a customer: for invoices, the opening balance and sales at once, by an order or as somebody types.

What the payment would pay is shown before it is taken; should that change meanwhile, it is shown again. The form carries a key,
so that a second click, or a lost answer, takes nothing twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.admin import DayField, RowAction, page_of, row_action
from accounts.ids import new_id
from billing.admin.applying import debts_of, name_of
from billing.admin.money import AmountField, grouped, money
from billing.models import Customer, Payment, Sale
from billing.rules.allocation_mode import LARGEST, MANUAL, OLDEST, OPENING_FIRST
from billing.selectors.open_debts import preview_by_mode
from billing.services import pay_sale, record_payment

TAKE = "billing.record_payment"
MODES = [
    (OPENING_FIRST, "Opening balance first"),
    (OLDEST, "Oldest first"),
    (LARGEST, "Largest first"),
    (MANUAL, "As I type below"),
]
BY_HAND = [Payment.Channel.CASH, Payment.Channel.MOBILE_MONEY, Payment.Channel.BANK_TRANSFER, Payment.Channel.CHEQUE,
           Payment.Channel.CARD, Payment.Channel.OTHER]  # fmt: skip
CHANNELS = [(channel.value, channel.label) for channel in BY_HAND]
CHANGED = "What it would pay is not what was shown before: look at it again, then take the payment."


class ReceivedForm(forms.Form):
    """How money came and when. `key` names this payment, however often the form is sent."""

    channel = forms.ChoiceField(label="How it came", choices=CHANNELS)
    reference = forms.CharField(
        label="Reference", required=False, max_length=100, help_text="Of the transfer or cheque, if there is one."
    )
    received_on = DayField(label="Received on")
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)
    opened_at = forms.DateTimeField(widget=forms.HiddenInput)

    def __init__(self, data: Any, *, tenant: Any, now: datetime) -> None:
        self.tenant = tenant
        today = tenant.day_of(now)
        super().__init__(data, initial={"received_on": today, "key": f"admin-{new_id()}", "opened_at": now.isoformat()})
        self.fields["received_on"].widget.attrs["max"] = str(today)

    def received(self) -> dict[str, Any]:
        """What services are told of it; the same for every sending of the form."""
        values = self.cleaned_data
        return {
            "channel": values["channel"],
            "reference": values["reference"],
            "idempotency_key": values["key"],
            "received_at": moment_of(values["received_on"], opened_at=values["opened_at"], tenant=self.tenant),
        }


def moment_of(day: date, *, opened_at: datetime, tenant: Any) -> datetime:
    """The moment of a payment: when the form was opened, or for another day its noon where the business is."""
    if tenant.day_of(opened_at) == day:
        return opened_at
    return datetime(day.year, day.month, day.day, 12, tzinfo=tenant.zone)


@dataclass(frozen=True, slots=True)
class Debt:
    """A debt as the page shows it: what is open, what the payment would pay of it, and the field to type into."""

    label: str
    open_money: str
    pays: str
    field: Any


class TakingForm(ReceivedForm):
    """How much came, and what it pays."""

    amount_cents = AmountField(label="Amount")
    mode = forms.ChoiceField(label="It pays", choices=MODES, initial=OPENING_FIRST)
    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20_000)
    field_order = ("amount_cents", "channel", "received_on", "reference", "mode")

    def __init__(self, data: Any, customer: Customer, now: datetime) -> None:
        super().__init__(data, tenant=customer.tenant, now=now)
        self.customer = customer
        currency = customer.tenant.currency
        self.fields["amount_cents"].in_currency(currency)
        self.debts = dict(debts_of(self.payment(0)))
        for name, (label, *_) in self.debts.items():
            self.fields[name] = AmountField(currency=currency, required=False, label=label)

    def payment(self, cents: int) -> Payment:
        """The payment as it would be, not stored."""
        tenant = self.customer.tenant
        return Payment(customer_id=self.customer.pk, tenant_id=tenant.pk, amount_cents=cents, currency=tenant.currency)

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("amount_cents") == 0:
            self.add_error("amount_cents", "Nothing came in with 0. Type the amount.")
        if self.errors:
            return values
        currency = self.customer.tenant.currency
        typed = {name: values[name] for name in self.debts if values.get(name)}
        if values["mode"] == MANUAL and not typed:
            raise forms.ValidationError("Type beside at least one debt how much it pays, or choose another order.")
        if values["mode"] == MANUAL and sum(typed.values()) > values["amount_cents"]:
            raise forms.ValidationError(
                f"{grouped(sum(typed.values()), currency)} are typed beside the debts, more than the "
                f"{grouped(values['amount_cents'], currency)} that came. Lower an amount."
            )
        self.plan = typed if values["mode"] == MANUAL else self.planned(values["amount_cents"], values["mode"])
        return values

    def planned(self, cents: int, mode: str) -> dict[str, int]:
        """What an order would pay, by the names of the debts."""
        lines = preview_by_mode(self.payment(cents), mode=mode)["allocations"]
        return {name_of(line): line["amount_cents"] for line in lines}

    def says(self) -> str:
        """The plan in letters, to notice whether another one was shown."""
        pays = [f"{name}={cents}" for name, cents in self.plan.items()]
        return ";".join([str(self.cleaned_data["amount_cents"]), *pays])

    def asked(self) -> dict[str, Any]:
        """How the service is told what it pays."""
        if self.cleaned_data["mode"] != MANUAL:
            return {"mode": self.cleaned_data["mode"]}
        splits = [{**self.debts[name][2], "amount_cents": cents} for name, cents in self.plan.items()]
        return {"mode": MANUAL, "splits": splits}


@row_action(Customer, "pay", permission=TAKE)
class TakePayment(RowAction):
    """Money comes in."""

    label, is_main = "Take a payment…", True
    template_name = "billing/taking.html"
    means = (
        "Type what came and how; look at what it pays; then take it. What is left over stays the customer's credit, and is "
        "applied later."
    )
    form: TakingForm | None = None  # type: ignore[assignment]
    is_looked_at = False
    taken: Payment | None = None

    @property
    def done(self) -> str:  # type: ignore[override]
        """What became of the money, in a sentence."""
        payment = self.taken
        if payment is None or not payment.is_money:
            return "The payment is recorded. It pays for its debts as soon as it is verified."
        left = (
            f" {grouped(payment.unallocated_cents, payment.currency)} is left as credit."
            if payment.unallocated_cents
            else ""
        )
        taken = f"{grouped(payment.amount_cents, payment.currency)} {payment.currency} is taken"
        return f"{taken}; {grouped(payment.allocated_cents, payment.currency)} pays for debts.{left}"

    @cached_property
    def opened(self) -> datetime:
        """The moment of the form, to the second."""
        return timezone.now().replace(microsecond=0)

    def make_form(self, data: Any = None) -> TakingForm:
        return TakingForm(data, self.row, self.opened)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show what it would pay; take it when exactly that was shown before."""
        self.form = self.make_form(request.POST)
        if not self.form.is_valid():
            return self.render_to_response(self.get_context_data(**kwargs), status=422)
        known = Payment.objects.filter(
            tenant=self.row.tenant_id, idempotency_key=self.form.cleaned_data["key"]
        ).exists()
        if not known and ("take" not in request.POST or self.form.cleaned_data["shown"] != self.form.says()):
            self.is_looked_at = True
            self.refusal = CHANGED if "take" in request.POST and self.form.cleaned_data["shown"] else ""
            return self.render_to_response(self.get_context_data(**kwargs))
        return super().post(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = self.form or self.make_form()
        self.form = form
        plan = form.plan if self.is_looked_at else {}
        amount = form.cleaned_data["amount_cents"] if self.is_looked_at else 0
        currency = self.row.tenant.currency
        return {
            **super().get_context_data(**kwargs),
            "debts": list(self.debts(form, plan)),
            "plain": [form[name] for name in form.field_order],
            "hidden": [form["key"], form["opened_at"]],
            "is_looked_at": self.is_looked_at,
            "says": form.says() if self.is_looked_at else "",
            "amount": money(amount, currency),
            "pays": money(sum(plan.values()), currency),
            "left": money(amount - sum(plan.values()), currency),
            "owes": money(sum(debt[1] for debt in form.debts.values()), currency),
        }

    def debts(self, form: TakingForm, plan: dict[str, int]) -> Iterator[Debt]:
        """Every open debt, with what the payment would pay of it."""
        currency = self.row.tenant.currency
        for name, (label, open_cents, _) in form.debts.items():
            pays = money(plan[name], currency) if name in plan else ""
            yield Debt(label, money(open_cents, currency), pays, form[name])

    def act(self, row: Customer, values: dict[str, Any]) -> None:
        form = self.form
        self.taken = record_payment(
            actor=self.request.user,
            customer=row,
            amount_cents=values["amount_cents"],
            currency=row.tenant.currency,
            now=self.now,
            **form.received(),  # type: ignore[union-attr]
            **form.asked(),  # type: ignore[union-attr]
        )
        self.taken.refresh_from_db()

    def leads_to(self, row: Customer) -> str:
        return page_of(self.taken) if self.taken else page_of(row)


@row_action(Sale, "pay", permission=TAKE)
class PaySale(RowAction):
    """Exactly what is left of it."""

    label, done, is_main = "Quick pay…", "The sale is paid.", True
    template_name = "billing/acting.html"
    means = "Exactly what is left of the sale is received now and pays for it. A second click pays nothing twice."

    @classmethod
    def is_offered(cls, row: Sale) -> bool:
        return row.status != Sale.Status.CANCELLED and row.invoice_id is None and row.balance_cents > 0

    def make_form(self, data: Any = None) -> ReceivedForm:
        return ReceivedForm(data, tenant=self.row.tenant, now=timezone.now().replace(microsecond=0))

    def act(self, row: Sale, values: dict[str, Any]) -> None:
        pay_sale(actor=self.request.user, sale=row, now=self.now, **self.form.received())  # type: ignore[union-attr]
