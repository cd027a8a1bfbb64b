"""Writes that the business refused, or that failed: what did not go through, and why."""

from django.db import models

from accounts.ids import new_id
from accounts.models.tenant_owned import TenantQuerySet


class RefusedWrite(models.Model):
    """Which money writes were refused or failed, when, whose, and for what reason?

    Written by `accounts.unit_of_work` after the refused work was rolled back. Read by the *Health* page.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, null=True, related_name="+")
    service = models.CharField(max_length=80)
    actor_id = models.UUIDField(null=True)
    code = models.CharField(max_length=60)
    message = models.TextField()
    request_id = models.CharField(max_length=64, default="")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        db_table = "refused_writes"

    def __str__(self) -> str:
        return f"{self.service}: {self.message}"
