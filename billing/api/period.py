"""A reporting period in a query: `?from=2026-01-01&to=2026-01-31`, both days included, each may be left out."""

from rest_framework import serializers

from accounts.api.fields import Day, StrictSerializer


class PeriodQuery(StrictSerializer):
    """From one day to another, both included."""

    def get_fields(self) -> dict[str, serializers.Field]:
        return {"from": Day(required=False), "to": Day(required=False), **super().get_fields()}
