"""A day's orders held against the standing orders: what generating the day would create, change, withdraw or leave alone.

One selection for the preview and for the work: `compared` says what becomes of each standing order that wants something, and
`unwanted` which orders nobody wants any more. Orders that are delivered, or not delivered for a reason, are settled.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Case, CharField, Count, F, FilteredRelation, Q, QuerySet, Value, When

from accounts.models import Tenant
from routes.models import Round
from subscriptions.models import DailyOrder
from subscriptions.selectors.wanted import wanted

CREATED, RESTORED, CHANGED, UNCHANGED, SETTLED = "created", "restored", "changed", "unchanged", "settled"
MOST_EXAMPLES = 100
ANY = Q()
Status = DailyOrder.Status

# What an order keeps of the day, and where its standing order says it.
KEPT = {
    "planned_quantity": "planned",
    "unit_price_cents": "price_then",
    "tax_rate_bps": "tax_then",
    "note": "note_then",
    "round_id": "standing_order__customer__round_id",
    "slot": "standing_order__slot",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Which orders are meant: of a business on a day, of one round or one slot or all of them."""

    tenant: Tenant
    day: date
    round: Round | None = None
    slot: str | None = None

    def of(self, *, round_id: str, slot: str) -> Q:
        """The condition on the columns that hold round and slot."""
        condition = Q() if self.round is None else Q(**{round_id: self.round.pk})
        return condition if self.slot is None else condition & Q(**{slot: self.slot})


@dataclass(frozen=True, slots=True)
class GeneratedDay:
    """What became of a day's orders, or would; `left_out` says for each reason how many standing orders got none."""

    created: int
    changed: int
    withdrawn: int
    unchanged: int
    delivered: int
    not_delivered: int
    left_out: dict[str, int] = field(default_factory=dict)
    examples: list[dict[str, Any]] = field(default_factory=list)


def compared(scope: Scope) -> QuerySet[Any]:
    """Every standing order that can be delivered on the day, with its order of the day (`order_pk`, or none) and `becomes`.

    An order of this round that now belongs on another is in scope of both: whichever is generated first moves it.
    """
    that_day = FilteredRelation("standing_order__orders", condition=Q(standing_order__orders__order_date=scope.day))
    rows = wanted(scope.tenant, scope.day).filter(reason="").annotate(made=that_day)
    rows = rows.annotate(order_pk=F("made__id"), order_status=F("made__status"))
    rows = rows.annotate(**{f"order_{name}": F(f"made__{name}") for name in KEPT})
    by_plan = scope.of(round_id="standing_order__customer__round", slot="standing_order__slot")
    return rows.filter(by_plan | scope.of(round_id="order_round_id", slot="order_slot")).annotate(becomes=_becomes())


def missing(scope: Scope) -> QuerySet[Any]:
    """Standing orders that want something on the day and have no order for it yet."""
    return compared(scope).filter(order_pk__isnull=True)


def differing(scope: Scope) -> QuerySet[Any]:
    """Standing orders whose order of the day says something else, or was withdrawn."""
    return compared(scope).filter(becomes__in=[CHANGED, RESTORED])


def unwanted(scope: Scope, *, of: Q = ANY) -> QuerySet[Any]:
    """Orders of the day that are still to deliver and that no standing order wants any more; `of`: of which standing orders."""
    still = wanted(scope.tenant, scope.day).filter(of, reason="").values("standing_order")
    return in_scope(scope).filter(of, ~Q(standing_order__in=still), status=Status.GENERATED)


def in_scope(scope: Scope) -> QuerySet[Any]:
    """The orders of standing orders in scope, in whatever state: now on that round and slot, or to be moved there."""
    orders = DailyOrder.objects.filter(tenant=scope.tenant, order_date=scope.day, standing_order__isnull=False)
    by_plan = scope.of(round_id="standing_order__customer__round", slot="standing_order__slot")
    return orders.filter(by_plan | scope.of(round_id="round", slot="slot")).order_by()


def counts_by_status(scope: Scope) -> dict[str, int]:
    """How many orders of standing orders the day has in each state."""
    return dict(in_scope(scope).values_list("status").annotate(orders=Count("pk")))


def left_out(scope: Scope) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """Standing orders that want something on the day and get no order: how many for each reason, and the first of them."""
    by_plan = scope.of(round_id="standing_order__customer__round", slot="standing_order__slot")
    rows = wanted(scope.tenant, scope.day).filter(by_plan).exclude(reason="")
    counts = dict(rows.values_list("reason").annotate(standing_orders=Count("pk")).order_by("reason"))
    return counts, list(_examples(rows)) if counts else []


def preview_orders(*, tenant: Tenant, day: date, round: Round | None = None, slot: str | None = None) -> GeneratedDay:  # noqa: A002
    """Answer what generating the day would do, by the same selection; writes nothing."""
    scope = Scope(tenant, day, round, slot)
    before = counts_by_status(scope)
    becomes = dict(compared(scope).order_by().values_list("becomes").annotate(orders=Count("pk")))
    return answered(
        scope,
        before,
        created=becomes.get(CREATED, 0) + becomes.get(RESTORED, 0),
        changed=becomes.get(CHANGED, 0),
        withdrawn=unwanted(scope).count(),
    )


def answered(scope: Scope, before: dict[str, int], *, created: int, changed: int, withdrawn: int) -> GeneratedDay:
    """The answer, given the states before and what was or would be written."""
    reasons, examples = left_out(scope)
    return GeneratedDay(
        created=created,
        changed=changed,
        withdrawn=withdrawn,
        unchanged=before.get(Status.GENERATED, 0) - changed - withdrawn,
        delivered=before.get(Status.DELIVERED, 0),
        not_delivered=before.get(Status.NOT_DELIVERED, 0),
        left_out=reasons,
        examples=examples,
    )


def _becomes() -> Case:
    """What becomes of the order; a comparison with nothing is no equality, so a round that is gone counts as a change."""
    same = Q(**{f"order_{name}": F(now) for name, now in KEPT.items() if name != "round_id"})
    no_round = Q(order_round_id__isnull=True, standing_order__customer__round__isnull=True)
    same &= Q(order_round_id=F(KEPT["round_id"])) | no_round
    return Case(
        When(order_pk__isnull=True, then=Value(CREATED)),
        When(order_status=Status.WITHDRAWN, then=Value(RESTORED)),
        When(~Q(order_status=Status.GENERATED), then=Value(SETTLED)),
        When(same, then=Value(UNCHANGED)),
        default=Value(CHANGED),
        output_field=CharField(),
    )


def _examples(rows: QuerySet[Any]) -> Iterator[dict[str, Any]]:
    names = (
        "standing_order_id",
        "standing_order__customer__name",
        "standing_order__product__name",
        "planned",
        "reason",
    )
    for key, customer, product, quantity, reason in rows.order_by("standing_order_id").values_list(*names)[
        :MOST_EXAMPLES
    ]:
        yield {
            "standing_order_id": key, "customer": customer, "product": product, "quantity": quantity, "reason": reason,
        }  # fmt: skip
