"""An account with something of everything, for what is owed and how it is told."""

from datetime import date

from billing import services
from billing.models import Customer
from subscriptions import services as dairy
from subscriptions.models import Delivery
from tests import make


def billed(delivery):
    return {
        "description": "Milk",
        "quantity": delivery.quantity,
        "unit_price_cents": delivery.unit_price_cents,
        "source_kind": "delivery",
        "source_id": delivery.pk,
    }


def fresh(customer):
    return Customer.objects.select_related("tenant").get(pk=customer.pk)


def account_of_lal() -> Customer:
    """10.00 from before, milk for 60.00 of which 40.00 are invoiced, 25.00 paid: for the 10.00 first, 10.00 on the invoice."""
    customer = make.customer(opening_balance_cents=1000, name="Lal")
    milk = make.product(1000, of=customer.tenant)
    for quantity, day in ((4, date(2026, 1, 2)), (2, date(2026, 1, 9))):
        dairy.add_delivery(actor=None, customer=customer, product=milk, quantity=quantity, day=day, now=make.NOW)
    first = Delivery.objects.get(delivery_date=date(2026, 1, 2))
    invoice = make.invoice(to=customer, lines=[billed(first)], source="SALES")
    payment = make.payment(2500, by=customer)
    splits = [{"invoice": invoice, "amount_cents": 1000}]
    services.allocate_payment(actor=None, payment=payment, now=make.NOW, splits=splits)
    return fresh(customer)
