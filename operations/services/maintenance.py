"""Maintenance is turned on and off here: while it is on, nobody but the operators writes.

What holds the writes back stands at the doors: `config.maintenance` for the API and the admin, `operations.quiet_tasks` for
background jobs. A write that began before is finished: turning it on waits for nobody, and every write afterwards is refused.
"""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.errors import Conflict, RuleBroken
from accounts.locks import locked
from accounts.models import Tenant, User
from accounts.unit_of_work import unit_of_work
from operations.models import Maintenance
from operations.selectors.maintenance import clock, maintenance_going_on, whose


class MaintenanceIsOn(Conflict):
    """The writes of this business (or of all) are frozen already."""

    code = "maintenance_is_on"


class MaintenanceIsOff(Conflict):
    """Nothing is frozen that could be let go."""

    code = "maintenance_is_off"


class MaintenanceNeedsReason(RuleBroken):
    """Nobody said why, or for how long in a way that can be."""

    code = "maintenance_needs_reason"


@unit_of_work
def begin_maintenance(
    *,
    actor: User | None,
    tenant: Tenant | None,
    reason: str,
    now: datetime,
    expected_until: datetime | None = None,
) -> Maintenance:
    """Freeze the writes of one business, or (None) of all, from now on.

    *Raises* MaintenanceNeedsReason, MaintenanceIsOn.
    """
    if not reason.strip():
        raise MaintenanceNeedsReason(
            "Say why: everybody who is refused meanwhile reads it.", fields={"reason": ["Say why."]}
        )
    row = Maintenance(
        tenant=tenant, reason=reason.strip(), started_at=now, started_by=actor, expected_until=expected_until
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise MaintenanceIsOn(
            f"Maintenance of {whose(row)} is on already. `maintenance status` says since when and why; nothing was changed."
        ) from error
    return row


@unit_of_work
def end_maintenance(*, actor: User | None, tenant: Tenant | None, now: datetime, reason: str = "") -> Maintenance:
    """Let one business, or (None) all, write again. What freezes another one stays.

    *Raises* MaintenanceIsOff.
    """
    row = locked(Maintenance.objects.going_on().filter(tenant=tenant)).first()
    if row is None:
        raise MaintenanceIsOff(
            f"Maintenance of {tenant.name if tenant else 'all businesses'} is not on. {_what_is_on()}"
        )
    row.ended_at, row.ended_by, row.end_reason = now, actor, reason.strip()
    row.save()
    return row


def _what_is_on() -> str:
    others = maintenance_going_on()
    if not others:
        return "Nothing is frozen."
    named = ", ".join(f"{whose(row)} (since {clock(row.started_at)})" for row in others)
    slug = others[0].tenant.slug if others[0].tenant else ""
    return f"It is on for {named}." + (f" Say --tenant {slug}." if slug else " Leave --tenant out.")
