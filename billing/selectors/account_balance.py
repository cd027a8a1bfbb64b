"""Where a customer's account stands, in sums alone; `outstanding_of` names the documents that make them up."""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Coalesce

from billing.models import Customer, Invoice, Sale
from billing.selectors.account_events import ACCOUNT_SOURCES
from billing.selectors.credits import credits_left, payments_with_credit


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """What is owed, by what asks for it, and the credit that stands against it. *Money*: cents of the business's currency."""

    opening_cents: int
    sales_cents: int
    invoices_cents: int
    unbilled_cents: int
    on_payments_cents: int
    granted_cents: int

    @property
    def owed_cents(self) -> tuple[int, ...]:
        """The parts that add up to what is owed, before credit."""
        return self.opening_cents, self.sales_cents, self.invoices_cents, self.unbilled_cents

    @property
    def credit_cents(self) -> tuple[int, ...]:
        """The parts that are taken off it: credit that lies on payments, and credit that was granted."""
        return self.on_payments_cents, self.granted_cents

    @property
    def balance_cents(self) -> int:
        """What the customer owes; below nothing it is owed to them. The statement closes with the same."""
        return sum(self.owed_cents) - sum(self.credit_cents)


def account_balance(customer: Customer) -> AccountBalance:
    """Answer where the account stands now. Six sums, each one statement at most."""
    currency = customer.tenant.currency
    sales = Sale.objects.filter(customer=customer, currency=currency).asking()
    invoices = Invoice.objects.asking().filter(customer=customer, currency=currency).with_money()
    return AccountBalance(
        opening_cents=customer.opening_balance_left_cents,
        sales_cents=_sum(sales, F("total_cents") - F("returned_cents") - F("allocated_cents")),
        invoices_cents=_sum(invoices, "balance_now_cents"),
        unbilled_cents=sum(source.unbilled_cents(customer) for source in ACCOUNT_SOURCES.values()),
        on_payments_cents=_sum(payments_with_credit(customer).filter(currency=currency), "credit_cents"),
        granted_cents=_sum(credits_left(customer).filter(currency=currency), "credit_cents"),
    )


def _sum(rows: QuerySet[Any], cents: Any) -> int:
    return rows.aggregate(cents=Coalesce(Sum(cents), 0))["cents"]
