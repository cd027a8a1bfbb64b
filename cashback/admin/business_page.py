"""Pages of cashback about one business, with addresses that stay with it."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from billing.admin.business_page import BusinessPage


class PointsOfBusiness(BusinessPage):
    """A page about the points, loans or trackers of one business."""

    def here(self, **asked: Any) -> str:
        """The end of an address that stays with this business."""
        chosen = {"tenant": self.tenant.slug} if self.request.user.is_superuser else {}
        return f"?{urlencode({**chosen, **asked})}" if chosen or asked else ""

    def address(self, page: str, /, **asked: Any) -> str:
        """Another page about the same business."""
        return reverse(f"admin:{page}") + self.here(**asked)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shared = {"tenant": self.tenant, "businesses": self.businesses}
        return {**super().get_context_data(**kwargs), **shared}
