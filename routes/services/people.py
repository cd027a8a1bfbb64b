"""Who may act for a business, and who may be sent out for it."""

from typing import Any

from accounts.errors import NotAllowed, NotFound, RuleBroken
from accounts.models import User
from accounts.roles import STAFF


class PersonCannotDoThis(RuleBroken):
    """This person cannot go out or collect for this business."""

    code = "person_cannot_do_this"


def check_staff(actor: User | None, tenant_id: Any, *, roles: frozenset[str] = STAFF) -> None:
    """Let pass who works for this tenant in one of these roles; None is the system, superusers stand above tenants.

    *Raises* NotFound for a stranger, who must not learn that the object exists; NotAllowed for the wrong role.
    """
    if actor is None or actor.is_superuser:
        return
    if actor.tenant_id != tenant_id:
        raise NotFound("There is no such object in your business. Check the address, or ask who owns it.")
    if not actor.is_active or actor.role not in roles:
        raise NotAllowed(
            f"A person with the role {actor.role} may not do this. Ask one of: {', '.join(sorted(roles))}."
        )


def check_worker(person: User, tenant_id: Any) -> None:
    """Let pass who is active staff of this tenant.

    *Raises* PersonCannotDoThis.
    """
    if person.tenant_id != tenant_id:
        raise PersonCannotDoThis(f"{person.pk} is not a person of this business. Choose one of its own staff.")
    if not person.is_active:
        raise PersonCannotDoThis(f"{person} is no longer active. Choose somebody who is, or activate them first.")
    if person.role not in STAFF:
        raise PersonCannotDoThis(f"{person} has the role {person.role}. Choose a person of the staff.")
