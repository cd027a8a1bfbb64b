"""Rounds and routes: the standing plan, and each dated trip on it."""

from typing import Any, Self

from django.conf import settings
from django.db import models

from accounts.history import History
from accounts.models import Role, TenantOwned, TenantQuerySet
from routes import rules


class Round(TenantOwned):
    """Which customers are visited together, in which slots, and who usually goes?

    A standing plan such as *North, morning and evening*. Written by `routes.services` and staff in the admin.
    """

    name = models.CharField(max_length=100)
    slots = models.JSONField(
        default=list, blank=True, help_text='Parts of the day, for example ["morning", "evening"].'
    )
    usual_rep = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_active = models.BooleanField(default=True)

    history = History()

    class Meta:
        db_table = "rounds"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="round_name_is_unique_per_tenant")]

    def __str__(self) -> str:
        return self.name


class RouteQuerySet(TenantQuerySet):
    """Routes, chained like a sentence."""

    def visible_to_role(self, user: Any) -> Self:
        """A representative sees the routes assigned to them; the office sees all."""
        if user.role == Role.SALES_REP:
            return self.filter(assigned_to=user)
        return super().visible_to_role(user)

    def dated(self, first: Any, last: Any) -> Self:
        """Routes with `route_date` from `first` to `last`, both included; None leaves that side open."""
        routes = self if first is None else self.filter(route_date__gte=first)
        return routes if last is None else routes.filter(route_date__lte=last)


class Route(TenantOwned):
    """Who went out on which day, and how far has the trip come?

    One dated trip. `status` moves only by services (`routes.rules` says how); once RECONCILED nothing that would
    change its figures is accepted any more.
    """

    class Status(models.TextChoices):
        PENDING = rules.PENDING, "Planned"
        IN_PROGRESS = rules.IN_PROGRESS, "On the road"
        COMPLETED = rules.COMPLETED, "Back, to reconcile"
        RECONCILED = rules.RECONCILED, "Reconciled"

    number = models.CharField(max_length=40)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    assigned_to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    route_date = models.DateField()
    status = models.CharField(max_length=12, choices=Status, default=Status.PENDING)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    reconciled_at = models.DateTimeField(null=True, blank=True)
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RouteQuerySet.as_manager()
    history = History()

    class Meta:
        db_table = "routes"
        ordering = ["-route_date", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="route_number_is_unique_per_tenant"),
            models.CheckConstraint(
                condition=models.Q(status="RECONCILED", reconciled_at__isnull=False)
                | (~models.Q(status="RECONCILED") & models.Q(reconciled_at__isnull=True)),
                name="route_is_reconciled_exactly_when_it_has_the_time",
            ),
        ]
        indexes = [
            models.Index(fields=["assigned_to", "route_date"], name="routes_by_rep_and_date"),
            models.Index(fields=["tenant", "-route_date", "-id"], name="routes_newest_first"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        """Whether its figures may still change."""
        return self.status in rules.OPEN_STATUSES
