"""What all customers of a business owe, by kind of debt and by its age. Each debt once: a sale that an invoice asks for is in it.

Today is 31 March. A sale of 20 March with 30.00 unpaid is 11 days old; an invoice issued on 1 January with 50.00 left is 89 days
old; 12.00 are left of an opening balance. Outstanding: 30.00 of 8 to 30 days, 50.00 of 31 to 90, 12.00 from the start: 92.00.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Case, CharField, F, Sum, Value, When

from accounts.models import Tenant
from billing.models import Customer, Invoice, Sale

AGES: Final = {"1–7 days": 7, "8–30": 30, "31–90": 90}
OLDER: Final = "older"
AT_START: Final = "at the start"
BUCKETS: Final = (*AGES, OLDER, AT_START)

SALES: Final = "Sales"
INVOICES: Final = "Invoices"
OPENING: Final = "Opening balances"


def owed_by_age(tenant: Tenant, *, now: datetime) -> dict[str, dict[str, int]]:
    """Answer the unpaid cents of sales, invoices and opening balances, each by age; in the currency of the business.

    A sale ages from its day, an invoice from its issue, whenever it is due. Four queries.
    """
    return {
        SALES: _of_sales(tenant, now),
        INVOICES: _of_invoices(tenant, now),
        OPENING: {AT_START: _from_the_start(tenant)},
    }


def _of_sales(tenant: Tenant, now: datetime) -> dict[str, int]:
    balance = F("total_cents") - F("returned_cents") - F("allocated_cents")
    unpaid = Sale.objects.unpaid().filter(tenant=tenant, currency=tenant.currency)
    return _summed(unpaid.order_by().values_list(_age("sold_at", now)).annotate(cents=Sum(balance)))


def _of_invoices(tenant: Tenant, now: datetime) -> dict[str, int]:
    """Those that count by their allocations, and those of the old system by its money."""
    asking = Invoice.objects.asking().filter(tenant=tenant, currency=tenant.currency)
    unpaid = asking.by_allocations().filter(allocated_cents__lt=F("total_cents")).with_money(legacy=False)
    rows = []
    for part in (unpaid, asking.by_legacy_money().with_money()):
        rows += part.order_by().values_list(_age("issued_at", now)).annotate(cents=Sum("balance_now_cents"))
    return _summed(rows)


def _from_the_start(tenant: Tenant) -> int:
    left = Sum(F("opening_balance_cents") - F("opening_balance_allocated_cents"))
    return Customer.objects.filter(tenant=tenant).aggregate(cents=left)["cents"] or 0


def _age(moment: str, now: datetime) -> Case:
    aged = [When(**{f"{moment}__gte": now - timedelta(days=days)}, then=Value(name)) for name, days in AGES.items()]
    return Case(*aged, default=Value(OLDER), output_field=CharField())


def _summed(rows: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for age, cents in rows:
        found[age] = found.get(age, 0) + int(cents)
    return found
