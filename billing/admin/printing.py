"""Invoices on paper, for who is in the admin."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from accounts.admin import StaffPage, staff_page
from billing.models import Invoice
from billing.printing.invoice import printed_invoice


@staff_page("invoices/<uuid:pk>/print/", name="print-invoice")
class PrintInvoice(StaffPage):
    """An invoice as PDF, shown in the browser."""

    permission_required = "billing.view_invoice"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The finished file. *Raises* Http404."""
        invoice = Invoice.objects.for_user(request.user).live().filter(pk=kwargs["pk"]).first()
        if invoice is None:
            raise Http404
        headers = {"Content-Disposition": f'inline; filename="invoice-{invoice}.pdf"'}
        return HttpResponse(
            printed_invoice(invoice, now=timezone.now()), content_type="application/pdf", headers=headers
        )
