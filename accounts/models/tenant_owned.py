"""The base of every row that belongs to a tenant, and of the querysets that never leave it."""

from typing import Any, Self

from django.db import models

from accounts.ids import new_id
from accounts.models.tenant import Tenant
from accounts.roles import Role


class TenantQuerySet(models.QuerySet):
    """Rows of tenants: every selector starts from `for_user` or `of_tenant`."""

    def of_tenant(self, tenant: Tenant | None) -> Self:
        """Rows of one tenant; None means all tenants, which only the system and superusers may ask for."""
        return self if tenant is None else self.filter(tenant=tenant)

    def for_user(self, user: Any) -> Self:
        """Rows that this user may see: nothing for strangers, everything for superusers, else their tenant's."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_superuser:
            return self
        if user.tenant_id is None:
            return self.none()
        return self.filter(tenant_id=user.tenant_id).visible_to_role(user)

    def visible_to_role(self, user: Any) -> Self:
        """Rows that the user's role may see inside their own tenant; a table narrows this for reps and customers."""
        return self.none() if user.role == Role.CUSTOMER else self


class TenantOwned(models.Model):
    """A row with a time-ordered id that belongs to one tenant."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True
