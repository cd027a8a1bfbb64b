"""Deleting several invoices together, chosen in their list: shown once more, with a reason, and an answer for each."""

from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.admin import ActionPage, Card, Figure, ReasonForm, page_of, staff_page
from billing.admin.money import grouped
from billing.models import BulkOperation, Invoice
from billing.services import delete_invoices

MOVE = "billing.move_invoice"
NAMED = 12


@admin.action(description="Delete together…", permissions=["move"])
def delete_together(model_admin: Any, request: HttpRequest, chosen: QuerySet[Invoice]) -> HttpResponse:
    """Lead to the page that says what it means and asks why."""
    keys = [("id", str(pk)) for pk in chosen.order_by("pk").values_list("pk", flat=True)]
    return HttpResponseRedirect(f"{reverse('admin:invoices-delete')}?{urlencode(keys)}")


@staff_page("invoices/delete/", name="invoices-delete")
class DeleteInvoices(ActionPage):
    """Invoices that were a mistake."""

    label, done = "Delete these invoices…", "What became of each invoice stands below."
    permission_required = MOVE
    form_class = ReasonForm
    means = (
        "Each is deleted by itself, softly: it can be recovered on its page, as long as what it billed is not billed again. "
        "Exactly its own deliveries and sales wait for an invoice again. If money lies on one of them, none is deleted."
    )
    operation: BulkOperation | None = None

    @cached_property
    def invoices(self) -> list[Invoice]:
        """The invoices of the address that the person may see."""
        keys = [key for text in self.request.GET.getlist("id") if (key := _key(text))]
        return list(Invoice.objects.for_user(self.request.user).filter(pk__in=keys).select_related("customer"))

    def on_top(self) -> Card:
        named = ", ".join(f"{invoice} of {invoice.customer}" for invoice in self.invoices[:NAMED])
        more = len(self.invoices) - NAMED
        totals: dict[str, int] = {}
        for invoice in self.invoices:
            totals[invoice.currency] = totals.get(invoice.currency, 0) + invoice.total_cents
        return Card(
            what=f"{named}{f' and {more} more' if more > 0 else ''}." if named else "No invoice is chosen.",
            figures=[
                Figure("Invoices", f"{len(self.invoices):,}"),
                *(Figure("ask for", f"{grouped(cents, currency)} {currency}") for currency, cents in totals.items()),
            ],
        )

    def perform(self, values: dict[str, Any]) -> None:
        self.operation = delete_invoices(actor=self.request.user, invoices=self.invoices, now=self.now, **values)

    def get_trail(self) -> list[tuple[str, str]]:
        return [("Invoices", self.back())]

    def back(self) -> str:
        return reverse("admin:billing_invoice_changelist")

    def onward(self) -> str:
        return page_of(self.operation) if self.operation else self.back()


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
