"""What customers owe is right when it is the same in two ways: by documents, and by transactions."""

from collections.abc import Iterator
from datetime import UTC, datetime

from accounts.models import Tenant
from operations.invariants import Violation, invariant
from subscriptions.selectors.account_figures import Scope
from subscriptions.selectors.outstanding import NEGATIVE, WAYS_DIFFER, Wanted, iterate_outstanding

Violations = Iterator[Violation]

LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)  # how late something is does not matter here


@invariant(part="dairy", name="What a customer owes by documents, less credit, is what they owe by transactions")
def both_ways_agree(*, using: str, tenant: Tenant | None = None) -> Violations:
    """GAP-008: an allocation moves money between debts and payments, and never changes what is owed."""
    for row, numbers in _to_look_at(using, tenant, WAYS_DIFFER):
        yield Violation(where=f"customer {row['number']}", numbers=numbers)


@invariant(part="dairy", name="No part of what a customer owes is less than nothing")
def nothing_is_less_than_nothing(*, using: str, tenant: Tenant | None = None) -> Violations:
    """What is paid beyond a debt is credit and stands beside it: nothing is clamped, so damage shows here."""
    for row, numbers in _to_look_at(using, tenant, NEGATIVE):
        yield Violation(where=f"customer {row['number']}", numbers=numbers)


def _to_look_at(using: str, tenant: Tenant | None, anomaly: str) -> Iterator[tuple[dict, dict]]:
    names = ("opening_left", "sales_open", "deliveries_unbilled", "invoices", "credit", "net", "transactions")
    for each in [tenant] if tenant else Tenant.objects.using(using).order_by("pk"):
        scope = Scope(each, LONG_AGO, using=using)
        for row in iterate_outstanding(scope, Wanted(selection="to_look_at")):
            if anomaly in row["anomalies"]:
                yield row, {f"{name}_cents": row[f"{name}_cents"] for name in names}
