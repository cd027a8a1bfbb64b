"""Document numbers, gap-free: a number is taken in the transaction that uses it, under a lock."""

from django.db import connection
from django.db.models import F

from accounts.models import Counter, Tenant


def next_number(*, tenant: Tenant, kind: str, count: int = 1) -> int:
    """Take the next number of this kind, or the next `count`, and return the last of them.

    The row stays locked until the caller's transaction ends. A rolled-back caller gives its numbers back, so the series has no
    gaps.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"next_number({kind!r}) was called outside a transaction: the number could be lost.")
    Counter.objects.bulk_create([Counter(tenant=tenant, kind=kind)], ignore_conflicts=True)
    Counter.objects.filter(tenant=tenant, kind=kind).update(value=F("value") + count)
    return Counter.objects.get(tenant=tenant, kind=kind).value
