"""Routes: planned, reconciled, deleted; and which sales go out on them. Their steps in between: `route_life`."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.answers import PersonAnswer
from accounts.api.door import Door
from accounts.api.fields import Day, Key, StrictSerializer, Text
from accounts.api.idempotency import idempotent_when_keyed
from accounts.errors import NotFound
from accounts.models import User
from accounts.roles import OFFICE, STAFF
from billing import services
from billing.api.fields import Cents
from billing.api.period import REVERSED, PeriodQuery
from billing.api.sales import ReturnForm
from billing.models import RouteReconciliation, Sale
from routes.models import Round, Route
from routes.services import plan_route


class RouteForm(StrictSerializer):
    """What a new route needs. Without a number it takes the next one."""

    route_date = Day()
    assigned_to_id = Key(required=False, help_text="Default for a representative: themselves.")
    round_id = Key(required=False, allow_null=True)
    number = Text(max_length=40, required=False)


class RouteAnswer(serializers.ModelSerializer):
    """One dated trip."""

    round_id = serializers.UUIDField(allow_null=True)
    assigned_to = PersonAnswer()

    class Meta:
        model = Route
        fields = [
            "id",
            "number",
            "round_id",
            "assigned_to",
            "route_date",
            "status",
            "started_at",
            "completed_at",
            "reconciled_at",
            "notes",
            "created_at",
        ]
        read_only_fields = fields


class RouteQuery(PeriodQuery):
    """Which routes."""

    status = serializers.ChoiceField(Route.Status.choices, required=False)
    assigned_to_id = Key(required=False)
    round_id = Key(required=False)
    number = Text(max_length=40, required=False)


class RouteDoor(Door):
    """Routes that the person may see: the office all, a representative their own."""

    readers = writers = STAFF

    def routes(self) -> Any:
        """Routes with who goes."""
        return self.rows(Route).select_related("assigned_to")


class Routes(RouteDoor):
    """All routes."""

    ordering = ("-route_date", "-id")

    @extend_schema(parameters=[RouteQuery], responses={200: RouteAnswer(many=True), 422: REVERSED})
    def get(self, request: Request) -> Response:
        """Routes, the latest day first."""
        asked = self.query(RouteQuery)
        rows = self.routes().dated(asked.pop("first"), asked.pop("last"))
        return self.page(rows.filter(**asked), RouteAnswer)

    @extend_schema(request=RouteForm, responses={201: RouteAnswer})
    def post(self, request: Request) -> Response:
        """Plan a route. A representative plans their own."""
        form = self.body(RouteForm)
        round_id = form.pop("round_id", None)
        route = plan_route(
            actor=request.user,
            tenant=self.tenant(),
            assigned_to=self._assignee(form.pop("assigned_to_id", None)),
            round=self.find(Round, round_id, name="round_id") if round_id else None,
            **form,
        )
        return Response(RouteAnswer(route).data, status=status.HTTP_201_CREATED)

    def _assignee(self, pk: UUID | None) -> User:
        asker = self.request.user
        if pk is None and not asker.is_representative:
            raise serializers.ValidationError({"assigned_to_id": ["Say who goes."]})
        if asker.is_representative and pk not in (None, asker.pk):
            raise PermissionDenied
        return asker if pk is None else self.find_person(pk, name="assigned_to_id")


class ReasonForDeleting(StrictSerializer):
    """Why a route is deleted."""

    reason = Text(max_length=2000, required=False, allow_blank=True)


class OneRoute(RouteDoor):
    """One route."""

    @extend_schema(responses=RouteAnswer)
    def get(self, request: Request, pk: UUID) -> Response:
        """A route."""
        return Response(RouteAnswer(self.row(self.routes(), pk)).data)

    @extend_schema(parameters=[ReasonForDeleting], request=None, responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        """Delete a route on which nothing was collected; its sales are on no route then."""
        reason = self.query(ReasonForDeleting).get("reason", "")
        services.delete_route(actor=request.user, route=self.find(Route, pk), reason=reason)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ReconciliationReturnForm(ReturnForm):
    """Goods that came back with the route."""

    sale_id = Key()


class ReconciliationForm(StrictSerializer):
    """The cash that lies on the table, and what becomes of a difference."""

    cash_handed_over_cents = Cents(least=0)
    disposition = serializers.ChoiceField(["OPEN", "WRITTEN_OFF", "CHARGED_TO_REP"], required=False, allow_null=True)
    disposition_reason = Text(max_length=2000, allow_blank=True, required=False)
    returns = ReconciliationReturnForm(many=True, required=False, max_length=200)
    notes = Text(max_length=5000, allow_blank=True, required=False)


class ReconciliationAnswer(serializers.ModelSerializer):
    """How a route's cash was settled."""

    route_id = serializers.UUIDField()
    verified_by = PersonAnswer()

    class Meta:
        model = RouteReconciliation
        fields = [
            "id",
            "route_id",
            "cash_expected_cents",
            "cash_handed_over_cents",
            "cash_variance_cents",
            "returns_cents",
            "variance_disposition",
            "variance_reason",
            "verified_by",
            "notes",
            "reconciled_at",
        ]
        read_only_fields = fields


