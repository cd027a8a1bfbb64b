"""A reporting period in a query: `?from=2026-01-01&to=2026-01-31`, both days included, each may be left out."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

from accounts.api.fields import Day, StrictSerializer
from billing.rules.period import Period

ERROR = {"$ref": "#/components/schemas/Error"}
REVERSED = OpenApiResponse(ERROR, "The period ends before it begins; or a superuser did not name the tenant.")


class PeriodQuery(StrictSerializer):
    """From one day to another, both included. *Raises* PeriodReversed."""

    def get_fields(self) -> dict[str, serializers.Field]:
        return {**super().get_fields(), "from": Day(required=False), "to": Day(required=False)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Hand on the days under the names that selectors use."""
        first, last = attrs.pop("from", None), attrs.pop("to", None)
        Period(first, last)
        return {**attrs, "first": first, "last": last}
