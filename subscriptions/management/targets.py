"""What a command of the dairy round was told to work on: a day and a round, or its refusal (exit 2) in words."""

from datetime import date

from accounts.models import Tenant
from operations.management.targets import Refused
from routes.models import Round

KNOWN = 20


def require_day(text: str, *, option: str) -> date:
    """Return the day that an option names, or refuse."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refused(f"{option} is '{text}': write a day such as 2026-01-13.") from error


def require_round(name: str | None, *, tenant: Tenant) -> Round | None:
    """Return the tenant's round with this name (None: all rounds), or refuse naming the known ones."""
    if name is None:
        return None
    rounds = Round.objects.of_tenant(tenant)
    found = rounds.filter(name=name).first()
    if found is None:
        known = ", ".join(rounds.order_by("name").values_list("name", flat=True)[:KNOWN]) or "none yet"
        raise Refused(f"There is no round '{name}' in {tenant.slug}. Known: {known}.")
    return found
