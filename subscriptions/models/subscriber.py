"""Subscribers: the lines of an internet provider, each with the log-in that its traffic is counted under."""

from typing import Any, Self

from django.db import models

from accounts.history import History
from accounts.models import Tenant, TenantOwned, TenantQuerySet
from accounts.roles import OFFICE


class SubscriberQuerySet(TenantQuerySet):
    """Subscribers, chained like a sentence: `Subscriber.objects.of_tenant(tenant).live()`."""

    def visible_to_role(self, user: Any) -> Self:
        """The office sees all lines of its business; others none."""
        return self if user.role in OFFICE else self.none()

    def live(self) -> Self:
        """Lines that were not deleted."""
        return self.filter(deleted_at__isnull=True)


class Subscriber(TenantOwned):
    """Which line is it, whose, what does it carry, since when and until when?

    Its id comes from the access network and is text. A deleted line keeps its row, so that what was used on it stays billed;
    its username may then be given to another line, which is why usage is counted by id and never by username.
    `metadata` is what the old system noted, such as `subscription_id`. Written by `subscriptions.services`.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING", "Pending"
        ACTIVE = "ACTIVE", "Active"
        SUSPENDED = "SUSPENDED", "Suspended"
        DISCONNECTED = "DISCONNECTED", "Disconnected"
        TERMINATED = "TERMINATED", "Terminated"

    class ServiceType(models.TextChoices):
        FIBER_INTERNET = "FIBER_INTERNET", "Fiber internet"
        DSL_INTERNET = "DSL_INTERNET", "DSL internet"
        CABLE_INTERNET = "CABLE_INTERNET", "Cable internet"
        WIRELESS_INTERNET = "WIRELESS_INTERNET", "Wireless internet"
        SATELLITE_INTERNET = "SATELLITE_INTERNET", "Satellite internet"
        VOIP = "VOIP", "Telephone over internet"
        PSTN = "PSTN", "Telephone"
        MOBILE = "MOBILE", "Mobile"
        IPTV = "IPTV", "Television"

    INTERNET = (
        ServiceType.FIBER_INTERNET,
        ServiceType.DSL_INTERNET,
        ServiceType.CABLE_INTERNET,
        ServiceType.WIRELESS_INTERNET,
        ServiceType.SATELLITE_INTERNET,
    )

    id = models.CharField(primary_key=True, max_length=255)  # type: ignore[assignment]
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey("billing.Customer", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    username = models.CharField(max_length=64)
    status = models.CharField(max_length=12, choices=Status, default=Status.PENDING)
    service_type = models.CharField(max_length=18, choices=ServiceType, default=ServiceType.FIBER_INTERNET)
    download_kbps = models.PositiveIntegerField(null=True, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)
    terminated_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = SubscriberQuerySet.as_manager()
    history = History()

    class Meta:
        db_table = "subscribers"
        ordering = ["tenant_id", "created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "username"],
                condition=models.Q(deleted_at__isnull=True),
                name="subscriber_username_is_unique_per_tenant",
            ),
            models.UniqueConstraint(  # what a subscription's own link points to: the same tenant, the same customer
                fields=["tenant", "customer", "id"], name="subscriber_belongs_to_one_customer"
            ),
            models.CheckConstraint(condition=~models.Q(id=""), name="subscriber_id_is_not_empty"),
        ]
        indexes = [models.Index(fields=["tenant", "-created_at", "id"], name="subscribers_newest_first")]

    def __str__(self) -> str:
        return self.username

    @property
    def is_internet(self) -> bool:
        """Whether it carries internet, and not telephone or television."""
        return self.service_type in self.INTERNET
