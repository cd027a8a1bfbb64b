"""What the migration guide looks for at its end: allocations that hang in the air, and invoices paid beyond their total.

The guide asks whether both ends exist. A foreign key sees to that; what it cannot see is an end that is deleted, another
customer's, in another currency, or no money.
"""

from django.db.models import F, Q, QuerySet, Sum

from billing.models import Allocation, Invoice, Payment
from billing.rules.invoice_status import STICKY
from billing.selectors.allocations import live_allocations


def orphaned_allocations() -> QuerySet[Allocation]:
    """Live allocations on invoices that no longer ask for money, or of money that is not theirs or does not count."""
    idle = Q(invoice__deleted_at__isnull=False) | Q(invoice__status__in=STICKY)
    orphaned = idle | ~Q(invoice__tenant=F("tenant"))
    for source in ("payment", "credit"):
        strange = ~Q(**{f"{source}__customer": F("invoice__customer")})
        strange |= ~Q(**{f"{source}__currency": F("invoice__currency")})
        orphaned |= Q(**{f"{source}__isnull": False}) & strange
    no_money = ~Q(payment__status=Payment.Status.SUCCEEDED)
    no_money |= Q(payment__verification_status__in=["PENDING_VERIFICATION", "REJECTED"])
    orphaned |= Q(payment__isnull=False) & no_money
    return live_allocations().filter(orphaned, invoice__isnull=False)


def overdrawn_invoices() -> QuerySet[Invoice]:
    """Invoices whose live allocations are more than their total: the guide's negative balances."""
    paid = live_allocations().filter(invoice__isnull=False).order_by().values("invoice")
    beyond = paid.annotate(cents=Sum("amount_cents")).filter(cents__gt=F("invoice__total_cents"))
    return Invoice.objects.filter(pk__in=beyond.values("invoice"))
