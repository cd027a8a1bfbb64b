"""How bodies write quantities of a pattern, and yes or no."""

from decimal import Decimal
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

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


@extend_schema_field(OpenApiTypes.BOOL)
class YesOrNo(serializers.Field):
    """`true` or `false` in a body, and nothing that only looks like it."""

    default_error_messages = {"invalid": "Write true or false, without quotes."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data

    def to_representation(self, value: bool) -> bool:
        return value
