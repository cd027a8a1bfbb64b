"""Plan subscriptions: which customer has which plan on which line, from which day to which, and what it was before."""

from datetime import date
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.history import History
from accounts.models import TenantOwned, TenantQuerySet
from accounts.roles import OFFICE
from subscriptions.models.internet_plan import InternetPlan
from subscriptions.models.subscriber import Subscriber

BILLED_PERIOD = (
    "billed_period"  # the source_kind of an invoice line that bills what was used beyond the cap of a period
)


class NamedIndex(models.Index):
    """An index with a name longer than Oracle takes: other people's scripts ask for this one by its name."""

    max_name_length = 63


class PlanSubscriptionQuerySet(TenantQuerySet):
    """Plan subscriptions, chained like a sentence: `PlanSubscription.objects.for_user(user).open()`."""

    def visible_to_role(self, user: Any) -> Self:
        """The office sees all subscriptions of its business; others none."""
        return self if user.role in OFFICE else self.none()

    def open(self) -> Self:
        """Subscriptions without a last day: their line is taken."""
        return self.filter(is_active=True, end_date__isnull=True)

    def unlinked(self) -> Self:
        """Subscriptions of which nobody knows the line: what is used on it cannot be billed."""
        return self.filter(subscriber__isnull=True)


class PlanSubscription(TenantOwned):
    """Which plan does the customer have on which line, from `start_date` to `end_date` (its last day; none is open)?

    `subscriber` is the line; a row of the old system has none until the backfill, or a person, links it: `link_source` says how,
    and a link that a person confirmed is never touched again. The line is of the same tenant and customer, and carries one open
    subscription at most. `start_date` anchors the billing periods; `billed_from` is the first day that this system bills, when
    an older one billed what was before. `custom_data_cap_bytes` replaces the plan's cap. Days are the tenant's.
    What was agreed before a change of plan, cap or line stands in `PlanSubscriptionTerms`. Written by `subscriptions.services`.
    """

    class LinkSource(models.TextChoices):
        GIVEN = "GIVEN", "Given when it was made"
        METADATA = "METADATA", "The line names it"
        ONLY_LINE = "ONLY_LINE", "The only line of the customer"
        MATCHED = "MATCHED", "Matched one to one"
        FIRST_ACTIVE = "FIRST_ACTIVE", "The first active line of several"
        PERSON = "PERSON", "Chosen by a person"
        MOVED = "MOVED", "Moved to this line"

    plan = models.ForeignKey(InternetPlan, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey("billing.Customer", on_delete=models.PROTECT, related_name="+")
    subscriber = models.ForeignKey(
        Subscriber, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    link_source = models.CharField(max_length=12, choices=LinkSource, blank=True, default="", db_default="")
    link_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    link_confirmed_at = models.DateTimeField(null=True, blank=True)
    start_date = models.DateField()
    end_date = models.DateField(null=True, blank=True)
    billed_from = models.DateField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    is_suspended = models.BooleanField(default=False)
    suspended_reason = models.CharField(max_length=255, blank=True, default="")
    custom_data_cap_bytes = models.BigIntegerField(null=True, blank=True)
    terms_since = models.DateField(
        null=True, blank=True, editable=False
    )  # first day of plan, cap and line; none: start_date
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PlanSubscriptionQuerySet.as_manager()
    history = History()

    class Meta:
        db_table = "plan_subscriptions"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscriber"],
                condition=Q(is_active=True, end_date__isnull=True),
                name="line_carries_one_open_subscription",
            ),
            models.CheckConstraint(
                condition=Q(end_date__isnull=True) | Q(end_date__gte=F("start_date")),
                name="plan_subscription_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(custom_data_cap_bytes__isnull=True) | Q(custom_data_cap_bytes__gt=0),
                name="plan_subscription_cap_is_positive",
            ),
            models.CheckConstraint(
                condition=Q(link_confirmed_at__isnull=True) | Q(subscriber__isnull=False),
                name="plan_subscription_confirmed_link_is_there",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="plan_subscriptions_newest_1st"),
            models.Index(fields=["customer", "start_date", "id"], name="plan_subs_of_a_customer"),
            models.Index(fields=["plan", "id"], name="plan_subscriptions_of_a_plan"),
            NamedIndex(fields=["subscriber"], name="idx_plan_subscriptions_subscriber_id"),
        ]

    def __str__(self) -> str:
        return f"subscription {str(self.pk)[-6:]}"

    @property
    def agreed_since(self) -> date:
        """The first day of the plan, cap and line that it has now."""
        return self.terms_since or self.start_date


class PlanSubscriptionTerms(TenantOwned):
    """What was agreed from `first_day` to `last_day`, before the plan, the cap or the line of the subscription changed?

    What holds now stands on the subscription itself, from its `terms_since`. A billing period that saw several terms is billed in
    parts, each with its share of the cap by days. `subscriber` is none where the line was not known then: the subscription's
    own link, once it has one, says it. Written by `subscriptions.services`, never deleted.
    """

    subscription = models.ForeignKey(PlanSubscription, on_delete=models.PROTECT, related_name="past_terms")
    plan = models.ForeignKey(InternetPlan, on_delete=models.PROTECT, related_name="+")
    subscriber = models.ForeignKey(Subscriber, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    custom_data_cap_bytes = models.BigIntegerField(null=True, blank=True)
    first_day = models.DateField()
    last_day = models.DateField()
    created_at = models.DateTimeField(auto_now_add=True)

    history = History()

    class Meta:
        db_table = "plan_subscription_terms"
        ordering = ["subscription_id", "first_day"]
        constraints = [
            models.UniqueConstraint(fields=["subscription", "first_day"], name="terms_begin_once_on_a_day"),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="terms_end_after_they_begin"),
        ]

    def __str__(self) -> str:
        return f"terms from {self.first_day} to {self.last_day}"
