"""What a decision offers to choose from while a person types: a route by its number, its day or who went."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from accounts.admin import staff_page
from accounts.models import Tenant
from operations.admin.workbench.base import DECIDE, WorkbenchPage
from operations.admin.workbench.scope import ALL, Scope
from operations.backfill import Choice
from operations.models import BackfillFinding


def offers_address(name: str, scope: Scope) -> str:
    """Where to ask; `choice`, `q` and, for one row, `finding` are added to it."""
    address = reverse("admin:backfill-offers", args=[name])
    return address + (scope.query or "?" + urlencode({"tenant": ALL}))


@staff_page("backfills/<slug:name>/offers/", name="backfill-offers")
class OffersPage(WorkbenchPage):
    """A dozen names at most, of one business alone: the finding's, else the person's own or chosen one."""

    permission_required = DECIDE

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        offers, business = self.choice().offers, self.business()
        found = offers(business, request.GET.get("q", "")) if offers and business else []
        return JsonResponse({"offers": [{"value": value, "words": words} for value, words in found]})

    def choice(self) -> Choice:
        """The choice that the address names. *Raises* Http404."""
        kinds = [choice for kind in self.backfill.finding_kinds() for choice in kind.choices]
        asked = self.request.GET.get("choice", "")
        for choice in (*self.backfill.choices, *kinds):
            if choice.name == asked:
                return choice
        raise Http404(f"{self.backfill.name} has no choice '{asked}'.")

    def business(self) -> Tenant | None:
        """Whose names are offered. *Raises* Http404 for a finding that is not this person's to see."""
        asked = self.request.GET.get("finding", "")
        if not asked:
            return self.scope.tenant
        mine = BackfillFinding.objects.for_user(self.request.user).filter(backfill=self.backfill.name)
        finding = mine.filter(pk=asked).select_related("tenant").first() if asked.isdigit() else None
        if finding is None:
            raise Http404(f"There is no finding {asked}, or it is not yours.")
        return finding.tenant
