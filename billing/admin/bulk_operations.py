"""Pages of what was done to many documents at once: how far it is, and what became of each customer or document.

While an operation runs its page fetches its body again; without JavaScript a link does.
"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import display

from accounts.admin import Card, Figure, StaffPage, State, linked, staff_page, when
from accounts.admin.acting import buttons_of
from billing.admin.glance import Column, Glance, GlanceAdmin
from billing.models import BulkOperation, BulkOperationItem
from billing.selectors.bulk_operations import items_worst_first

Kind, Status, Outcome = BulkOperation.Kind, BulkOperation.Status, BulkOperationItem.Outcome
SILENT_AFTER = timedelta(minutes=2)
SHOWN = 500
STATES = {
    Status.RUNNING: State("Running", "info"),
    Status.SUCCEEDED: State("Done", "success"),
    Status.FAILED: State("Some failed", "danger"),
}
OUTCOMES = {
    Outcome.DONE: State("Done", "success"),
    Outcome.SKIPPED: State("Skipped", "warning"),
    Outcome.FAILED: State("Failed", "danger"),
}
VERBS = {
    Kind.INVOICING: "invoiced",
    Kind.INVOICE_DELETION: "deleted",
    Kind.PAYMENTS: "recorded",
    Kind.DELIVERIES: "confirmed",
}
INVOICE, ORDER = ("billing_invoice", "invoice"), ("subscriptions_dailyorder", "order")
DOCUMENTS = {
    Kind.INVOICING: INVOICE,
    Kind.INVOICE_DELETION: INVOICE,
    Kind.PAYMENTS: ("billing_payment", "payment"),
    Kind.DELIVERIES: ("subscriptions_delivery", "delivery"),
}


@admin.register(BulkOperation)
class BulkOperationAdmin(GlanceAdmin):
    """Many documents in one go: invoices of a period, deleted invoices, payments of a round, deliveries of a day."""

    change_form_template = "billing/bulk_operation.html"
    list_display = [
        "created_at",
        "kind",
        "state",
        "items_total",
        "items_done",
        "items_skipped",
        "items_failed",
        "requested_by",
    ]
    list_filter = ["kind", "status"]
    list_select_related = ["requested_by"]
    search_fields = ["id__exact"]
    search_help_text = "A whole operation id."
    empty_says = (
        "An operation appears here when a period is invoiced, invoices are deleted together, deliveries are confirmed together "
        "or the payments of a round are entered at once."
    )

    def card(self, request: HttpRequest, row: BulkOperation) -> Card:
        return card_of(row, timezone.now())

    def glances(self, request: HttpRequest, row: BulkOperation) -> list[Glance]:
        return [items_glance(row)]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        context |= body_of(row, request, timezone.now()) if row is not None else {}
        return super().render_change_form(request, context, *args, **kwargs)

    @display(description="State")
    def state(self, row: BulkOperation) -> State:
        return STATES[Status(row.status)]


@staff_page("bulk-operations/<uuid:pk>/live/", name="bulk-operation-live")
class BulkOperationLive(StaffPage):
    """The part of an operation's page that changes."""

    permission_required = "billing.view_bulkoperation"
    goes_on_in_maintenance = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        row = admin.site._registry[BulkOperation].get_queryset(request).filter(pk=kwargs["pk"]).first()
        if row is None:
            raise Http404
        answer = TemplateResponse(request, "billing/bulk_operation_body.html", body_of(row, request, timezone.now()))
        answer["Cache-Control"] = "no-store"
        return answer


def body_of(row: BulkOperation, request: HttpRequest, now: datetime) -> dict[str, Any]:
    """What the part of the page shows that is fetched again and again."""
    seen = row.items_done + row.items_skipped + row.items_failed
    total = max(row.items_total, seen)
    return {
        "operation": row,
        "card": card_of(row, now),
        "is_live": row.status == Status.RUNNING,
        "is_waiting": row.status == Status.RUNNING and not seen and row.cursor is None,
        "silent": silence_of(row, now),
        "progress": {"seen": seen, "total": total, "percent": 100 * seen // total if total else 100},
        "verb": VERBS[Kind(row.kind)],
        "buttons": buttons_of(row, request.user),
        "glances": [items_glance(row)],
        "live_address": reverse("admin:bulk-operation-live", args=[row.pk]),
    }


def silence_of(row: BulkOperation, now: datetime) -> str:
    """Since when a running operation gave no sign of life; nothing while it does."""
    last = row.heartbeat_at or row.created_at
    return when(last) if row.status == Status.RUNNING and now - last > SILENT_AFTER else ""


def card_of(row: BulkOperation, now: datetime) -> Card:
    """What was asked for, by whom, and what came of it."""
    asked = row.parameters
    what = row.get_kind_display()
    if row.kind == Kind.INVOICING:
        what = f"Invoices of {asked.get('period_start')} to {asked.get('period_end')}"
    elif row.kind == Kind.DELIVERIES:
        what = ", ".join([what, *(asked[name] for name in ("day", "round", "slot") if asked.get(name))])
    why = f" Reason: {asked['reason']}" if asked.get("reason") else ""
    return Card(
        what=f"{what}, asked for by {row.requested_by or 'the system'} on {when(row.created_at)}.{why}",
        state=STATES[Status(row.status)],
        figures=[
            Figure(VERBS[Kind(row.kind)].capitalize(), f"{row.items_done:,}"),
            Figure(
                "skipped", f"{row.items_skipped:,}", sign="+", note="with the reason below" if row.items_skipped else ""
            ),
            Figure(
                "failed",
                f"{row.items_failed:,}",
                sign="+",
                note="nothing was written for them" if row.items_failed else "",
            ),
            Figure("looked at", f"{row.items_done + row.items_skipped + row.items_failed:,}", sign="="),
        ],
        warning=row.error,
    )


def items_glance(row: BulkOperation) -> Glance:
    """What became of each item: failed ones first, then skipped ones."""
    columns = [Column("Customer"), Column("Result"), Column("What happened"), Column("Document")]
    found = list(items_worst_first(row)[: SHOWN + 1])
    cut = f"The first {SHOWN} are shown; the API gives all of them." if len(found) > SHOWN else ""
    cells = [
        [linked(item.customer), OUTCOMES[Outcome(item.outcome)], item.message, document(row, item)]
        for item in found[:SHOWN]
    ]
    empty = "What became of each customer appears here as soon as it is done."
    return Glance("One by one", columns, cells, cut, empty)


def document(row: BulkOperation, item: BulkOperationItem) -> str:
    """The way to the document of an item."""
    if item.document_id is None:
        return ""
    page, what = ORDER if item.code.endswith("not_delivered") else DOCUMENTS[Kind(row.kind)]
    address = reverse(f"admin:{page}_change", args=[item.document_id])
    return format_html('<a class="text-link" href="{}">Open the {}</a>', address, what)
