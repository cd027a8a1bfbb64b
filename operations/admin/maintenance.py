"""The page that turns maintenance on and off, for those who stand above all businesses. It works while everything is frozen."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from accounts.admin import StaffPage, staff_page
from accounts.errors import DomainError
from accounts.models import Tenant
from accounts.statuses import status_of
from operations.models import Maintenance
from operations.selectors.maintenance import clock, maintenance_going_on, until, whose
from operations.services import begin_maintenance, end_maintenance
from operations.services.maintenance import MaintenanceIsOff


class BeginForm(forms.Form):
    """Whose writes, why, and for how long."""

    tenant = forms.ModelChoiceField(
        Tenant.objects.order_by("name"), required=False, empty_label="All", label="Business"
    )
    reason = forms.CharField(
        label="Why",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Everybody who is refused reads it.",
    )
    minutes = forms.IntegerField(
        label="Minutes", min_value=1, max_value=60 * 24 * 7, required=False, help_text="How long it will probably take."
    )


@staff_page("maintenance/", name="maintenance")
class MaintenancePage(StaffPage):
    """What is frozen now, and two forms: freeze, and let go on."""

    title = "Maintenance"
    permission_required = "operations.change_maintenance"
    template_name = "operations/maintenance.html"
    goes_on_in_maintenance = True
    explains = (
        "While it is on, nobody's writes are taken: the API answers 503, a form is given back with what was typed, "
        "background jobs that write are skipped. Reading, log-in, commands and backfills go on."
    )
    form: BeginForm | None = None
    refusal = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = timezone.now()
        return {
            **super().get_context_data(**kwargs),
            "going_on": [line(row, now) for row in maintenance_going_on()],
            "form": self.form or BeginForm(),
            "refusal": self.refusal,
            "past": reverse("admin:operations_maintenance_changelist"),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Freeze, or (`end`: which) let go on."""
        self.form = None if "end" in request.POST else BeginForm(request.POST)
        if self.form is not None and not self.form.is_valid():
            return self.render_to_response(self.get_context_data(**kwargs), status=422)
        try:
            words = self.begin(self.form.cleaned_data) if self.form else self.end(request.POST["end"])
        except DomainError as error:
            self.refusal = error.message
            return self.render_to_response(self.get_context_data(**kwargs), status=status_of(error))
        messages.success(request, words)
        return HttpResponseRedirect(reverse("admin:maintenance"))

    def begin(self, asked: dict[str, Any]) -> str:
        """Freeze from now on."""
        now, minutes = timezone.now(), asked["minutes"]
        expected = now + timedelta(minutes=minutes) if minutes else None
        row = begin_maintenance(
            actor=self.request.user, tenant=asked["tenant"], reason=asked["reason"], now=now, expected_until=expected
        )
        return f"Writes of {whose(row)} are frozen."

    def end(self, slug: str) -> str:
        """Let one business ("": all) write again. *Raises* MaintenanceIsOff."""
        meant = [row.tenant for row in maintenance_going_on() if (row.tenant.slug if row.tenant else "") == slug]
        if not meant:
            raise MaintenanceIsOff("That maintenance is over already. Nothing was changed.")
        row = end_maintenance(actor=self.request.user, tenant=meant[0], now=timezone.now())
        return f"Maintenance of {whose(row)} is over: writes are taken again."


def line(row: Maintenance, now: datetime) -> dict[str, Any]:
    """One that goes on, in words."""
    return {
        "whose": whose(row),
        "slug": row.tenant.slug if row.tenant else "",
        "since": clock(row.started_at),
        "by": row.started_by or "an operator at the terminal",
        "until": until(row, now),
        "reason": row.reason,
    }
