"""What a customer owes now, and the documents that make it up."""

from typing import Any

from django.db.models import F

from billing.models import Customer, Sale
from billing.selectors.credits import credit_cents


def outstanding_of(customer: Customer) -> dict[str, Any]:
    """Answer what is unpaid of the opening balance and of each sale, the oldest first.

    *Money*: cents of the tenant's currency. Credit stands beside it and is not subtracted: it lies on the customer's payments
    until somebody applies it. Example: 10.00 from before and a sale of 50.00 paid with 20.00 make 40.00 outstanding.
    """
    currency = customer.tenant.currency
    unpaid = Sale.objects.standing().filter(
        customer=customer, currency=currency, allocated_cents__lt=F("total_cents") - F("returned_cents")
    )
    sales = [_open_sale(sale) for sale in unpaid.order_by("sold_at", "id")]
    opening = customer.opening_balance_cents - customer.opening_balance_allocated_cents
    sales_cents = sum(sale["balance_cents"] for sale in sales)
    return {
        "customer_id": customer.pk,
        "currency": currency,
        "opening_balance_cents": opening,
        "sales_cents": sales_cents,
        "outstanding_cents": opening + sales_cents,
        "credit_cents": credit_cents(customer).get(currency, 0),
        "sales": sales,
    }


def _open_sale(sale: Sale) -> dict[str, Any]:
    return {
        "sale_id": sale.pk,
        "number": sale.number,
        "sold_at": sale.sold_at,
        "net_cents": sale.net_cents,
        "allocated_cents": sale.allocated_cents,
        "balance_cents": sale.balance_cents,
    }
