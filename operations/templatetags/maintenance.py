"""The banner on every page of the admin while writes are frozen."""

from typing import Any

from django import template
from django.utils import timezone

from operations.selectors.maintenance import frozen_words, maintenance_seen_by

register = template.Library()


@register.inclusion_tag("operations/maintenance_banner.html", takes_context=True)
def maintenance_banner(context: dict[str, Any]) -> dict[str, Any]:
    """What is frozen, for whom it concerns."""
    user = getattr(context.get("request"), "user", None)
    if user is None or not user.is_authenticated:
        return {"lines": []}
    now = timezone.now()
    return {"lines": [frozen_words(row, now) for row in maintenance_seen_by(user)]}
