"""What standing orders want on a day, in SQL: the rule `planned_quantity`, asked of all of them at once.

A property test holds this and `subscriptions.rules.standing_order` equal.
"""

from datetime import date
from typing import Any

from django.db.models import (
    Case,
    CharField,
    DecimalField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest, Left, Round

from accounts.models import Tenant
from routes.models import Round as StandingRound
from subscriptions.models import StandingOrderChange, StandingOrderDay
from subscriptions.rules.standing_order import BETWEEN_NOTES, DECREASE, INCREASE, LONGEST_NOTE, SKIP
from subscriptions.selectors.prices import prices_then

CUSTOMER_INACTIVE = "customer inactive"
PRODUCT_INACTIVE = "product inactive"
NO_PRICE = "no price on that day"
SLOT_UNKNOWN = "slot is not one of the round"
REASONS = (CUSTOMER_INACTIVE, PRODUCT_INACTIVE, NO_PRICE, SLOT_UNKNOWN)

QUANTITY = DecimalField(max_digits=12, decimal_places=3)


class Joined(Subquery):
    """One text of the rows of a subquery with the single column `note`, in the order of the subquery."""

    template = "(SELECT %(function)s(said.note, %(between)s) FROM %(subquery)s said)"

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, function="STRING_AGG", between=f"'{BETWEEN_NOTES}'", **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, function="GROUP_CONCAT", between=f"'{BETWEEN_NOTES}'", **context)

    def as_sql(self, compiler: Any, connection: Any, template: Any = None, **context: Any) -> tuple[str, Any]:
        subquery, parameters = self.query.as_sql(compiler, connection)
        return (template or self.template) % {**context, "subquery": subquery}, parameters


def planned(tenant: Tenant, day: date) -> QuerySet[Any]:
    """The day of the cycle of every standing order that runs on this day, with `planned` (0: nothing today) and `note_then`."""
    place = (Value(day.toordinal()) - F("standing_order__cycle_offset")) % F("standing_order__cycle_days")
    running = Q(standing_order__ends_on__isnull=True) | Q(standing_order__ends_on__gte=day)
    days = StandingOrderDay.objects.filter(
        running,
        standing_order__tenant=tenant,
        standing_order__starts_on__lte=day,
        position=ExpressionWrapper(place, output_field=IntegerField()),
    )
    today = changes_on(day)
    more = Coalesce(F("quantity") + Subquery(_sum(today), output_field=QUANTITY), F("quantity"), output_field=QUANTITY)
    nothing = Value(0, output_field=QUANTITY)
    is_skipped = When(Exists(today.filter(kind=SKIP)), then=nothing)
    notes = Joined(today.exclude(note="").order_by("first_day", "id").values("note"), output_field=TextField())
    return days.order_by().annotate(
        planned=Case(is_skipped, default=Greatest(Round(more, precision=3), nothing), output_field=QUANTITY),
        note_then=Left(Coalesce(notes, Value(""), output_field=TextField()), LONGEST_NOTE),
    )


def wanted(tenant: Tenant, day: date) -> QuerySet[Any]:
    """What is wanted on a day, with `price_then`, `tax_then`, and `reason`: why it cannot be ordered, or "".

    *Money*: the price is that of the day, tax included.
    """
    price = prices_then(day, product="standing_order__product")
    priced = planned(tenant, day).annotate(
        price_then=Subquery(price.values("unit_price_cents")), tax_then=Subquery(price.values("tax_rate_bps"))
    )
    reason = Case(
        When(standing_order__customer__is_active=False, then=Value(CUSTOMER_INACTIVE)),
        When(standing_order__product__is_active=False, then=Value(PRODUCT_INACTIVE)),
        When(price_then__isnull=True, then=Value(NO_PRICE)),
        *_slots_unknown(tenant),
        default=Value(""),
        output_field=CharField(),
    )
    return priced.filter(planned__gt=Value(0)).annotate(reason=reason)


def changes_on(day: date) -> QuerySet[Any]:
    """The changes of the row's standing order that speak of a day, as a subquery."""
    until = Q(last_day__isnull=True) | Q(last_day__gte=day)
    return StandingOrderChange.objects.filter(
        until, standing_order=OuterRef("standing_order"), withdrawn_at__isnull=True, first_day__lte=day
    ).order_by()


def _sum(today: QuerySet[Any]) -> QuerySet[Any]:
    """Increases less decreases; none where there are neither."""
    signed = Case(When(kind=DECREASE, then=-F("quantity")), default=F("quantity"), output_field=QUANTITY)
    counting = today.filter(kind__in=[INCREASE, DECREASE])
    return counting.values("standing_order").annotate(more=Sum(signed)).values("more")


def _slots_unknown(tenant: Tenant) -> list[When]:
    """A condition for each round with slots; a business has a few dozen."""
    rounds = StandingRound.objects.filter(tenant=tenant).exclude(slots=[]).values_list("pk", "slots")
    return [
        When(
            Q(standing_order__customer__round=key) & ~Q(standing_order__slot__in=["", *slots]),
            then=Value(SLOT_UNKNOWN),
        )
        for key, slots in rounds
    ]