class Reconciliation(RouteDoor):
    """A route is closed for good."""

    writers = OFFICE

    @extend_schema(request=ReconciliationForm, responses={200: ReconciliationAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Count the cash handed over against the cash recorded, and close the route. Not by who collected it."""
        route = self.find(Route, pk)
        form = self.body(ReconciliationForm)
        returns = [{"sale": entry.pop("sale_id"), **entry} for entry in form.pop("returns", [])]
        settled = services.reconcile_route(actor=request.user, route=route, returns=returns, now=timezone.now(), **form)
        return Response(ReconciliationAnswer(settled).data)


class SalesOfRouteForm(StrictSerializer):
    """Which sales, and why."""

    sale_ids = serializers.ListField(child=Key(), min_length=1, max_length=200)
    reason = Text(max_length=2000, required=False, allow_blank=True)


class SalesOfRouteAnswer(serializers.Serializer):
    """The sales, and the route that they are on now."""

    route_id = serializers.UUIDField(allow_null=True)
    sale_ids = serializers.ListField(child=serializers.UUIDField())


SALE_IDS = OpenApiParameter(
    "sale_ids",
    {"type": "array", "items": {"type": "string", "format": "uuid"}, "minItems": 1, "maxItems": 200},
    required=True,
    description="Which sales: sale_ids=…&sale_ids=…. The same as a JSON body `{sale_ids: […]}` does as well.",
)
REASON = OpenApiParameter("reason", str, description="Why; kept in each sale's history.")


class SalesOfRoute(RouteDoor):
    """Which sales go out on a route."""

    @extend_schema(request=SalesOfRouteForm, responses={200: SalesOfRouteAnswer})
    def post(self, request: Request, pk: UUID) -> Response:
        """Put sales on a route that is planned or out, all or none; each leaves the route that it was on."""
        route = self.find(Route, pk)
        form = self.body(SalesOfRouteForm)
        sales = self._sales(form.pop("sale_ids"))
        services.add_sales_to_route(actor=request.user, sales=sales, route=route, **form)
        return Response(_moved(sales, route.pk))

    @extend_schema(parameters=[SALE_IDS, REASON], request=None, responses={200: SalesOfRouteAnswer})
    def delete(self, request: Request, pk: UUID) -> Response:
        """Take sales off a route, all or none; payments keep the route on which they were collected."""
        route = self.find(Route, pk)
        form = self._checked(SalesOfRouteForm, request.data or _from_query(request))
        sales = self._sales(form.pop("sale_ids"))
        services.remove_sales_from_route(actor=request.user, sales=sales, route=route, **form)
        return Response(_moved(sales, None))

    def _sales(self, ids: list[UUID]) -> list[Sale]:
        sales = list(Sale.objects.loadable_by(self.request.user).of_tenant(self.named_tenant()).filter(pk__in=ids))
        if missing := set(ids) - {sale.pk for sale in sales}:
            raise NotFound(
                f"{len(missing)} of these sales are not there, or not yours, for example {min(missing)}. Nothing was moved.",
                fields={"sale_ids": [str(pk) for pk in sorted(missing)]},
            )
        return sales


def _from_query(request: Request) -> dict[str, Any]:
    reason = request.query_params.get("reason")
    return {
        "sale_ids": request.query_params.getlist("sale_ids"),
        **({} if reason is None else {"reason": reason}),
    }


def _moved(sales: list[Sale], route_id: UUID | None) -> dict[str, Any]:
    return SalesOfRouteAnswer({"route_id": route_id, "sale_ids": [sale.pk for sale in sales]}).data
