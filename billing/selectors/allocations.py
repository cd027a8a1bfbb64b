"""What pays for what right now: allocations that were not taken back."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from billing.models import Allocation


def live_allocations() -> QuerySet[Allocation]:
    """Allocations that stand: neither a reversal nor reversed."""
    return Allocation.objects.filter(reverses__isnull=True, reversal__isnull=True)


def other_ends(*, near: str, ids: Iterable[UUID], far: str) -> set[Any]:
    """The ids at the far ends of live allocations whose near end is one of these: `near="sale", far="payment"`."""
    ids = set(ids)
    if not ids:
        return set()
    ends = live_allocations().filter(Q(**{f"{near}__in": ids}), Q(**{f"{far}__isnull": False}))
    return set(ends.order_by().values_list(f"{far}_id", flat=True))
