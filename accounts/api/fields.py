"""What a client may write in a body or a query: exactly the documented keys, each exactly of its type.

A whole number is a JSON number without a fraction, never `true`, `100.0` or `"100"`; a text is a text; a time has an
offset. A key that nobody knows is refused: else a misspelt one would be ignored in silence.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

NAMES_NO_CHOICE = serializers.ChoiceField.default_error_messages["invalid_choice"]


class StrictSerializer(serializers.Serializer):
    """A body of known keys. Validation of a value that has no key of its own is the services' business."""

    def get_fields(self) -> dict[str, serializers.Field]:
        """The documented keys; where one of some words is expected, the refusal of another names them."""
        fields = super().get_fields()
        for field in fields.values():
            _name_choices(getattr(field, "child", field))
        return fields

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, Mapping) and (unknown := sorted(map(str, data.keys() - self.fields.keys()))):
            known = ", ".join(self.fields) or "none"
            raise serializers.ValidationError({name[:100]: [f"Unknown. Known are: {known}."] for name in unknown[:20]})
        return super().to_internal_value(data)


def _name_choices(field: serializers.Field) -> None:
    if isinstance(field, serializers.ChoiceField) and field.error_messages["invalid_choice"] == NAMES_NO_CHOICE:
        allowed = ", ".join(map(str, field.choices)).replace("{", "{{").replace("}", "}}")
        field.error_messages["invalid_choice"] = f'"{{input}}" is unknown. Choose one of: {allowed}.'


class Text(serializers.CharField):
    """A text, never a number."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field(OpenApiTypes.UUID)
class Key(serializers.Field):
    """A UUID written with hyphens."""

    default_error_messages = {"invalid": "Not a UUID such as 0193a7c0-0000-7000-8000-000000000001."}

    def to_internal_value(self, data: Any) -> UUID:
        try:
            key = UUID(data) if isinstance(data, str) and len(data) == 36 else None
        except ValueError:
            key = None
        if key is None or str(key) != data.lower():
            self.fail("invalid")
        return key

    def to_representation(self, value: Any) -> str:
        return str(value)


class WholeNumber(serializers.IntegerField):
    """A JSON number without a fraction."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field(OpenApiTypes.DATETIME)
class Moment(serializers.Field):
    """A time in ISO 8601 with an offset."""

    default_error_messages = {"invalid": "Not a time with an offset such as 2026-01-13T09:00:00+06:00."}

    def to_internal_value(self, data: Any) -> datetime:
        try:
            moment = parse_datetime(data) if isinstance(data, str) else None
            moment = moment.astimezone(UTC) if moment is not None and moment.utcoffset() is not None else None
        except (ValueError, OverflowError):
            moment = None
        if moment is None:
            self.fail("invalid")
        return moment

    def to_representation(self, value: datetime) -> str:
        return value.isoformat()


@extend_schema_field(OpenApiTypes.DATE)
class Day(serializers.Field):
    """A calendar day as YYYY-MM-DD."""

    default_error_messages = {"invalid": "Not a day such as 2026-01-13."}

    def to_internal_value(self, data: Any) -> date:
        try:
            day = date.fromisoformat(data) if isinstance(data, str) and len(data) == 10 else None
        except ValueError:
            day = None
        if day is None:
            self.fail("invalid")
        return day

    def to_representation(self, value: date) -> str:
        return value.isoformat()


@extend_schema_field(OpenApiTypes.BOOL)
class Flag(serializers.Field):
    """`true` or `false` in a query, and nothing else."""

    default_error_messages = {"invalid": "Write true or false."}

    def to_internal_value(self, data: Any) -> bool:
        if data not in ("true", "false"):
            self.fail("invalid")
        return data == "true"

    def to_representation(self, value: bool) -> bool:
        return value


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
