"""People and businesses: made, given a new password, and shown the door."""

from typing import Any

from accounts.models import Tenant, User
from accounts.unit_of_work import unit_of_work


@unit_of_work
def create_tenant(
    *, actor: User | None, slug: str, name: str, currency: str, timezone: str = "UTC", **fields: Any
) -> Tenant:
    """Make a business with its currency (ISO 4217) and time zone."""
    return Tenant.objects.create(slug=slug, name=name, currency=currency, timezone=timezone, **fields)


@unit_of_work
def create_user(
    *,
    actor: User | None,
    email: str,
    name: str,
    role: str,
    tenant: Tenant | None,
    password: str | None = None,
    **fields: Any,
) -> User:
    """Make a person who logs in by e-mail; without a password nobody can log in as them."""
    return User.objects.create_user(email, password, name=name, role=role, tenant=tenant, **fields)


@unit_of_work
def change_password(*, actor: User, user: User, password: str) -> None:
    """Set a new password and revoke every token that was given under the old one."""
    user.set_password(password)
    user.save()


@unit_of_work
def deactivate_user(*, actor: User, user: User, reason: str) -> None:
    """Close a person's access now: no log-in, and every token revoked."""
    user.is_active = False
    user.save()
