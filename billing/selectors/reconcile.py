"""What every running total should be, what it is, and the difference: the books read twice, row by row and customer by customer.

Mrs Rahman paid 50.00, of which 30.00 pay for an invoice; somebody typed an UPDATE by hand, and the payment says that 20.00 of it
is used. Her credit shows as 30.00 where 20.00 is right: expected 20.00, actual 30.00, difference 10.00. The same rows are what
`backfill_allocation_totals` puts right.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from django.db.models import F, QuerySet

from accounts.models import Tenant
from billing.models import Credit, Customer, Invoice, Payment, Sale
from billing.selectors.credits import SPOKEN_FOR
from billing.selectors.wrong_totals import with_live_cents, wrong_totals

OPENING: Final = "opening_balance"
CREDITED: Final = "invoice_credited"
KINDS: Final = ("payment", "credit", "sale", "invoice", CREDITED, OPENING)
MOST_ROWS: Final = 500


def wrong_documents(tenant: Tenant, *, customer: Customer | None = None) -> Iterator[dict[str, Any]]:
    """Each running total that is not the sum of its allocations: `kind`, `id`, whose it is, and the three figures in cents."""
    for kind, model in zip(KINDS, (Payment, Credit, Sale, Invoice), strict=False):
        rows = wrong_totals(model).filter(tenant=tenant)
        rows = rows.filter(customer=customer) if customer else rows
        for row in rows.select_related("customer").order_by("pk")[: MOST_ROWS + 1]:
            if row.allocated_cents != row.live_cents:
                yield _figures(kind, row, row.customer, expected=row.live_cents, actual=row.allocated_cents)
            if model is Invoice and row.credited_cents != row.live_credited_cents:
                said = {"expected": row.live_credited_cents, "actual": row.credited_cents}
                yield _figures(CREDITED, row, row.customer, **said)
    people = with_live_cents(Customer, "opening_balance_customer").filter(tenant=tenant)
    people = people.exclude(opening_balance_allocated_cents=F("live_cents"))
    for row in (people.filter(pk=customer.pk) if customer else people).order_by("pk")[: MOST_ROWS + 1]:
        yield _figures(OPENING, row, row, expected=row.live_cents, actual=row.opening_balance_allocated_cents)


def wrong_credit(tenant: Tenant, *, customer: Customer | None = None) -> Iterator[dict[str, Any]]:
    """Each customer whose credit is not what their payments and credits leave by their allocations, by currency."""
    wrong: set[Any] = set()
    for model in (Payment, Credit):
        rows = wrong_totals(model).filter(tenant=tenant)
        wrong |= set((rows.filter(customer=customer) if customer else rows).values_list("customer", flat=True))
    people = Customer.objects.filter(tenant=tenant, pk__in=wrong).order_by("pk")
    for one in people[: MOST_ROWS + 1]:
        actual, expected = _credit_read_twice(one)
        for currency in sorted(actual):
            if actual[currency] != expected[currency]:
                figures = _figures("customer", one, one, expected=expected[currency], actual=actual[currency])
                yield {**figures, "currency": currency}


def _credit_read_twice(customer: Customer) -> tuple[Counter[str], Counter[str]]:
    """What the running totals leave, and what the allocations leave."""
    actual: Counter[str] = Counter()
    expected: Counter[str] = Counter()
    for rows, went_back in ((_payments(customer), F("refunded_cents")), (_credits(customer), F("amount_cents") * 0)):
        for row in rows.annotate(back=went_back).values(
            "currency", "amount_cents", "allocated_cents", "live_cents", "back"
        ):
            had = row["amount_cents"] - row["back"]
            actual[row["currency"]] += had - row["allocated_cents"]
            expected[row["currency"]] += had - row["live_cents"]
    return actual, expected


def _payments(customer: Customer) -> QuerySet[Any]:
    return with_live_cents(Payment, "payment").filter(customer=customer).counting().exclude(SPOKEN_FOR)  # type: ignore[attr-defined]


def _credits(customer: Customer) -> QuerySet[Any]:
    return with_live_cents(Credit, "credit").filter(customer=customer).exclude(status=Credit.Status.VOIDED)


def _figures(kind: str, row: Any, customer: Customer, *, expected: int, actual: int) -> dict[str, Any]:
    return {
        "kind": kind,
        "id": row.pk,
        "text": str(row),
        "customer_id": customer.pk,
        "customer": str(customer),
        "expected_cents": expected,
        "actual_cents": actual,
        "difference_cents": actual - expected,
    }
