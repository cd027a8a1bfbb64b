"""Counters: gap-free document numbers per tenant and kind."""

from django.db import models

from accounts.models.tenant import Tenant


class Counter(models.Model):
    """What was the last number given out? One row per tenant and kind of document; locked while a number is taken.

    Written by `accounts.services.next_number` alone.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    value = models.BigIntegerField(default=0)

    class Meta:
        db_table = "counters"
        constraints = [models.UniqueConstraint(fields=["tenant", "kind"], name="counter_is_one_per_tenant_and_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"
