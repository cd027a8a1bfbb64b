"""Document numbers, gap-free: a number is taken in the transaction that uses it, under a lock."""

from django.db import connection
from django.db.models import F

from accounts.models import Counter, Tenant


def next_number(*, tenant: Tenant, kind: str) -> int:
    """Take the next number of this kind; the row stays locked until the caller's transaction ends.

    A rolled-back caller gives its number back, so the series has no gaps.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"next_number({kind!r}) was called outside a transaction: the number could be lost.")
    Counter.objects.bulk_create([Counter(tenant=tenant, kind=kind)], ignore_conflicts=True)
    Counter.objects.filter(tenant=tenant, kind=kind).update(value=F("value") + 1)
    return Counter.objects.get(tenant=tenant, kind=kind).value
