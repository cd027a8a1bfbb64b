"""Addresses for tests of what every API answer has in common: each goes wrong in its own way."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError
from django.http import Http404
from django.urls import include, path, re_path
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.errors import Conflict, NotAllowed, NotFound, RuleBroken
from config.api.errors import unknown_address

ERRORS: dict[str, Exception] = {
    "rule": RuleBroken("The sale is cancelled. Choose another.", fields={"sale": ["cancelled"]}),
    "conflict": Conflict("Route N-7 is reconciled."),
    "not-allowed": NotAllowed("Nobody verifies their own payment."),
    "not-found": NotFound("There is no such sale."),
    "http404": Http404("No Payment matches the given query."),
    "permission": PermissionDenied("secret detail"),
    "throttled": Throttled(wait=12),
    "model-validation": ValidationError({"email": ["Enter a valid e-mail."]}),
    "data": DataError("bigint out of range"),
    "defect": ZeroDivisionError("a bug"),
}


class Form(serializers.Serializer):
    amount_cents = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    note = serializers.CharField(required=False)
    lines = serializers.ListField(child=serializers.IntegerField(), required=False)


class Raises(APIView):
    permission_classes = [AllowAny]

    def get(self, request: Request, kind: str) -> Response:
        raise ERRORS[kind]


class Takes(APIView):
    permission_classes = [AllowAny]

    def post(self, request: Request, **kwargs: Any) -> Response:
        form = Form(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(form.validated_data)


handler404 = "config.api.errors.unknown_address"
handler500 = "config.api.errors.server_error"
urlpatterns = [
    path("api/raise/<str:kind>", Raises.as_view()),
    path("api/take", Takes.as_view()),
    path("api/things/<uuid:pk>", Takes.as_view()),
    path("api/", include("accounts.api.urls")),
    re_path(r"^api(/.*)?$", unknown_address),
]
