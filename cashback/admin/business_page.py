"""Pages about one business: one's own, or the one that a superuser chose in the address."""

from datetime import date, datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from accounts.admin import StaffPage
from accounts.models import Tenant
from billing.admin.period import business


class BusinessPage(StaffPage):
    """A page about one business."""

    @cached_property
    def tenant(self) -> Tenant:
        """The business that the page is about. *Raises* Http404 where there is none yet."""
        found = business(self.request)
        if found is None:
            raise Http404("There is no business yet. Add one under Businesses.")
        return found

    @cached_property
    def now(self) -> datetime:
        """The moment of this request."""
        return timezone.now()

    @property
    def today(self) -> date:
        """Today where the business is."""
        return self.tenant.day_of(self.now)

    def here(self, **asked: Any) -> str:
        """The end of an address that stays with this business."""
        chosen = {"tenant": self.tenant.slug} if self.request.user.is_superuser else {}
        return f"?{urlencode({**chosen, **asked})}" if chosen or asked else ""

    def address(self, page: str, /, **asked: Any) -> str:
        """Another page about the same business."""
        return reverse(f"admin:{page}") + self.here(**asked)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        businesses = list(Tenant.objects.order_by("name", "pk")) if self.request.user.is_superuser else []
        return {**super().get_context_data(**kwargs), "tenant": self.tenant, "businesses": businesses}
