"""Pages of the admin that are not a table: one base view, one decorator.

    @staff_page("accountability/", name="accountability")
    class AccountabilityPage(StaffPage):
        title = "Accountability"
        permission_required = "billing.view_accountability"
        template_name = "billing/accountability.html"

It then answers at `/admin/accountability/` and is named `admin:accountability`.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.urls import URLPattern, path
from django.views.generic import TemplateView

_registered: list[tuple[str, str, type["StaffPage"]]] = []


class StaffPage(PermissionRequiredMixin, TemplateView):
    """A page for staff: permission, title, trail of links and the theme's context."""

    title = ""
    explains = ""
    permission_required: str = ""
    raise_exception = True
    trail: tuple[tuple[str, str], ...] = ()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.request.current_app = admin.site.name
        return {
            **super().get_context_data(**kwargs),
            **admin.site.each_context(self.request),
            "title": self.get_title(),
            "explains": self.explains,
            "trail": self.get_trail(),
        }

    def get_title(self) -> str:
        """The page's heading."""
        return self.title

    def get_trail(self) -> list[tuple[str, str]]:
        """The way back: pairs of words and address."""
        return list(self.trail)


def staff_page(route: str, *, name: str) -> Callable[[type[StaffPage]], type[StaffPage]]:
    """Register a page under `/admin/<route>` as `admin:<name>`."""

    def register(page: type[StaffPage]) -> type[StaffPage]:
        _registered.append((route, name, page))
        return page

    return register


def staff_page_urls() -> list[URLPattern]:
    """The addresses of all registered pages, behind the admin's log-in."""
    return [path(route, admin.site.admin_view(page.as_view()), name=name) for route, name, page in _registered]
