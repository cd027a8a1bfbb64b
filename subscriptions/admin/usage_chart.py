"""The picture of a billing period: what is used, day by day, against the cap, and the forecast to its end."""

import json
from datetime import timedelta
from typing import Any

from billing.admin.charts import lines_options
from subscriptions.rules.data_units import BYTES_IN, GB, data_in_words
from subscriptions.selectors.usage_course import UsageCourse

DECIMALS = 2


def can_be_drawn(course: UsageCourse) -> bool:
    """Whether anything is known of the period: what is unknown is not drawn as nothing."""
    return course.usage.is_known or course.usage.total_bytes > 0


def usage_chart(course: UsageCourse) -> dict[str, str]:
    """Used, forecast and cap in GB, a point for each day of the period."""
    period, summed = course.usage.period, course.summed
    number = (period.end - period.start).days + 1
    labels = [f"{period.start + timedelta(days=each):%-d %b}" for each in range(number)]
    left = number - len(summed)
    series = [line("Used", [*map(in_gb, summed), *[None] * left], "var(--color-primary-600)", fill=True)]
    if left and course.forecast_bytes is not None:
        series.append(line("Forecast", forecast_points(course, left), "var(--color-primary-400)", dash=[6, 5]))
    if course.usage.cap_bytes:
        series.append(line("Cap", [in_gb(course.usage.cap_bytes)] * number, "var(--rm-wait)", dash=[2, 3]))
    return {"data": json.dumps({"labels": labels, "datasets": series}), "options": json.dumps(lines_options())}


def forecast_points(course: UsageCourse, left: int) -> list[float | None]:
    """From today's sum straight to the forecast."""
    today, end = course.summed[-1], course.forecast_bytes or 0
    rising = [in_gb(today + (end - today) * step // left) for step in range(left + 1)]
    return [*[None] * (len(course.summed) - 1), *rising]


def line(
    label: str, data: list[Any], colour: str, *, dash: list[int] | None = None, fill: bool = False
) -> dict[str, Any]:
    """One line of the picture; each kind is drawn in another way, so that it is read without colour."""
    return {
        "label": f"{label} (GB)",
        "data": data,
        "borderColor": colour,
        "backgroundColor": colour,
        "borderWidth": 3 if fill else 2,
        "borderDash": dash or [],
        "pointRadius": 0,
        "tension": 0,
        "displayYAxis": True,
    }


def in_gb(number: int) -> float:
    """Bytes as GB: a picture may round."""
    return round(number / BYTES_IN[GB], DECIMALS)


def in_words(course: UsageCourse) -> str:
    """What the picture shows, for who cannot see it."""
    said = f"{data_in_words(course.usage.total_bytes)} used"
    if course.usage.cap_bytes:
        said += f" of {data_in_words(course.usage.cap_bytes)}"
    return f"{said}, {data_in_words(course.forecast_bytes)} expected" if course.forecast_bytes is not None else said
