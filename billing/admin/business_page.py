"""Pages about one business: one's own, or the one that a superuser chose in the address."""

from datetime import date, datetime
from functools import cached_property

from django.http import Http404
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

    @cached_property
    def businesses(self) -> list[Tenant]:
        """The businesses that a superuser can choose from."""
        return list(Tenant.objects.order_by("name", "pk")) if self.request.user.is_superuser else []
