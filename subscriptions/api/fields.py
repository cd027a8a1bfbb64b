"""How bodies write quantities of a pattern, and a day that may come as a moment."""

from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.fields import Day, Moment
from billing.api.fields import Quantity
from billing.services.checks import LARGEST_QUANTITY

NOTHING_OR_MORE = {
    "oneOf": [
        {"type": "integer", "minimum": 0, "maximum": int(LARGEST_QUANTITY) - 1},
        {"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,3})?$"},
    ],
    "example": "1.500",
}


@extend_schema_field(NOTHING_OR_MORE)
class QuantityOrNothing(Quantity):
    """A quantity with at most three decimals, or 0 for a day with nothing."""

    def to_internal_value(self, data: Any) -> Decimal:
        if type(data) is int and data == 0 or isinstance(data, str) and data in ("0", "0.0", "0.00", "0.000"):
            return Decimal(0)
        return super().to_internal_value(data)


@extend_schema_field({"oneOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]})
class DayOrMoment(serializers.Field):
    """A day as YYYY-MM-DD, or a time with an offset, which means the day on which it falls for the business."""

    default_error_messages = {
        "invalid": "Not a day such as 2026-01-13, nor a time with an offset such as 2026-01-13T09:00Z."
    }

    def to_internal_value(self, data: Any) -> date | datetime:
        with suppress(serializers.ValidationError):
            return Day().to_internal_value(data)
        with suppress(serializers.ValidationError):
            return Moment().to_internal_value(data)
        raise serializers.ValidationError(self.error_messages["invalid"], code="invalid")

    def to_representation(self, value: date) -> str:
        return value.isoformat()


def day_in(zone: ZoneInfo, given: date | datetime) -> date:
    """The day that was given, or on which a moment falls in this time zone."""
    return given.astimezone(zone).date() if isinstance(given, datetime) else given
