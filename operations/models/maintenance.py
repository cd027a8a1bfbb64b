"""Maintenance: who froze whose writes, when, why, and when they went on."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.history import History
from accounts.ids import new_id
from accounts.models import Tenant
from accounts.models.tenant_owned import TenantQuerySet
from accounts.roles import OFFICE


class MaintenanceQuerySet(TenantQuerySet):
    """Times of maintenance, chained like a sentence."""

    def going_on(self) -> Self:
        """Those that have not ended."""
        return self.filter(ended_at__isnull=True)

    def freezing(self, tenant_id: Any) -> Self:
        """Those that freeze this business: its own, and those of all. None asks for one who stands above: any of them."""
        return self if tenant_id is None else self.filter(Q(tenant=None) | Q(tenant=tenant_id))

    def visible_to_role(self, user: Any) -> Self:
        """The office sees why it could not write; representatives and customers are told when they try."""
        return self if user.role in OFFICE else self.none()


class Maintenance(models.Model):
    """Whose writes are frozen, since when, by whom, why, and until when probably? Which times were there before?

    Without a tenant it is all of them. One at a time for each business and one for all, which the database holds. Written by
    `operations.services.maintenance` alone; who turned it on from the terminal is nobody: the reason says who.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField()
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    expected_until = models.DateTimeField(null=True, blank=True, help_text="When it will probably be over.")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    end_reason = models.TextField(blank=True)

    objects = MaintenanceQuerySet.as_manager()
    history = History()

    class Meta:
        db_table = "maintenance"
        verbose_name = "time of maintenance"
        verbose_name_plural = "times of maintenance"
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(ended_at__isnull=True), name="maintenance_is_once_per_tenant"
            ),
            models.UniqueConstraint(
                models.Value(1),
                condition=Q(ended_at__isnull=True, tenant__isnull=True),
                name="maintenance_of_all_is_once",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="maintenance_has_a_reason"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("started_at")),
                name="maintenance_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"Maintenance of {self.tenant or 'all businesses'} since {self.started_at:%Y-%m-%d %H:%M} UTC"

    def seconds_left(self, now: datetime) -> int:
        """How long one should wait before trying again: until the expected end, between half a minute and an hour."""
        if self.expected_until is None:
            return WAIT_SECONDS
        return int(min(max((self.expected_until - now).total_seconds(), 30), 3600))


WAIT_SECONDS = 300
