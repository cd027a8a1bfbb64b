"""How the admin writes points: as money is written, with "pts" small beside the number."""

from typing import Any

from django.db.models import Field
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.admin.glance import GlanceAdmin
from billing.admin.money import AmountField, MoneyTeller
from cashback.models import CashbackType
from cashback.rules.points import in_points

PERCENT = 100
HIDDEN = frozenset({"password"})


def points(cents: int | None) -> SafeString | str:
    """A number of points as the admin shows it everywhere."""
    if cents is None:
        return "–"
    quiet = "" if cents else " rm-zero"
    return format_html('<span class="rm-money{}">{}<small>pts</small></span>', quiet, signed(cents))


def signed(cents: int) -> str:
    """A number of points with a true minus.

    >>> signed(123456), signed(-5)
    ('1,234.56', '−0.05')
    """
    return in_points(cents).replace("-", "−")


def earns(rule: Any) -> str:
    """What a configuration, or a row that was earned by one, says: a share in per cent, or a fixed number of points."""
    if rule.cashback_type == CashbackType.PERCENTAGE and rule.cashback_value is not None:
        return f"{rule.cashback_value * PERCENT:.4f}".rstrip("0").rstrip(".") + " %"
    fixed = getattr(rule, "points_cents", None)
    return f"{in_points(fixed)} each time" if fixed else "–"


class PointsField(AmountField):
    """A number of points typed as 12.50, stored in hundredths."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"help_text": "Such as 12.50; one point is worth one unit of currency.", **options})


class PointsTeller(MoneyTeller):
    """Tells history with points as points, and money as money."""

    def value_in_words(self, column: Field, value: Any, image: Any) -> str:
        is_points = "points" in column.name or column.name in {"balance_cents", "debt_cents", "gift_card_step_cents"}
        if is_points and column.name.endswith("_cents") and isinstance(value, int):
            return f"{in_points(value)} points"
        return super().value_in_words(column, value, image)


class PointsAdmin(GlanceAdmin):
    """Pages of rows with points; columns that only a machine reads are left out of the fields."""

    unread: frozenset[str] = frozenset()

    def storyteller(self) -> PointsTeller:
        return PointsTeller(self.model, self.story_skips | self.unread)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        hidden = self.unread | HIDDEN
        columns = [field.name for field in self.opts.concrete_fields if field.name not in hidden]
        return [("All fields, as stored", {"fields": columns, "classes": ["collapse"]})]
