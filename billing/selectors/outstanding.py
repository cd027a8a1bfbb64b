"""What a customer owes now, and the documents that make it up. A sale that an issued invoice asks for is in the invoice alone."""

from typing import Any

from billing.models import Customer, Invoice, Sale
from billing.selectors.account_events import ACCOUNT_SOURCES
from billing.selectors.credits import credit_cents


def outstanding_of(customer: Customer) -> dict[str, Any]:
    """Answer what is unpaid of the opening balance, of each sale and of each invoice, the oldest first.

    *Money*: cents of the tenant's currency. Credit stands beside it and is not subtracted: it lies on the customer's payments
    until somebody applies it. Example: 10.00 from before and a sale of 50.00 paid with 20.00 make 40.00 outstanding. When an
    invoice is issued for that sale, they are the same 40.00: 10.00 from before and 30.00 on the invoice. What is delivered
    and on no issued invoice yet stands apart (`unbilled_cents`): with it, less credit, it is what the statement closes at.
    """
    currency = customer.tenant.currency
    unpaid = Sale.objects.unpaid().filter(customer=customer, currency=currency)
    sales = [_open_sale(sale) for sale in unpaid.order_by("sold_at", "id")]
    asking = Invoice.objects.asking().filter(customer=customer, currency=currency).with_money()
    invoices = [_open_invoice(invoice) for invoice in asking.filter(balance_now_cents__gt=0).oldest_due_first()]
    opening = customer.opening_balance_left_cents
    sales_cents = sum(sale["balance_cents"] for sale in sales)
    invoices_cents = sum(invoice["balance_cents"] for invoice in invoices)
    return {
        "customer_id": customer.pk,
        "currency": currency,
        "opening_balance_cents": opening,
        "sales_cents": sales_cents,
        "invoices_cents": invoices_cents,
        "outstanding_cents": opening + sales_cents + invoices_cents,
        "unbilled_cents": sum(source.unbilled_cents(customer) for source in ACCOUNT_SOURCES.values()),
        "credit_cents": credit_cents(customer).get(currency, 0),
        "sales": sales,
        "invoices": invoices,
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


def _open_invoice(invoice: Any) -> dict[str, Any]:
    return {
        "invoice_id": invoice.pk,
        "number": invoice.number,
        "issued_at": invoice.issued_at,
        "due_at": invoice.due_at,
        "total_cents": invoice.total_cents,
        "paid_cents": invoice.paid_cents,
        "balance_cents": invoice.balance_now_cents,
    }
