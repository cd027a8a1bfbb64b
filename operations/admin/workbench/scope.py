"""Whose rows a person works on: their own business; a superuser chooses one, or all."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest

from accounts.models import Tenant, User
from operations.models import BackfillFinding, BackfillRun

USING = DEFAULT_DB_ALIAS
ALL = "all"


@dataclass(frozen=True, slots=True)
class Scope:
    """The business that a page is about (None: all of them, for superusers alone)."""

    user: User
    tenant: Tenant | None
    businesses: tuple[Tenant, ...] = ()

    @property
    def query(self) -> str:
        """The end of an address that keeps a superuser's choice."""
        return f"?tenant={self.tenant.slug if self.tenant else ALL}" if self.user.is_superuser else ""

    @property
    def in_words(self) -> str:
        """The business's name, or that it is all of them."""
        return str(self.tenant) if self.tenant else "all businesses"

    def runs(self, name: str) -> QuerySet[BackfillRun]:
        """The runs of a backfill that this person may look at, of this business."""
        return BackfillRun.objects.for_user(self.user).filter(self._of_business(), backfill=name)

    def executions(self, name: str) -> QuerySet[BackfillRun]:
        """Executions that reached this business's rows, those over all businesses included: their findings are shown here."""
        reached = self._of_business() | Q(tenant=None)
        return BackfillRun.objects.filter(reached, backfill=name, is_dry_run=False, undoes=None)

    def findings(self, run: BackfillRun) -> QuerySet[BackfillFinding]:
        """What a run found among this business's rows."""
        return BackfillFinding.objects.for_user(self.user).filter(self._of_business(), run=run)

    def _of_business(self) -> Q:
        return Q() if self.tenant is None else Q(tenant=self.tenant)


def scope_of(request: HttpRequest) -> Scope:
    """Read the scope of a page. *Raises* Http404 for an unknown business, PermissionDenied for a person without one."""
    user: Any = request.user
    if not user.is_superuser:
        if user.tenant is None:
            raise PermissionDenied("You belong to no business, so there are no rows to work on. Ask an administrator.")
        return Scope(user, user.tenant)
    slug = request.GET.get("tenant", ALL)
    tenant = None if slug == ALL else Tenant.objects.filter(slug=slug).first()
    if tenant is None and slug != ALL:
        raise Http404(f"There is no business '{slug}'.")
    return Scope(user, tenant, tuple(Tenant.objects.order_by("name", "pk")))
