"""Customers' credit: what they paid and did not yet use, where it lies."""

from django.db.models import F, QuerySet, Sum

from billing.models import Customer, Payment


def payments_with_credit(customer: Customer) -> QuerySet[Payment]:
    """Payments of a customer that count as money in and are not used up, the oldest first, each with `credit_cents`."""
    credit = F("amount_cents") - F("refunded_cents") - F("allocated_cents")
    payments = Payment.objects.counting().filter(customer=customer).annotate(credit_cents=credit)
    return payments.filter(credit_cents__gt=0).order_by("received_at", "id")


def credit_cents(customer: Customer) -> dict[str, int]:
    """How much credit a customer has, by currency."""
    sums = payments_with_credit(customer).order_by().values_list("currency").annotate(cents=Sum("credit_cents"))
    return dict(sums)
