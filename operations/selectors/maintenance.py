"""Is anybody's writing frozen, and what is a person told about it?"""

from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import User
from operations.models import Maintenance


def maintenance_going_on() -> list[Maintenance]:
    """Every time of maintenance that has not ended, that of all businesses first. One query, on a table of a few rows."""
    found = Maintenance.objects.going_on().select_related("tenant", "started_by")
    return sorted(found, key=lambda row: (row.tenant is not None, row.started_at))


def find_maintenance(tenant_id: Any) -> Maintenance | None:
    """Find what freezes the writes of this business; of None (a job of all businesses) only what freezes all.

    The key may be a text, as a job carries it.
    """
    going_on = maintenance_going_on()
    return next((row for row in going_on if row.tenant is None or str(row.tenant_id) == str(tenant_id)), None)


def maintenance_seen_by(user: User) -> list[Maintenance]:
    """What a member of staff is told on every page: whatever freezes their own business; those above all see each."""
    going_on = maintenance_going_on()
    return [row for row in going_on if user.is_superuser or row.tenant_id in {None, user.tenant_id}]


def whose(row: Maintenance) -> str:
    """Whose writes are frozen."""
    return row.tenant.name if row.tenant else "all businesses"


def until(row: Maintenance, now: datetime) -> str:
    """Until when, as far as it is known; the time in the reader's zone.

    Example: `probably until 09:30 UTC`.
    """
    if row.expected_until is None:
        return "until it is turned off"
    if row.expected_until <= now:
        return f"longer than expected (it should have ended at {clock(row.expected_until)})"
    return f"probably until {clock(row.expected_until)}"


def clock(moment: datetime) -> str:
    """The time of day; with its date when that is not today."""
    local, today = timezone.localtime(moment), timezone.localdate()
    return f"{local:%H:%M %Z}" if local.date() == today else f"{local:%Y-%m-%d %H:%M %Z}"


def frozen_words(row: Maintenance, now: datetime) -> str:
    """What, until when, why: the sentence that every door answers with."""
    reason = row.reason.rstrip(".")
    return f"Writes of {whose(row)} are frozen for maintenance since {clock(row.started_at)}, {until(row, now)}. Why: {reason}."
