"""The rule of `billing.rules.route_link` as SQL, for sets of payments. A property test holds the two equal."""

from functools import cache

from django.db.models import Case, CharField, F, Model, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from billing.models import Sale
from billing.rules import route_link as rule

TEXT = CharField()


def link_verdict() -> Case:
    """LINK or the reason why not, for each payment of a queryset: `payments.annotate(verdict=link_verdict())`."""
    return Case(
        When(sale__isnull=True, then=Value(rule.NO_SALE)),
        When(sale__route__isnull=True, then=Value(rule.SALE_UNROUTED)),
        When(received_at__gt=F("sale__route__reconciled_at"), then=Value(rule.ROUTE_RECONCILED)),
        default=Coalesce(_verdict_of(_image_when_received()), _verdict_of(_first_image()), Value(rule.LINK)),
        output_field=TEXT,
    )


def route_when_received() -> Combinable:
    """The route that the sale's history names for the time of the payment; NULL when on none or unknown."""
    return Coalesce(
        Subquery(_image_when_received().values("route_id")[:1]),
        Subquery(_first_image().values("route_id")[:1]),
    )


@cache
def _sale_history() -> type[Model]:
    """The history of sales; kept, because simple-history builds a class at every access."""
    return Sale.history.model


def _images() -> QuerySet:
    return _sale_history()._base_manager.filter(id=OuterRef("sale_id")).exclude(history_type="-")


def _image_when_received() -> QuerySet:
    return _images().filter(history_date__lte=OuterRef("received_at")).order_by("-history_date", "-history_id")


def _first_image() -> QuerySet:
    return _images().order_by("history_date", "history_id")


def _verdict_of(images: QuerySet) -> Subquery:
    verdict = Case(
        When(route_id__isnull=True, then=Value(rule.RECEIVED_BEFORE_ROUTE)),
        When(route_id=OuterRef("sale__route_id"), then=Value(rule.LINK)),
        default=Value(rule.ROUTE_UNCLEAR),
        output_field=TEXT,
    )
    return Subquery(images.annotate(verdict=verdict).values("verdict")[:1])
