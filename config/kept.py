"""Answers of the home page that read much: kept for a minute for each business, so that opening the page is always quick."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.cache import cache

from accounts.models import Tenant

KEPT_SECONDS = 60


def kept(name: str, tenant: Tenant, now: datetime, ask: Callable[..., Any]) -> Any:
    """The answer to a question that reads much, at most a minute old."""
    return cache.get_or_set(f"home-{name}-{tenant.pk}", lambda: ask(tenant=tenant, now=now), KEPT_SECONDS)
