"""What a route owes when it starts, and how its cash was settled when it came back."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.history import History
from accounts.ids import new_id
from accounts.models import TenantOwned
from billing.money import as_units


class RouteOpeningDue(models.Model):
    """What older debt did this customer carry when the route started?

    Frozen at the start, so that later sales do not change what the representative was asked to collect. A debt that another
    open route already carries is not carried again. Written by `billing.services.start_route`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    route = models.ForeignKey("routes.Route", on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey("billing.Customer", on_delete=models.PROTECT, related_name="+")
    previous_due_cents = models.BigIntegerField()

    is_frozen = True

    class Meta:
        db_table = "route_opening_dues"
        constraints = [
            models.UniqueConstraint(fields=["route", "customer"], name="opening_due_is_once_per_route_and_customer"),
            models.CheckConstraint(condition=Q(previous_due_cents__gt=0), name="opening_due_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{as_units(self.previous_due_cents, self.route.tenant.currency)} due before the route"


class RouteOpeningDebt(models.Model):
    """Which debts make up a route's opening due: one row per old sale, and one without a sale for the opening balance?

    A debt that an open route carries here is carried by no other, so that it is expected once. *Money*: `amount_cents` is
    what was unpaid of it when the route started. Written by `billing.services.start_route` alone.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    opening_due = models.ForeignKey(RouteOpeningDue, on_delete=models.CASCADE, related_name="debts")
    sale = models.ForeignKey("billing.Sale", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    amount_cents = models.BigIntegerField()

    is_frozen = True

    class Meta:
        db_table = "route_opening_debts"
        constraints = [
            models.UniqueConstraint(fields=["opening_due", "sale"], name="opening_debt_is_once_per_due_and_sale"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="opening_debt_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{as_units(self.amount_cents, self.opening_due.route.tenant.currency)} of an older debt"


class RouteReconciliation(TenantOwned):
    """How much cash was handed over for this route against what was recorded, who checked, and what became of the difference?

    Once per route, in the transaction that closes it. *Money*: `cash_variance_cents` = handed over - expected (recorded cash);
    negative is a shortage. Written by `billing.services.reconcile_route`.
    """

    class Disposition(models.TextChoices):
        NONE = "NONE", "No variance"
        OPEN = "OPEN", "Open"
        WRITTEN_OFF = "WRITTEN_OFF", "Written off"
        CHARGED_TO_REP = "CHARGED_TO_REP", "Charged to the representative"

    route = models.OneToOneField("routes.Route", on_delete=models.PROTECT, related_name="+")
    cash_expected_cents = models.BigIntegerField()
    cash_handed_over_cents = models.BigIntegerField()
    cash_variance_cents = models.BigIntegerField()
    returns_cents = models.BigIntegerField(default=0)
    variance_disposition = models.CharField(max_length=14, choices=Disposition, default=Disposition.NONE)
    variance_reason = models.TextField(blank=True)
    verified_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    notes = models.TextField(blank=True)
    reconciled_at = models.DateTimeField()

    history = History()

    class Meta:
        db_table = "route_reconciliations"
        constraints = [
            models.CheckConstraint(condition=Q(cash_handed_over_cents__gte=0), name="cash_handed_over_is_not_negative"),
            models.CheckConstraint(
                condition=Q(cash_variance_cents=F("cash_handed_over_cents") - F("cash_expected_cents")),
                name="cash_variance_is_handed_over_less_expected",
            ),
            models.CheckConstraint(
                condition=Q(cash_variance_cents=0, variance_disposition="NONE")
                | (~Q(cash_variance_cents=0) & ~Q(variance_disposition="NONE")),
                name="cash_variance_has_a_disposition",
            ),
        ]

    def __str__(self) -> str:
        return f"settlement of {self.route_id}"
