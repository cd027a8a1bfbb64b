"""How bodies write money and quantities."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.fields import WholeNumber
from billing.models import Payment
from billing.rules.payment_channel import channel_named
from billing.services.checks import LARGEST_CENTS, LARGEST_QUANTITY, check_quantity


class Cents(WholeNumber):
    """A whole number of cents: no fraction, no text, no true or false."""

    def __init__(self, *, least: int = 1, **options: Any) -> None:
        super().__init__(min_value=least, max_value=LARGEST_CENTS, **options)


QUANTITY = {
    "oneOf": [
        {"type": "integer", "minimum": 1, "maximum": int(LARGEST_QUANTITY) - 1},
        {"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,3})?$"},
    ],
    "example": "1.500",
}


@extend_schema_field(QUANTITY)
class Quantity(serializers.Field):
    """A positive quantity with at most three decimals: a whole number, or a text such as "1.500"."""

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, int | str) or isinstance(data, str) and len(data) > 20:
            data = None
        return check_quantity(data)

    def to_representation(self, value: Decimal) -> str:
        return str(value)


class Channel(serializers.ChoiceField):
    """By what way money came: one of the channels, or a name that people use for one, such as UPI, check or bank transfer."""

    def __init__(self, choices: Sequence[tuple[str, str]] = Payment.Channel.choices, **options: Any) -> None:
        known = ", ".join(name for name, _ in choices)
        unknown = {"invalid_choice": f"There is no channel {{input!r}} here. Choose one of: {known}."}
        super().__init__(choices, error_messages=unknown, **options)

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(channel_named(data) if isinstance(data, str) else data)
