"""Applying money by hand: each open debt of the customer with the amount that would be applied, to correct before it is done.

The amounts proposed pay the invoices that are due first, or by the order that is chosen (`?mode=OLDEST`). Left as they are, the
allocations of a payment say by which rule (`oldest_due_first`, `oldest`), with the rank; changed, they say that a person chose.
"""

from collections.abc import Iterator
from typing import Any

from django import forms

from accounts.admin import ReasonForm, RowAction, row_action, when
from billing.admin.money import AmountField, grouped
from billing.models import Allocation, Credit, Customer, Payment, Sale
from billing.rules.allocation_mode import LARGEST, OLDEST, OPENING_FIRST, ORDERS
from billing.selectors.invoice_debts import open_invoices, preview_allocation
from billing.selectors.open_debts import preview_by_mode
from billing.services import allocate_payment, apply_credit, reverse_allocation, rollback_allocations, void_credit

MOST_DEBTS = 50
OPENING = "opening"
PROPOSALS = [
    ("", "Invoices, due first"),
    (OPENING_FIRST, "Opening balance first"),
    (OLDEST, "Oldest first"),
    (LARGEST, "Largest first"),
]


class ApplyForm(forms.Form):
    """How much of the money pays for which debt."""

    def __init__(self, data: Any, source: Payment | Credit, mode: str = "") -> None:
        super().__init__(data)
        self.source, self.mode = source, mode
        self.debts = dict(debts_of(source))
        preview = preview_by_mode(source, mode=mode) if mode else preview_allocation(source)
        self.proposed = {name_of(line): line["amount_cents"] for line in preview["allocations"]}
        for name, (label, balance, _) in self.debts.items():
            self.fields[name] = AmountField(
                currency=source.currency,
                required=False,
                label=label,
                initial=self.proposed.get(name),
                help_text=f"Still to pay: {grouped(balance, source.currency)} {source.currency}",
            )
        self.fields["reason"] = forms.CharField(
            label="Why",
            required=False,
            max_length=2000,
            widget=forms.Textarea(attrs={"rows": 2}),
            help_text="If worth noting; kept in the history with your name.",
        )

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if self.errors:
            return values
        chosen = {name: values[name] for name in self.debts if values.get(name)}
        if not self.debts:
            raise forms.ValidationError(
                "The customer has no open invoice, sale or opening balance: nothing to pay for."
            )
        if not chosen:
            raise forms.ValidationError("Give at least one amount.")
        left, given = self.source.unallocated_cents, sum(chosen.values())
        currency = self.source.currency
        if given > left:
            raise forms.ValidationError(
                f"{grouped(given, currency)} are more than the {grouped(left, currency)} {currency} that are left. "
                "Lower an amount."
            )
        is_proposed = chosen == self.proposed
        by_a_rule = is_proposed and (not self.mode or isinstance(self.source, Payment))
        values["splits"] = None if by_a_rule else self.splits(chosen)
        values["mode"] = (self.mode or None) if by_a_rule else None
        return values

    def splits(self, chosen: dict[str, int]) -> list[dict[str, Any]]:
        """What was typed, for the service."""
        return [{**self.debts[name][2], "amount_cents": cents} for name, cents in chosen.items()]


def name_of(line: dict[str, Any]) -> str:
    """The name of the field of a debt that a preview names."""
    key = line["invoice_id"] or line["sale_id"]
    return f"{line['kind']}-{key}" if key else OPENING


def debts_of(source: Payment | Credit) -> Iterator[tuple[str, tuple[str, int, dict[str, Any]]]]:
    """The debts that money of this customer can pay: by field name, how it reads, what is open, and how a split names it."""
    for invoice in open_invoices(source.customer_id, source.currency)[:MOST_DEBTS]:
        due = f", due {when(invoice.due_at)}" if invoice.due_at else ""
        yield f"invoice-{invoice.pk}", (f"Invoice {invoice}{due}", invoice.balance_cents, {"invoice": invoice.pk})
    sales = Sale.objects.unpaid().filter(customer=source.customer_id, currency=source.currency)
    for sale in sales.order_by("sold_at", "id")[:MOST_DEBTS]:
        yield f"sale-{sale.pk}", (f"Sale {sale}, {when(sale.sold_at)}", sale.balance_cents, {"sale": sale.pk})
    customer = Customer.objects.select_related("tenant").get(pk=source.customer_id)
    if customer.opening_balance_left_cents > 0 and customer.tenant.currency == source.currency:
        yield OPENING, ("Opening balance", customer.opening_balance_left_cents, {"opening_balance": True})


