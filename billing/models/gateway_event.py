"""What the payment gateway told us: each of its calls once, what became of it, and what a person must look at."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.history import History
from accounts.models import TenantOwned, TenantQuerySet
from accounts.roles import OFFICE


class GatewayEventQuerySet(TenantQuerySet):
    """Calls of the gateway, chained like a sentence."""

    def visible_to_role(self, user: object) -> "GatewayEventQuerySet":
        """The office sees all calls of its business; others none."""
        return self if getattr(user, "role", "") in OFFICE else self.none()

    def to_review(self) -> "GatewayEventQuerySet":
        """Calls that nobody could act on and no person has settled yet."""
        return self.exclude(outcome=GatewayEvent.Outcome.DONE).filter(settled_at__isnull=True)


class GatewayEvent(TenantOwned):
    """What did the gateway say about which payment, what did we do, and does a person have to look at it?

    One row for each `event_id` of a business: said again, it is answered from here and done once. *Money*: `amount_cents` is what
    the gateway says, beside the payment's own. `UNKNOWN_REFERENCE` and `REFUSED` are kept until the gateway says it again and it
    can be done, or a person settles it with words. Written by `billing.services.gateway` alone.
    """

    class Kind(models.TextChoices):
        SUCCEEDED = "SUCCEEDED", "Came in"
        FAILED = "FAILED", "Failed"
        REFUNDED = "REFUNDED", "Given back"
        REVERSED = "REVERSED", "Taken back"

    class Outcome(models.TextChoices):
        DONE = "DONE", "Done"
        UNKNOWN_REFERENCE = "UNKNOWN_REFERENCE", "No such payment"
        REFUSED = "REFUSED", "Contradicts the books"

    event_id = models.CharField(max_length=100)
    external_reference = models.CharField(max_length=100)
    kind = models.CharField(max_length=9, choices=Kind)
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    outcome = models.CharField(max_length=17, choices=Outcome)
    detail = models.TextField(blank=True)
    payment = models.ForeignKey("billing.Payment", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = GatewayEventQuerySet.as_manager()
    history = History()

    class Meta:
        db_table = "gateway_events"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "event_id"], name="gateway_event_is_kept_once_per_tenant"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="gateway_event_amount_is_positive"),
        ]
        indexes = [models.Index(fields=["tenant", "-created_at", "-id"], name="gateway_events_newest_first")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.external_reference}"
