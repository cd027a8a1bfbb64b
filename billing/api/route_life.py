"""A route's steps: sent out, back, out again, given to another person."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.fields import Key, StrictSerializer, Text
from accounts.api.idempotency import idempotent_when_keyed
from accounts.roles import OFFICE
from billing import services
from billing.api.routes import RouteAnswer, RouteDoor
from routes.models import Route
from routes.services import reassign_route


class RouteStart(RouteDoor):
    """A planned route goes out."""

    @extend_schema(request=None, responses={200: RouteAnswer})
    def post(self, request: Request, pk: UUID) -> Response:
        """Send a route out; what older debt it is to collect is frozen now."""
        route = services.start_route(actor=request.user, route=self.find(Route, pk), now=timezone.now())
        return Response(RouteAnswer(route).data)


class RouteCompletion(RouteDoor):
    """A route is back."""

    @extend_schema(request=None, responses={200: RouteAnswer})
    def post(self, request: Request, pk: UUID) -> Response:
        """Note that a route is back."""
        route = services.complete_route(actor=request.user, route=self.find(Route, pk), now=timezone.now())
        return Response(RouteAnswer(route).data)


class ReopeningForm(StrictSerializer):
    """Why a route goes out again."""

    reason = Text(max_length=2000)


class RouteReopening(RouteDoor):
    """A completed route goes out again."""

    @extend_schema(request=ReopeningForm, responses={200: RouteAnswer})
    def post(self, request: Request, pk: UUID) -> Response:
        """Take a completed route back on the road."""
        route = self.find(Route, pk)
        reason = self.body(ReopeningForm)["reason"]
        route = services.reopen_route(actor=request.user, route=route, reason=reason, now=timezone.now())
        return Response(RouteAnswer(route).data)


class ReassignmentForm(StrictSerializer):
    """Who goes instead, and why."""

    assigned_to_id = Key()
    reason = Text(max_length=2000, required=False, allow_blank=True)


class RouteReassignment(RouteDoor):
    """Another person goes."""

    writers = OFFICE

    @extend_schema(request=ReassignmentForm, responses={200: RouteAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Give a route that is not back yet to another person; its history says who went before."""
        route = self.find(Route, pk)
        form = self.body(ReassignmentForm)
        person = self.find_person(form.pop("assigned_to_id"), name="assigned_to_id")
        return Response(RouteAnswer(reassign_route(actor=request.user, route=route, assigned_to=person, **form)).data)