class Applying(RowAction):
    """Letting what is left of a payment or a credit pay for debts of its customer."""

    label, done, is_main = "Apply…", "The money is applied.", True
    means = (
        "What is left pays for these debts of the customer. The amounts proposed follow the order chosen above; change them "
        "as you need, and leave empty what is not to be paid. What you do not apply stays the customer's credit."
    )

    template_name = "billing/applying.html"

    @property
    def mode(self) -> str:
        """The order that the address asks for; "" is the invoices due first."""
        asked = self.request.GET.get("mode", "")
        return asked if asked in ORDERS else ""

    def make_form(self, data: Any = None) -> ApplyForm:
        return ApplyForm(data, self.row, self.mode)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "proposals": PROPOSALS, "mode": self.mode}

    def values_for_service(self, values: dict[str, Any]) -> dict[str, Any]:
        """The part of the form that services take."""
        return {"splits": values["splits"], "reason": values["reason"]}


@row_action(Payment, "allocate", permission="billing.allocate_payment")
class AllocatePayment(Applying):
    """A payment pays for debts."""

    @classmethod
    def is_offered(cls, row: Payment) -> bool:
        return row.is_money and row.unallocated_cents > 0

    def act(self, row: Payment, values: dict[str, Any]) -> None:
        asked = {**self.values_for_service(values), "mode": values["mode"]}
        allocate_payment(actor=self.request.user, payment=row, now=self.now, **asked)


@row_action(Credit, "apply", permission="billing.apply_credit")
class ApplyCredit(Applying):
    """A credit pays for debts."""

    @classmethod
    def is_offered(cls, row: Credit) -> bool:
        return row.unallocated_cents > 0 and row.kind != Credit.Kind.WRITE_OFF

    def act(self, row: Credit, values: dict[str, Any]) -> None:
        apply_credit(actor=self.request.user, credit=row, now=self.now, **self.values_for_service(values))


@row_action(Credit, "void", permission="billing.void_credit")
class VoidCredit(RowAction):
    """It was a mistake."""

    label, done = "Make void…", "The credit is void: what it paid for is owed again."
    means = "The credit pays for nothing any more, and what it paid for is owed again. It stays in the books with your reason."
    form_class = ReasonForm

    @classmethod
    def is_offered(cls, row: Credit) -> bool:
        return row.status != Credit.Status.VOIDED

    def act(self, row: Credit, values: dict[str, Any]) -> None:
        void_credit(actor=self.request.user, credit=row, now=self.now, **values)


@row_action(Allocation, "reverse", permission="billing.reverse_allocation")
class ReverseAllocation(RowAction):
    """It paid for the wrong thing."""

    label, done = "Take back…", "The allocation is taken back: its target is owed again."
    means = (
        "What this allocation paid for is owed again, and the money lies on its payment or credit, to be applied anew. Nothing "
        "is deleted: a line that takes it back is added, with your reason."
    )
    form_class = ReasonForm

    @classmethod
    def is_offered(cls, row: Allocation) -> bool:
        is_write_off = row.credit_id is not None and row.credit.kind == Credit.Kind.WRITE_OFF
        return row.reverses_id is None and not hasattr(row, "reversal") and not is_write_off

    def act(self, row: Allocation, values: dict[str, Any]) -> None:
        reverse_allocation(actor=self.request.user, allocation=row, now=self.now, **values)


@row_action(Payment, "rollback", permission="billing.reverse_allocation")
class RollBackAllocations(RowAction):
    """All that it pays for was a mistake."""

    label, done = "Take all back…", "The allocations are taken back: the money lies on the payment, to be applied anew."
    means = (
        "Everything that this payment pays for now is owed again, all at once, and the money lies on the payment. Nothing is "
        "deleted: lines that take the allocations back are added, with your reason."
    )
    form_class = ReasonForm

    @classmethod
    def is_offered(cls, row: Payment) -> bool:
        return row.allocated_cents > 0

    def act(self, row: Payment, values: dict[str, Any]) -> None:
        rollback_allocations(actor=self.request.user, payment=row, now=self.now, **values)
